"""One place where body models come from, each made once a process."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from eigenform.avatar.body.model import BodyModel

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

_models: dict[tuple[str, bool], BodyModel] = {}
_lock = threading.Lock()


def load_body(name: str = "anny", ctx: JobContext | None = None, *, local: bool = False) -> BodyModel:
    """A body model on the CPU; the same object each time, so copy it before moving it elsewhere.

    Parameters
    ----------
    name : str
        ``anny``, or the path of an npz file with the keys of SMPL or SMPL-X.
    ctx : JobContext, optional
        Sees the progress where the body must be prepared first.
    local : bool
        With the sliders of local changes (Anny only).

    Raises
    ------
    InputError
        Where the model cannot be prepared or read.
    """
    key = (name if name == "anny" else str(Path(name).expanduser().resolve()), local and name == "anny")
    while not _lock.acquire(timeout=0.1):  # another thread may be preparing for half a minute
        if ctx is not None:
            ctx.check()
    try:
        if key not in _models:
            _models[key] = _make(*key, ctx)
        return _models[key]
    finally:
        _lock.release()


def _make(name: str, local: bool, ctx: JobContext | None) -> BodyModel:
    if name != "anny":
        from eigenform.avatar.body.smpl import read_smpl

        return read_smpl(Path(name))
    from eigenform.avatar.body import store
    from eigenform.avatar.body.anny_body import AnnyBody
    from eigenform.avatar.body.arrays import load_arrays
    from eigenform.avatar.body.prepare import prepared

    arrays = load_arrays(prepared("default", ctx))
    return AnnyBody(arrays, store.read(prepared("local", ctx)) if local else None)
