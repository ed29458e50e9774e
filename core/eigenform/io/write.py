"""Writing a shape: meshes and clouds as OBJ, PLY, STL or OFF, points of any dimension as NPY, NPZ, CSV or XYZ."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
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
    if suffix in (".obj", ".ply", ".stl", ".off", ".vtp") and shape.dimension > 3:
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
        np.savetxt(file, _xyz(shape), fmt="v %.17g %.17g %.17g")
        np.savetxt(file, shape.faces + 1, fmt="f %d %d %d")


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
    write_ply(path, shape.verts, shape.faces, columns)


def _stl(shape: Shape, path: str | os.PathLike[str]) -> None:
    corners = _xyz(shape)[shape.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    rows = np.zeros(len(corners), dtype=[("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")])
    rows["n"], rows["v"] = normals, corners
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        file.write(b"Eigenform".ljust(80) + len(rows).to_bytes(4, "little"))
        rows.tofile(file)


def _vtp(shape: Shape, path: str | os.PathLike[str]) -> None:
    from eigenform.io.vtk_files import write_vtp

    write_vtp(path, shape.verts, shape.faces, {})


def _npy(shape: Shape, path: str | os.PathLike[str]) -> None:
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.save(file, shape.verts, allow_pickle=False)


def _npz(shape: Shape, path: str | os.PathLike[str]) -> None:
    arrays = {"verts": shape.verts, "faces": shape.faces}
    arrays |= {n: a for n in ("normals", "labels", "images") if (a := getattr(shape, n)) is not None}
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
    ".npz": _npz,
    ".npy": _npy,
    ".csv": _csv,
    ".xyz": _text,
    ".txt": _text,
}
"""Suffix to writer."""
