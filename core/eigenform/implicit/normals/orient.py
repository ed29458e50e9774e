"""A consistent side for normals, outward."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.implicit.normals.sign import areas, far_field_sign
from eigenform.jobs import unwatched

STEP = 0.01
"""Where the far-field sign is read on either side of a point, over the longest side of the box."""


def orient_normals(
    points: np.ndarray,
    normals: np.ndarray,
    *,
    neighbours: int = 12,
    rounds: int = 2,
    check: Callable[[], None] = unwatched,
) -> np.ndarray:
    """Flip normals so that all of them point outward.

    The side spreads over the minimum spanning tree of the neighbour graph (Hoppe et al. 1992); each part of the graph
    is then turned so that it encloses a positive volume, and what still disagrees with the global indicator function
    is repaired by :func:`repair`.

    Parameters
    ----------
    points, normals : (N, 3) float
    neighbours : int
        Neighbours of a point in the graph.
    rounds : int
        Rounds of the repair.
    check : callable, optional
        Called often; may raise to cancel.

    Returns
    -------
    (N, 3) float64
        The normals, some with the opposite sign.
    """
    points = np.asarray(points, dtype=np.float64)
    oriented = spread(points, np.asarray(normals, dtype=np.float64), neighbours, check)
    return repair(points, oriented, rounds=rounds, check=check)[0]


def spread(points: np.ndarray, normals: np.ndarray, neighbours: int, check: Callable[[], None]) -> np.ndarray:
    """Normals (N, 3) made consistent over the minimum spanning forest; each tree encloses a positive volume."""
    import scipy.sparse as sp
    from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree

    from eigenform.geometry.neighbours import knn

    n = len(points)
    distance, index = knn(points, neighbours, check=check)
    check()
    rows = np.repeat(np.arange(n), index.shape[1])
    columns = index.ravel()
    agree = np.abs(np.einsum("ij,ij->i", normals[rows], normals[columns]))
    # the small distance term keeps equal costs (a plane) from making a tree of long jumps; a zero is no edge
    cost = 1.0 - agree + 1e-3 * distance.ravel() / (float(distance.mean()) or 1.0) + 1e-9
    graph = sp.csr_matrix((cost, (rows, columns)), shape=(n, n))
    graph = graph.maximum(graph.T)
    check()
    tree = minimum_spanning_tree(graph)
    count, part = connected_components(tree, directed=False)
    _, first = np.unique(part, return_index=True)
    # one more node joins the trees, so that one traversal reaches all
    joined = sp.coo_matrix(
        (
            np.concatenate([tree.data, np.ones(count)]),
            (np.concatenate([tree.tocoo().row, first]), np.concatenate([tree.tocoo().col, np.full(count, n)])),
        ),
        shape=(n + 1, n + 1),
    ).tocsr()
    _, before = breadth_first_order(joined, n, directed=False)
    parent = np.array(before[:n], dtype=np.int64)
    parent[first] = first
    sign = np.where(np.einsum("ij,ij->i", normals, normals[parent]) < 0, -1.0, 1.0)
    while not np.array_equal(above := parent[parent], parent):  # a round doubles the path that a sign stands for
        # a root's own sign is 1, so that multiplying by it once more changes nothing
        sign, parent = sign * sign[parent], above
    oriented = normals * sign[:, None]
    size = np.bincount(part, minlength=count)
    weight = areas(points, check)
    centre = np.stack([np.bincount(part, points[:, i], count) / size for i in range(3)], axis=1)
    flux = np.bincount(part, weight * np.einsum("ij,ij->i", oriented, points - centre[part]), count)
    return np.asarray(oriented * np.where(flux < 0, -1.0, 1.0)[part][:, None])


def repair(
    points: np.ndarray,
    normals: np.ndarray,
    *,
    rounds: int = 2,
    resolution: int = 96,
    check: Callable[[], None] = unwatched,
) -> tuple[np.ndarray, np.ndarray]:
    """Flip the normals that point to where the global indicator function says inside.

    Returns
    -------
    normals : (N, 3) float64
    flipped : (N,) bool
        Which of them now have the opposite sign.
    """
    points, fixed = np.asarray(points, dtype=np.float64), np.array(normals, dtype=np.float64)
    step = STEP * float((points.max(axis=0) - points.min(axis=0)).max())
    weights = areas(points, check)
    flipped = np.zeros(len(points), dtype=bool)
    for _ in range(rounds):
        chi = far_field_sign(points, fixed, weights=weights, resolution=resolution, check=check)
        wrong = chi.values(points + step * fixed) < chi.values(points - step * fixed)
        if not wrong.any():
            break
        fixed[wrong] *= -1
        flipped ^= wrong
    return fixed, flipped
