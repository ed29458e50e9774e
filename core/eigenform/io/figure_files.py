"""Files of bodies, people and avatars: an ``.npz`` that holds everything, and what other programs read.

An ``.npz`` is read back bit for bit; nothing is pickled. Its array ``figure`` says in JSON what it holds, with the
version of the layout.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.figure_types import Avatar, Body, Person
from eigenform.io import figure_values as values
from eigenform.io.atomic import atomic_path
from eigenform.io.jsontext import dumps
from eigenform.io.sentences import brief

VERSION = 1
HEAD = "figure"
"""The array with the header."""

_TAKE: dict[type, Callable[[Any], values.Parts]] = {
    Body: values.body_parts,
    Person: values.person_parts,
    Avatar: values.avatar_parts,
}
_MAKE: dict[str, Callable[[Mapping[str, np.ndarray], Mapping[str, Any], str], Any]] = {
    "Body": values.body_from,
    "Person": values.person_from,
    "Avatar": values.avatar_from,
}
KINDS = {"Body": "body", "Person": "person", "Avatar": "avatar"}
"""Name of a type to the kind of file."""

_OF_BODIES = {"glb": "glTF binary, with skeleton and movements", "glb-mixamo": "", "obj": "Mesh, Wavefront",
              "ply": "Mesh, Stanford polygons", "stl": "Mesh, stereolithography"}  # fmt: skip
"""What bodies share with avatars, under titles of their own where they have no texture and no colours."""


def figure_parts(value: Body | Person | Avatar) -> values.Parts:
    """The arrays of a value by name, and the rest as JSON can hold it."""
    return next(take for cls, take in _TAKE.items() if isinstance(value, cls))(value)


def figure_from(type_name: str, arrays: Mapping[str, np.ndarray], plain: Mapping[str, Any], where: str) -> Any:
    """What :func:`figure_parts` took apart; ``where`` is named in errors."""
    return _MAKE[type_name](arrays, plain, where)


def formats_of_type(type_name: str) -> tuple[tuple[str, str, str], ...]:
    """``(format, suffix, title)`` of what a body, a person or an avatar can be written as, best first."""
    whole = ("npz", ".npz", f"Eigenform {KINDS[type_name]} (NumPy)")
    if type_name == "Person":
        return ((*whole[:2], f"{whole[2]}, photographs included"),)
    from eigenform.avatar.figure.export import FORMATS

    if type_name == "Body":
        return (whole, *((name, ext, _OF_BODIES[name] or title) for name, ext, title in FORMATS))
    return (whole, *FORMATS)


def formats_of(value: Body | Person | Avatar) -> tuple[tuple[str, str, str], ...]:
    """:func:`formats_of_type` of a value."""
    return formats_of_type(type(value).__name__)


def write_figure(value: Body | Person | Avatar, path: str | os.PathLike[str], format: str | None = None) -> None:
    """Write a body, a person or an avatar, atomically.

    Parameters
    ----------
    value : Body, Person or Avatar
    path : path
    format : str, optional
        One of :func:`formats_of`; the suffix of ``path`` decides where it is left out. Only ``npz`` holds everything.

    Raises
    ------
    InputError
        For a format that cannot hold the value, or a place that cannot be written to.
    """
    known = formats_of(value)
    suffix = Path(path).suffix.lower()
    name = format or next((f for f, ext, _ in known if ext == suffix), "")
    if name not in {f for f, _, _ in known}:
        word, endings = KINDS[type(value).__name__], ", ".join(dict.fromkeys(ext for _, ext, _ in known))
        raise InputError(f"Cannot write {_article(word)} to {path}: {endings} would work.")
    if name == "npz":
        _write_npz(value, path)
    elif isinstance(value, Avatar):
        from eigenform.avatar.figure.export import write_avatar

        write_avatar(value, path, name)
    elif isinstance(value, Body):
        from eigenform.avatar.figure.export import write_body

        write_body(value, path, name)


def read_figure(path: str | os.PathLike[str]) -> Body | Person | Avatar:
    """The body, person or avatar in an ``.npz`` file.

    Raises
    ------
    InputError
        Where the file is missing, damaged, of another kind or newer than this program.
    """
    from eigenform.io.basis_npz import load_npz

    return figure_of_arrays(load_npz(path), str(path))


def figure_of_arrays(arrays: Mapping[str, np.ndarray], where: str) -> Any:
    """The value in the arrays of an ``.npz`` file, or :class:`InputError`."""
    if HEAD not in arrays:
        names = ", ".join(sorted(arrays)[:8]) or "nothing"
        raise InputError(f"{where} is not a file of a body, a person or an avatar: it holds {names}.")
    try:
        head = json.loads(str(arrays[HEAD]))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} is damaged: its header is not JSON ({brief(error)}).") from error
    if not isinstance(head, dict) or head.get("type") not in _MAKE:
        raise InputError(f"{where} is damaged: its header does not say what it holds.")
    version = head.get("file_version")
    if not isinstance(version, int) or version > VERSION:
        raise InputError(f"{where} was written by a newer Eigenform (layout {version}); update this one to open it.")
    return figure_from(head["type"], {k: v for k, v in arrays.items() if k != HEAD}, head, where)


def _write_npz(value: Body | Person | Avatar, path: str | os.PathLike[str]) -> None:
    arrays, plain = figure_parts(value)
    head = {"type": type(value).__name__, "file_version": VERSION, **plain}
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **{HEAD: np.array(dumps(head))}, **arrays)  # type: ignore[arg-type]


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
