"""Exact distances to a triangle mesh.

open3d's tree of boxes finds the closest triangle, in single precision; the closest point on it is then computed here in
double precision, so that distances and their gradients are exact to rounding but for ties.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.jobs import unwatched

_CHUNK = 4096  # open3d holds the lock of Python while it answers: the window must get its turn in between


class ClosestPoints:
    """Closest points on a mesh.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        Any triangles: open, overlapping and without area as well.
    """

    def __init__(self, verts: np.ndarray, faces: np.ndarray) -> None:
        import open3d as o3d

        if not len(faces):
            raise InputError("A distance needs faces; points alone become a field by the method 'grid'.")
        verts = np.asarray(verts, dtype=np.float64)
        low, high = verts[faces].min(axis=(0, 1)), verts[faces].max(axis=(0, 1))
        # single precision: the mesh is centred and of size one before it is handed over
        self._centre, self._scale = (low + high) / 2, float((high - low).max()) or 1.0
        self._corners = (verts[faces] - self._centre) / self._scale
        unit = np.ascontiguousarray((verts - self._centre) / self._scale, dtype=np.float32)
        mesh = o3d.t.geometry.TriangleMesh()
        mesh.vertex.positions = o3d.core.Tensor.from_numpy(unit)
        mesh.triangle.indices = o3d.core.Tensor.from_numpy(np.ascontiguousarray(faces, dtype=np.uint32))
        self._scene: Any = o3d.t.geometry.RaycastingScene(nthreads=_threads())
        self._scene.add_triangles(mesh)
        self._tensor = o3d.core.Tensor.from_numpy

    def __call__(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, 3) closest points, in the units of the mesh, and (N,) the triangles they lie on."""
        unit = (np.asarray(points, dtype=np.float64) - self._centre) / self._scale
        query = self._tensor(np.ascontiguousarray(unit, dtype=np.float32))
        found = self._scene.compute_closest_points(query, nthreads=_threads())["primitive_ids"].numpy()
        face = found.astype(np.int64)
        return closest_on_triangles(unit, self._corners[face]) * self._scale + self._centre, face


def _threads() -> int:
    """Threads for open3d: all cores but one, as everywhere; the result does not depend on it."""
    from eigenform.device import cores

    return max(1, cores() - 1)


def closest_on_triangles(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(N, 3) the point of each triangle (N, 3, 3) that is closest to the point beside it.

    The regions of Ericson, Real-Time Collision Detection, 2005, section 5.1.5: corners, edges, then the inside.
    """
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    best, least = a.copy(), np.full(len(points), np.inf)
    for p, q in ((a, b), (b, c), (c, a)):
        along = q - p
        size = np.einsum("ij,ij->i", along, along)
        t = np.clip(np.einsum("ij,ij->i", points - p, along) / np.where(size > 0, size, 1.0), 0.0, 1.0)
        foot = p + t[:, None] * along
        away = ((points - foot) ** 2).sum(axis=1)
        closer = away < least
        best[closer], least[closer] = foot[closer], away[closer]
    normal = np.cross(b - a, c - a)
    size = np.einsum("ij,ij->i", normal, normal)
    safe = np.where(size > 0, size, 1.0)
    foot = points - (np.einsum("ij,ij->i", points - a, normal) / safe)[:, None] * normal
    inside = size > 0
    for p, q in ((a, b), (b, c), (c, a)):
        inside &= np.einsum("ij,ij->i", np.cross(q - p, foot - p), normal) >= 0
    best[inside] = foot[inside]
    return best


def unsigned_distance(
    verts: np.ndarray, faces: np.ndarray, points: np.ndarray, check: Callable[[], None] = unwatched
) -> np.ndarray:
    """(N,) distance of points (N, 3) from a mesh, in its units; ``check`` is called every now and then."""
    closest = ClosestPoints(verts, faces)
    out = np.empty(len(points))
    for start in range(0, len(points), _CHUNK):
        check()
        some = points[start : start + _CHUNK]
        out[start : start + _CHUNK] = np.linalg.norm(some - closest(some)[0], axis=1)
    return out
