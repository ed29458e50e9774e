"""NumPy ``.npy`` and ``.npz``: points or features of any dimension, with optional faces, labels and normals."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.io.basis_npz import load_npz
from eigenform.io.colours import from_numbers
from eigenform.io.raw import Raw, Request
from eigenform.io.sentences import brief

_VERTS = ("verts", "points", "vertices", "X", "x", "features", "data", "V", "embeddings")
_FACES = ("faces", "F", "triangles")
_LABELS = ("labels", "y", "target", "label")
_NORMALS = ("normals", "N")
_COLOURS = ("colours", "colors", "rgb")


def read_npy(path: Path, request: Request) -> Raw:
    """One array: (V, d) points, or (V, h, w) images."""
    with open(path, "rb") as file:
        if file.read(6) != b"\x93NUMPY":
            raise InputError(f"{path} is not an .npy file: it does not begin like one.")
    try:
        with open(path, "rb") as file:
            array = np.load(file, allow_pickle=False)
    except ValueError as error:
        if "allow_pickle" in str(error) or "Object arrays" in str(error):
            raise InputError(f"{path} holds pickled objects, which are never opened; save plain numbers.") from error
        raise InputError(f"{path} is damaged or cut short ({brief(error)}).") from error
    except (EOFError, OSError, MemoryError) as error:
        raise InputError(f"{path} is damaged or cut short ({brief(error)}).") from error
    return _points(array, path, "its array")


def read_npz(path: Path, request: Request) -> Raw:
    """Arrays by name: ``verts``, ``points``, ``X`` or ``features``; ``faces``; ``labels`` or ``y``; ``normals``."""
    arrays = load_npz(path)
    key = next((k for k in _VERTS if k in arrays), None)
    if key is None:
        tables = [k for k, a in arrays.items() if a.ndim == 2 and np.issubdtype(a.dtype, np.number)]
        if len(tables) != 1:
            raise InputError(
                f"{path} holds {', '.join(sorted(arrays)[:8]) or 'nothing'}; name the points verts, points, X or "
                "features."
            )
        key = tables[0]
    raw = _points(arrays[key], path, key)
    raw.faces = _faces(arrays, path)
    raw.labels = _labels(arrays, len(raw.verts), path)
    normals = next((arrays[k] for k in _NORMALS if k in arrays), None)
    if normals is not None and normals.shape == (len(raw.verts), 3) and not len(raw.faces):
        raw.normals = normals.astype(np.float64)
    colours = next((arrays[k] for k in _COLOURS if k in arrays), None)
    if colours is not None and colours.ndim == 2 and len(colours) == len(raw.verts) and colours.shape[1] in (3, 4):
        raw.colours = from_numbers(colours, colours.dtype)
    return raw


def _points(array: np.ndarray, path: Path, what: str) -> Raw:
    number = np.issubdtype(array.dtype, np.number) and not np.issubdtype(array.dtype, np.complexfloating)
    if not number and array.dtype != bool:
        raise InputError(f"{path}: {what} holds {array.dtype} values; real numbers would work.")
    if array.ndim == 3 and array.size:
        return Raw(array.reshape(len(array), -1).astype(np.float64), images=array.astype(np.float64))
    if array.ndim != 2:
        raise InputError(f"{path}: {what} has the shape {array.shape}; a table (points, coordinates) would work.")
    return Raw(array.astype(np.float64))


def _faces(arrays: dict[str, np.ndarray], path: Path) -> np.ndarray:
    faces = next((arrays[k] for k in _FACES if k in arrays), np.zeros((0, 3), dtype=np.int64))
    if faces.size == 0:
        return np.zeros((0, 3), dtype=np.int64)
    if faces.ndim != 2 or faces.shape[1] != 3 or not np.issubdtype(faces.dtype, np.number):
        raise InputError(f"{path}: faces has the shape {faces.shape}; (F, 3) vertex numbers would work.")
    if not np.all(faces == np.floor(faces)):
        raise InputError(f"{path}: faces must be whole vertex numbers.")
    return faces.astype(np.int64)


def _labels(arrays: dict[str, np.ndarray], rows: int, path: Path) -> np.ndarray | None:
    labels = next((arrays[k] for k in _LABELS if k in arrays), None)
    if labels is None:
        return None
    if labels.shape != (rows,):
        raise InputError(f"{path}: labels has the shape {labels.shape}, but there are {rows} points.")
    # Names and other values become class numbers in sorted order.
    whole = np.issubdtype(labels.dtype, np.integer)
    return labels.astype(np.int64) if whole else np.unique(labels, return_inverse=True)[1].astype(np.int64)
