"""A lighter mesh of a figure, drawn in its place while it moves where OpenGL runs on the CPU.

Its vertices are some of the figure's own, so that it is posed by looking up rows and its texture is the figure's. They
are chosen by decimation with the seams of the texture kept (Schroeder, Zarge and Lorensen, "Decimation of Triangle
Meshes", SIGGRAPH 1992).
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPolyData

from eigenform_app.viewport.layer import cells

ABOVE = 18_000  # vertices; a mesh of fewer is drawn as it is
WANTED = 14_000  # then 99 of 100 vertices of a bent figure are within 2 mm of it: less than a pixel of a whole person


def decimated(points: np.ndarray, faces: np.ndarray, wanted: int = WANTED) -> tuple[np.ndarray, np.ndarray]:
    """Which ``points`` (V, 3) a lighter mesh has, and the faces (F', 3) between them.

    No GL object is touched, and other threads go on meanwhile.
    """
    from vtkmodules.vtkFiltersCore import vtkDecimatePro

    data, held = vtkPolyData(), vtkPoints()
    held.SetData(numpy_to_vtk(np.ascontiguousarray(points, np.float32)))
    data.SetPoints(held)
    data.SetPolys(cells(np.ascontiguousarray(faces, np.int64)))
    numbers = numpy_to_vtk(np.arange(len(points)), deep=True)
    numbers.SetName("row")
    data.GetPointData().AddArray(numbers)
    reduce = vtkDecimatePro()
    reduce.SetInputData(data)
    reduce.SetTargetReduction(max(0.0, 1 - wanted / len(points)))
    reduce.PreserveTopologyOn()
    reduce.SplittingOff()
    reduce.BoundaryVertexDeletionOff()
    reduce.Update()
    found = reduce.GetOutput()
    rows = vtk_to_numpy(found.GetPointData().GetArray("row")).copy()
    return rows, vtk_to_numpy(found.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)


class LightMesh:
    """The lighter mesh of a layer. It is made by a thread of its own; ``ready`` once it can be drawn.

    Parameters
    ----------
    points, faces : (V, 3), (F, 3)
        What the layer draws, at rest, cut at the seams of its texture.
    """

    def __init__(self, points: np.ndarray, faces: np.ndarray) -> None:
        self.data = vtkPolyData()
        self.rows = np.zeros(0, np.int64)
        self.vertices: np.ndarray | None = None  # of the figure, at the rows; the layer says which
        self._made: tuple[np.ndarray, np.ndarray] | None = None
        self._colours: Any = None
        args = (np.array(points), np.array(faces))
        self.thread = threading.Thread(target=self._make, args=args, name="eigenform-light-mesh", daemon=True)
        self.thread.start()

    def _make(self, points: np.ndarray, faces: np.ndarray) -> None:
        self._made = decimated(points, faces)

    def ready(self, full: vtkPolyData) -> bool:
        """Whether it can be drawn instead of ``full``, whose arrays it takes its share of; the GUI thread asks."""
        if self._made is not None:
            (self.rows, faces), self._made = self._made, None
            self._fill(full, faces)
        if len(self.rows):
            self._follow_colours(full.GetPointData().GetArray("colour"))
        return bool(len(self.rows))

    def move(self, points: np.ndarray, normals: np.ndarray | None) -> None:
        """Write points and normals (n, 3) of its rows into the arrays that are drawn."""
        np.copyto(self.points, points, casting="same_kind")
        self._points_array.Modified()
        self.data.GetPoints().Modified()
        if normals is not None:
            np.copyto(self.normals, normals, casting="same_kind")
            self._normal_array.Modified()
        self.data.Modified()

    def _fill(self, full: vtkPolyData, faces: np.ndarray) -> None:
        known = full.GetPointData()
        self.points = vtk_to_numpy(full.GetPoints().GetData())[self.rows].astype(np.float32)
        self.normals = np.zeros_like(self.points)
        if known.GetNormals() is not None:
            self.normals = vtk_to_numpy(known.GetNormals())[self.rows].astype(np.float32)
        self._points_array, self._normal_array = numpy_to_vtk(self.points), numpy_to_vtk(self.normals)
        held = vtkPoints()
        held.SetData(self._points_array)
        self.data.SetPoints(held)
        self.data.SetPolys(cells(faces))
        mine = self.data.GetPointData()
        mine.SetNormals(self._normal_array)
        mine.AddArray(self._share(known.GetArray("phi")))
        if known.GetTCoords() is not None:
            mine.SetTCoords(self._share(known.GetTCoords()))

    def _follow_colours(self, colours: Any) -> None:
        if colours is not None and colours is not self._colours:
            self._colours = colours
            self.data.GetPointData().AddArray(self._share(colours))

    def _share(self, array: Any) -> Any:
        made = numpy_to_vtk(np.ascontiguousarray(vtk_to_numpy(array)[self.rows]), deep=True)
        made.SetName(array.GetName())
        return made
