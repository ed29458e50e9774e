"""The frequency of a network for a shape: a number that was given, or FreSh's choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.fields import ScalarField
from eigenform.implicit.neural.model import HALF
from eigenform.jobs import unwatched

GRID = 64
"""Nodes along an axis of the grid whose spectra are compared."""


def given(text: str) -> float | None:
    """The number in ``text``; None for ``fresh``.

    Raises
    ------
    InputError
        For anything else.
    """
    if text.strip().lower() == "fresh":
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (0 <= value < 1e4):
        raise InputError(f"Frequency: {text!r} is neither 'fresh' nor a number from 0 to 10000.")
    return value


def distances(field: ScalarField, check: Callable[[], None] = unwatched) -> np.ndarray:
    """(n, n, n) values of a field of the frame on the grid whose spectrum is the target."""
    axis = np.linspace(-HALF, HALF, GRID)
    grid = getattr(field, "grid", None)
    if grid is not None:
        return np.asarray(grid(axis, axis, axis, check))
    out = np.empty((GRID,) * 3)
    y, z = np.meshgrid(axis, axis, indexing="ij")
    for i, x in enumerate(axis):
        check()
        out[i] = field.values(np.stack([np.full(y.size, x), y.ravel(), z.ravel()], 1)).reshape(GRID, GRID)
    return out


def choose(
    kind: str,
    field: ScalarField,
    hidden: int,
    layers: int,
    train: Callable[[float], float] | None = None,
    check: Callable[[], None] = unwatched,
) -> tuple[float, dict[str, Any]]:
    """FreSh's choice for a field, and what it rests on, for the plot.

    Parameters
    ----------
    kind : str
        ``siren``, ``fourier`` or ``finer``.
    field : ScalarField
        What the network will learn, in the frame.
    hidden, layers : int
        Of the network.
    train : callable, optional
        ``train(frequency)`` trains shortly and gives the held-out error: the best three candidates then race.
    """
    from eigenform.implicit.frequency.choose import race
    from eigenform.implicit.frequency.render import shape_frequency

    # the width hardly moves the spectrum; a narrow network is rendered far faster
    found = shape_frequency(kind, distances(field, check), HALF, hidden=min(hidden, 64), layers=layers, check=check)
    if train is not None:
        found = race(found, train, check=check)
    return found.value, found.as_dict()
