"""The learning rate as a function of the step alone, so that a resumed run goes on exactly where it was."""

from __future__ import annotations

import math

_RISE, _LOW, _PUBLISHED_STEPS, _PUBLISHED_FLOOR = 0.3, 0.04, 5000, 0.01


def rate_factor(schedule: str, step: int, steps: int) -> float:
    """Share of the peak learning rate at a step.

    Parameters
    ----------
    schedule : {"one-cycle", "cosine", "constant"}
        ``one-cycle`` rises for 30 % of the steps and falls to nothing (Smith and Topin 2018); ``cosine`` falls over
        5,000 steps to 1 %, as published, however long the run is.
    step, steps : int
        Present step, from 0, and their number.
    """
    if schedule == "constant":
        return 1.0
    if schedule == "cosine":
        share = min(step / _PUBLISHED_STEPS, 1.0)
        return _PUBLISHED_FLOOR + (1 - _PUBLISHED_FLOOR) * 0.5 * (1 + math.cos(math.pi * share))
    turn = max(_RISE * steps, 1.0)
    if step < turn:
        return _LOW + (1 - _LOW) * 0.5 * (1 - math.cos(math.pi * step / turn))
    return 0.5 * (1 + math.cos(math.pi * min((step - turn) / max(steps - turn, 1.0), 1.0)))
