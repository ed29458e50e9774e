"""Geometry of meshes that move: normals by one product with a matrix that is kept while the faces stay.

A figure of 60,000 vertices is posed 30 times a second; adding up the normals of the faces anew costs half of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from eigenform.io.topology import edges

from eigenform_app.viewport.geometry import Geometry

KEPT = 4  # meshes whose matrices are kept
FEW = 3000  # vertices that say about where a figure is


@dataclass(eq=False)
class Corners:
    """The faces of a mesh: three columns of indices, and a sparse matrix (V, F) that sums over those at a vertex."""

    faces: np.ndarray
    columns: tuple[np.ndarray, np.ndarray, np.ndarray]
    around: Any


_KNOWN: dict[tuple[int, tuple[int, ...], int], Corners] = {}


def corners_of(faces: np.ndarray, count: int) -> Corners:
    """The entry of ``faces`` (F, 3) of a mesh with ``count`` vertices, kept for arrays that cannot be written to.

    Each pose of a figure carries a view of its own on the same faces, so they are told by where they lie. What is kept
    holds them: no other array can come to lie there meanwhile.
    """
    key = (faces.ctypes.data, faces.shape, count)
    if key in _KNOWN:
        return _KNOWN[key]
    import scipy.sparse as sp

    rows, n = faces.ravel(), len(faces)
    around = sp.csr_matrix((np.ones(3 * n, np.float32), (rows, np.repeat(np.arange(n), 3))), shape=(count, n))
    a, b, c = (np.ascontiguousarray(faces[:, i]) for i in range(3))
    made = Corners(faces, (a, b, c), around)
    if not faces.flags.writeable:
        for old in list(_KNOWN)[: max(0, len(_KNOWN) - KEPT + 1)]:
            _KNOWN.pop(old, None)
        _KNOWN[key] = made
    return made


def quick_normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(V, 3) float32 unit normals of a mesh with float32 ``points``, area-weighted, outward for ccw faces."""
    corners = corners_of(faces, len(points))
    a, b, c = (np.take(points, column, axis=0) for column in corners.columns)
    b -= a
    c -= a
    face = np.empty_like(b)
    face[:, 0] = b[:, 1] * c[:, 2] - b[:, 2] * c[:, 1]
    face[:, 1] = b[:, 2] * c[:, 0] - b[:, 0] * c[:, 2]
    face[:, 2] = b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0]
    out: np.ndarray = corners.around @ face
    length = np.sqrt(np.einsum("ij,ij->i", out, out))
    out /= np.maximum(length, 1e-20)[:, None]
    return out


def is_closed(points: np.ndarray, faces: np.ndarray) -> bool:
    """Whether a mesh has an inside that nobody sees: two faces at every edge, and they face outward."""
    if not len(faces) or (edges(faces).faces != 2).any():
        return False
    a, b, c = (points[faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) > 0


def figure_geometry(value: Any) -> Geometry:
    """The geometry of a body or an avatar in its present pose."""
    few = value.verts[:: max(1, len(value.verts) // FEW)]  # the middle need not be exact
    low, high = few.min(axis=0), few.max(axis=0)
    centre = (low + high) / 2
    points = np.ascontiguousarray(value.verts - centre, dtype=np.float32)
    size = float(np.linalg.norm(high - low)) / 2 or 1.0
    some = value.faces[:: max(1, len(value.faces) // 1000)]
    spacing = float(np.median(np.linalg.norm(points[some[:, 0]] - points[some[:, 1]], axis=1))) if len(some) else 0.0
    return Geometry(points, value.faces, quick_normals(points, value.faces), centre, size, spacing or size / 100)
