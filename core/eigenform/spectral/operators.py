"""The diffusion operator whose smoothing makes probe functions: symmetric and density-corrected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from eigenform.errors import InputError
from eigenform.geometry.neighbours import knn


@dataclass(frozen=True)
class Diffusion:
    """A symmetric smoothing operator on N points.

    Attributes
    ----------
    operator : (N, N) csr_matrix
        ``S = D^-1/2 W D^-1/2``, eigenvalues in [-1, 1], largest 1 with eigenvector ``root``.
    root : (N,) float64
        ``sqrt(degree)``, unit norm: the eigenvector of the constant function.
    time : float
        Diffusion time of one application, in length^2: ``-log(mu) / time`` estimates a Laplace eigenvalue to first
        order in the kernel width (half the mean squared step, one dimension's share).
    labels : (N,) int
        Connected component of each point.
    """

    operator: sp.csr_matrix
    root: np.ndarray
    labels: np.ndarray

    @property
    def components(self) -> int:
        """Number of connected components of the graph."""
        return int(self.labels.max()) + 1


def diffusion(points: np.ndarray, neighbours: int = 8, alpha: float = 1.0, width: str = "global") -> Diffusion:
    """Build the operator.

    ``W_ij = exp(-d_ij^2 / w_ij)`` over the nearest neighbours, symmetrised by the larger of the two, then
    ``W_ij / (q_i q_j)^alpha`` with ``q`` the degree (density correction; Coifman and Lafon 2006).

    Parameters
    ----------
    points : (N, d) float
        Distinct points.
    neighbours : int
        Neighbours of each point.
    alpha : float
        0 no density correction, 1 full.
    width : {"global", "self-tuned"}
        ``global``: ``w = (h/2)^2`` with ``h`` the median distance to the 8th neighbour, no self loop.
        ``self-tuned``: ``w_ij = h_i h_j`` and a self loop (Zelnik-Manor and Perona 2004).

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
    distances, indices = distances[:, :neighbours], indices[:, :neighbours]
    if width == "self-tuned":
        scale = local[:, None] * local[indices]
    else:
        # a point farther than the common width from everyone would fall off the graph: it widens its own kernel
        reach = np.maximum(np.median(local) / 2, distances[:, :1] / 2)
        scale = np.maximum(reach, reach[indices, 0]) ** 2
    weights = np.exp(-(distances**2) / scale)
    rows = np.repeat(np.arange(n), distances.shape[1])
    graph = sp.csr_matrix((weights.ravel(), (rows, indices.ravel())), shape=(n, n))
    graph = graph.maximum(graph.T)
    if width == "self-tuned":
        graph = graph + sp.eye(n)
    degree = np.asarray(graph.sum(1)).ravel()
    scaling = sp.diags(degree**-alpha)
    graph = scaling @ graph @ scaling
    degree = np.asarray(graph.sum(1)).ravel()
    scaling = sp.diags(degree**-0.5)
    operator = sp.csr_matrix(scaling @ graph @ scaling)
    root = np.sqrt(degree)
    labels = connected_components(operator, directed=False)[1]
    return Diffusion(operator, root / np.linalg.norm(root), labels)
