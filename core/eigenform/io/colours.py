"""Colours of vertices between files and shapes: three columns in [0, 1], sRGB."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

_NAMES = (("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue"))


def from_numbers(values: np.ndarray, whole: np.dtype | None = None) -> np.ndarray:
    """Colours (V, 3) float32 in [0, 1] of the numbers of a file (V, 3 or more).

    ``whole`` is the type that the file says they have; unsigned integers fill its range. Numbers without a type that
    exceed 1 are taken to be out of 255, as many programs write them.
    """
    rgb = np.asarray(values)[:, :3].astype(np.float64)
    if whole is not None and np.issubdtype(whole, np.unsignedinteger):
        rgb = rgb / np.iinfo(whole).max
    elif rgb.size and np.nanmax(rgb) > 1.0:
        rgb = rgb / 255.0
    return np.clip(np.nan_to_num(rgb), 0.0, 1.0).astype(np.float32)


def from_columns(columns: Mapping[str, np.ndarray], kinds: Mapping[str, str]) -> np.ndarray | None:
    """Colours of named columns such as ``red``, ``green`` and ``blue``, or None where there are none."""
    for names in _NAMES:
        if all(n in columns for n in names):
            kind = np.dtype(kinds[names[0]]) if names[0] in kinds else None
            return from_numbers(np.stack([columns[n] for n in names], axis=1), kind)
    return None


def bytes_of(colours: np.ndarray) -> np.ndarray:
    """Colours as bytes (V, 3)."""
    return np.rint(np.clip(np.asarray(colours, dtype=np.float64), 0.0, 1.0) * 255.0).astype(np.uint8)


def linear(colours: np.ndarray) -> np.ndarray:
    """sRGB to linear light (IEC 61966-2-1), which glTF asks for."""
    c = np.asarray(colours, dtype=np.float64)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def encoded(light: np.ndarray) -> np.ndarray:
    """Linear light to sRGB (IEC 61966-2-1)."""
    c = np.clip(np.asarray(light, dtype=np.float64), 0.0, 1.0)
    return np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055)
