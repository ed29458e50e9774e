"""How fast a field can change, and therefore which cells its level set can enter.

A field that says how fast it changes at most (an attribute ``lipschitz``, 1 for a distance) is believed, and no part
of its surface is lost however thin it is. For others the steepest change seen on the coarse grid around a cell,
times a safety factor, stands for the bound: every part with a change of sign on the coarse grid is found, and its
surface is then followed wherever it goes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

SAFETY = 1.25
"""What the steepest change seen around a cell is multiplied with, for fields that declare none."""


def declared_slope(field: Any) -> float | None:
    """The Lipschitz constant a field declares, itself or through its frame; None where it declares none."""
    found = getattr(field, "lipschitz", None)
    if found is None:
        found = getattr(getattr(field, "inner", None), "lipschitz", None)
    return None if found is None else float(found)


def corner_extremes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest of the eight corners of every cell of a grid of values."""
    low = high = values
    for axis in range(3):
        n = low.shape[axis]
        low = np.minimum(low.take(range(n - 1), axis), low.take(range(1, n), axis))
        high = np.maximum(high.take(range(n - 1), axis), high.take(range(1, n), axis))
    return low, high


def coarse_slopes(values: np.ndarray, cell: np.ndarray, declared: float | None) -> np.ndarray:
    """(a, b, c) float32 bound on the slope in every coarse cell, from values at its nodes.

    Parameters
    ----------
    values : (a + 1, b + 1, c + 1) array
        The field at the nodes.
    cell : (3,) array
        Size of a coarse cell.
    declared : float, optional
        What the field declares.
    """
    shape = tuple(n - 1 for n in values.shape)
    if declared is not None:
        return np.full(shape, declared * (1 + 1e-3), dtype=np.float32)
    from scipy.ndimage import maximum_filter

    square = np.zeros(shape, dtype=np.float32)
    for axis in range(3):
        steep = np.abs(np.diff(values, axis=axis))
        for other in {0, 1, 2} - {axis}:
            n = steep.shape[other]
            steep = np.maximum(steep.take(range(n - 1), other), steep.take(range(1, n), other))
        square += (steep / np.float32(cell[axis])) ** 2
    found: np.ndarray = SAFETY * np.sqrt(maximum_filter(square, size=3, mode="nearest"))
    return found


def can_cross(low: np.ndarray, high: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Whether a cell with corners between ``low`` and ``high`` can hold a zero of a field.

    No point of a cell is further than half a diagonal from its nearest corner; ``reach`` is the slope times that.
    """
    found: np.ndarray = ((low < 0) & (high > 0)) | (np.minimum(np.abs(low), np.abs(high)) <= reach)
    return found
