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
from eigenform.io.colours import from_numbers
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
    colours = found["colours"]
    if colours is not None:
        colours = from_numbers(colours, colours.dtype) if len(colours) == len(found["verts"]) else None
    return Raw(found["verts"], faces, colours=colours)


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
        "colours": None,
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
    owner = surface if ids is None else data
    found = {"verts": verts, "corners": corners if ids is None else ids[corners], "counts": counts}
    return found | {"colours": _colours(owner.GetPointData())}


def _colours(columns: Any) -> np.ndarray | None:
    """The numbers of an array of colours at the points, by its name or because VTK would draw its bytes as such."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    for i in range(columns.GetNumberOfArrays()):
        array = columns.GetArray(i)
        if array is None or array.GetNumberOfComponents() not in (3, 4):
            continue
        name = (array.GetName() or "").lower()
        if (
            name in ("colors", "colours", "rgb", "rgba", "color", "colour")
            or array.GetDataTypeAsString() == "unsigned char"
        ):
            return np.array(vtk_to_numpy(array))
    return None


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


def write_vti(
    path: str | os.PathLike[str], samples: np.ndarray, box: np.ndarray, name: str, fields: Mapping[str, np.ndarray]
) -> None:
    """A regular grid: ``samples`` (nx, ny, nz) over ``box`` (2, 3), corners included, as values at its points.

    Parameters
    ----------
    name : str
        What the values are called.
    fields : mapping
        Arrays that belong to the whole.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkIOXML import vtkXMLImageDataWriter

    data = vtkImageData()
    data.SetDimensions(*samples.shape)
    data.SetOrigin(*box[0].tolist())
    data.SetSpacing(*((box[1] - box[0]) / (np.array(samples.shape) - 1)).tolist())
    array = numpy_to_vtk(samples.ravel(order="F"), deep=True)  # VTK counts x fastest
    array.SetName(name)
    data.GetPointData().SetScalars(array)
    for key, value in fields.items():
        extra = numpy_to_vtk(np.ascontiguousarray(value), deep=True)
        extra.SetName(key)
        data.GetFieldData().AddArray(extra)
    _save(vtkXMLImageDataWriter(), data, path)


def read_vti(path: Path, ctx: Any = None) -> dict[str, Any]:
    """``samples`` (nx, ny, nz), ``box`` (2, 3) and ``fields`` (arrays by name) of a regular grid.

    Raises
    ------
    InputError
        For a damaged file, values that are not one number a point, a turned or a flat grid.
    """
    from eigenform import native

    found = native.call("eigenform.io.vtk_files:load_grid", ctx, path=str(path.absolute()))
    if found["error"]:
        raise InputError(f"{path} cannot be read as a grid: {found['error']}.")
    return dict(found)


def load_grid(path: str) -> dict[str, Any]:
    """The child's side of :func:`read_vti`; ``error`` says what is wrong."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkOutputWindow, vtkStringOutputWindow
    from vtkmodules.vtkIOXML import vtkXMLImageDataReader

    window = vtkStringOutputWindow()
    vtkOutputWindow.SetInstance(window)
    reader = vtkXMLImageDataReader()
    reader.SetFileName(path)
    reader.Update()
    text = window.GetOutput()
    error = _first_error(text.decode("latin-1") if isinstance(text, bytes) else str(text))
    data = reader.GetOutput()
    if error or data is None or not data.GetNumberOfPoints():
        return {"error": error or "it is damaged or holds nothing"}
    shape = data.GetDimensions()
    if min(shape) < 2:
        return {"error": f"its {shape[0]} x {shape[1]} x {shape[2]} points span no volume; two along each axis would"}
    turn = data.GetDirectionMatrix()
    if any(turn.GetElement(i, j) != (i == j) for i in range(3) for j in range(3)):
        return {"error": "it is turned against the axes; one along the axes would work"}
    columns = data.GetPointData()
    arrays = [columns.GetScalars(), *(columns.GetArray(i) for i in range(columns.GetNumberOfArrays()))]
    array = next((a for a in arrays if a is not None and a.GetNumberOfComponents() == 1), None)
    if array is None:
        return {"error": "it has no number at each of its points; values of cells or vectors do not make a field"}
    lowest = [data.GetExtent()[2 * i] for i in range(3)]
    spacing = np.array(data.GetSpacing())
    low = np.array(data.GetOrigin()) + lowest * spacing
    box = np.stack([low, low + (np.array(shape) - 1) * spacing])
    extra = data.GetFieldData()
    fields = [extra.GetArray(i) for i in range(extra.GetNumberOfArrays())]
    samples = vtk_to_numpy(array).reshape(shape, order="F").astype(np.float32)
    named = {a.GetName(): np.array(vtk_to_numpy(a)) for a in fields if a is not None}
    return {"error": "", "samples": np.ascontiguousarray(samples), "box": box, "fields": named}


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
