"""Independent streams of random numbers of one synthetic person."""

from __future__ import annotations

import numpy as np

from eigenform.errors import InputError

STRATA = ("tight", "trousers", "loose", "hard")
"""Kinds of people: thin clothes, trousers and a shirt, skirts / coats / wide clothes, hard poses."""

SHARES = (0.20, 0.25, 0.25, 0.30)
"""Of each stratum in training; hard poses are learned last and get the most."""

STREAMS = ("body", "pose", "outfit", "paint", "camera", "light", "background", "degrade", "points")
"""What is drawn at random, each from its own stream, so that one can change and the others stay."""


def stream(seed: int, stratum: str, name: str, variation: int = 0) -> np.random.Generator:
    """A generator that depends on nothing but its arguments.

    Parameters
    ----------
    seed : int
        Of the person, not negative.
    stratum : str
        One of :data:`STRATA`.
    name : str
        One of :data:`STREAMS`.
    variation : int
        Another picture of the same person has another number here.
    """
    if stratum not in STRATA:
        raise InputError(f"There is no stratum {stratum!r}; there are {', '.join(STRATA)}.")
    if seed < 0:
        raise InputError(f"Seed {seed} is negative.")
    return np.random.default_rng([int(seed), STRATA.index(stratum), STREAMS.index(name), int(variation)])


def stratum_of(seed: int) -> str:
    """The stratum of a training seed, in the shares :data:`SHARES`."""
    part = np.random.default_rng([int(seed), 77]).random()
    return STRATA[int(np.searchsorted(np.cumsum(SHARES)[:-1], part, side="right"))]
