"""Bases as values at vertices: PLY, VTP, VTU and CSV, one array a mode."""

from __future__ import annotations

import os

import numpy as np

from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
from eigenform.io.basis_npz import density_of, stamped_meta
from eigenform.io.jsontext import dumps
from eigenform.io.ply_write import write_ply
from eigenform.types import Basis


def columns_of(basis: Basis) -> dict[str, np.ndarray]:
    """``mode_000`` ... and ``mass``, ``density`` (and ``implicit_metric``) by name, each (V,)."""
    columns = {f"mode_{i:03d}": basis.evecs[:, i] for i in range(basis.modes)}
    columns |= {"mass": basis.mass, "density": density_of(basis)}
    if basis.implicit_metric is not None:
        columns["implicit_metric"] = basis.implicit_metric
    return columns


def _placeable(basis: Basis, format: str) -> None:
    if basis.verts.shape[1] > 3:
        raise InputError(
            f"Points in {basis.verts.shape[1]} dimensions do not fit a {format} file; npz, mat or csv would work."
        )


def write_basis_ply(basis: Basis, path: str | os.PathLike[str]) -> None:
    """Binary PLY in double precision; eigenvalues stand in a header comment."""
    _placeable(basis, "PLY")
    comments = (
        f"eigenform {dumps(stamped_meta(basis), ascii=True)}",
        "evals " + " ".join(repr(float(v)) for v in basis.evals),
    )
    write_ply(path, basis.verts, basis.faces, columns_of(basis), comments)


def write_basis_vtp(basis: Basis, path: str | os.PathLike[str]) -> None:
    """VTK polygonal data."""
    from eigenform.io.vtk_files import write_vtp

    _placeable(basis, "VTP")
    write_vtp(path, basis.verts, basis.faces, columns_of(basis), _fields(basis))


def write_basis_vtu(basis: Basis, path: str | os.PathLike[str]) -> None:
    """VTK unstructured grid."""
    from eigenform.io.vtk_files import write_vtu

    _placeable(basis, "VTU")
    write_vtu(path, basis.verts, basis.faces, columns_of(basis), _fields(basis))


def _fields(basis: Basis) -> dict[str, np.ndarray]:
    """Eigenvalues, and the meta as UTF-8 bytes (meshio stops at VTK's arrays of text)."""
    return {"evals": basis.evals, "meta_utf8": np.frombuffer(dumps(stamped_meta(basis)).encode("utf-8"), np.uint8)}


def write_basis_csv(basis: Basis, path: str | os.PathLike[str]) -> None:
    """A table with one row a vertex; the eigenvalues and the meta stand in comment lines above it."""
    axes = ["x", "y", "z"] if basis.verts.shape[1] <= 3 else [f"x{i}" for i in range(basis.verts.shape[1])]
    names = axes[: basis.verts.shape[1]]
    columns = columns_of(basis)
    table = np.column_stack([basis.verts, *columns.values()])
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        file.write(f"# eigenform {dumps(stamped_meta(basis))}\n")
        file.write("# evals " + ",".join(repr(float(v)) for v in basis.evals) + "\n")
        file.write(",".join([*names, *columns]) + "\n")
        np.savetxt(file, table, delimiter=",", fmt="%.17g")
