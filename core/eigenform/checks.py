"""Checks of arrays. Every message names the array and what it got."""

from __future__ import annotations

import numpy as np

from eigenform.errors import InputError


def finite(name: str, array: np.ndarray) -> np.ndarray:
    """Return ``array`` unchanged, or raise :class:`InputError` where it holds NaN or infinity."""
    bad = array.size - int(np.isfinite(array).sum())
    if bad:
        raise InputError(f"{name} holds {bad} NaN or infinite values among {array.size}.")
    return array


def rows(name: str, index: np.ndarray, below: int) -> np.ndarray:
    """Return ``index`` unchanged, or raise :class:`InputError` where an entry is not in ``[0, below)``."""
    if index.size and (index.min() < 0 or index.max() >= below):
        raise InputError(f"{name} points at vertex {int(index.max())}, but there are only {below} vertices.")
    return index


def frozen(array: np.ndarray) -> np.ndarray:
    """A C-contiguous read-only view of ``array`` (a copy only where the layout asks for one)."""
    view = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view
