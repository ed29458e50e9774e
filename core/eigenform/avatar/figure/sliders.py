"""What a person can turn in a form: one slider for each axis of the main bones, within their limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eigenform.figure_types import Skeleton


@dataclass(frozen=True)
class Slider:
    """One axis of one bone.

    Parameters
    ----------
    name : str
        ``<bone> x``, ``y`` or ``z``.
    bone, axis : int
        Column and row in the rotations (J, 3).
    low, high : float
        Radians.
    """

    name: str
    bone: int
    axis: int
    low: float
    high: float


def sliders(skeleton: Skeleton) -> tuple[Slider, ...]:
    """Sliders of the main bones that ``skeleton`` has; axes that cannot turn are left out."""
    from eigenform.avatar.body.bones import LIMITS, MAIN

    place = {name: i for i, name in enumerate(skeleton.names)}
    found = []
    for name in MAIN:
        if name not in place:
            continue
        for axis, (low, high) in enumerate(zip(*LIMITS[name], strict=True)):
            if high > low:
                found.append(Slider(f"{name} {'xyz'[axis]}", place[name], axis, float(low), float(high)))
    return tuple(found)


def within(skeleton: Skeleton, rotations: np.ndarray) -> np.ndarray:
    """Rotations (J, 3) with those of the main bones clipped to their limits."""
    clipped = np.array(rotations, dtype=np.float64)
    for s in sliders(skeleton):
        clipped[s.bone, s.axis] = min(max(clipped[s.bone, s.axis], s.low), s.high)
    return clipped
