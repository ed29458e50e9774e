"""A layer: one actor that draws one value in one view. The classes for each data type derive from this one."""

from __future__ import annotations

from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from eigenform_app.places import Places
from eigenform_app.viewport import colours, shading, studio
from eigenform_app.viewport.geometry import Geometry, vertex_normals
from eigenform_app.viewport.layer_base import AnyLayer, Bar, Hit, local_planes
from eigenform_app.viewport.picking import pick_mesh, pick_points

FEW = 20_000  # points of smaller clouds are never drawn smaller than a visible dot
NORMALS_BELOW = 120_000  # larger meshes keep their resting normals while animated


class Layer(AnyLayer):
    """A mesh or points with colours. ``self.scalars`` (V,) float32 is the array VTK draws; write
    into it, then ``refresh()``.

    Parameters
    ----------
    geometry : Geometry
        What is drawn; arrays of positions are copied, faces shared.
    value
        What it stands for.
    options
        How: the display options of its kind.
    dark : bool
        Theme.
    """

    def __init__(self, value: Any, geometry: Geometry, options: Any, dark: bool) -> None:
        super().__init__(value, geometry, options, dark)
        self.range = (-1.0, 1.0)
        self.data = vtkPolyData()
        self._fill()
        self.actor = vtkActor()
        self.mapper: Any = None
        self.actors = [self.actor]
        self._edges: Any = None
        self._build_mapper()
        self._place()
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

    # -- answers to the viewport ----------------------------------------------------------------------------------

    def hit(self, origin: np.ndarray, direction: np.ndarray, spread: float, keep: np.ndarray | None) -> Hit | None:
        """The first triangle or the front point under a ray."""
        shift = self.geometry.centre
        start, planes = origin - shift, local_planes(keep, shift)
        if self.is_mesh:
            found = pick_mesh(self.points, self.geometry.faces, start, direction, planes)
        else:
            radius = 0.5 * self.geometry.spacing * self.options.point_size
            found = pick_points(self.points, start, direction, radius, spread, planes)
        if found is None:
            return None
        x = origin + found[1] * direction
        return Hit(found[1], (float(x[0]), float(x[1]), float(x[2])), found[0])

    def facts_at(self, hit: Hit) -> dict[str, Any]:
        """What is known of the vertex."""
        return self.values_at(hit.vertex) if hit.vertex < len(self.points) else {}

    def place_of(self, hit: Hit) -> np.ndarray:
        """Where the vertex is drawn."""
        if hit.vertex < 0 or hit.vertex >= len(self.points):
            return np.asarray(hit.point)
        return self.points[hit.vertex] + self.geometry.centre

    def bar(self) -> Bar | None:
        """The colours of the values drawn."""
        if not self.options.scalar_bar or self.values() is None:
            return None
        return Bar(self.caption(), self.map_name(), *self.range)

    def set_crop(self, box: np.ndarray | None) -> None:
        """Draw only what lies in the box."""
        super().set_crop(box)
        for actor in self.actors:
            shading.set_crop(actor, box)

    def swing(self, share: float) -> None:
        """Displace by a share of the amplitude that the options say."""
        self.displace(share * self.options.displace * 2 * self.geometry.size)

    # -- drawing -----------------------------------------------------------------------------------------------

    @property
    def is_mesh(self) -> bool:
        """Whether there are faces."""
        return bool(len(self.geometry.faces))

    def refresh(self) -> None:
        """Write the present values into the drawn array: no new array, no new actor."""
        values = self.values()
        if values is not None:
            np.copyto(self.scalars, values, casting="same_kind")
            self.range = colours.value_range(self.scalars, self.range_mode(), self.options.range_max)
            self._scalar_array.Modified()
        shading.set_range(self.actor, values is not None, *self.range)
        self._lines(values is not None)
        self.data.Modified()

    def set_value(self, value: Any) -> None:
        """A newer value on the same vertices."""
        self.value = value
        self.refresh()

    def set_options(self, options: Any, dark: bool) -> None:
        """Change how it looks."""
        super().set_options(options, dark)
        self.style()
        self.refresh()

    def set_geometry(self, geometry: Geometry) -> None:
        """New positions of the same vertices, written in place."""
        self.geometry = geometry
        self.rest()
        self._place()

    def replace_geometry(self, geometry: Geometry) -> None:
        """Other vertices and faces in the same actor: nothing flickers, no shader is compiled again."""
        self.geometry = geometry
        self._fill()
        self._place()

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

    def move(self, places: Places) -> None:
        """Draw the vertices elsewhere, written in place; normals that are not given stay as they are."""
        verts, normals = places.at()
        if verts.shape != self.points.shape:
            return
        np.subtract(verts, self.geometry.centre, out=self.points, casting="unsafe")
        if self.normals is not None and normals is not None:
            np.copyto(self.normals, normals, casting="same_kind")
            self._normal_array.Modified()
        self._moved()

    def fit_points(self, pixels_per_unit: float) -> None:
        """Draw points as large as they are apart, so that a cloud looks like a surface at every zoom."""
        if not self.is_mesh:
            size = 1.45 * self.geometry.spacing * pixels_per_unit * self.options.point_size
            self.actor.GetProperty().SetPointSize(float(np.clip(size, 3.0 if len(self.points) < FEW else 1.5, 60.0)))

    def style(self) -> None:
        """Apply options and theme to the actor."""
        o, prop = self.options, self.actor.GetProperty()
        studio.material(prop, self.dark, o.smooth)
        prop.SetOpacity(o.opacity)
        self._show_edges(o.edges and self.is_mesh)
        if not self.is_mesh:
            self._style_points(prop)
        shading.set_map(self.actor, self.map_name())

    def _place(self) -> None:
        for actor in self.actors:
            actor.SetPosition(*self.geometry.centre)
            shading.set_crop(actor, self.crop)

    def _show_edges(self, shown: bool) -> None:
        """Edges are an actor of their own on the same data: VTK's edge shader would drop our values."""
        if shown and self._edges is None:
            mapper = vtkPolyDataMapper()
            mapper.SetInputData(self.data)
            mapper.ScalarVisibilityOff()
            mapper.SetResolveCoincidentTopologyToPolygonOffset()
            mapper.SetRelativeCoincidentTopologyLineOffsetParameters(0.0, -1.0)
            self._edges = vtkActor()
            self._edges.SetMapper(mapper)
            self._edges.PickableOff()
            shading.install_crop(self._edges)
            self.actors.append(self._edges)
            self._place()
            shading.set_crop(self._edges, self.crop)
        if self._edges is not None:
            self._edges.SetVisibility(shown)
            studio.edges(self._edges.GetProperty(), self.dark, self.options.opacity)

    def _moved(self) -> None:
        self._points_array.Modified()
        self.data.GetPoints().Modified()
        self.data.Modified()

    def _fill(self) -> None:
        """Give VTK arrays of the present geometry."""
        geometry = self.geometry
        self.points = geometry.points.copy()
        self.scalars = np.zeros(len(self.points), dtype=np.float32)
        self._points_array = numpy_to_vtk(self.points)
        points = vtkPoints()
        points.SetData(self._points_array)
        self.data.SetPoints(points)
        if self.is_mesh or not len(self.points):
            self.data.SetPolys(cells(geometry.faces))
        else:
            self.data.SetVerts(cells(np.arange(len(self.points), dtype=np.int64)[:, None]))
        self._scalar_array = numpy_to_vtk(self.scalars)
        self._scalar_array.SetName("phi")
        self.data.GetPointData().AddArray(self._scalar_array)
        self.normals: np.ndarray | None = None
        if geometry.normals is not None and len(geometry.faces):
            self.normals = geometry.normals.copy()
            self._normal_array = numpy_to_vtk(self.normals)
            self.data.GetPointData().SetNormals(self._normal_array)

    def _build_mapper(self) -> None:
        self.mapper = vtkPolyDataMapper()
        self.mapper.SetInputData(self.data)
        self.mapper.ScalarVisibilityOff()
        self.actor.SetMapper(self.mapper)
        shading.install(self.actor, self.mapper, lines=self.is_mesh)

    def _style_points(self, prop: Any) -> None:
        prop.SetRenderPointsAsSpheres(True)
        prop.SetPointSize(6.0)

    def _lines(self, coloured: bool) -> None:
        low, high = self.range
        zero = coloured and self.options.nodal_lines and low < 0 < high
        count = self.options.isolines if coloured else 0
        shading.set_lines(self.actor, zero, (high - low) / (count + 1) if count else 0.0)


def cells(corners: np.ndarray) -> vtkCellArray:
    """Cells with as many corners each as ``corners`` (n, k) int64 has columns."""
    n, k = corners.shape
    made = vtkCellArray()
    offsets = np.arange(0, k * n + 1, k, dtype=np.int64)
    made.SetData(numpy_to_vtkIdTypeArray(offsets, deep=True), numpy_to_vtkIdTypeArray(corners.ravel(), deep=True))
    return made
