"""How a body is drawn: a neutral figure, its bones where asked. A newer pose moves the points that are there."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Body
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from eigenform_app.places import Places
from eigenform_app.viewport import direct_colours, shading, studio
from eigenform_app.viewport.colours import rgb
from eigenform_app.viewport.geometry import Geometry
from eigenform_app.viewport.layer import Layer, cells
from eigenform_app.viewport.layer_base import Bar, Hit, local_planes
from eigenform_app.viewport.light_mesh import ABOVE, LightMesh
from eigenform_app.viewport.picking import pick_mesh
from eigenform_app.viewport.posed import is_closed

NEUTRAL = {True: "#a9adb4", False: "#b9bdc4"}  # grey cloth in the dark and the light theme
BONE = {True: "#f0bd62", False: "#b36a00"}


class FigureLayer(Layer):
    """What bodies and avatars have in common. ``source`` says which vertex stands at each drawn point."""

    source: Any = slice(None)

    def __init__(self, value: Any, geometry: Geometry, options: Any, dark: bool) -> None:
        self._bones: vtkActor | None = None
        self._bone_data = vtkPolyData()
        self._shown: tuple[Any, ...] = ()
        self._posed: Places | None = None  # where move() wants it
        self._late = False  # whether that is yet to be written
        self._light: LightMesh | None = None
        self._closed: bool | None = None
        super().__init__(value, geometry, options, dark)
        self.refresh()

    # -- following -----------------------------------------------------------------------------------------------------

    def set_value(self, value: Any) -> None:
        """A newer pose or other colours of the same mesh."""
        self.value = value
        self.refresh()

    def rest(self) -> None:
        """Write the vertices and normals of the geometry into the arrays that are drawn."""
        self._posed = None
        self._place_points(self.geometry.points, self.geometry.normals)

    def move(self, places: Places) -> None:
        """Draw the vertices elsewhere with the next frame; the bones stay hidden until it rests."""
        if places.count != len(self.geometry.points):
            return
        self._posed, self._late = places, True
        if self._bones is not None:
            self._bones.SetVisibility(False)

    def detail(self, full: bool) -> None:
        """Write the newest pose into the mesh, or into a lighter one while the figure moves."""
        light = None if full or self._posed is None else self._lighter()
        if light is not None:
            assert self._posed is not None
            verts, normals = self._posed.at(self._vertices_of(light))
            light.move(np.subtract(verts, self.geometry.centre, dtype=np.float32, casting="unsafe"), normals)
        elif self._posed is not None and self._late:
            verts, normals = self._posed.at()
            self._place_points(np.subtract(verts, self.geometry.centre, dtype=np.float32, casting="unsafe"), normals)
        self.mapper.SetInputData(self.data if light is None else light.data)
        self.actor.GetProperty().SetBackfaceCulling(not full and self._posed is not None and self._hides_its_inside())

    def moving(self) -> np.ndarray | None:
        """The points drawn."""
        return None if self._posed is None else self._posed.at(self.rows_moved())[0]

    def rows_moved(self) -> np.ndarray | None:
        """Those of the lighter mesh, where one is drawn."""
        light = self._light
        return self._vertices_of(light) if light is not None and len(light.rows) and self._lightens() else None

    def _vertices_of(self, light: LightMesh) -> np.ndarray:
        """The vertices of the figure that a lighter mesh has, always in the same array."""
        if light.vertices is None:
            light.vertices = light.rows if isinstance(self.source, slice) else np.asarray(self.source[light.rows])
        return light.vertices

    def _hides_its_inside(self) -> bool:
        if self._closed is None:
            self._closed = is_closed(self.geometry.points, self.geometry.faces)
        planes = self.mapper.GetClippingPlanes()
        cut = self.crop is not None or (planes is not None and planes.GetNumberOfItems() > 0)
        return self._closed and not cut and self.options.opacity >= 1

    def _lighter(self) -> LightMesh | None:
        """The lighter mesh, where it is made."""
        if not self._lightens():
            return None
        if self._light is None:
            faces = vtk_to_numpy(self.data.GetPolys().GetConnectivityArray()).reshape(-1, 3)
            self._light = LightMesh(self.points, faces)
        return self._light if self._light.ready(self.data) else None

    def _lightens(self) -> bool:
        """Whether a lighter mesh pays and the options allow it."""
        return len(self.points) > ABOVE and not self.options.edges and self.options.colour != "normals"

    def _place_points(self, points: np.ndarray, normals: np.ndarray | None) -> None:
        self._copy(points, self.points)
        if self.normals is not None and normals is not None:
            self._copy(normals, self.normals)
            self._normal_array.Modified()
        self._late = False
        self._moved()

    def _copy(self, values: np.ndarray, drawn: np.ndarray) -> None:
        if isinstance(self.source, slice):
            np.copyto(drawn, values)
        else:
            np.take(values, self.source, axis=0, out=drawn, mode="clip")  # "raise" would take a detour over a buffer

    def refresh(self) -> None:
        """Colours and bones as the options say; what did not change is not written again."""
        key = self.colour_key()
        if key != self._shown or self.options.colour == "normals":
            self._shown = key
            direct_colours.show(self, self.direct_colours())
        self._show_bones()
        self.data.Modified()

    def style(self) -> None:
        """A matte figure."""
        o, prop = self.options, self.actor.GetProperty()
        studio.material(prop, self.dark, o.smooth)
        prop.SetColor(*rgb(NEUTRAL[self.dark]))
        prop.SetOpacity(o.opacity)
        self._show_edges(o.edges)

    def colour_key(self) -> tuple[Any, ...]:
        """What the colours drawn depend on, besides the pose."""
        return (self.options.colour,)

    def direct_colours(self) -> np.ndarray | None:
        """(V', 3) sRGB in [0, 255] at the drawn points, None for the bare figure."""
        return self.normal_colours() if self.options.colour == "normals" else None

    def normal_colours(self) -> np.ndarray | None:
        """The directions of the surface as the networks see them: right, up, toward one who faces the figure."""
        if self.normals is None:
            return None
        n = self.normals
        return 127.5 * (1 + np.stack([n[:, 0], n[:, 2], -n[:, 1]], axis=1))

    # -- answers -------------------------------------------------------------------------------------------------------

    def bar(self) -> Bar | None:
        """There are no values."""
        return None

    def map_name(self) -> str:
        """No value is mapped."""
        return "blue-red"

    def swing(self, share: float) -> None:
        """A figure has no modes to swing in."""

    def fit_points(self, pixels_per_unit: float) -> None:
        """There are no points."""

    def hit(self, origin: np.ndarray, direction: np.ndarray, spread: float, keep: np.ndarray | None) -> Hit | None:
        """The first triangle under a ray."""
        shift = self.geometry.centre
        planes = local_planes(keep, shift)
        found = pick_mesh(self.geometry.points, self.geometry.faces, origin - shift, direction, planes)
        if found is None:
            return None
        x = origin + found[1] * direction
        return Hit(found[1], (float(x[0]), float(x[1]), float(x[2])), found[0])

    def place_of(self, hit: Hit) -> np.ndarray:
        """Where the vertex is drawn."""
        if hit.vertex < 0 or hit.vertex >= len(self.geometry.points):
            return np.asarray(hit.point)
        return self.geometry.points[hit.vertex] + self.geometry.centre

    def facts_at(self, hit: Hit) -> dict[str, Any]:
        """Position, and the bone that moves the vertex most where it is known."""
        if hit.vertex >= len(self.geometry.points):
            return {}
        found = self.values_at(hit.vertex)
        if (bones := getattr(self.value, "weight_bones", None)) is not None:
            found["bone"] = self.value.skeleton.names[int(bones[hit.vertex, 0])]
        return found

    # -- drawing -------------------------------------------------------------------------------------------------------

    def _build_mapper(self) -> None:
        self.mapper = vtkPolyDataMapper()
        self.mapper.SetInputData(self.data)
        self.mapper.ScalarVisibilityOff()
        self.actor.SetMapper(self.mapper)
        shading.install(self.actor, self.mapper, lines=False, gloss=0.0, mapped=False)

    def _lines(self, coloured: bool) -> None:
        shading.set_lines(self.actor, False, 0.0)

    def _show_bones(self) -> None:
        """The skeleton, in front of everything."""
        if not self.options.skeleton:
            if self._bones is not None:
                self._bones.SetVisibility(False)
            return
        from eigenform.avatar.figure.kinematics import world_matrices

        skeleton = self.value.skeleton
        world = world_matrices(skeleton, self.value.rotations, self.value.translation)
        places = world[:, :3, 3] - self.geometry.centre
        pairs = np.array([(p, i) for i, p in enumerate(skeleton.parents) if p >= 0], np.int64).reshape(-1, 2)
        self._bone_points = np.ascontiguousarray(places, np.float32)
        held = vtkPoints()
        held.SetData(numpy_to_vtk(self._bone_points))
        self._bone_data.SetPoints(held)
        self._bone_data.SetLines(cells(pairs))
        if self._bones is None:
            self._bones = self._bone_actor()
            self.actors.append(self._bones)
        self._bones.SetVisibility(True)
        self._bones.SetPosition(*self.geometry.centre)
        self._bones.GetProperty().SetColor(*rgb(BONE[self.dark]))

    def _bone_actor(self) -> vtkActor:
        mapper, actor = vtkPolyDataMapper(), vtkActor()
        mapper.SetInputData(self._bone_data)
        mapper.SetResolveCoincidentTopologyToPolygonOffset()
        mapper.SetRelativeCoincidentTopologyLineOffsetParameters(0.0, -200_000.0)
        actor.SetMapper(mapper)
        actor.PickableOff()
        actor.GetProperty().LightingOff()
        actor.GetProperty().SetLineWidth(2.5)
        actor.GetProperty().SetRenderLinesAsTubes(False)
        return actor


class BodyLayer(FigureLayer):
    """Draws a :class:`~eigenform.types.Body`."""

    value: Body
