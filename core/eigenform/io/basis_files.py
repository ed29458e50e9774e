"""Export and import of bases: one table of formats for menus, flags and tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eigenform.errors import InputError
from eigenform.types import Basis


@dataclass(frozen=True)
class FormatInfo:
    """One way of writing a basis.

    Attributes
    ----------
    name : str
        The value of ``--format``.
    ext : str
        Its file suffix with the dot.
    title : str
        What an export dialog shows.
    writer : str
        ``module:function`` with the signature ``(basis, path)``.
    reader : str
        ``module:function`` that gives the basis back, or empty where the format does not hold all of it.
    dimensions : tuple of int
        The dimensions of points it can hold; empty where it can hold any.
    """

    name: str
    ext: str
    title: str
    writer: str
    reader: str = ""
    dimensions: tuple[int, ...] = ()


_NPZ, _MAT = "eigenform.io.basis_npz:", "eigenform.io.basis_mat:"
_TABLES, _DIFFUSIONNET = "eigenform.io.basis_tables:", "eigenform.io.basis_diffusionnet:write_basis_diffusionnet"

FORMATS: dict[str, FormatInfo] = {
    f.name: f
    for f in (
        FormatInfo("npz", ".npz", "Eigenform basis (NumPy)", _NPZ + "write_basis_npz", _NPZ + "read_basis_npz"),
        FormatInfo("diffusionnet", ".npz", "DiffusionNet operator cache", _DIFFUSIONNET, dimensions=(3,)),
        FormatInfo("mat", ".mat", "MATLAB", _MAT + "write_basis_mat", _MAT + "read_basis_mat"),
        FormatInfo("ev", ".ev", "ShapeDNA eigenvalues and eigenvectors", "eigenform.io.basis_ev:write_basis_ev"),
        FormatInfo("vtp", ".vtp", "VTK polygons, one array a mode", _TABLES + "write_basis_vtp", dimensions=(1, 2, 3)),
        FormatInfo("vtu", ".vtu", "VTK grid, one array a mode", _TABLES + "write_basis_vtu", dimensions=(1, 2, 3)),
        FormatInfo("ply", ".ply", "PLY, one value a mode", _TABLES + "write_basis_ply", dimensions=(1, 2, 3)),
        FormatInfo("csv", ".csv", "Table, one column a mode", _TABLES + "write_basis_csv"),
    )
}


def format_of(path: str | os.PathLike[str], format: str | None = None) -> FormatInfo:
    """The format named, else the one the suffix of ``path`` stands for, or :class:`InputError`."""
    if format is not None:
        if format not in FORMATS:
            raise InputError(f"There is no basis format {format!r}; there are {', '.join(FORMATS)}.")
        return FORMATS[format]
    suffix = Path(path).suffix.lower()
    for info in FORMATS.values():
        if info.ext == suffix:
            return info
    known = ", ".join(dict.fromkeys(f.ext for f in FORMATS.values()))
    raise InputError(f"Cannot tell the format of {path}: use one of the suffixes {known}, or name a format.")


def check_dimension(format: str, dimension: int) -> None:
    """Raise :class:`InputError` where a format cannot hold points of this dimension; asked before a long run."""
    allowed = FORMATS[format].dimensions
    if allowed and dimension not in allowed:
        others = ", ".join(f.name for f in FORMATS.values() if not f.dimensions)
        raise InputError(f"Points in {dimension} dimensions do not fit the format {format}; {others} would work.")


def write_basis(basis: Basis, path: str | os.PathLike[str], format: str | None = None) -> None:
    """Write ``basis`` to ``path``, atomically.

    Parameters
    ----------
    basis : Basis
    path : path
    format : str, optional
        A key of :data:`FORMATS`; the suffix of ``path`` decides where it is left out.

    Raises
    ------
    InputError
        For an unknown format, one that cannot hold such points, or a place that cannot be written to.
    """
    info = format_of(path, format)
    check_dimension(info.name, basis.verts.shape[1])
    _load(info.writer)(basis, path)


def read_basis(path: str | os.PathLike[str]) -> Basis:
    """Read a basis from a format that holds all of it.

    Raises
    ------
    InputError
        Where the file is missing or damaged, or the format does not hold a whole basis.
    """
    if not os.path.isfile(path):
        raise InputError(f"There is no file {path}.")
    info = format_of(path)
    if not info.reader:
        complete = ", ".join(f.ext for f in FORMATS.values() if f.reader)
        raise InputError(f"{path}: a {info.ext} file does not hold a whole basis; open one of {complete}.")
    return _load(info.reader)(path)


def _load(path: str) -> Callable[..., Any]:
    from eigenform.registry import load

    return load(path)
