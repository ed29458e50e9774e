"""The diffusion operator whose smoothing makes probe functions: symmetric and density-corrected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from eigenform.errors import InputError
from eigenform.geometry.neighbours import knn
from eigenform.geometry.spacing import spacing_mass

UNEVEN = 0.25
"""Coefficient of variation of the spacing from which ``auto`` calls samples unevenly spread. Farthest-point samples
lie near 0.1, points drawn uniformly at random near 0.2, the biased samples of the benchmarks above 0.4."""


@dataclass(frozen=True)
class Diffusion:
    """A symmetric smoothing operator on N points.

    Attributes
    ----------
    operator : (N, N) csr_matrix
        S, symmetric, largest eigenvalue 1 with eigenvector ``root``.
    root : (N,) float64
        Square root of the operator's own measure, unit norm: a plain function ``f`` is ``root * f`` in the coordinates
        in which S is symmetric.
    labels : (N,) int
        Connected component of each point.
    width : str
        ``global``, ``self-tuned`` or ``mass-aware``: the kernel that was used.
    """

    operator: sp.csr_matrix
    root: np.ndarray
    labels: np.ndarray
    width: str

    @property
    def components(self) -> int:
        """Number of connected components of the graph."""
        return int(self.labels.max()) + 1

    def constants(self) -> np.ndarray:
        """(N, c) orthonormal eigenvectors of eigenvalue 1: ``root`` first, then one for each further component."""
        parts = np.where(self.labels[:, None] == np.arange(self.components - 1), self.root[:, None], 0.0)
        frame, corner = np.linalg.qr(np.column_stack([self.root, parts]))
        return frame * np.sign(np.diag(corner))


def diffusion(points: np.ndarray, neighbours: int = 8, alpha: float = 1.0, width: str = "auto") -> Diffusion:
    """Build the operator from points alone.

    Parameters
    ----------
    points : (N, d) float
        Distinct points.
    neighbours : int
        Neighbours of each point.
    alpha : float
        Density correction ``W_ij / (q_i q_j)^alpha`` with ``q`` the degree (Coifman and Lafon 2006): 0 none, 1 full.
    width : {"auto", "global", "self-tuned", "mass-aware"}
        ``global``: ``W_ij = exp(-(d_ij / (h/2))^2)`` with ``h`` the median distance to the 8th neighbour, no self loop.
        ``self-tuned``: ``exp(-d_ij^2 / (h_i h_j))`` and a self loop (Zelnik-Manor and Perona 2004).
        ``mass-aware``: the self-tuned kernel without correction, diffusing in the inner product of the estimated area
        of each point; on a surface this has the Laplace-Beltrami operator as its limit whatever the density (Berry and
        Harlim 2016 with beta = -1/2 and d = 2).
        ``auto``: ``global`` where points are evenly spread or do not lie in the plane or in space, else ``mass-aware``.

    Raises
    ------
    InputError
        Where there are fewer than three points.
    """
    n = len(points)
    if n < 3:
        raise InputError(f"A neighbour graph needs at least 3 distinct points, and there are {n}.")
    distances, indices = knn(points, max(neighbours, 8))
    local = distances[:, min(7, distances.shape[1] - 1)]
    if width == "auto":
        uneven = points.shape[1] in (2, 3) and local.std() > UNEVEN * local.mean()
        width = "mass-aware" if uneven else "global"
    distances, indices = distances[:, :neighbours], indices[:, :neighbours]
    if width == "global":
        # a point farther than the common width from everyone would fall off the graph: it widens its own kernel
        reach = np.maximum(np.median(local) / 2, distances[:, 0] / 2)
        scale = np.maximum(reach[:, None], reach[indices]) ** 2
    else:
        scale = local[:, None] * local[indices]
    weights = np.exp(-(distances**2) / scale)
    rows = np.repeat(np.arange(n), distances.shape[1])
    graph = sp.csr_matrix((weights.ravel(), (rows, indices.ravel())), shape=(n, n))
    graph = graph.maximum(graph.T)
    labels = connected_components(graph, directed=False)[1]
    if width == "mass-aware":
        operator, root = _in_mass(graph, spacing_mass(points))
    else:
        looped = sp.csr_matrix(graph + sp.eye(n)) if width == "self-tuned" else graph
        operator, root = _normalised(looped, alpha)
    return Diffusion(operator, root / np.linalg.norm(root), labels, width)


def _normalised(graph: sp.csr_matrix, alpha: float) -> tuple[sp.csr_matrix, np.ndarray]:
    """``D^-1/2 W D^-1/2`` after the density correction, and ``sqrt(D)``."""
    scaling = sp.diags(np.asarray(graph.sum(1)).ravel() ** -alpha)
    graph = scaling @ graph @ scaling
    root = np.sqrt(np.asarray(graph.sum(1)).ravel())
    return sp.csr_matrix(sp.diags(1 / root) @ graph @ sp.diags(1 / root)), root


def _in_mass(graph: sp.csr_matrix, mass: np.ndarray) -> tuple[sp.csr_matrix, np.ndarray]:
    """``I - tau M^-1/2 (D - W) M^-1/2`` with the longest step that keeps it positive, and ``sqrt(M)``."""
    degree = np.asarray(graph.sum(1)).ravel()
    root = np.sqrt(mass)
    rates = sp.diags(1 / root) @ (sp.diags(degree) - graph) @ sp.diags(1 / root)
    step = 1 / float(abs(rates).sum(1).max())  # Gershgorin's bound on the largest eigenvalue
    return sp.csr_matrix(sp.eye(len(mass)) - step * rates), root
