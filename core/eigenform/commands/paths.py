"""What a command reads and writes: inputs by path or sample name, outputs that never overwrite by accident."""

from __future__ import annotations

import errno
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.errors import InputError
from eigenform.types import Shape

if TYPE_CHECKING:
    from eigenform.jobs import JobContext
    from eigenform.types import Basis

SAMPLE = "sample:"


def load_shape(text: str, ctx: JobContext | None = None) -> Shape:
    """The shape named by a path, by ``sample:NAME``, or carried by the file of a basis, a field or a surface.

    Raises
    ------
    InputError
        Where there is nothing of that name, or it cannot be read as a shape.
    """
    from eigenform.io.conversions import as_type

    path = None if text.startswith(SAMPLE) else existing(text)
    value = load_any(text, ctx)
    if isinstance(value, Shape):
        return value
    assert path is not None
    found: Shape = as_type(value, "Shape", str(path))
    return found.replace(name=path.stem)


def load_value(text: str, wanted: str, ctx: JobContext | None = None) -> Any:
    """The value of the type called ``wanted`` in a file (or folder, for photographs), or of ``sample:NAME``.

    Raises
    ------
    InputError
        Where there is nothing of that name, or it holds something else.
    """
    from eigenform.implicit.photographs.files import is_photographs
    from eigenform.io.conversions import as_type

    if wanted == "Shape" and not is_photographs(Path(text).expanduser()):  # those of COLMAP have sparse points
        return load_shape(text, ctx)

    return as_type(load_any(text, ctx), wanted, text)


def load_any(text: str, ctx: JobContext | None = None) -> Any:
    """Whatever a file, a folder of photographs or ``sample:NAME`` holds, or :class:`InputError`."""
    from eigenform.io.files import kind_of, read_any
    from eigenform.io.samples import make_sample

    if text.startswith(SAMPLE):
        return make_sample(text.removeprefix(SAMPLE))
    path = Path(text).expanduser()
    if not path.is_dir():
        path = existing(text)
    if kind_of(path) == "basis":
        return load_basis(text)
    return read_any(path, ctx)


def load_basis(text: str) -> Basis:
    """The basis in an npz or MATLAB file, or :class:`InputError`."""
    from eigenform.io.basis_files import read_basis

    path = existing(text)
    if path.suffix.lower() != ".mat" and not is_basis(path):
        raise InputError(f"{path} is not a basis file; `eigenform basis` writes one with --out NAME.npz.")
    return read_basis(path).replace(name=path.name)


def is_basis(path: Path) -> bool:
    """Whether a file is an npz with the keys of a basis. Nothing is unpickled."""
    if path.suffix.lower() != ".npz":
        return False
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {"verts", "evecs", "evals"} <= set(file.files)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, MemoryError):
        return False  # the reader of shapes says what is wrong with it


def existing(text: str) -> Path:
    """The path of a file that is there, or :class:`InputError`."""
    path = Path(text).expanduser()
    if path.is_dir():
        raise InputError(f"{path} is a folder; a file was expected.")
    if not path.exists():
        raise InputError(f"{path} was not found.")
    return path


def check_out(text: str, force: bool, folder: bool = False) -> Path:
    """The path to write to, checked before any work is done; ``folder`` says that a folder is to be written.

    Raises
    ------
    InputError
        Where it exists and ``force`` is not set, is a folder (or none), or its folder is missing or read-only.
    """
    path = Path(text).expanduser()
    if folder and path.is_file():
        raise InputError(f"{path} is a file; --out needs the name of a folder.")
    if path.is_dir() and not folder:
        raise InputError(f"{path} is a folder; --out needs the name of a file.")
    if path.is_dir() and not any(path.iterdir()):
        return path
    if path.exists() and not force:
        raise InputError(f"{path} exists already; --force overwrites it.")
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist.")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"The folder {path.parent} is read-only.")
    return path


def basis_format(path: Path, name: str | None = None) -> str:
    """The name of the format to write a basis in, from ``name`` or the ending of ``path``.

    Raises
    ------
    InputError
        For a name or an ending that no format has.
    """
    from eigenform.io.basis_files import format_of

    return format_of(path, name).name


def check_output(type_name: str, path: Path, name: str | None = None) -> str:
    """The format to write a value of that type in; asked before any work is done.

    Raises
    ------
    InputError
        For a name or an ending that no format of the type has.
    """
    suffix = path.suffix.lower()
    if type_name == "Basis":
        return basis_format(path, name)
    if type_name == "ImplicitSurface":
        from eigenform.io.implicit_files import format_of

        return format_of(path, name).name
    if type_name == "Photographs":
        return "folder"
    if type_name == "Shape":
        from eigenform.io.write import WRITERS

        known = {ext: ext.lstrip(".") for ext in WRITERS}
    elif type_name in ("Body", "Person", "Avatar"):
        from eigenform.io.figure_files import formats_of_type

        known = {ext: form for form, ext, _ in reversed(formats_of_type(type_name))}
    else:
        from eigenform.io import field_files, image_files

        formats = image_files.FORMATS if type_name == "Image" else field_files.FORMATS
        known = {ext: form for form, ext, _ in formats} | ({".jpeg": "jpeg"} if type_name == "Image" else {})
    found = name if name in known.values() else None if name else known.get(suffix)
    if found is None:
        raise InputError(f"{name or path} names no format of such a result; endings are {', '.join(known)}.")
    return found


def save(value: Any, path: Path, name: str | None = None) -> None:
    """Write any value; a full disk or a read-only place is told in words."""
    from eigenform.io.files import write_any

    with writing(path):
        write_any(value, path, name)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a full disk or a forbidden place into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EROFS, errno.EDQUOT, errno.ENAMETOOLONG):
            raise
        raise InputError(f"{path} could not be written: {error.strerror}.") from error
