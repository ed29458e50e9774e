"""A slice through samples: a sheet of triangles at the nodes of the grid, coloured by the shader with level lines."""

from __future__ import annotations

import numpy as np
from eigenform.types import ImplicitSurface
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from eigenform_app.viewport import shading
from eigenform_app.viewport.layer import cells
from eigenform_app.viewport.level_sets import frame_of

AXES = "xyz"


class Slice:
    """The slice across one axis (0, 1 or 2). A newer value of the same grid is written into the same arrays."""

    def __init__(self, axis: int) -> None:
        self.axis = axis
        self.data = vtkPolyData()
        self.actor = vtkActor()
        self.actor.PickableOff()
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self.data)
        mapper.ScalarVisibilityOff()
        self.actor.SetMapper(mapper)
        shading.install(self.actor, mapper, lines=True, lit=False)
        self.phi = np.zeros(0, np.float32)
        self._grid: tuple[object, ...] = ()
        self._samples: np.ndarray | None = None
        self._shown = (0.0, 0.0)

    def show(self, value: ImplicitSurface, at: float, level: float) -> None:
        """Read the samples at fraction ``at`` of the box, relative to ``level``."""
        self._fit(value)
        if self._samples is value.samples and self._shown == (at, level):
            return
        self._samples, self._shown = value.samples, (at, level)
        count = value.samples.shape[self.axis]
        where = min(max(at, 0.0), 1.0) * (count - 1)
        i = min(int(where), count - 2)
        w = np.float32(where - i)
        low, high = (np.take(value.samples, k, axis=self.axis) for k in (i, i + 1))
        np.copyto(self.phi, ((1 - w) * low + w * high - np.float32(level)).ravel())
        self._phi_array.Modified()
        self.data.Modified()
        position = frame_of(value)[0].copy()
        position[self.axis] = self.place(value, at)
        self.actor.SetPosition(*position)

    def place(self, value: ImplicitSurface, at: float) -> float:
        """The coordinate of fraction ``at`` of the box."""
        low, high = value.box[:, self.axis]
        return float(low + min(max(at, 0.0), 1.0) * (high - low))

    def _fit(self, value: ImplicitSurface) -> None:
        """Lay the sheet over the grid of the value, where that is another than before."""
        grid = (value.samples.shape, value.box.tobytes())
        if grid == self._grid:
            return
        self._grid, self._samples = grid, None
        others = [a for a in range(3) if a != self.axis]
        half = (value.box[1] - value.box[0]) / 2
        u, v = (np.linspace(-half[a], half[a], value.samples.shape[a]) for a in others)
        points = np.zeros((len(u), len(v), 3), np.float32)
        points[:, :, others[0]], points[:, :, others[1]] = u[:, None], v[None, :]
        index = np.arange(len(u) * len(v), dtype=np.int64).reshape(len(u), len(v))
        a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
        corners = np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3)
        self._points = points.reshape(-1, 3)
        held = vtkPoints()
        held.SetData(numpy_to_vtk(self._points))
        self.data.SetPoints(held)
        self.data.SetPolys(cells(corners))
        self.phi = np.zeros(len(self._points), np.float32)
        self._phi_array = numpy_to_vtk(self.phi)
        self._phi_array.SetName("phi")
        self.data.GetPointData().AddArray(self._phi_array)

    def meets(
        self, value: ImplicitSurface, at: float, origin: np.ndarray, direction: np.ndarray, keep: np.ndarray | None
    ) -> tuple[float, np.ndarray] | None:
        """The distance along a ray, and the point (3,), where it meets the slice inside of the box."""
        if abs(direction[self.axis]) < 1e-12:
            return None
        distance = (self.place(value, at) - origin[self.axis]) / direction[self.axis]
        point = origin + distance * direction
        others = [a for a in range(3) if a != self.axis]
        inside = all(value.box[0, a] <= point[a] <= value.box[1, a] for a in others)
        if distance <= 0 or not inside:
            return None
        if keep is not None and not all(point @ plane[:3] + plane[3] >= 0 for plane in keep):
            return None
        return float(distance), point


def nice(step: float) -> float:
    """The number 1, 2 or 5 times a power of ten whose ratio to ``step`` > 0 is nearest to one."""
    power = 10.0 ** np.floor(np.log10(step))
    return float(min((m * power for m in (1.0, 2.0, 5.0, 10.0)), key=lambda n: abs(np.log(n / step))))
