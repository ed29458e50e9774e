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

if TYPE_CHECKING:
    from eigenform.jobs import JobContext
    from eigenform.types import Basis, Shape

SAMPLE = "sample:"


def load_shape(text: str, ctx: JobContext | None = None) -> Shape:
    """The shape named by a path, by ``sample:NAME``, or carried by a basis file.

    Raises
    ------
    InputError
        Where there is nothing of that name, or it cannot be read as a shape.
    """
    from eigenform.io.read import read_shape
    from eigenform.io.samples import make_sample

    if text.startswith(SAMPLE):
        return make_sample(text.removeprefix(SAMPLE))
    path = existing(text)
    if is_basis(path):
        from eigenform.types import Shape

        basis = load_basis(text)
        return Shape(basis.verts, basis.faces, name=path.stem, source=str(path))
    return read_shape(path, ctx)


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


def check_out(text: str, force: bool) -> Path:
    """The path to write to, checked before any work is done.

    Raises
    ------
    InputError
        Where it exists and ``force`` is not set, is a folder, or its folder is missing or read-only.
    """
    path = Path(text).expanduser()
    if path.is_dir():
        raise InputError(f"{path} is a folder; --out needs the name of a file.")
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


def save(value: Any, path: Path, name: str | None = None) -> None:
    """Write a basis or a shape; a full disk or a read-only place is told in words."""
    from eigenform.types import Basis

    with writing(path):
        if isinstance(value, Basis):
            from eigenform.io.basis_files import write_basis

            write_basis(value, path, basis_format(path, name))
        else:
            from eigenform.io.write import write_shape

            write_shape(value, path)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a full disk or a forbidden place into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EROFS, errno.EDQUOT, errno.ENAMETOOLONG):
            raise
        raise InputError(f"{path} could not be written: {error.strerror}.") from error
