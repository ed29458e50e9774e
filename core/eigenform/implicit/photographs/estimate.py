"""How long training will take, measured and not guessed, and the refusal of what would take too long on a CPU."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from eigenform.errors import InputError

if TYPE_CHECKING:
    from eigenform.implicit.photographs.training import Training

LIMIT = 3600.0
"""Seconds on a CPU that are not exceeded without being told to."""

PROBE = 16
"""Rays that are timed."""


def words(seconds: float) -> str:
    """A length of time in words, such as ``4 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 36_000 else f"{seconds / 3600:,.0f} h"


def foresee(training: Training) -> None:
    """Time a few rays forth and back, and refuse a run on a CPU that would take more than an hour.

    Raises
    ------
    InputError
        With the estimate, and what would work.
    """
    p, scene = training.params, training.scene
    if training.device != "cpu" or p.accept_slow or (p.seconds and p.seconds <= LIMIT):
        return
    rays = scene.pool.take(0, min(PROBE, p.rays), p.one_image)
    spent = []
    for _ in range(2):  # the first run warms up
        began = time.perf_counter()
        found = training.renderer.render(rays[0], rays[1])
        (found.colour.sum() + ((found.slopes.norm(dim=1) - 1) ** 2).sum()).backward()
        spent.append(time.perf_counter() - began)
        training.ctx.check()
    training.optimiser.zero_grad(set_to_none=True)
    a_step = min(spent) * p.rays / len(rays[0])
    if p.network == "grid":
        a_step /= 4  # a few rays use the processor badly where a step is short
    if a_step * p.steps > LIMIT:
        raise InputError(
            f"Training this network for {p.steps:,} steps would take about {words(a_step * p.steps)} on this CPU "
            f"(measured: {a_step:.1f} s a step); the default settings, a limit in seconds, a GPU, or accepting a slow "
            "run would work."
        )
