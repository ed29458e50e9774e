"""Nearest neighbours in any dimension."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree


def knn(points: np.ndarray, k: int, queries: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` nearest points, nearest first.

    Parameters
    ----------
    points : (N, d) float
    k : int
        At most ``N - 1`` come back for the points themselves.
    queries : (Q, d) float, optional
        Where to ask. Without it the points themselves are asked and none is its own neighbour.

    Returns
    -------
    distances : (Q, k) float64
    indices : (Q, k) int64
    """
    own = queries is None
    k = min(k, len(points) - own)
    asked = points if queries is None else queries
    if points.shape[1] <= 12:
        distances, indices = cKDTree(points).query(asked, k + own)
    else:  # a tree prunes nothing in high dimension
        from sklearn.neighbors import NearestNeighbors

        distances, indices = NearestNeighbors(algorithm="brute").fit(points).kneighbors(asked, k + own)
    distances = np.asarray(distances).reshape(len(asked), -1)
    indices = np.asarray(indices, dtype=np.int64).reshape(len(asked), -1)
    if not own:
        return distances, indices
    # a duplicate may stand before the point itself, so drop the point by its number, else the farthest
    self_column = indices == np.arange(len(points))[:, None]
    self_column[~self_column.any(1), -1] = True
    keep = ~self_column
    return distances[keep].reshape(len(points), k), indices[keep].reshape(len(points), k)
