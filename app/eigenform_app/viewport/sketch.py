"""Lines, dots and a see-through body drawn over a photograph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from eigenform_app.viewport import shading, studio
from eigenform_app.viewport.colours import rgb
from eigenform_app.viewport.layer import cells
from eigenform_app.viewport.posed import quick_normals

SKIN = {True: "#9fb4ff", False: "#5f7ff0"}  # a fitted body is no person: blue, not skin

UNSEEN = 0.001  # less than a step of colour; VTK draws nothing at 0


class Sketch:
    """Polylines or dots in colours of their own; ``size`` is their width in pixels."""

    def __init__(self, size: float) -> None:
        self.data, self.actor = vtkPolyData(), vtkActor()
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self.data)
        mapper.SetScalarModeToUseCellData()
        mapper.SetColorModeToDirectScalars()
        self.actor.SetMapper(mapper)
        self.actor.PickableOff()
        prop = self.actor.GetProperty()
        prop.LightingOff()
        prop.SetLineWidth(size)
        prop.SetPointSize(size)
        prop.SetRenderPointsAsSpheres(True)

    def set_lines(self, lines: Sequence[np.ndarray], colours: str | Sequence[str], closed: bool = False) -> None:
        """Polylines (n, 3) in one colour or one each."""
        self._put(np.concatenate(lines) if len(lines) else np.zeros((0, 3)))
        made, first = vtkCellArray(), 0
        for line in lines:
            ids = list(range(first, first + len(line)))
            made.InsertNextCell(len(ids) + closed, [*ids, *ids[: int(closed)]])
            first += len(line)
        self.data.SetLines(made)
        self._colour([colours] * len(lines) if isinstance(colours, str) else colours)

    def set_points(self, points: np.ndarray, colours: Sequence[str]) -> None:
        """Dots (n, 3), each in its colour."""
        self._put(points)
        self.data.SetVerts(cells(np.arange(len(points), dtype=np.int64)[:, None]))
        self._colour(colours)

    def _put(self, points: np.ndarray) -> None:
        self._points = np.ascontiguousarray(points, np.float32)
        held = vtkPoints()
        held.SetData(numpy_to_vtk(self._points))
        self.data.SetPoints(held)
        self.actor.SetVisibility(bool(len(points)))

    def _colour(self, colours: Sequence[str]) -> None:
        values = np.array([rgb(c) for c in colours]).reshape(-1, 3)
        self.data.GetCellData().SetScalars(numpy_to_vtk(np.rint(255 * values).astype(np.uint8), deep=True))
        self.data.Modified()


class Ghost:
    """A see-through mesh of which only the nearest surface shows.

    The first actor writes depth alone, the second one colour: blended as they come, limbs before the trunk would show
    what is behind them.
    """

    def __init__(self) -> None:
        self.data = vtkPolyData()
        self.actors = [self._actor(), self._actor()]

    def _actor(self) -> vtkActor:
        actor, mapper = vtkActor(), vtkPolyDataMapper()
        mapper.SetInputData(self.data)
        mapper.ScalarVisibilityOff()
        actor.SetMapper(mapper)
        actor.ForceOpaqueOn()
        actor.PickableOff()
        shading.install(actor, mapper, lines=False, gloss=0.05)
        return actor

    def show(self, shown: bool, opacity: float, dark: bool) -> None:
        """Show or hide it."""
        for actor, strength in zip(self.actors, (UNSEEN, opacity), strict=True):
            actor.SetVisibility(shown)
            prop = actor.GetProperty()
            studio.material(prop, dark, True)
            prop.SetColor(*rgb(SKIN[dark]))
            prop.SetOpacity(strength)

    def set_mesh(self, points: np.ndarray, faces: np.ndarray, verts: np.ndarray) -> None:
        """Points (V, 3) in the plane of the picture, and the vertices (V, 3) in space that say how it is lit."""
        normals = quick_normals(np.ascontiguousarray(verts, np.float32), faces)
        turned = np.stack([normals[:, 0], normals[:, 2], -normals[:, 1]], axis=1)
        self._arrays = [np.ascontiguousarray(points, np.float32), np.ascontiguousarray(turned, np.float32)]
        self._arrays.append(np.zeros(len(points), np.float32))
        held = vtkPoints()
        held.SetData(numpy_to_vtk(self._arrays[0]))
        self.data.SetPoints(held)
        self.data.SetPolys(cells(np.asarray(faces)))
        self.data.GetPointData().SetNormals(numpy_to_vtk(self._arrays[1]))
        phi = numpy_to_vtk(self._arrays[2])
        phi.SetName("phi")
        self.data.GetPointData().AddArray(phi)
        self.data.Modified()
