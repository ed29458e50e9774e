"""Saved sessions, ``.eigenform``: a zip of ``project.json`` and one ``.npy`` for each distinct array.

All values lie in the file, so a session opens after the files it came from have moved. Arrays that several items share
(the vertices of a shape and of its bases) are stored once. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from eigenform import __version__
from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
from eigenform.io.jsontext import dumps
from eigenform.io.project_values import put_together, take_apart
from eigenform.io.sentences import brief

FORMAT = "eigenform-project"
VERSION = 3
"""2: implicit surfaces, pictures, photographs, marks of fields and colours of shapes; 3: bodies, people and avatars.
Older sessions still open."""
_DOCUMENT = "project.json"
_KEYS = ("id", "parent", "kind", "name", "visible", "display", "provenance")
_DAMAGE = (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, TypeError, NotImplementedError, RuntimeError)


def write_project(
    path: str | os.PathLike[str], items: Sequence[Mapping[str, Any]], state: Mapping[str, Any] | None = None
) -> None:
    """Write a session atomically.

    Parameters
    ----------
    path : path
    items : sequence of mapping
        Each with ``id``, ``parent`` (an id or None), ``kind`` (a word of the window's), ``name``, ``visible``,
        ``display`` and ``provenance`` (JSON-serialisable) and ``value`` (of a type of :mod:`eigenform.types`).
    state : mapping, optional
        Whatever else the window keeps, JSON-serialisable.

    Raises
    ------
    InputError
        Where the file cannot be written.
    """
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        store = _Store(archive)
        saved = []
        for item in items:
            entry = {key: item.get(key) for key in _KEYS}
            entry["value"] = _encode(item["value"], store)
            saved.append(entry)
        document = {"format": FORMAT, "version": VERSION, "software": f"Eigenform {__version__}"}
        text = dumps(document | {"items": saved, "state": dict(state or {})}, indent=1)
        archive.writestr(_DOCUMENT, text.encode("utf-8"))


def read_project(path: str | os.PathLike[str]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Items and state of a session, as given to :func:`write_project`.

    Raises
    ------
    InputError
        Where the file is missing, damaged, of another kind or newer than this program.
    """
    if not os.path.isfile(path):
        raise InputError(f"There is no file {path}.")
    try:
        with zipfile.ZipFile(path) as archive:
            document = json.loads(archive.read(_DOCUMENT).decode("utf-8"))
            _must_be_known(document, path)
            loaded: dict[str, np.ndarray] = {}
            items = [_decode_item(entry, archive, loaded, path) for entry in document["items"]]
            return items, dict(document.get("state") or {})
    except InputError:
        raise
    except _DAMAGE as error:
        raise InputError(f"{path} is damaged or not a session of Eigenform ({brief(error)}).") from error


class _Store:
    """Arrays in the archive, each distinct one once."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.known: set[str] = set()

    def add(self, array: np.ndarray) -> str:
        """The name in the archive of ``array``."""
        array = np.asarray(array, order="C")  # ascontiguousarray would make a scalar a row
        digest = hashlib.blake2b(f"{array.dtype.str}{array.shape}".encode(), digest_size=16)
        if array.size:
            digest.update(array.reshape(-1).view(np.uint8).data)
        name = f"arrays/{digest.hexdigest()}.npy"
        if name not in self.known:
            self.known.add(name)
            entry = zipfile.ZipInfo(name, date_time=time.localtime()[:6])
            # masks of photographs shrink to a hundredth at no cost; numbers do not, and time matters more
            entry.compress_type = zipfile.ZIP_DEFLATED if array.dtype == bool else zipfile.ZIP_STORED
            with self.archive.open(entry, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
        return name


def _encode(value: Any, store: _Store) -> dict[str, Any]:
    """A value as JSON that names its arrays."""
    arrays, plain = take_apart(value)
    stored = {name: store.add(np.asarray(array)) for name, array in arrays.items()}
    return {"type": type(value).__name__, "arrays": stored, "plain": plain}


def _must_be_known(document: Any, path: str | os.PathLike[str]) -> None:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(f"{path} is not a session of Eigenform.")
    version = document.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise InputError(f"{path} was saved by a newer Eigenform (layout {version}); update this one to open it.")


def _decode_item(
    entry: dict[str, Any], archive: zipfile.ZipFile, loaded: dict[str, np.ndarray], path: str | os.PathLike[str]
) -> dict[str, Any]:
    value = entry["value"]
    arrays: dict[str, Any] = {}
    for key, name in value["arrays"].items():
        if name not in loaded:
            with archive.open(name) as file:
                loaded[name] = np.lib.format.read_array(file, allow_pickle=False)
        arrays[key] = loaded[name]
    plain, where = value["plain"], f"{path}, item {entry['name']!r}"
    item = {key: entry[key] for key in _KEYS}
    item["value"] = put_together(value["type"], arrays, plain, where)
    if item["value"] is None:
        raise InputError(f"{where} is a {value['type']}, which this Eigenform does not know; update it to open it.")
    return item
