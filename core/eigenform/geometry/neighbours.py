"""Nearest neighbours in any dimension."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from eigenform.jobs import unwatched

_BLOCK = 65_536
"""Points asked about at once, between two looks at a cancel."""


def knn(
    points: np.ndarray, k: int, queries: np.ndarray | None = None, check: Callable[[], None] = unwatched
) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` nearest points, nearest first.

    Parameters
    ----------
    points : (N, d) float
    k : int
        At most ``N - 1`` come back for the points themselves.
    queries : (Q, d) float, optional
        Where to ask. Without it the points themselves are asked and none is its own neighbour.
    check : callable, optional
        Called often; may raise to cancel.

    Returns
    -------
    distances : (Q, k) float64
    indices : (Q, k) int64
    """
    own = queries is None
    k = min(k, len(points) - own)
    asked = points if queries is None else queries
    if points.shape[1] <= 12:
        tree, parts = cKDTree(points), []
        for start in range(0, max(len(asked), 1), _BLOCK):
            check()
            parts.append(tree.query(asked[start : start + _BLOCK], k + own))
        distances, indices = (np.concatenate(both) for both in zip(*parts, strict=True))
    else:  # a tree prunes nothing in high dimension
        check()
        from sklearn.neighbors import NearestNeighbors

        distances, indices = NearestNeighbors(algorithm="brute").fit(points).kneighbors(asked, k + own)
    distances = np.asarray(distances).reshape(len(asked), k + own)
    indices = np.asarray(indices, dtype=np.int64).reshape(len(asked), k + own)
    if not own:
        return distances, indices
    # a duplicate may stand before the point itself, so drop the point by its number, else the farthest
    self_column = indices == np.arange(len(points))[:, None]
    self_column[~self_column.any(1), -1] = True
    keep = ~self_column
    return distances[keep].reshape(len(points), k), indices[keep].reshape(len(points), k)
