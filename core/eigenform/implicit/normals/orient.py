"""A consistent side for normals, outward."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.implicit.normals.sign import FarField, areas, far_field_sign
from eigenform.jobs import unwatched

STEP = 0.01
"""Where the far-field sign is read on either side of a point, over the longest side of the box."""
SURE = 0.3
"""A link of the neighbour graph is sure where it costs less than this."""
EDGE = 0.3
"""Cost of a link across a right angle; one along a smooth surface costs nothing."""
ALONE = 0.3
"""A given normal is wrong where fewer of its neighbours than this share agree with it, and the far field does not."""


def orient_normals(
    points: np.ndarray,
    normals: np.ndarray,
    *,
    neighbours: int = 10,
    noise: float = 0.0,
    check: Callable[[], None] = unwatched,
) -> np.ndarray:
    """Flip normals so that all of them point outward.

    The side spreads over the minimum spanning tree of the neighbour graph (Hoppe et al. 1992) from one point to the
    next by reflection (Koenig and Gumhold 2009): turned about the plane half way between two points, the normal of one
    meets that of the other, also across a sharp edge and between the two sides of a thin sheet. Links on which this and
    the plain cosine disagree are used last. What hangs together by sure links is then turned as a whole to the side
    that a global indicator function tells: single points of thin parts, where that function is blurred, are not.

    Parameters
    ----------
    points, normals : (N, 3) float
    neighbours : int
        Neighbours of a point in the graph.
    noise : float
        Standard deviation of the points along the normal, in their units: between points nearer than four times that
        nothing can be told by reflection.
    check : callable, optional
        Called often; may raise to cancel.

    Returns
    -------
    (N, 3) float64
        The normals, some with the opposite sign.
    """
    points, normals = np.asarray(points, dtype=np.float64), np.asarray(normals, dtype=np.float64)
    oriented, piece = spread(points, normals, neighbours, noise, check)
    weights = areas(points, check)
    for _ in range(2):
        chi = far_field_sign(points, oriented, weights=weights, check=check)
        vote = np.bincount(piece, weights * climb(chi, points, oriented))
        wrong = vote < 0
        if not wrong.any():
            break
        oriented = oriented * np.where(wrong, -1.0, 1.0)[piece][:, None]
    return oriented


def spread(
    points: np.ndarray, normals: np.ndarray, neighbours: int, noise: float, check: Callable[[], None] = unwatched
) -> tuple[np.ndarray, np.ndarray]:
    """Normals (N, 3) made consistent over a spanning forest, and the piece (N,) of sure links each point is in.

    Each tree of the forest encloses a positive volume.
    """
    import scipy.sparse as sp
    from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree

    from eigenform.geometry.neighbours import knn

    n = len(points)
    distance, index = knn(points, neighbours, check=check)
    check()
    rows, columns, length = np.repeat(np.arange(n), index.shape[1]), index.ravel(), distance.ravel()
    plain, turned = _link(points, normals, rows, columns)
    turned = np.where(length > 4 * noise, turned, plain)
    against = plain * turned < -0.2
    cost = 1 - np.abs(turned) + EDGE * (1 - np.abs(plain)) + against
    # the small distance term keeps equal costs (a plane) from making a tree of long jumps; a zero is no edge
    cost = cost + 1e-3 * length / (float(length.mean()) or 1.0) + 1e-9
    graph = sp.csr_matrix((cost, (rows, columns)), shape=(n, n))
    graph = graph.maximum(graph.T)
    check()
    tree = minimum_spanning_tree(graph).tocoo()
    check()
    count, part = connected_components(tree, directed=False)
    _, first = np.unique(part, return_index=True)
    # one more node joins the trees, so that one traversal reaches all
    ends = np.concatenate([tree.row, first]), np.concatenate([tree.col, np.full(count, n)])
    joined = sp.csr_matrix((np.ones(len(ends[0])), ends), shape=(n + 1, n + 1))
    _, before = breadth_first_order(joined, n, directed=False)
    parent = np.array(before[:n], dtype=np.int64)
    parent[first] = first
    plain, turned = _link(points, normals, np.arange(n), parent)
    near = np.linalg.norm(points - points[parent], axis=1) <= 4 * noise
    side = np.where(near | (parent == np.arange(n)), plain, turned)
    sign = np.where(side < 0, -1.0, 1.0)
    while not np.array_equal(above := parent[parent], parent):  # a round doubles the path that a sign stands for
        # a root's own sign is 1, so that multiplying by it once more changes nothing
        sign, parent = sign * sign[parent], above
    oriented = normals * sign[:, None]

    sure = cost < SURE
    piece = connected_components(sp.csr_matrix((cost[sure], (rows[sure], columns[sure])), shape=(n, n)))[1]
    size = np.bincount(part, minlength=count)
    centre = np.stack([np.bincount(part, points[:, i], count) / size for i in range(3)], axis=1)
    flux = np.bincount(part, distance[:, -1] ** 2 * np.einsum("ij,ij->i", oriented, points - centre[part]), count)
    return np.asarray(oriented * np.where(flux < 0, -1.0, 1.0)[part][:, None]), np.asarray(piece)


def _link(
    points: np.ndarray, normals: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cosine of the normals at the ends of links: as they are, and with one reflected at the plane between the ends."""
    step = points[columns] - points[rows]
    step /= np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-300)
    a, b = normals[rows], normals[columns]
    plain = np.einsum("ij,ij->i", a, b)
    return plain, plain - 2 * np.einsum("ij,ij->i", a, step) * np.einsum("ij,ij->i", b, step)


def climb(chi: FarField, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(N,) how much a far field rises along each normal, from one side of the point to the other."""
    step = STEP * float((points.max(axis=0) - points.min(axis=0)).max())
    values = chi.values
    return np.asarray(values(points + step * normals) - values(points - step * normals))


def repair(
    points: np.ndarray, normals: np.ndarray, *, rounds: int = 2, check: Callable[[], None] = unwatched
) -> tuple[np.ndarray, np.ndarray]:
    """Flip the given normals that point to where the global indicator function says inside.

    That function is blurred over a few hundredths of the box; in parts thinner than that it would flip good normals
    with the bad. A bad one stands alone among its neighbours, a good one of a thin part does not.

    Returns
    -------
    normals : (N, 3) float64
    flipped : (N,) bool
        Which of them now have the opposite sign.
    """
    from eigenform.geometry.neighbours import knn

    points, fixed = np.asarray(points, dtype=np.float64), np.array(normals, dtype=np.float64)
    weights = areas(points, check)
    flipped = np.zeros(len(points), dtype=bool)
    for _ in range(rounds):
        chi = far_field_sign(points, fixed, weights=weights, check=check)
        wrong = np.flatnonzero(climb(chi, points, fixed) < 0)
        if not len(wrong):
            break
        _, near = knn(points, 13, points[wrong], check)
        agree = (np.einsum("nd,nkd->nk", fixed[wrong], fixed[near[:, 1:]]) > 0.5).mean(axis=1) >= ALONE
        wrong = wrong[~agree]
        fixed[wrong] *= -1
        flipped[wrong] ^= True
    return fixed, flipped
