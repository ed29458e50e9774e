"""Vertices moved along their edges of the grid onto the exact level set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.implicit.fields import ScalarField
from eigenform.implicit.tiles.lattice import evaluate
from eigenform.implicit.tiles.march import NEAREST

_BATCH = 262144


def polish(
    field: ScalarField,
    level: float,
    low: np.ndarray,
    cell: np.ndarray,
    places: np.ndarray,
    ends: np.ndarray,
    steps: int,
    check: Callable[[], None],
) -> None:
    """Change ``places`` (V, 3), in cells from ``low`` (3,), by steps of the false position.

    The zero stays bracketed by the values at the nodes, ``ends`` (V, 2), so that no vertex leaves its edge, whatever
    the field does in between; rows of zeros are vertices inside of a cell, which stay.
    """
    for start in range(0, len(places), _BATCH):
        part = places[start : start + _BATCH]
        fraction = part - np.floor(part)
        axis = np.argmax(fraction, axis=1)
        rows = np.flatnonzero((ends[start : start + _BATCH] != 0).all(axis=1))
        axis = axis[rows]
        t = fraction[rows, axis]
        a, b = np.zeros(len(rows)), np.ones(len(rows))
        fa, fb = ends[start + rows].astype(np.float64).T
        for _ in range(steps):
            found = evaluate(field, part[rows] * cell + low, level, check).astype(np.float64)
            first = (found < 0) == (fa < 0)  # the zero lies between here and b
            fb = np.where(first, fb, found)
            b = np.where(first, b, t)
            fa = np.where(first, found, fa)
            a = np.where(first, t, a)
            t = np.clip(a + (b - a) * fa / (fa - fb), NEAREST, 1 - NEAREST)
            moved = part[rows]
            moved[np.arange(len(rows)), axis] = np.floor(moved[np.arange(len(rows)), axis]) + t
            part[rows] = moved
