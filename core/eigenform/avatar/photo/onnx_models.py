"""A slot for a person's own ONNX models: masks, keypoints, normals. onnxruntime is optional and never downloaded.

Each model takes one picture, float32 (1, 3, H, W), and gives one map (two for SimCC). Colours are scaled as ImageNet
models want them. Nothing else of a model is run or trusted: outputs are checked by shape.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.avatar.photo.keypoint_files import TABLES
from eigenform.errors import InputError

MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
SPREAD = np.array([0.229, 0.224, 0.225], dtype=np.float32)

Session = Callable[[np.ndarray], list[np.ndarray]]
"""From (1, 3, H, W) float32 to the outputs of a model."""


def session(path: str | os.PathLike[str]) -> tuple[Session, tuple[int, int]]:
    """A model ready to run, and the (height, width) that it wants; 256 where it leaves them open.

    Raises
    ------
    InputError
        Where the file is missing or no such model, or onnxruntime is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no model file {path}.")
    try:
        import onnxruntime
    except ImportError:
        raise InputError(
            f"Running {path.name} needs the package onnxruntime, which is not installed: pip install onnxruntime."
        ) from None
    try:
        model: Any = onnxruntime.InferenceSession(os.fspath(path), providers=["CPUExecutionProvider"])
        wanted = model.get_inputs()[0]
        shape = wanted.shape
    except Exception as error:  # whatever the parser of a damaged file says
        raise InputError(
            f"{path} is not an ONNX model that can be run ({str(error).splitlines()[0][:120]})."
        ) from error
    if len(shape) != 4 or shape[1] != 3:
        raise InputError(f"{path} takes {shape}; a model of one colour picture (1, 3, height, width) would work.")
    height, width = (n if isinstance(n, int) and n > 0 else 256 for n in shape[2:])

    def run(picture: np.ndarray) -> list[np.ndarray]:
        return [np.asarray(v, dtype=np.float32) for v in model.run(None, {wanted.name: picture})]

    return run, (height, width)


def mask_model(path: str | os.PathLike[str], made: tuple[Session, tuple[int, int]] | None = None) -> Any:
    """A function from (S, S, 3) uint8 to a (S, S) mask in [0, 1]; ``made`` stands for :func:`session` in tests."""
    run, size = made or session(path)

    def mask(rgb: np.ndarray) -> np.ndarray:
        found = run(_prepared(rgb, size))[0]
        plane = found.reshape(found.shape[-2:]) if found.size == np.prod(found.shape[-2:]) else None
        if plane is None and found.ndim == 4 and found.shape[1] == 2:  # background and person
            plane = found[0, 1] - found[0, 0]
        if plane is None:
            raise InputError(f"{path} gives {found.shape}; a mask (1, 1, height, width) would work.")
        if plane.min() < 0 or plane.max() > 1:
            plane = 1 / (1 + np.exp(-np.clip(plane, -30, 30)))
        return _resized(plane, rgb.shape[0])

    return mask


def pose_model(path: str | os.PathLike[str], made: tuple[Session, tuple[int, int]] | None = None) -> Any:
    """A function from (S, S, 3) uint8 to our (23, 3) keypoints in crop coordinates (y up), confidence last.

    Understood are heat maps (1, K, h, w) and SimCC (two outputs (1, K, bins), Li et al., ECCV 2022), with K one of the
    numbers of points in :data:`~eigenform.avatar.photo.keypoint_files.TABLES`.
    """
    run, size = made or session(path)

    def pose(rgb: np.ndarray) -> np.ndarray:
        side = rgb.shape[0]
        outputs = run(_prepared(rgb, size, keep=True))
        if len(outputs) >= 2 and outputs[0].ndim == 3:
            x, y, confidence = _simcc(outputs[0][0], outputs[1][0])
        elif outputs[0].ndim == 4:
            x, y, confidence = _heat(outputs[0][0])
        else:
            raise InputError(f"{path} gives {[o.shape for o in outputs]}; heat maps (1, K, h, w) or SimCC would work.")
        if len(x) not in TABLES:
            raise InputError(
                f"{path} gives {len(x)} keypoints; sets of {', '.join(map(str, sorted(TABLES)))} are known."
            )
        index = np.array(TABLES[len(x)])
        aspect = _letterbox(size, side)
        points = np.stack([(2 * x - 1) / aspect[0], (1 - 2 * y) / aspect[1], confidence], axis=1)
        return np.where(index[:, None] >= 0, points[index], 0.0)

    return pose


def normal_model(path: str | os.PathLike[str], made: tuple[Session, tuple[int, int]] | None = None) -> Any:
    """A function from (S, S, 3) uint8 to (S, S, 3) unit normals in view axes (right, up, toward the viewer).

    The model gives (1, 3, h, w) in [-1, 1] with x right, y up and z toward the viewer.
    """
    run, size = made or session(path)

    def normals(rgb: np.ndarray) -> np.ndarray:
        found = run(_prepared(rgb, size))[0]
        if found.ndim != 4 or found.shape[1] != 3:
            raise InputError(f"{path} gives {found.shape}; normals (1, 3, height, width) would work.")
        planes = np.stack([_resized(c, rgb.shape[0]) for c in found[0]], axis=-1)
        return planes / np.maximum(np.linalg.norm(planes, axis=-1, keepdims=True), 1e-6)

    return normals


def _prepared(rgb: np.ndarray, size: tuple[int, int], keep: bool = False) -> np.ndarray:
    """(1, 3, H, W) input; with ``keep`` the square is fitted in whole, grey beside it, and not stretched."""
    import cv2

    height, width = size
    if keep and height != width:
        side = min(height, width)
        canvas = np.full((height, width, 3), 127, np.uint8)
        top, left = (height - side) // 2, (width - side) // 2
        canvas[top : top + side, left : left + side] = cv2.resize(rgb, (side, side), interpolation=cv2.INTER_AREA)
    else:
        canvas = np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA))
    values = (canvas.astype(np.float32) / 255 - MEAN) / SPREAD
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def _letterbox(size: tuple[int, int], side: int) -> tuple[float, float]:
    """Shares (x, y) of the model's picture that the square fills."""
    small = min(size)
    return small / size[1], small / size[0]


def _simcc(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    confidence = np.clip(np.minimum(x.max(axis=1), y.max(axis=1)), 0, 1)
    return (x.argmax(axis=1) + 0.5) / x.shape[1], (y.argmax(axis=1) + 0.5) / y.shape[1], confidence


def _heat(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Peaks with the mean over their neighbours, in shares of the map."""
    count, height, width = maps.shape
    flat = maps.reshape(count, -1)
    peak, top = flat.argmax(axis=1), flat.max(axis=1)
    rows, columns = peak // width, peak % width
    x, y = np.empty(count), np.empty(count)
    for k in range(count):
        r, c = slice(max(0, rows[k] - 1), rows[k] + 2), slice(max(0, columns[k] - 1), columns[k] + 2)
        weight = np.maximum(maps[k, r, c], 0) + 1e-9
        y[k] = (weight.sum(1) * (np.arange(height)[r] + 0.5)).sum() / weight.sum()
        x[k] = (weight.sum(0) * (np.arange(width)[c] + 0.5)).sum() / weight.sum()
    return x / width, y / height, np.clip(top, 0, 1)


def _resized(plane: np.ndarray, size: int) -> np.ndarray:
    import cv2

    return np.asarray(cv2.resize(np.ascontiguousarray(plane, np.float32), (size, size), interpolation=cv2.INTER_LINEAR))
