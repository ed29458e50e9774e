"""How an implicit surface is drawn: a level set, slices with level lines, and nested see-through levels around it."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import ImplicitSurface
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from eigenform_app.display import ImplicitDisplay
from eigenform_app.viewport import level_sets, shading, studio
from eigenform_app.viewport.geometry import Geometry
from eigenform_app.viewport.layer import Layer, cells
from eigenform_app.viewport.layer_base import Bar, Hit
from eigenform_app.viewport.numbers import number
from eigenform_app.viewport.slices import AXES, Slice, nice

FEW_FACES = 50_000  # up to which the pointer looks through the triangles, above through the samples
implicit_geometry = level_sets.own_geometry


class ImplicitLayer(Layer):
    """Draws an :class:`~eigenform.types.ImplicitSurface`: its own mesh at its own level, else a level set of its
    samples. Newer values of any topology are taken in place."""

    value: ImplicitSurface
    options: ImplicitDisplay
    probes = True

    def __init__(self, value: ImplicitSurface, geometry: Geometry, options: ImplicitDisplay, dark: bool) -> None:
        self._own = geometry
        self.slices = [Slice(axis) for axis in range(3)]
        self.shells = vtkActor()
        self._shell_data = vtkPolyData()
        self._shells_of: np.ndarray | None = None
        self._shells_shown = (0.0, 0)
        first = geometry if level_sets.is_own_level(value, options.level) else self._at_level(value, options)
        super().__init__(value, first, options, dark)
        self._build_shells()
        self.actors += [*(s.actor for s in self.slices), self.shells]
        self.refresh()

    @staticmethod
    def takes(old: Any, value: Any) -> bool:
        """Any newer surface."""
        return True

    # -- following ---------------------------------------------------------------------------------------------------

    def set_geometry(self, geometry: Geometry) -> None:
        """The mesh of the value that comes next."""
        self._own = geometry

    def set_value(self, value: ImplicitSurface) -> None:
        """A newer surface: mesh and samples of any size."""
        self.value = value
        self._show_level()
        self.refresh()

    def set_options(self, options: ImplicitDisplay, dark: bool) -> None:
        """Follow the level, the slices and the rest."""
        level, self.options = self.options.level, options
        if options.level != level:
            self._show_level()
        super().set_options(options, dark)

    def refresh(self) -> None:
        """Surface, slices and nested levels as the options say."""
        super().refresh()
        self.actor.SetVisibility(self.options.surface)
        if self.options.volume:  # the levels inside are to be seen as well
            self.actor.GetProperty().SetOpacity(min(self.options.opacity, 0.45))
        if self._edges is not None:
            self._edges.SetVisibility(self.options.surface and self.options.edges)
        if self.shells.GetMapper() is None:  # while it is being built
            return
        step, reach = self._scale()
        self.range = (-reach, reach)
        for plane, shown, at in self._planes():
            plane.actor.SetVisibility(shown)
            if shown:
                plane.show(self.value, at, self.options.level)
                plane.actor.GetProperty().SetOpacity(self.options.slice_opacity)
                shading.set_range(plane.actor, True, -reach, reach)
                shading.set_lines(plane.actor, self.options.level_line, step if self.options.isolines else 0.0, 1.6)
        self._show_shells(reach)
        self.set_crop(self.crop)

    def style(self) -> None:
        """Apply options and theme."""
        super().style()
        for actor in (*(s.actor for s in self.slices), self.shells):
            shading.set_map(actor, self.options.colour_map)
        self.shells.GetProperty().SetOpacity(self.options.shell_opacity)

    # -- answers -----------------------------------------------------------------------------------------------------

    def map_name(self) -> str:
        """Of slices and nested levels; the surface is bare material."""
        return self.options.colour_map

    def bar(self) -> Bar | None:
        """Distances from the level, while something shows them."""
        o = self.options
        if not o.scalar_bar or not (o.volume or any(shown for _, shown, _ in self._planes())):
            return None
        step, reach = self._scale()
        words = f"field − {number(o.level)}" if o.level else "field"
        lines = f"   lines every {number(step)}" if o.isolines and any(s for _, s, _ in self._planes()) else ""
        return Bar(words + lines, o.colour_map, -reach, reach)

    def outline(self) -> np.ndarray:
        """The surface, and the corners of the box while slices or volume fill it or where there is no surface."""
        points = super().outline()
        if len(points) and not self.options.volume and not any(shown for _, shown, _ in self._planes()):
            return points
        corners = np.array([[self.value.box[i, 0], self.value.box[j, 1], self.value.box[k, 2]]
                            for i in (0, 1) for j in (0, 1) for k in (0, 1)])  # fmt: skip
        return np.concatenate([points, corners])

    def hit(self, origin: np.ndarray, direction: np.ndarray, spread: float, keep: np.ndarray | None) -> Hit | None:
        """The surface or the slice in front of it."""
        best = None
        if self.options.surface and self.is_mesh and len(self.geometry.faces) <= FEW_FACES:
            best = super().hit(origin, direction, spread, keep)
        elif self.options.surface and self.is_mesh:
            far = level_sets.march(self.value, self.options.level, origin, direction, keep)
            best = None if far is None else Hit(far, tuple(float(v) for v in origin + far * direction))  # type: ignore[arg-type]
        for plane, shown, at in self._planes():
            found = plane.meets(self.value, at, origin, direction, keep) if shown else None
            if found is not None and (best is None or found[0] < best.distance):
                best = Hit(found[0], (float(found[1][0]), float(found[1][1]), float(found[1][2])))
        return best

    def facts_at(self, hit: Hit) -> dict[str, Any]:
        """Value and length of the gradient, read from the samples; whoever asks the field itself replaces them."""
        value, gradient = level_sets.read(self.value, np.asarray(hit.point))
        return {"position": [float(v) for v in hit.point], "distance": value, "|gradient|": _length(gradient)}

    def place_of(self, hit: Hit) -> np.ndarray:
        """Where the point is: the field is asked there, however the surface has moved since."""
        return np.asarray(hit.point)

    def fit_points(self, pixels_per_unit: float) -> None:
        """There are no points, even where there is no surface."""

    def swing(self, share: float) -> None:
        """A field has no modes to swing in."""

    def rest(self) -> None:
        """Nothing was displaced."""

    # -- drawing -------------------------------------------------------------------------------------------------------

    def _planes(self) -> list[tuple[Slice, bool, float]]:
        o = self.options
        return [(s, getattr(o, f"slice_{AXES[s.axis]}"), getattr(o, f"at_{AXES[s.axis]}")) for s in self.slices]

    def _scale(self) -> tuple[float, float]:
        """The distance between level lines, and that of the strongest colours: a whole number of lines."""
        values, level = self.value.samples, self.options.level
        low, high = level - float(values.min()), float(values.max()) - level
        most = max(low, high, 1e-300)
        reach = self.options.reach or float(np.clip(2.0 * min(low, high), 0.25 * most, most))
        step = nice(2 * reach / max(self.options.isolines, 4))
        return step, step * max(1, round(reach / step))

    def _show_level(self) -> None:
        own = level_sets.is_own_level(self.value, self.options.level)
        self.replace_geometry(self._own if own else self._at_level(self.value, self.options))

    @staticmethod
    def _at_level(value: ImplicitSurface, options: ImplicitDisplay) -> Geometry:
        return level_sets.level_geometry(value, options.level)

    def _lines(self, coloured: bool) -> None:
        shading.set_lines(self.actor, False, 0.0)

    def _place(self) -> None:
        for actor in (self.actor, self._edges, self.shells):
            if actor is not None:
                actor.SetPosition(*self.geometry.centre)

    def _build_shells(self) -> None:
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._shell_data)
        mapper.ScalarVisibilityOff()
        self.shells.SetMapper(mapper)
        self.shells.PickableOff()
        self.shells.ForceTranslucentOn()
        self.shells.GetProperty().BackfaceCullingOn()  # each level once: half the pixels to mix
        studio.material(self.shells.GetProperty(), self.dark, True)
        shading.install(self.shells, mapper, lines=False)
        shading.set_map(self.shells, self.options.colour_map)
        self.shells.GetProperty().SetOpacity(self.options.shell_opacity)

    def _show_shells(self, reach: float) -> None:
        o = self.options
        self.shells.SetVisibility(o.volume)
        if not o.volume:
            return
        shading.set_range(self.shells, True, -reach, reach)
        ends = (max(-reach, float(self.value.samples.min()) - o.level),
                min(reach, float(self.value.samples.max()) - o.level))  # fmt: skip
        steps = [(i + 0.5) / o.shells * end for end in ends if end for i in range(o.shells)]
        if self._shells_of is self.value.samples and self._shells_shown == (o.level, o.shells):
            return
        self._shells_of, self._shells_shown = self.value.samples, (o.level, o.shells)
        points, normals, faces, levels = level_sets.shells(self.value, [o.level + s for s in steps])
        self._shell_arrays = [points, normals, np.ascontiguousarray(levels - np.float32(o.level), np.float32)]
        held = vtkPoints()
        held.SetData(numpy_to_vtk(points))
        phi = numpy_to_vtk(self._shell_arrays[2])
        phi.SetName("phi")
        self._shell_data.SetPoints(held)
        self._shell_data.SetPolys(cells(faces))
        self._shell_data.GetPointData().SetNormals(numpy_to_vtk(normals))
        self._shell_data.GetPointData().AddArray(phi)


def _length(gradient: np.ndarray) -> float:
    return float(np.linalg.norm(gradient))
