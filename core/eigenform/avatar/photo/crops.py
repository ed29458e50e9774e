"""The square crop of a picture that the networks see: its coordinates, resampling into it and back.

Pixel (column i, row j) of a picture covers ``[i, i+1] x [j, j+1]``. Crop coordinates are ``x = (px - cx) / h`` to the
right and ``y = (cy - py) / h`` upward, in [-1, 1]; pixel (i, j) of an S x S map has its centre at
``x = 2 (i + .5) / S - 1``, ``y = 1 - 2 (j + .5) / S``.
"""

from __future__ import annotations

import numpy as np

from eigenform.errors import InputError

MARGIN = 1.12
"""Half the side of a crop over half the longer side of the person in it."""


def to_ndc(points: np.ndarray, crop: np.ndarray) -> np.ndarray:
    """(..., 2 or more) pixels of the picture as crop coordinates; further columns stay.

    Parameters
    ----------
    points : (..., k) array
        ``px, py`` in pixels, y downward.
    crop : (3,) array
        Centre x, centre y, half the side, in pixels.
    """
    found = np.array(points, dtype=np.float64)
    found[..., 0] = (found[..., 0] - crop[0]) / crop[2]
    found[..., 1] = (crop[1] - found[..., 1]) / crop[2]
    return found


def to_pixels(points: np.ndarray, crop: np.ndarray) -> np.ndarray:
    """(..., 2 or more) crop coordinates as pixels of the picture, y downward: the inverse of :func:`to_ndc`."""
    found = np.array(points, dtype=np.float64)
    found[..., 0] = crop[0] + crop[2] * found[..., 0]
    found[..., 1] = crop[1] - crop[2] * found[..., 1]
    return found


def whole(shape: tuple[int, int]) -> np.ndarray:
    """(3,) the smallest centred square that holds a picture of ``shape`` (height, width)."""
    height, width = shape
    return np.array([width / 2, height / 2, max(height, width) / 2])


def around_mask(mask: np.ndarray, margin: float = MARGIN) -> np.ndarray:
    """(3,) the square around the marked pixels.

    Parameters
    ----------
    mask : (H, W) bool
    margin : float
        Half the side over half the longer side of the marked box.

    Raises
    ------
    InputError
        Where nothing is marked.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        raise InputError("The mask marks no pixel, so there is no person to look at.")
    return _around(columns[0], columns[-1] + 1, rows[0], rows[-1] + 1, margin)


def around_points(points: np.ndarray, margin: float = 1.25) -> np.ndarray:
    """(3,) the square around (n, 2) points in pixels; wider than a mask's, since limbs end beyond their joints."""
    if not len(points):
        raise InputError("No keypoint is seen, so there is no person to look at.")
    (left, top), (right, bottom) = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return _around(left, right, top, bottom, margin)


def _around(left: float, right: float, top: float, bottom: float, margin: float) -> np.ndarray:
    half = max(right - left, bottom - top, 2.0) / 2 * margin
    return np.array([(left + right) / 2, (top + bottom) / 2, half], dtype=np.float64)


def resample(values: np.ndarray, crop: np.ndarray, size: int, fill: float = 127.0) -> np.ndarray:
    """The crop as a ``size`` x ``size`` map.

    Every new pixel is a weighted mean over its own extent (a triangle filter that is as wide as the new pixels where
    they are larger), so that reducing does not alias.

    Parameters
    ----------
    values : (H, W) or (H, W, C) array
        uint8, bool or float; the type of the result is the same, but a bool gives float32 shares in [0, 1].
    crop : (3,) array
        Centre x, centre y, half the side, in pixels; it may reach beyond the picture.
    size : int
    fill : float
        What stands beyond the picture.

    Returns
    -------
    (size, size) or (size, size, C) array
    """
    if values.dtype == bool:
        values = values.astype(np.float32)
    x, y, half = (float(v) for v in crop)
    return _box(values, (x - half, y - half, x + half, y + half), (size, size), fill)


def paste(values: np.ndarray, crop: np.ndarray, shape: tuple[int, int], fill: float = 0.0) -> np.ndarray:
    """A map of the crop as pixels of the picture: the inverse of :func:`resample` up to the loss of detail.

    Parameters
    ----------
    values : (S, S) or (S, S, C) array
    crop : (3,) array
        Centre x, centre y, half the side, in pixels of the picture.
    shape : (H, W)
        Of the picture.
    fill : float
        What stands outside the crop.
    """
    if values.dtype == bool:
        values = values.astype(np.float32)
    size, (height, width) = len(values), shape
    x, y, half = (float(v) for v in crop)
    found = np.full((height, width, *values.shape[2:]), fill, dtype=values.dtype)
    left, top = max(0, int(np.floor(x - half))), max(0, int(np.floor(y - half)))
    right, bottom = min(width, int(np.ceil(x + half))), min(height, int(np.ceil(y + half)))
    if right <= left or bottom <= top:
        return found
    scale = size / (2 * half)
    box = [(left - x + half) * scale, (top - y + half) * scale, (right - x + half) * scale, (bottom - y + half) * scale]
    found[top:bottom, left:right] = _box(values, tuple(box), (bottom - top, right - left), fill)
    return found


def _box(values: np.ndarray, box: tuple[float, ...], shape: tuple[int, int], fill: float) -> np.ndarray:
    """Part ``box`` (left, top, right, bottom) of an array, resampled to ``shape`` (height, width)."""
    from PIL import Image as Pillow

    left, top = int(np.floor(box[0])) - 2, int(np.floor(box[1])) - 2
    right, bottom = int(np.ceil(box[2])) + 2, int(np.ceil(box[3])) + 2
    part = _part(values, left, top, right, bottom, fill)
    inner = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)

    def channel(plane: np.ndarray) -> np.ndarray:
        eight = plane.dtype == np.uint8
        picture = Pillow.fromarray(np.ascontiguousarray(plane if eight else plane.astype(np.float32)))
        return np.asarray(picture.resize((shape[1], shape[0]), Pillow.Resampling.BILINEAR, box=inner))

    if part.ndim == 2 or (part.dtype == np.uint8 and part.shape[2] == 3):
        return channel(part).astype(values.dtype, copy=False)
    return np.stack([channel(part[..., c]) for c in range(part.shape[2])], axis=-1).astype(values.dtype, copy=False)


def _part(values: np.ndarray, left: int, top: int, right: int, bottom: int, fill: float) -> np.ndarray:
    """A rectangle of an array, which may reach beyond it."""
    height, width = values.shape[:2]
    found = np.full((bottom - top, right - left, *values.shape[2:]), fill, dtype=values.dtype)
    y0, y1, x0, x1 = max(top, 0), min(bottom, height), max(left, 0), min(right, width)
    if y1 > y0 and x1 > x0:
        found[y0 - top : y1 - top, x0 - left : x1 - left] = values[y0:y1, x0:x1]
    return found
