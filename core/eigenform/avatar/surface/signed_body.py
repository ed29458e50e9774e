"""Where a point is with respect to a posed body: closest point, signed distance, seen by the camera or not.

Bodies cross themselves where an arm rests on the trunk. The sign therefore comes from the winding number along a ray,
which counts how often each surface is left and entered, and not from the normal at the closest point; and triangles
that lie inside of the body do not count as surface.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from eigenform.geometry.normals import face_normals, vertex_normals
from eigenform.implicit.distance.unsigned import ClosestPoints
from eigenform.jobs import unwatched

CHUNK = 8192
"""Points asked at a time, so that a pause or a cancel is answered soon."""

_TILT = np.array([0.1732, -0.9641, 0.2011])
"""Direction of the rays that tell inside from outside: none of the axes along which limbs are aligned."""

TOWARD_VIEWER = np.array([0.0, -1.0, 0.0])


class Nearest(NamedTuple):
    """What is nearest to N points on a body.

    Attributes
    ----------
    distance : (N,) float64
        Signed, metres, negative inside.
    foot : (N, 3) float64
        The closest point.
    face : (N,) int64
        Its triangle, an index into :attr:`SignedBody.faces`.
    corners : (N, 3) float64
        Its barycentric coordinates.
    """

    distance: np.ndarray
    foot: np.ndarray
    face: np.ndarray
    corners: np.ndarray


class SignedBody:
    """A posed body that can be asked for distances.

    Parameters
    ----------
    verts : (V, 3) float
        Metres.
    faces : (F, 3) int
        Outward counter-clockwise, closed.
    trunk : (V,) bool, optional
        Vertices of the skin; eyes, teeth and tongue inside of it are left out. All by default.

    Attributes
    ----------
    faces : (F', 3) int64
        The triangles that count: of the skin and not buried in it.
    normals : (V, 3) float64
        Outward unit normals at the vertices.
    """

    def __init__(self, verts: np.ndarray, faces: np.ndarray, trunk: np.ndarray | None = None) -> None:
        self.verts = np.asarray(verts, dtype=np.float64)
        faces = np.asarray(faces, dtype=np.int64)
        self.faces = faces if trunk is None else faces[np.asarray(trunk)[faces].all(axis=1)]
        self.normals = vertex_normals(self.verts, self.faces)
        self._rays = Rays(self.verts, self.faces)
        exposed = self._rays.winding(self._before_faces()) <= 0
        self.faces = self.faces[exposed] if exposed.any() else self.faces
        self._closest = ClosestPoints(self.verts, self.faces)

    def nearest(self, points: np.ndarray, check: Callable[[], None] = unwatched) -> Nearest:
        """The closest points of the body to (N, 3) points, with signed distances."""
        points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        n = len(points)
        found = Nearest(np.empty(n), np.empty((n, 3)), np.empty(n, np.int64), np.empty((n, 3)))
        for start in range(0, n, CHUNK):
            check()
            part = slice(start, start + CHUNK)
            foot, face = self._closest(points[part])
            away = np.linalg.norm(points[part] - foot, axis=1)
            found.distance[part] = np.where(self._rays.winding(points[part]) > 0, -away, away)
            found.foot[part], found.face[part] = foot, face
            found.corners[part] = barycentric(foot, self.verts[self.faces[face]])
        return found

    def spread(self, nearest: Nearest, values: np.ndarray) -> np.ndarray:
        """(N, ...) of per-vertex ``values`` (V, ...) at the closest points."""
        corners = np.asarray(values)[self.faces[nearest.face]]
        return np.einsum("nk,nk...->n...", nearest.corners, corners)

    def thickness(self) -> np.ndarray:
        """(V,) metres from each vertex straight through the body to its other side; infinite where no ray meets it."""
        return self._rays.depth(self.verts - 1e-4 * self.normals, -self.normals)

    def _before_faces(self) -> np.ndarray:
        """(F, 3) a millimetre before the middle of each triangle."""
        return self.verts[self.faces].mean(axis=1) + 1e-3 * face_normals(self.verts, self.faces)

    def visible(self) -> np.ndarray:
        """(V,) True where the camera, looking along +Y, sees a vertex past the rest of the body."""
        start = self.verts + 2e-3 * self.normals
        return (self.normals @ TOWARD_VIEWER > 0) & ~self._rays.blocked(start, TOWARD_VIEWER)


class Rays:
    """Rays against a closed mesh (open3d, single precision)."""

    def __init__(self, verts: np.ndarray, faces: np.ndarray) -> None:
        import open3d as o3d

        self._tensor = o3d.core.Tensor.from_numpy
        self._scene: Any = o3d.t.geometry.RaycastingScene()
        self._scene.add_triangles(
            self._tensor(np.ascontiguousarray(verts, dtype=np.float32)),
            self._tensor(np.ascontiguousarray(faces, dtype=np.uint32)),
        )
        corners = np.asarray(verts, dtype=np.float64)[faces]
        self._sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])

    def winding(self, points: np.ndarray, direction: np.ndarray = _TILT) -> np.ndarray:
        """(N,) int: surfaces left minus surfaces entered along a ray from each point; positive inside."""
        found = self._scene.list_intersections(self._along(points, direction))
        which = found["primitive_ids"].numpy().astype(np.int64)
        leaves = np.sign(self._sides[which] @ direction)
        return np.rint(np.bincount(found["ray_ids"].numpy(), leaves, minlength=len(points))).astype(np.int64)

    def blocked(self, points: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """(N,) True where a ray from a point meets the mesh."""
        return self._scene.test_occlusions(self._along(points, direction)).numpy().astype(bool)

    def depth(self, points: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """(N,) length of the ray from each point to the mesh; infinite where it meets none."""
        return self._scene.cast_rays(self._along(points, direction))["t_hit"].numpy().astype(np.float64)

    def _along(self, points: np.ndarray, direction: np.ndarray) -> Any:
        directions = np.broadcast_to(direction, np.shape(points))
        return self._tensor(np.ascontiguousarray(np.concatenate([points, directions], axis=1), dtype=np.float32))


def barycentric(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(N, 3) barycentric coordinates, >= 0, of points (N, 3) on triangles (N, 3, 3)."""
    a, b, c = (corners[:, i] for i in range(3))
    u, v, w = b - a, c - a, points - a
    uu, uv, vv = (np.einsum("ij,ij->i", p, q) for p, q in ((u, u), (u, v), (v, v)))
    wu, wv = np.einsum("ij,ij->i", w, u), np.einsum("ij,ij->i", w, v)
    area = uu * vv - uv * uv
    safe = np.where(area > 0, area, 1.0)
    s = np.where(area > 0, (vv * wu - uv * wv) / safe, 0.0)
    t = np.where(area > 0, (uu * wv - uv * wu) / safe, 0.0)
    found = np.clip(np.stack([1 - s - t, s, t], axis=1), 0.0, 1.0)
    return found / np.maximum(found.sum(axis=1, keepdims=True), 1e-12)
