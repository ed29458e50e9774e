"""Files of prepared arrays: npz without pickle, with a hash of all that is in them."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.io.atomic import atomic_path

_HASH = "hash"


def folder() -> Path:
    """Where prepared bodies lie: ``body`` below EIGENFORM_CACHE or the person's cache folder."""
    import platformdirs

    base = os.environ.get("EIGENFORM_CACHE") or platformdirs.user_cache_dir("eigenform", appauthor=False)
    return Path(base) / "body"


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 over names, types, shapes and bytes of all arrays but the hash itself."""
    total = hashlib.sha256()
    for name in sorted(set(arrays) - {_HASH}):
        array = np.ascontiguousarray(arrays[name])
        total.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        total.update(array.view(np.uint8).reshape(-1).data if array.size else b"")
    return total.hexdigest()


def write(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays and their hash atomically; the folder is made where there is none.

    Raises
    ------
    TypeError
        For an array of objects: strings have a fixed width here.
    """
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"{name} holds objects")
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as part:
        everything: dict[str, Any] = {**arrays, _HASH: np.array(digest(arrays))}
        np.savez(part, **everything)


def read(path: Path) -> dict[str, np.ndarray] | None:
    """All arrays of a file, or None where it is missing, cut off, changed or of another make."""
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, NotImplementedError, RuntimeError, zipfile.BadZipFile):
        return None
    if _HASH not in arrays or str(arrays[_HASH]) != digest(arrays):
        return None
    return arrays
