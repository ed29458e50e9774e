"""The point of the body that a piece of cloth lies on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eigenform.geometry.normals import face_normals, vertex_normals
from eigenform.jobs import unwatched

_CANDIDATES = 16
_TURNED = 0.03
"""Metres by which a body triangle that faces the other way counts as farther away."""
_BLOCK = 20_000


@dataclass(frozen=True)
class Contact:
    """For each of N points: triangle of the body (N,), barycentric weights in it (N, 3), distance (N,) in metres."""

    triangle: np.ndarray
    bary: np.ndarray
    distance: np.ndarray


def contact(
    verts: np.ndarray,
    faces: np.ndarray,
    body_verts: np.ndarray,
    body_faces: np.ndarray,
    check: Callable[[], None] = unwatched,
) -> Contact:
    """The point of the body below each vertex of a clothed surface.

    Of the nearest triangles those that face the other way are avoided: the inside of a sleeve that touches the trunk
    belongs to the arm.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        The clothed surface.
    body_verts, body_faces : (B, 3) float, (G, 3) int
        The body, in the same pose.
    check : callable
        Called between blocks of vertices.
    """
    from scipy.spatial import cKDTree

    corners = np.asarray(body_verts, dtype=np.float64)[body_faces]
    tree = cKDTree(corners.mean(axis=1))
    outward = vertex_normals(verts, faces)
    facing = face_normals(body_verts, body_faces)
    count = min(_CANDIDATES, len(body_faces))
    triangle = np.empty(len(verts), dtype=np.int64)
    bary, distance = np.empty((len(verts), 3)), np.empty(len(verts))
    for start in range(0, len(verts), _BLOCK):
        check()
        block = slice(start, start + _BLOCK)
        points = np.asarray(verts[block], dtype=np.float64)
        _, which = tree.query(points, k=count)
        which = which.reshape(len(points), count)
        inside = closest_in_triangles(np.repeat(points, count, axis=0), corners[which.ravel()])
        found = np.einsum("nk,nkd->nd", inside, corners[which.ravel()]).reshape(len(points), count, 3)
        away = np.linalg.norm(found - points[:, None], axis=2)
        agree = np.einsum("nd,nkd->nk", outward[block], facing[which])
        best = (away + _TURNED * (agree < 0)).argmin(axis=1)
        rows = np.arange(len(points))
        triangle[block], distance[block] = which[rows, best], away[rows, best]
        bary[block] = inside.reshape(len(points), count, 3)[rows, best]
    return Contact(triangle, bary, distance)


def closest_in_triangles(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Barycentric weights (N, 3) of the point of triangle ``corners`` (N, 3, 3) that is nearest to each point (N, 3).

    After Ericson, Real-Time Collision Detection, section 5.1.5, for all at once.
    """
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac = b - a, c - a
    d1, d2 = _dot(ab, points - a), _dot(ac, points - a)
    d3, d4 = _dot(ab, points - b), _dot(ac, points - b)
    d5, d6 = _dot(ab, points - c), _dot(ac, points - c)
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    inner = np.stack([va, vb, vc], axis=1) / np.maximum(va + vb + vc, 1e-300)[:, None]
    on_ab, on_ac, on_bc = _share(d1, d1 - d3), _share(d2, d2 - d6), _share(d4 - d3, (d4 - d3) + (d5 - d6))
    zero, one = np.zeros(len(points)), np.ones(len(points))
    cases = [
        ((d1 <= 0) & (d2 <= 0), (one, zero, zero)),
        ((d3 >= 0) & (d4 <= d3), (zero, one, zero)),
        ((d6 >= 0) & (d5 <= d6), (zero, zero, one)),
        ((vc <= 0) & (d1 >= 0) & (d3 <= 0), (1 - on_ab, on_ab, zero)),
        ((vb <= 0) & (d2 >= 0) & (d6 <= 0), (1 - on_ac, zero, on_ac)),
        ((va <= 0) & (d4 >= d3) & (d5 >= d6), (zero, 1 - on_bc, on_bc)),
    ]
    found, open_rows = inner, np.ones(len(points), dtype=bool)
    for condition, weights in cases:
        rows = open_rows & condition
        found[rows] = np.stack(weights, axis=1)[rows]
        open_rows &= ~condition
    return found


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.clip(part / np.where(np.abs(whole) < 1e-300, 1.0, whole), 0.0, 1.0)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("nd,nd->n", a, b)
