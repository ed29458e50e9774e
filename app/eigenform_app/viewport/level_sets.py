"""Level sets of the samples of an implicit surface, fast enough to follow a slider, and values in between the samples.

The contouring is VTK's Flying Edges (W. Schroeder, R. Maynard, B. Geveci, "Flying Edges", 2015). What was contoured
last is kept with the value, so that four views of one surface cost one contour.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
from eigenform.types import ImplicitSurface
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from eigenform_app.viewport.geometry import Geometry, mesh_geometry

SHELL_NODES = 56  # nodes along the longest side of the coarse samples that nested levels are drawn from
_KEPT: weakref.WeakKeyDictionary[ImplicitSurface, dict[Any, Any]] = weakref.WeakKeyDictionary()


def own_geometry(value: ImplicitSurface) -> Geometry:
    """The geometry of the level set that came with the value, relative to the centre of its box."""
    centre, size = frame_of(value)
    return mesh_geometry(value.verts, value.faces, centre, size)


def frame_of(value: ImplicitSurface) -> tuple[np.ndarray, float]:
    """The centre (3,) of the box and half its diagonal."""
    low, high = value.box
    return (low + high) / 2, float(np.linalg.norm(high - low)) / 2


def is_own_level(value: ImplicitSurface, level: float) -> bool:
    """Whether ``level`` is the one of the mesh that came with the value."""
    return abs(level - value.level) <= 1e-9 * max(1e-300, float(np.ptp(value.box, axis=0).max()))


def level_geometry(value: ImplicitSurface, level: float) -> Geometry:
    """The level set of the samples at ``level`` with normals along the gradient; empty where it is not crossed."""
    kept = _KEPT.setdefault(value, {})
    if kept.get("level") != level:
        centre, size = frame_of(value)
        points, normals, faces, _ = _contour(_image(value, 1), [level])
        spacing = float((np.ptp(value.box, axis=0) / (np.array(value.samples.shape) - 1)).max())
        kept["level"], kept["geometry"] = level, Geometry(points, faces, normals, centre, size, spacing)
    found: Geometry = kept["geometry"]
    return found


def shells(value: ImplicitSurface, levels: Sequence[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Points (V, 3) relative to the centre of the box, normals (V, 3), faces (F, 3) and the level of each point (V,) of
    several level sets of coarse samples.
    """
    kept = _KEPT.setdefault(value, {})
    if kept.get("levels") != tuple(levels):
        stride = max(1, int(np.ceil(max(value.samples.shape) / SHELL_NODES)))
        kept["levels"], kept["shells"] = tuple(levels), _contour(_image(value, stride), levels)
    found: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] = kept["shells"]
    return found


def read(value: ImplicitSurface, point: np.ndarray) -> tuple[float, np.ndarray]:
    """Value and gradient (3,) at a point of the box, from the samples by trilinear interpolation."""
    count = np.array(value.samples.shape)
    cell = (value.box[1] - value.box[0]) / (count - 1)
    at = np.clip((np.asarray(point) - value.box[0]) / cell, 0, count - 1)
    low = np.minimum(at.astype(int), count - 2)
    t = at - low
    block = value.samples[tuple(slice(i, i + 2) for i in low)].astype(np.float64)
    ends = [np.array([1 - w, w]) for w in t]
    found = float(np.einsum("ijk,i,j,k", block, *ends))
    step = np.array([-1.0, 1.0])
    slopes = [np.einsum("ijk,i,j,k", block, *(step if a == b else ends[b] for b in range(3))) for a in range(3)]
    return found, np.array(slopes) / cell


def march(
    value: ImplicitSurface, level: float, origin: np.ndarray, direction: np.ndarray, keep: np.ndarray | None
) -> float | None:
    """The distance along a ray to the first place where the samples have ``level``; None where it meets none.

    For meshes of so many triangles that looking through them all takes longer than a pointer rests. ``keep`` (n, 4) are
    clipping planes.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = (value.box - origin) / direction
    near, far = float(np.nanmax(ends.min(axis=0))), float(np.nanmin(ends.max(axis=0)))
    near = max(near, 0.0)
    if far <= near:
        return None
    count = np.array(value.samples.shape)
    cell = (value.box[1] - value.box[0]) / (count - 1)
    t = np.linspace(near, far, 2 * int(count.max()))
    points = origin + t[:, None] * direction
    at = np.clip((points - value.box[0]) / cell, 0, count - 1)
    low = np.minimum(at.astype(int), count - 2)
    w = at - low
    found = np.zeros(len(t))
    for corner in np.ndindex(2, 2, 2):
        share = np.prod(np.where(corner, w, 1 - w), axis=1)
        found += share * value.samples[tuple((low + corner).T)]
    found -= level
    crossing = found[:-1] * found[1:] <= 0
    if keep is not None:
        crossing &= (points[:-1] @ keep[:, :3].T + keep[:, 3] >= 0).all(axis=1)
    if not crossing.any():
        return None
    i = int(np.argmax(crossing))
    a, b = found[i], found[i + 1]
    return float(t[i] + (t[i + 1] - t[i]) * (a / (a - b) if a != b else 0.0))


def _image(value: ImplicitSurface, stride: int) -> vtkImageData:
    """The samples, or every ``stride``-th of them, as VTK's grid relative to the centre of the box."""
    kept = _KEPT.setdefault(value, {})
    name = f"image{stride}"
    if name not in kept:
        samples = value.samples[::stride, ::stride, ::stride]
        cell = (value.box[1] - value.box[0]) / (np.array(value.samples.shape) - 1)
        flat = np.ascontiguousarray(samples.T).ravel()  # x runs fastest
        image = vtkImageData()
        image.SetDimensions(*samples.shape)
        image.SetSpacing(*(cell * stride))
        image.SetOrigin(*(value.box[0] - frame_of(value)[0]))
        image.GetPointData().SetScalars(numpy_to_vtk(flat, deep=True))
        kept[name] = image
    return kept[name]


def _contour(image: vtkImageData, levels: Sequence[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    for i, level in enumerate(levels):
        edges.SetValue(i, float(level))
    edges.ComputeNormalsOn()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOn()
    edges.Update()
    out = edges.GetOutput()
    if not out.GetNumberOfPolys():
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int64), np.zeros(0)
    # VTK's triangles and normals look towards smaller values, ours outward.
    points = vtk_to_numpy(out.GetPoints().GetData()).astype(np.float32)
    normals = -vtk_to_numpy(out.GetPointData().GetNormals()).astype(np.float32)
    faces = np.ascontiguousarray(
        vtk_to_numpy(out.GetPolys().GetConnectivityArray()).reshape(-1, 3)[:, ::-1], dtype=np.int64
    )
    scalars = vtk_to_numpy(out.GetPointData().GetScalars()).astype(np.float32)
    return points, normals, faces, scalars
