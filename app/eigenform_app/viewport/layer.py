"""A layer: one actor that draws one value in one view. The classes for each data type derive from this one."""

from __future__ import annotations

from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkLookupTable, vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from eigenform_app.display import DisplayOptions
from eigenform_app.viewport import colours, lines, studio
from eigenform_app.viewport.geometry import Geometry, vertex_normals

SPHERES_BELOW = 20_000  # larger clouds are drawn as plain GL points
NORMALS_BELOW = 120_000  # larger meshes keep their resting normals while animated


class Layer:
    """Geometry with colours. ``self.scalars`` (V,) float32 is the array VTK draws; write into it, then ``touch()``.

    Parameters
    ----------
    geometry : Geometry
        What is drawn; arrays of positions are copied, faces shared.
    options : DisplayOptions
        How.
    dark : bool
        Theme.
    """

    def __init__(self, geometry: Geometry, options: DisplayOptions, dark: bool) -> None:
        self.geometry, self.options, self.dark = geometry, options, dark
        self.points = geometry.points.copy()
        self.scalars = np.zeros(len(self.points), dtype=np.float32)
        self.range = (-1.0, 1.0)
        self.data = vtkPolyData()
        self._points_array = numpy_to_vtk(self.points)
        points = vtkPoints()
        points.SetData(self._points_array)
        self.data.SetPoints(points)
        self._cells()
        self._scalar_array = numpy_to_vtk(self.scalars)
        self._scalar_array.SetName("phi")
        self.data.GetPointData().SetScalars(self._scalar_array)
        self.normals: np.ndarray | None = None
        if geometry.normals is not None and len(geometry.faces):
            self.normals = geometry.normals.copy()
            self._normal_array = numpy_to_vtk(self.normals)
            self.data.GetPointData().SetNormals(self._normal_array)
        self.table = vtkLookupTable()
        self.actor = vtkActor()
        self.mapper: Any = None
        self._build_mapper()
        self.actor.SetPosition(*geometry.centre)
        self.style()

    # -- what subclasses say -----------------------------------------------------------------------------------

    def values(self) -> np.ndarray | None:
        """(V,) the values that colour the layer now; None for bare material."""
        return None

    def map_name(self) -> str:
        """The colour map in use."""
        return self.options.colour_map

    def range_mode(self) -> str:
        """How the colour range is found."""
        return self.options.range_mode

    def caption(self) -> str:
        """What the colour bar says."""
        return ""

    def values_at(self, vertex: int) -> dict[str, Any]:
        """What a pick shows for one vertex."""
        x = self.geometry.points[vertex].astype(np.float64) + self.geometry.centre
        return {"vertex": int(vertex), "position": [float(v) for v in x]}

    def wave(self) -> np.ndarray | None:
        """(V,) values in [-1, 1] by which an animation displaces, None where there is nothing to animate."""
        return None

    # -- drawing -----------------------------------------------------------------------------------------------

    @property
    def is_mesh(self) -> bool:
        """Whether there are faces."""
        return bool(len(self.geometry.faces))

    def refresh(self) -> None:
        """Write the present values into the drawn array: no new array, no new actor."""
        values = self.values()
        self.mapper.SetScalarVisibility(values is not None)
        if values is not None:
            np.copyto(self.scalars, values, casting="same_kind")
            self.range = colours.value_range(self.scalars, self.range_mode(), self.options.range_max)
            self.mapper.SetScalarRange(*self.range)
            self._scalar_array.Modified()
        self._lines()
        self.data.Modified()

    def set_options(self, options: DisplayOptions, dark: bool) -> None:
        """Change how it looks."""
        self.options, self.dark = options, dark
        self.style()
        self.refresh()

    def set_geometry(self, geometry: Geometry) -> None:
        """New positions of the same vertices, written in place."""
        self.geometry = geometry
        self.rest()
        self.actor.SetPosition(*geometry.centre)

    def displace(self, amplitude: float) -> None:
        """Draw ``x + amplitude wave n``, written in place; 0 is the shape at rest."""
        wave = self.wave()
        if wave is None:
            return
        normals = self.geometry.normals
        if normals is None:
            length = np.linalg.norm(self.geometry.points, axis=1, keepdims=True)
            normals = self.geometry.points / np.maximum(length, 1e-12)
        np.multiply(normals, (amplitude * wave).astype(np.float32)[:, None], out=self.points)
        self.points += self.geometry.points
        if self.normals is not None and len(self.points) < NORMALS_BELOW:
            self.normals[:] = vertex_normals(self.points, self.geometry.faces)
            self._normal_array.Modified()
        self._moved()

    def rest(self) -> None:
        """Put displaced vertices back."""
        self.points[:] = self.geometry.points
        if self.normals is not None and self.geometry.normals is not None:
            self.normals[:] = self.geometry.normals
            self._normal_array.Modified()
        self._moved()

    def style(self) -> None:
        """Apply options and theme to the actor."""
        o, prop = self.options, self.actor.GetProperty()
        studio.material(prop, self.dark, o.smooth)
        prop.SetOpacity(o.opacity)
        prop.SetEdgeVisibility(o.edges and self.is_mesh)
        if not self.is_mesh:
            self._style_points(prop)
        rgba = np.empty((256, 4), dtype=np.uint8)
        rgba[:, :3] = np.rint(colours.table(self.map_name()) * 255)
        rgba[:, 3] = 255
        self.table.SetNumberOfTableValues(256)
        self._table_values = numpy_to_vtk(rgba, deep=True)
        self.table.SetTable(self._table_values)
        self.mapper.SetLookupTable(self.table)

    def _moved(self) -> None:
        self._points_array.Modified()
        self.data.GetPoints().Modified()
        self.data.Modified()

    def _cells(self) -> None:
        cells = vtkCellArray()
        if self.is_mesh:
            faces = self.geometry.faces
            offsets = np.arange(0, 3 * len(faces) + 1, 3, dtype=np.int64)
            cells.SetData(
                numpy_to_vtkIdTypeArray(offsets, deep=True), numpy_to_vtkIdTypeArray(faces.ravel(), deep=True)
            )
            self.data.SetPolys(cells)
            return
        n = len(self.points)
        ids, offsets = np.arange(n, dtype=np.int64), np.arange(n + 1, dtype=np.int64)
        cells.SetData(numpy_to_vtkIdTypeArray(offsets, deep=True), numpy_to_vtkIdTypeArray(ids, deep=True))
        self.data.SetVerts(cells)

    def _build_mapper(self) -> None:
        self.mapper = vtkPolyDataMapper()
        self.mapper.SetInputData(self.data)
        self.mapper.InterpolateScalarsBeforeMappingOn()
        self.mapper.UseLookupTableScalarRangeOff()
        self.mapper.SetScalarModeToUsePointData()
        self.mapper.SetColorModeToMapScalars()
        self.actor.SetMapper(self.mapper)
        if self.is_mesh:
            lines.install(self.actor, self.mapper)

    def _style_points(self, prop: Any) -> None:
        small = len(self.points) < SPHERES_BELOW
        prop.SetRenderPointsAsSpheres(small)
        prop.SetPointSize((9.0 if small else 3.0) * self.options.point_size)

    def _lines(self) -> None:
        if self.is_mesh:
            low, high = self.range
            shown = bool(self.mapper.GetScalarVisibility())
            zero = shown and self.options.nodal_lines and low < 0 < high
            count = self.options.isolines if shown else 0
            lines.update(self.actor, zero, (high - low) / (count + 1) if count else 0.0, low, high)
