"""Skinning weights spread over a clothed surface: held where the cloth lies on the body, smooth where it floats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from eigenform.avatar.figure.bridges import Bridges, edge_graph, edge_list
from eigenform.geometry.laplacian import cotangent

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

SMOOTH = 0.02
"""Metres over which weights are smoothed where the cloth lies on the body."""
REACH = 0.06
"""Metres from the body at which the weights of the nearest body point count 1/e of what they count on it."""
_FLOOR, _FREE = 2e-3, 1e-4
SPREAD = 0.3
"""Half the width over which cloth between two parts of the body passes from one to the other, as a share of the
distance between them along the skin. Legs apart by 45 degrees move a point of the hem a distance h below the crotch by
0.77 h against the other side, the skin there is 2 h long, and so a cloth that is stretched evenly grows to
``1 + 0.77 h / (2 SPREAD 2 h)``, 1.6 times its width."""
_RAMP = 0.06
_LEAST = 0.05
_ALONE = 12_000
"""Vertices up to which the system is solved here and not in a child process."""


def confidence(verts: np.ndarray, edges: np.ndarray, distance: np.ndarray, found: Bridges) -> np.ndarray:
    """How much the weights of the nearest body point are worth at each vertex (V,), from near 0 to 1.

    Parameters
    ----------
    verts, edges : (V, 3) float, (E, 2) int
        The clothed surface.
    distance : (V,) float
        From the body, metres.
    found : Bridges
        Near its spanning edges the weights count almost nothing, within :data:`SPREAD` of what they span.
    """
    from scipy.sparse.csgraph import dijkstra

    held = _FLOOR + (1.0 - _FLOOR) * np.exp(-((distance / REACH) ** 2))
    if not len(found.span):
        return held
    n = len(verts)
    radius = np.zeros(n)
    np.maximum.at(radius, found.span.ravel(), np.repeat(found.length, 2) * SPREAD)
    starts = np.flatnonzero(radius)
    most = radius.max()
    # one more vertex, n, from which each end is as far as its radius falls short of the largest one
    ring = edge_graph(verts, edges).tocoo()
    rows, columns = np.concatenate([ring.row, np.full(len(starts), n)]), np.concatenate([ring.col, starts])
    lengths = np.concatenate([ring.data, most - radius[starts] + 1e-9])
    graph = sp.csr_matrix((lengths, (rows, columns)), shape=(n + 1, n + 1))
    away = np.asarray(dijkstra(graph, indices=[n]))[0, :n] - most
    share = np.clip(away / _RAMP, 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    return _FREE + (held - _FREE) * share


def diffuse(
    verts: np.ndarray,
    faces: np.ndarray,
    weights: sp.csr_matrix,
    held: np.ndarray,
    cut: np.ndarray,
    ctx: JobContext | None = None,
) -> np.ndarray:
    """Weights (V, J) that minimise ``sum_i c_i m_i |w_i - w0_i|^2 + l^2 w^T L w``, with l :data:`SMOOTH`.

    L is the cotangent Laplacian with weights of at least :data:`_LEAST`, so that the maximum principle holds (weights
    stay in [0, 1] and sum to 1) and vertices between slivers are not left alone.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        The clothed surface, metres.
    weights : (V, J) csr_matrix
        ``w0``: those of the nearest body points.
    held : (V,) float
        ``c``: see :func:`confidence`.
    cut : (C, 2) int
        Edges across which nothing flows.
    ctx : JobContext, optional
        A cancel takes effect at once: large systems are solved in a child process.
    """
    from eigenform import native

    stiffness, mass = cotangent(verts, faces)
    n, joined = len(verts), edge_graph(verts, edge_list(faces))
    joined.data[:] = _LEAST
    flow = sp.csr_matrix((-(stiffness - sp.diags(stiffness.diagonal()))).maximum(joined))
    if len(cut):
        barred = sp.csr_matrix((np.ones(len(cut)), (cut[:, 0], cut[:, 1])), shape=(n, n))
        barred = sp.csr_matrix(barred + barred.T)
        barred.data[:] = 1.0
        flow = sp.csr_matrix(flow - flow.multiply(barred))
    hold = held * np.maximum(mass, 1e-12 * mass.sum())
    diagonal = hold + SMOOTH**2 * np.asarray(flow.sum(axis=1)).ravel()
    system = sp.csr_matrix(sp.diags(diagonal) - SMOOTH**2 * flow)
    used = np.flatnonzero(np.asarray(weights.sum(axis=0)).ravel())
    right = sp.csr_matrix(sp.diags(hold) @ weights[:, used])
    if len(verts) <= _ALONE:
        solved = solve(system, right)
    else:
        solved = native.call("eigenform.avatar.figure.diffusion:solve", ctx, system=system, right=right)
    found = np.zeros((len(verts), weights.shape[1]))
    found[:, used] = np.clip(solved, 0.0, 1.0)
    return found / found.sum(axis=1, keepdims=True)


def solve(system: sp.csr_matrix, right: sp.csr_matrix) -> np.ndarray:
    """The solution (V, J) of a symmetric positive definite system."""
    from scipy.sparse.linalg import splu

    factor = splu(
        sp.csc_matrix(system), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    return factor.solve(right.toarray())
