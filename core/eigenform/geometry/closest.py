"""The triangle nearest to a point, found with trees of triangle centres.

Every long step runs outside of Python's lock, so that a window stays alive meanwhile, and no tree of boxes is needed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.jobs import unwatched

_FIRST, _MOST = 8, 128
"""Centres looked at first, and at most, in each class of sizes."""
_BLOCK = 16_384


def nearest_triangles(
    verts: np.ndarray, faces: np.ndarray, points: np.ndarray, check: Callable[[], None] = unwatched
) -> tuple[np.ndarray, np.ndarray]:
    """Distance (N,) of points (N, 3) from a mesh, and the triangle (N,) that is nearest.

    Triangles are sorted into classes of similar size; in each, centres are looked at until none farther away can belong
    to a nearer triangle. Exact but for points so far away that more than 128 triangles of a class are in question;
    there the distance is too long by the size of such a triangle at most.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        At least one triangle; open, overlapping or without area as well.
    points : (N, 3) float
        In the units of the mesh.
    check : callable
        Called between blocks of points.
    """
    from scipy.spatial import cKDTree

    origin = np.asarray(verts, dtype=np.float64)[faces[0, 0]]  # far from zero, differences would lose digits
    corners = np.asarray(verts, dtype=np.float64)[faces] - origin
    centre = corners.mean(axis=1)
    radius = np.sqrt(((corners - centre[:, None]) ** 2).sum(axis=2).max(axis=1))
    check()
    sizes = np.floor(np.log2(np.maximum(radius, 1e-9 * max(float(radius.max()), 1e-300))))
    classes = []
    for size in np.unique(sizes)[::-1]:
        members = np.flatnonzero(sizes == size)
        classes.append((members, cKDTree(centre[members]), float(radius[members].max())))
        check()
    # the largest class first: where it holds most of the mesh, its distances bound the search in all others
    classes.sort(key=lambda c: -len(c[0]))
    points = np.asarray(points, dtype=np.float64) - origin
    distance, triangle = np.full(len(points), np.inf), np.zeros(len(points), dtype=np.int64)
    for start in range(0, len(points), _BLOCK):
        block = slice(start, start + _BLOCK)
        for members, tree, reach in classes:
            check()
            _improve(points[block], distance[block], triangle[block], corners, members, tree, reach)
    return distance, triangle


def _improve(
    points: np.ndarray,
    distance: np.ndarray,
    triangle: np.ndarray,
    corners: np.ndarray,
    members: np.ndarray,
    tree: object,
    reach: float,
) -> None:
    """Take what one class of triangles, none wider than ``reach`` about its centre, has nearer; written in place."""
    open_rows = np.arange(len(points))
    count = min(_FIRST, len(members))
    while len(open_rows):
        bound = distance[open_rows] + reach
        away, which = tree.query(points[open_rows], k=count)  # type: ignore[attr-defined]
        away, which = away.reshape(len(open_rows), count), which.reshape(len(open_rows), count)
        for k in range(count):
            rows = np.flatnonzero(away[:, k] < bound)
            if not len(rows):
                break
            at = open_rows[rows]
            found = members[which[rows, k]]
            d = distance_to_triangles(points[at], corners[found])
            better = d < distance[at]
            distance[at[better]], triangle[at[better]] = d[better], found[better]
        if count == len(members) or count >= _MOST:
            return
        open_rows = open_rows[away[:, -1] < distance[open_rows] + reach]
        count = min(4 * count, len(members), _MOST)


def distance_to_triangles(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(N,) distance of each point (N, 3) from the triangle (N, 3, 3) beside it.

    The foot lies inside where the barycentric coordinates of the projection allow it, else on the nearest edge.
    """
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    u, v, w = b - a, c - a, points - a
    uu, uv, vv = (np.einsum("ij,ij->i", p, q) for p, q in ((u, u), (u, v), (v, v)))
    wu, wv = np.einsum("ij,ij->i", w, u), np.einsum("ij,ij->i", w, v)
    area = uu * vv - uv * uv
    safe = np.where(area > 0, area, 1.0)
    s, t = (vv * wu - uv * wv) / safe, (uu * wv - uv * wu) / safe
    flat = w - s[:, None] * u - t[:, None] * v
    inside = (area > 0) & (s >= 0) & (t >= 0) & (s + t <= 1)
    least = np.where(inside, np.einsum("ij,ij->i", flat, flat), np.inf)
    for p, along in ((w, u), (w, v), (points - b, c - b)):
        size = np.einsum("ij,ij->i", along, along)
        at = np.clip(np.einsum("ij,ij->i", p, along) / np.where(size > 0, size, 1.0), 0.0, 1.0)
        away = p - at[:, None] * along
        least = np.minimum(least, np.einsum("ij,ij->i", away, away))
    return np.sqrt(least)
