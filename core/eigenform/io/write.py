"""Writing a shape: meshes and clouds as OBJ, PLY, STL, OFF, VTP or GLB, points of any dimension as text or arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
from eigenform.io.colours import bytes_of
from eigenform.types import Shape


def write_shape(shape: Shape, path: str | os.PathLike[str]) -> None:
    """Write ``shape`` in the format of the suffix of ``path``, atomically.

    Raises
    ------
    InputError
        For a suffix that cannot be written, or one that cannot hold such a shape.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in WRITERS:
        raise InputError(f"Cannot write a shape to {path}: use one of the suffixes {', '.join(WRITERS)}.")
    if suffix in (".obj", ".ply", ".stl", ".off", ".vtp", ".glb") and shape.dimension > 3:
        raise InputError(f"Points in {shape.dimension} dimensions do not fit a {suffix} file; .npz or .csv would work.")
    if suffix == ".stl" and not len(shape.faces):
        raise InputError(f"An STL file holds triangles and {shape.name} has none; .ply or .npz would work.")
    if suffix in (".csv", ".xyz", ".txt", ".npy") and len(shape.faces):
        raise InputError(f"A {suffix} file would lose the faces of {shape.name}; .obj, .ply or .npz would work.")
    WRITERS[suffix](shape, path)


def _xyz(shape: Shape) -> np.ndarray:
    return np.pad(shape.verts, ((0, 0), (0, 3 - shape.dimension)))


def _obj(shape: Shape, path: str | os.PathLike[str]) -> None:
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        if shape.colours is None:
            np.savetxt(file, _xyz(shape), fmt="v %.17g %.17g %.17g")
        else:  # a widespread extension: the colour behind the position
            table = np.concatenate([_xyz(shape), shape.colours], axis=1)
            np.savetxt(file, table, fmt="v %.17g %.17g %.17g %.9g %.9g %.9g")
        if shape.normals is None:
            np.savetxt(file, shape.faces + 1, fmt="f %d %d %d")
            return
        np.savetxt(file, shape.normals, fmt="vn %.9g %.9g %.9g")
        np.savetxt(file, np.repeat(shape.faces + 1, 2, axis=1), fmt="f %d//%d %d//%d %d//%d")


def _off(shape: Shape, path: str | os.PathLike[str]) -> None:
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        file.write(f"OFF\n{len(shape.verts)} {len(shape.faces)} 0\n")
        np.savetxt(file, _xyz(shape), fmt="%.17g")
        np.savetxt(file, shape.faces, fmt="3 %d %d %d")


def _ply(shape: Shape, path: str | os.PathLike[str]) -> None:
    from eigenform.io.ply_write import write_ply

    columns = {}
    if shape.normals is not None:
        columns = dict(zip(("nx", "ny", "nz"), shape.normals.T, strict=True))
    write_ply(path, shape.verts, shape.faces, columns, colours=shape.colours)


def _stl(shape: Shape, path: str | os.PathLike[str]) -> None:
    from eigenform.io.stl_write import write_stl

    write_stl(path, _xyz(shape), shape.faces)


def _glb(shape: Shape, path: str | os.PathLike[str]) -> None:
    from eigenform.io.gltf_write import write_glb

    write_glb(path, _xyz(shape), shape.faces, shape.normals, shape.colours, shape.name)


def _vtp(shape: Shape, path: str | os.PathLike[str]) -> None:
    from eigenform.io.vtk_files import write_vtp

    columns: dict[str, np.ndarray] = {}
    if shape.normals is not None:
        columns["Normals"] = shape.normals
    if shape.colours is not None:
        columns["Colors"] = bytes_of(shape.colours)
    write_vtp(path, shape.verts, shape.faces, columns)


def _npy(shape: Shape, path: str | os.PathLike[str]) -> None:
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.save(file, shape.verts, allow_pickle=False)


def _npz(shape: Shape, path: str | os.PathLike[str]) -> None:
    arrays = {"verts": shape.verts, "faces": shape.faces}
    arrays |= {n: a for n in ("normals", "labels", "images", "colours") if (a := getattr(shape, n)) is not None}
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def _csv(shape: Shape, path: str | os.PathLike[str]) -> None:
    many = shape.dimension > 3
    names = [f"x{i}" for i in range(shape.dimension)] if many else ["x", "y", "z"][: shape.dimension]
    table, formats = shape.verts, ["%.17g"] * shape.dimension
    if shape.labels is not None:
        table, names, formats = np.column_stack([table, shape.labels]), [*names, "label"], [*formats, "%d"]
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(names) + "\n")
        np.savetxt(file, table, delimiter=",", fmt=formats)


def _text(shape: Shape, path: str | os.PathLike[str]) -> None:
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        np.savetxt(file, shape.verts, fmt="%.17g")


WRITERS: dict[str, Callable[[Shape, str | os.PathLike[str]], None]] = {
    ".obj": _obj,
    ".ply": _ply,
    ".stl": _stl,
    ".off": _off,
    ".vtp": _vtp,
    ".glb": _glb,
    ".npz": _npz,
    ".npy": _npy,
    ".csv": _csv,
    ".xyz": _text,
    ".txt": _text,
}
"""Suffix to writer."""
