"""Writes that either happen whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from eigenform.errors import InputError


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its place once the block ends well.

    The temporary file keeps the suffix, so that writers which look at it are content. It is flushed to the disk before
    the rename. Where the block raises, it is removed and whatever stood at ``path`` before stays as it was.

    Raises
    ------
    InputError
        Where the folder does not exist or cannot be written to.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise InputError(f"{path} is a folder; name a file in it.")
    if not target.parent.is_dir():
        raise InputError(f"Cannot write {path}: there is no folder {target.parent}.")
    temporary = target.with_name(f".{target.stem[:80]}-{uuid.uuid4().hex[:12]}{target.suffix}")
    try:
        temporary.touch()
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror or error}.") from error
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
