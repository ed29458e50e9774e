"""What is drawn of a value: 3-D float32 positions near the origin, faces, normals and spacing.

Positions are taken relative to the centre of the shape, because float32 has seven digits: a scan at 1e7 metres would
be drawn as a staircase otherwise.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np
from eigenform.types import Basis, Field, Shape

MANY = 5_000  # faces from which on normals are worth keeping
_NORMALS: dict[tuple[int, int], tuple[weakref.ref[np.ndarray], weakref.ref[np.ndarray], np.ndarray]] = {}


@dataclass(eq=False)
class Geometry:
    """Drawable geometry, relative to ``centre``.

    ``points`` (V, 3) float32, ``faces`` (F, 3) int64, ``normals`` (V, 3) float32 or None, ``centre`` (3,) float64,
    ``size`` half the diagonal of the bounds, ``spacing`` a typical distance between neighbours, both in input units.
    """

    points: np.ndarray
    faces: np.ndarray
    normals: np.ndarray | None
    centre: np.ndarray
    size: float
    spacing: float


def geometry_of(value: Any) -> Geometry:
    """The geometry to draw for a value with ``verts`` of any dimension and ``faces``."""
    points = embed(value)
    low, high = points.min(axis=0), points.max(axis=0)
    centre = (low + high) / 2
    local = np.ascontiguousarray(points - centre, dtype=np.float32)
    size = float(np.linalg.norm(high - low)) / 2 or 1.0
    given = getattr(value, "normals", None)
    normals: np.ndarray | None
    if len(value.faces):
        normals = normals_of(value.verts, value.faces, local)
    else:
        normals = None if given is None or given.shape != local.shape else given.astype(np.float32)
    return Geometry(local, value.faces, normals, centre, size, _spacing(local, value.faces, size))


def mesh_geometry(points: np.ndarray, faces: np.ndarray, centre: np.ndarray, size: float) -> Geometry:
    """The geometry of a mesh (V, 3), (F, 3), relative to a centre given from outside; it may be empty."""
    local = np.ascontiguousarray(points - centre, dtype=np.float32)
    normals = normals_of(points, faces, local) if len(faces) else None
    return Geometry(local, faces, normals, centre, size, _spacing(local, faces, size))


def prepare(value: Any) -> Any:
    """Work out in a worker what drawing the value costs most, so that the window need not wait; returns the value."""
    verts, faces = getattr(value, "verts", None), getattr(value, "faces", None)
    if verts is not None and faces is not None and len(faces) > MANY and verts.shape[1] == 3:
        normals_of(verts, faces, np.asarray(verts - verts.mean(axis=0), dtype=np.float32))
    return value


def normals_of(verts: np.ndarray, faces: np.ndarray, local: np.ndarray) -> np.ndarray:
    """(V, 3) normals of the mesh of two read-only arrays, kept while these live; ``local`` are its vertices drawn."""
    key = (id(verts), id(faces))
    kept = _NORMALS.get(key)
    if kept is not None and kept[0]() is verts and kept[1]() is faces:
        return kept[2]
    found = vertex_normals(local, faces)
    if len(faces) > MANY and not (verts.flags.writeable or faces.flags.writeable):
        for old in [k for k, v in list(_NORMALS.items()) if v[0]() is None or v[1]() is None]:
            _NORMALS.pop(old, None)
        _NORMALS[key] = (weakref.ref(verts), weakref.ref(faces), found)
    return found


def same_place(a: Any, b: Any) -> bool:
    """Whether two values stand on the same vertices and faces, so that drawing both would make them fight."""
    return len(a.faces) == len(b.faces) and equal(a.verts, b.verts)


def same_topology(a: Any, b: Any) -> bool:
    """Whether arrays of ``a`` can be overwritten by those of ``b``."""
    return a.verts.shape == b.verts.shape and equal(a.faces, b.faces)


def equal(a: np.ndarray, b: np.ndarray) -> bool:
    """Equality that costs nothing for two views of the same memory, as values of one document mostly are."""
    same = a.shape == b.shape and a.dtype == b.dtype and a.strides == b.strides and a.ctypes.data == b.ctypes.data
    return same or np.array_equal(a, b)


def embed(value: Shape | Basis | Field) -> np.ndarray:
    """(V, 3) float64 positions to draw.

    Points of one or two coordinates get zeros. Points of more than three are drawn along their three principal
    directions, a basis as its shape: it stays where it is while modes are learned, and bases can be told apart.
    """
    verts = np.asarray(value.verts, dtype=np.float64)
    d = verts.shape[1]
    if d == 3:
        return verts
    if d < 3:
        return np.pad(verts, ((0, 0), (0, 3 - d)))
    return principal_directions(verts)


def principal_directions(verts: np.ndarray, sweeps: int = 4) -> np.ndarray:
    """(V, 3) coordinates along the three directions of largest variance, by subspace iteration (V, d any)."""
    centred = verts - verts.mean(axis=0)
    start = np.random.default_rng(0).standard_normal((verts.shape[1], 12))
    basis = np.linalg.qr(start)[0]
    for _ in range(sweeps):
        basis = np.linalg.qr(centred.T @ (centred @ basis))[0]
    left, values, _ = np.linalg.svd(centred @ basis, full_matrices=False)
    out = np.zeros((len(verts), 3))
    n = min(3, len(values))
    out[:, :n] = left[:, :n] * values[:n]
    return out


def vertex_normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(V, 3) float32 unit normals, the area-weighted mean of the faces around each vertex, outward for ccw faces."""
    a, b, c = (points[faces[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    out = np.empty((len(points), 3))
    for axis in range(3):
        weights = np.repeat(face[:, axis], 3)
        out[:, axis] = np.bincount(faces.ravel(), weights=weights, minlength=len(points))
    length = np.linalg.norm(out, axis=1, keepdims=True)
    return np.divide(out, length, out=np.zeros_like(out), where=length > 0).astype(np.float32)


def _spacing(points: np.ndarray, faces: np.ndarray, size: float) -> float:
    """The median distance to the nearest neighbour (clouds) or median edge length (meshes)."""
    if len(faces):
        some = faces[:: max(1, len(faces) // 5000)]
        return float(np.median(np.linalg.norm(points[some[:, 0]] - points[some[:, 1]], axis=1))) or size / 100
    if len(points) < 2:
        return size
    from scipy.spatial import cKDTree

    some = points[:: max(1, len(points) // 2000)]
    distance = np.asarray(cKDTree(points).query(some, k=2)[0])[:, 1]
    return float(np.median(distance)) or size / 100
