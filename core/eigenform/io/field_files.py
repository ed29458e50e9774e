"""Export and import of fields: values at the vertices of a shape, with what is missing and to what it belongs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
from eigenform.io.colours import bytes_of
from eigenform.io.jsontext import dumps
from eigenform.io.sentences import brief
from eigenform.types import Field

FORMATS: tuple[tuple[str, str, str], ...] = (
    ("npz", ".npz", "Eigenform field (NumPy)"),
    ("vtp", ".vtp", "VTK polygons with the values"),
    ("ply", ".ply", "PLY with the values or colours"),
    ("csv", ".csv", "Table of positions and values"),
)
"""``(format, suffix, title)``; npz holds everything, and only it is read back as a field."""

VERSION = 1


def write_field(field: Field, path: str | os.PathLike[str], format: str | None = None) -> None:
    """Write a field, atomically.

    Parameters
    ----------
    field : Field
    path : path
    format : str, optional
        ``npz``, ``vtp``, ``ply`` or ``csv``; the suffix of ``path`` decides where it is left out. Values that are
        colours (``meta["colours"]``) become the colours of the vertices in VTP and PLY.

    Raises
    ------
    InputError
        For another format, points that do not fit it, or a place that cannot be written to.
    """
    name = format or Path(path).suffix.lower().lstrip(".")
    verts = np.asarray(field.verts, dtype=np.float64)
    if name not in {f for f, _, _ in FORMATS}:
        raise InputError(f"Cannot write a field to {path}: .npz, .vtp, .ply or .csv would work.")
    if name in ("vtp", "ply") and verts.shape[1] > 3:
        raise InputError(f"Points in {verts.shape[1]} dimensions do not fit a .{name} file; .npz or .csv would work.")
    if name == "npz":
        arrays, plain = field_arrays(field)
        head = np.array(dumps({"type": "Field", "file_version": VERSION, **plain}))
        with atomic_path(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, field=head, **arrays)  # type: ignore[arg-type]
        return
    faces = np.asarray(field.faces, dtype=np.int64).reshape(-1, 3)
    coloured = bool(field.meta.get("colours")) and field.values.ndim == 2 and field.values.shape[1] == 3
    columns = {} if coloured and name != "csv" else value_columns(field)
    columns |= {n: np.asarray(a, dtype=np.float64) for n in ("mask", "regions") if (a := getattr(field, n)) is not None}
    if name == "vtp":
        from eigenform.io.vtk_files import write_vtp

        write_vtp(path, verts, faces, columns | ({"Colors": bytes_of(field.values)} if coloured else {}))
    elif name == "ply":
        from eigenform.io.ply_write import write_ply

        write_ply(path, verts, faces, columns, colours=field.values if coloured else None)
    else:
        named = dict(zip(("x", "y", "z"), verts.T, strict=False)) if verts.shape[1] <= 3 else {}
        table = (named or {f"x{i}": verts[:, i] for i in range(verts.shape[1])}) | columns
        with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(",".join(table) + "\n")
            np.savetxt(file, np.column_stack(list(table.values())), delimiter=",", fmt="%.17g")


def value_columns(field: Field) -> dict[str, np.ndarray]:
    """The values by column: ``value``, ``value_0``, ``value_1``, ..., or ``red``, ``green`` and ``blue``."""
    values = field.values.reshape(len(field.values), -1)
    if values.shape[1] == 1:
        return {"value": values[:, 0]}
    names = [f"value_{i}" for i in range(values.shape[1])]
    if field.meta.get("colours") and values.shape[1] == 3:
        names = ["red", "green", "blue"]
    return dict(zip(names, values.T, strict=True))


def read_field_file(path: str | os.PathLike[str]) -> Field:
    """The field in an ``.npz`` file, or :class:`InputError`."""
    from eigenform.io.basis_npz import load_npz

    return field_of_arrays(load_npz(path), str(path))


def field_arrays(field: Field) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays of a field by name, and the rest as JSON can hold it."""
    found = {n: a for n in ("verts", "faces", "values", "mask", "regions") if (a := getattr(field, n)) is not None}
    return found, {"name": field.name, "meta": dict(field.meta)}


def field_of_arrays(arrays: dict[str, np.ndarray], where: str) -> Field:
    """The field in the arrays of an ``.npz`` file, or :class:`InputError`."""
    missing = [n for n in ("verts", "values") if n not in arrays]
    if missing:
        names = ", ".join(sorted(arrays)[:8]) or "nothing"
        raise InputError(f"{where} is not a file of a field: it lacks {', '.join(missing)} and holds {names}.")
    try:
        plain = json.loads(str(arrays["field"])) if "field" in arrays else {}
        version = plain.get("file_version", VERSION)
        if not isinstance(version, int) or version > VERSION:
            raise InputError(
                f"{where} was written by a newer Eigenform (layout {version}); update this one to open it."
            )
        marks = {n: arrays[n] for n in ("mask", "regions") if n in arrays}
        faces = arrays.get("faces", np.zeros((0, 3), dtype=np.int64))
        meta, name = dict(plain.get("meta", {})), str(plain.get("name", "field"))
        return Field(arrays["verts"], faces, arrays["values"], meta, name, **marks)
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{where} does not hold a whole field: {brief(error)}.") from error
