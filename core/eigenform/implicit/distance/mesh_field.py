"""The signed distance to a mesh: kind ``mesh``.

``arrays``: ``verts`` (V, 3) in the frame and ``faces`` (F, 3). ``spec``: ``turned``, true where the triangles run
clockwise seen from outside, and ``watertight``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eigenform.implicit.distance.unsigned import ClosestPoints
from eigenform.implicit.distance.winding import WindingTree


class MeshField:
    """Exact distance; negative where the winding number is above one half.

    About a hole the sign changes on the surface on which the winding number is one half, where the value jumps from
    the distance to its negative: a field with holes is no distance there, and declares no slope.
    """

    chunk = 8192

    def __init__(self, spec: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        verts, faces = np.asarray(arrays["verts"], dtype=np.float64), np.asarray(arrays["faces"], dtype=np.int64)
        self._closest = ClosestPoints(verts, faces)
        self._winding = WindingTree(verts, faces)
        self._turn = -1.0 if spec.get("turned") else 1.0
        corners = verts[faces]
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        length = np.linalg.norm(normal, axis=1)
        self._normals = self._turn * normal / np.where(length > 0, length, 1.0)[:, None]
        self.cell = float(np.median(np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)))
        self.lipschitz = 1.0 if spec.get("watertight") else None

    def winding(self, points: np.ndarray) -> np.ndarray:
        """(N,) winding number at points (N, 3) in the frame."""
        return self._turn * self._winding(points)

    def values(self, points: np.ndarray) -> np.ndarray:
        """(N,) signed distances."""
        away = np.linalg.norm(points - self._closest(points)[0], axis=1)
        return np.where(self.winding(points) > 0.5, -away, away)

    def gradients(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) unit gradients: from the closest point, on the surface the triangle's normal."""
        foot, face = self._closest(points)
        away = points - foot
        length = np.linalg.norm(away, axis=1)
        found = away / np.where(length > 0, length, 1.0)[:, None]
        found[self.winding(points) > 0.5] *= -1
        close = length < 1e-7
        found[close] = self._normals[face[close]]
        return found


def distance_field_of_mesh(verts: np.ndarray, faces: np.ndarray) -> Any:
    """A field (``values``, ``gradients``) of a mesh, in its own units: exact distance, sign from the winding number.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        Triangles of any kind; about holes and in soups the sign is that of the winding number.
    """
    from eigenform.implicit.distance.mesh_to_field import describe_mesh
    from eigenform.implicit.fields import make_field

    spec, arrays, _ = describe_mesh(verts, faces)
    return make_field(spec, arrays)
