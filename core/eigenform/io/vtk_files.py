"""VTK files, the one place in core that reaches for VTK: readers and writers are imported inside functions.

Reading runs in a child process, since VTK can neither be interrupted nor trusted with damaged files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.io.raw import Raw, Request, Unreadable
from eigenform.io.triangulate import triangles


def read_vtk(path: Path, request: Request) -> Raw:
    """Points and polygons of VTP, VTU and legacy VTK files; volume cells give their outer surface."""
    from eigenform import native

    with open(path, "rb") as file:
        head = file.read(4096)
    if b"<VTKFile" not in head and not head.lstrip().startswith(b"# vtk"):
        raise Unreadable("it begins neither like a legacy nor like an XML file of VTK")
    found = native.call("eigenform.io.vtk_files:load_arrays", request.ctx, path=str(path.absolute()))
    if found["error"]:
        raise InputError(f"{path} is damaged, cut short or not a VTK file ({found['error']}).")
    if not len(found["verts"]):
        raise Unreadable("VTK finds no points in it")
    faces = triangles(found["corners"], found["counts"], found["verts"])
    return Raw(found["verts"], faces)


def load_arrays(path: str) -> dict[str, Any]:
    """The child's side: ``verts``, polygons as ``corners`` and ``counts``, and the first ``error`` VTK reported."""
    from vtkmodules.vtkCommonCore import vtkOutputWindow, vtkStringOutputWindow

    # Inner readers report to the global window only, so an observer on the reader would miss a file cut short.
    window = vtkStringOutputWindow()
    vtkOutputWindow.SetInstance(window)
    reader = _reader(path)
    reader.SetFileName(path)
    reader.Update()
    text = window.GetOutput()
    error = _first_error(text.decode("latin-1") if isinstance(text, bytes) else str(text))
    data = reader.GetOutputDataObject(0)
    empty: dict[str, Any] = {
        "verts": np.zeros((0, 3)),
        "corners": np.zeros(0, dtype=np.int64),
        "counts": np.zeros(0, dtype=np.int64),
        "error": error,
    }
    if error or data is None or not hasattr(data, "GetNumberOfPoints") or not data.GetNumberOfPoints():
        return empty
    return empty | _arrays(data)


def _first_error(text: str) -> str:
    """The first sentence of what VTK printed, without its own names and numbers; empty where all went well."""
    for line in text.splitlines():
        if "rror" in line and not line.startswith(("ERROR: In", "Generic Warning: In")):
            words = re.sub(r"^\S+ \(0x[0-9a-f]+\): ", "", line.strip())
            return re.sub(r"[^ -~]+", " ", words)[:120].rstrip(".! ")
    return "it cannot be parsed" if "ERROR" in text else ""


def _reader(path: str) -> Any:
    """The reader for what the file says it is, whatever its suffix."""
    from vtkmodules import vtkIOLegacy, vtkIOXML

    with open(path, "rb") as file:
        head = file.read(4096)
    if b"<VTKFile" not in head:
        return vtkIOLegacy.vtkGenericDataObjectReader()
    for kind in ("PolyData", "UnstructuredGrid", "StructuredGrid", "RectilinearGrid", "ImageData"):
        if f'type="{kind}"'.encode() in head:
            return getattr(vtkIOXML, f"vtkXML{kind}Reader")()
    raise InputError(f"{path} is a VTK file of a kind that holds no shape; a .vtp, .vtu or .vtk file would work.")


def _arrays(data: Any) -> dict[str, Any]:
    """Points in their order, and the polygons of the (outer) surface."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkTriangleFilter
    from vtkmodules.vtkFiltersGeometry import vtkDataSetSurfaceFilter

    ids = None
    if data.IsA("vtkPolyData"):
        surface = data
        points = data.GetPoints()
    else:
        surfaces = vtkDataSetSurfaceFilter()
        surfaces.SetInputData(data)
        surfaces.PassThroughPointIdsOn()
        surfaces.Update()
        surface = surfaces.GetOutput()
        points = surface.GetPoints()
        if hasattr(data, "GetPoints") and data.GetPoints() is not None:
            points = data.GetPoints()
            ids = vtk_to_numpy(surface.GetPointData().GetArray("vtkOriginalPointIds")).astype(np.int64)
    if surface.GetNumberOfStrips():
        strips = vtkTriangleFilter()
        strips.SetInputData(surface)
        strips.Update()
        surface = strips.GetOutput()
        points = surface.GetPoints() if ids is None else points
    verts = vtk_to_numpy(points.GetData()).astype(np.float64)
    polygons = surface.GetPolys()
    corners = vtk_to_numpy(polygons.GetConnectivityArray()).astype(np.int64)
    counts = np.diff(vtk_to_numpy(polygons.GetOffsetsArray()).astype(np.int64))
    return {"verts": verts, "corners": corners if ids is None else ids[corners], "counts": counts}


# -- writing ---------------------------------------------------------------------------------------------------------


def write_vtp(
    path: str | os.PathLike[str],
    verts: np.ndarray,
    faces: np.ndarray,
    columns: Mapping[str, np.ndarray],
    fields: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Polygonal data: triangles, or one vertex cell a point where there are none.

    Parameters
    ----------
    path : path
    verts : (V, d) float64
        ``d`` at most 3.
    faces : (F, 3) int64
    columns : mapping of str to (V,) array
        Values at the vertices.
    fields : mapping
        Arrays that belong to the whole.
    """
    from vtkmodules.vtkCommonDataModel import vtkPolyData
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    data = vtkPolyData()
    _fill(data, verts, columns, fields or {})
    if len(faces):
        data.SetPolys(_cells(faces))
    else:
        data.SetVerts(_cells(np.arange(len(verts))[:, None]))
    _save(vtkXMLPolyDataWriter(), data, path)


def write_vtu(
    path: str | os.PathLike[str],
    verts: np.ndarray,
    faces: np.ndarray,
    columns: Mapping[str, np.ndarray],
    fields: Mapping[str, np.ndarray] | None = None,
) -> None:
    """An unstructured grid with the same content as :func:`write_vtp`."""
    from vtkmodules.vtkCommonDataModel import vtkUnstructuredGrid
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridWriter

    triangle, vertex = 5, 1  # VTK's numbers of the two cell types
    data = vtkUnstructuredGrid()
    _fill(data, verts, columns, fields or {})
    if len(faces):
        data.SetCells(triangle, _cells(faces))
    else:
        data.SetCells(vertex, _cells(np.arange(len(verts))[:, None]))
    _save(vtkXMLUnstructuredGridWriter(), data, path)


def _fill(data: Any, verts: np.ndarray, columns: Mapping[str, np.ndarray], fields: Mapping[str, Any]) -> None:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkPoints

    xyz = np.ascontiguousarray(np.pad(verts, ((0, 0), (0, 3 - verts.shape[1]))))
    points = vtkPoints()
    points.SetData(numpy_to_vtk(xyz, deep=True))
    data.SetPoints(points)
    for name, values in columns.items():
        array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)
        array.SetName(name)
        data.GetPointData().AddArray(array)
    for name, value in fields.items():
        array = numpy_to_vtk(np.ascontiguousarray(value), deep=True)
        array.SetName(name)
        data.GetFieldData().AddArray(array)


def _cells(rows: np.ndarray) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonDataModel import vtkCellArray

    cells = vtkCellArray()
    offsets = np.arange(len(rows) + 1, dtype=np.int64) * rows.shape[1]
    flat = np.ascontiguousarray(rows, dtype=np.int64).ravel()
    cells.SetData(numpy_to_vtkIdTypeArray(offsets, deep=True), numpy_to_vtkIdTypeArray(flat, deep=True))
    return cells


def _save(writer: Any, data: Any, path: str | os.PathLike[str]) -> None:
    from eigenform.io.atomic import atomic_path

    with atomic_path(path) as temporary:
        writer.SetFileName(str(temporary))
        writer.SetInputData(data)
        writer.SetDataModeToBinary()  # meshio cannot read VTK's raw appended data
        writer.SetCompressorTypeToZLib()
        if not writer.Write():
            raise InputError(f"VTK could not write {path}; is the disk full?")
