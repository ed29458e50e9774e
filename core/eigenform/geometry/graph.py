"""The graph Laplacian of points of any dimension: the classical operator where there is no surface."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from eigenform.errors import InputError
from eigenform.geometry.laplacian import normalised
from eigenform.geometry.neighbours import knn


def normalised_graph(points: np.ndarray, neighbours: int = 15) -> tuple[sp.csr_matrix, np.ndarray]:
    """The symmetric normalised graph Laplacian over nearest neighbours, as a stiffness and a mass.

    ``W_ij = exp(-d_ij^2 / (h_i h_j))`` with ``h`` the distance to the 7th neighbour (Zelnik-Manor and Perona 2004),
    made symmetric by the larger of the two. With the degrees D, ``(D - W) u = lambda D u`` has the eigenvalues of
    ``I - D^-1/2 W D^-1/2``, between 0 and 2 and without a unit.

    Parameters
    ----------
    points : (N, d) float
        A point that repeats an earlier one takes no part: its row is empty and it has no mass.
    neighbours : int

    Returns
    -------
    stiffness : (N, N) csr_matrix
        ``(D - W) / sum(D)``.
    mass : (N,) float64
        ``D / sum(D)``: sums to 1.

    Raises
    ------
    InputError
        Where fewer than three points are distinct.
    """
    unit, _ = normalised(points)
    kept = np.sort(np.unique(np.round(unit, 12), axis=0, return_index=True)[1])
    n = len(kept)
    if n < 3:
        raise InputError(f"A neighbour graph needs at least 3 distinct points, and there are {n}.")
    distances, indices = knn(unit[kept], neighbours)
    local = distances[:, min(6, distances.shape[1] - 1)]
    weights = np.exp(-(distances**2) / (local[:, None] * local[indices]))
    rows = np.repeat(np.arange(n), distances.shape[1])
    directed = sp.csr_matrix((weights.ravel(), (rows, indices.ravel())), shape=(n, n))
    graph = sp.coo_matrix(directed.maximum(directed.T))
    degree = np.bincount(graph.row, graph.data, minlength=n)
    total = degree.sum()
    size = len(unit)
    spread = sp.csr_matrix((-graph.data / total, (kept[graph.row], kept[graph.col])), shape=(size, size))
    mass = np.zeros(size)
    mass[kept] = degree / total
    return sp.csr_matrix(spread + sp.diags(mass)), mass
