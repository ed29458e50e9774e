"""One way in and one way out: any file as the value it holds, any value as a file.

What the command line and the window share. The content decides what a file is; its ending only where the content
does not say.
"""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.errors import InputError
from eigenform.types import Avatar, Basis, Body, Field, Image, ImplicitSurface, Person, Photographs, Shape

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

TYPES = {
    "shape": Shape,
    "basis": Basis,
    "implicit": ImplicitSurface,
    "image": Image,
    "field": Field,
    "photographs": Photographs,
    "body": Body,
    "person": Person,
    "avatar": Avatar,
}
"""Kind of file to the type of its value."""

TITLES = {
    ".obj": "Wavefront",
    ".ply": "Stanford polygons",
    ".stl": "Stereolithography",
    ".glb": "glTF binary",
    ".off": "Object file format",
    ".vtp": "VTK polygons",
    ".npz": "NumPy arrays with faces",
    ".npy": "NumPy array",
    ".csv": "Table",
    ".xyz": "Points as text",
    ".txt": "Points as text",
}
_HOLDS = {
    "mesh": (".obj", ".ply", ".stl", ".glb", ".off", ".vtp", ".npz"),
    "cloud": (".ply", ".vtp", ".npz", ".npy", ".csv", ".xyz", ".txt"),
    "features": (".npz", ".npy", ".csv", ".txt"),
}


def suffixes() -> list[str]:
    """Endings of all files that open, without doubles."""
    from eigenform.io import image_files
    from eigenform.io.read import EXTENSIONS

    return list(dict.fromkeys([*EXTENSIONS, ".mat", ".safetensors", ".vti", ".json", *image_files.EXTENSIONS]))


def kind_of(path: str | os.PathLike[str]) -> str:
    """What a file or folder holds, a key of :data:`TYPES`; ``shape`` where nothing says otherwise.

    Only what is needed to tell is read, and nothing is unpickled.
    """
    from eigenform.io.image_files import EXTENSIONS, is_image

    path = Path(path)
    if path.is_dir():
        return "photographs"
    suffix = path.suffix.lower()
    if suffix == ".safetensors":
        return "implicit"
    if suffix == ".mat":
        return "basis"
    if is_image(path) or suffix in EXTENSIONS:
        return "image"
    head = _head(path)
    if suffix == ".vti" or (b"<VTKFile" in head and b'type="ImageData"' in head):
        return "implicit"
    colmap = path.name in ("cameras.txt", "images.txt", "points3D.txt") and (path.parent / "cameras.txt").is_file()
    if colmap or suffix == ".json" or (suffix != ".gltf" and head.lstrip().startswith(b"{") and b'"frames"' in head):
        return "photographs"
    if head.startswith(b"PK"):
        return _kind_of_npz(path)
    return "shape"


def read_any(path: str | os.PathLike[str], ctx: JobContext | None = None) -> Any:
    """The value a file holds: a shape, a basis, an implicit surface, a picture, a field, a set of photographs, a body,
    a person or an avatar.

    Parameters
    ----------
    path : path
        A file; for photographs their folder, or the file of cameras in it.
    ctx : JobContext, optional
        Receives progress; a cancel is seen between phases.

    Raises
    ------
    InputError
        One sentence: which file, what was found, what would work.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"There is no file {path}.")
    kind = kind_of(path)
    if kind != "shape" and ctx is not None:
        ctx.message(f"Reading {path.name}")
    if kind == "photographs":
        from eigenform.implicit.photographs.files import read_photographs

        return read_photographs(path, ctx)
    if kind == "basis":
        from eigenform.io.basis_files import read_basis

        return read_basis(path)
    if kind == "implicit":
        from eigenform.io.implicit_files import read_implicit

        return read_implicit(path, ctx)
    if kind == "image":
        from eigenform.io.image_files import read_image

        return read_image(path)
    if kind == "field":
        from eigenform.io.field_files import read_field_file

        return read_field_file(path)
    if kind in ("body", "person", "avatar"):
        from eigenform.io.figure_files import read_figure

        return read_figure(path)
    from eigenform.io.read import read_shape

    return read_shape(path, ctx)


def write_any(value: Any, path: str | os.PathLike[str], format: str | None = None) -> None:
    """Write a value, atomically, in the format named or the one that the ending of ``path`` stands for.

    Photographs go into a folder. See :func:`formats_of` for what there is.

    Raises
    ------
    InputError
        For a format that cannot hold the value, or a place that cannot be written to.
    """
    if isinstance(value, Basis):
        from eigenform.io.basis_files import write_basis

        write_basis(value, path, format or None)
    elif isinstance(value, ImplicitSurface):
        from eigenform.io.implicit_files import write_implicit

        write_implicit(value, path, format or None)
    elif isinstance(value, Image):
        from eigenform.io.image_files import write_image

        write_image(value, path, format or None)
    elif isinstance(value, Field):
        from eigenform.io.field_files import write_field

        write_field(value, path, format or None)
    elif isinstance(value, Photographs):
        from eigenform.implicit.photographs.files import write_photographs

        write_photographs(value, Path(path))
    elif isinstance(value, (Body, Person, Avatar)):
        from eigenform.io.figure_files import write_figure

        write_figure(value, path, format or None)
    else:
        from eigenform.io.write import write_shape

        write_shape(value, path)


def formats_of(value: Any) -> list[tuple[str, str, str]]:
    """``(format, suffix, title)`` of everything a value can be written as, best first.

    The format is what :func:`write_any` takes; it is empty where the suffix alone decides. A set of photographs has
    the suffix ``""``: it becomes a folder.
    """
    if isinstance(value, Basis):
        from eigenform.io.basis_files import FORMATS

        allowed = [f for f in FORMATS.values() if not f.dimensions or value.verts.shape[1] in f.dimensions]
        return [(f.name, f.ext, f.title) for f in allowed]
    if isinstance(value, ImplicitSurface):
        from eigenform.io.implicit_files import FORMATS as IMPLICIT

        return [(f.name, f.ext, f.title) for f in IMPLICIT.values() if f.holds != "mesh" or len(value.faces)]
    if isinstance(value, Image):
        from eigenform.io.image_files import FORMATS as PICTURES

        return list(PICTURES)
    if isinstance(value, Field):
        from eigenform.io.field_files import FORMATS as FIELDS

        flat = np.asarray(value.verts).shape[1] <= 3
        return [f for f in FIELDS if flat or f[0] in ("npz", "csv")]
    if isinstance(value, Photographs):
        return [("folder", "", "Folder of photographs and cameras")]
    if isinstance(value, (Body, Person, Avatar)):
        from eigenform.io.figure_files import formats_of as figure_formats

        return list(figure_formats(value))
    return [("", ext, TITLES[ext]) for ext in _HOLDS[value.kind]]


def _head(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(4096)
    except OSError:
        return b""


def _kind_of_npz(path: Path) -> str:
    """By the names of the arrays, and by what our own files say of themselves."""
    try:
        with open(path, "rb") as opened, zipfile.ZipFile(opened) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist()}
    except Exception:
        return "shape"  # the reader of shapes says what is wrong with it
    if {"verts", "evecs", "evals"} <= names:
        return "basis"
    if "surface" in names and _says(path, "surface", "ImplicitSurface"):
        return "implicit"
    if {"verts", "values"} <= names and _says(path, "field", "Field"):
        return "field"
    if "image" in names and _says(path, "image", "Image"):
        return "image"
    if "figure" in names and (kind := _figure_kind(path)):
        return kind
    return "photographs" if "world_mat_0" in names or "camera_mat_0" in names else "shape"


def _figure_kind(path: Path) -> str:
    from eigenform.io.figure_files import KINDS

    return KINDS.get(_type_in(path, "figure"), "")


def _says(path: Path, key: str, type_name: str) -> bool:
    return _type_in(path, key) == type_name


def _type_in(path: Path, key: str) -> str:
    """The type that the header ``key`` of a file of ours names; empty where there is none."""
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            head = json.loads(str(file[key]))
    except Exception:  # the reader of shapes says what is wrong with it
        return ""
    return str(head.get("type")) if isinstance(head, dict) else ""
