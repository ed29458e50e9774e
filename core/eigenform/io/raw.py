"""What a reader hands over before anything is welded or repaired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eigenform.jobs import JobContext
from eigenform.types import NO_FACES


class Unreadable(Exception):
    """This reader cannot make sense of the file; another one may."""


@dataclass
class Raw:
    """Rows as the file has them.

    Parameters
    ----------
    verts : (V, d) float64
    faces : (F, 3) int64
        Triangles; ``(0, 3)`` for points.
    normals : (V, 3), optional
    labels : (V,), optional
    images : (V, h, w), optional
    colours : (V, 3), optional
        sRGB in [0, 1].
    notes : list of str
        What the reader left out or had to guess.
    """

    verts: np.ndarray
    faces: np.ndarray = field(default_factory=lambda: NO_FACES)
    normals: np.ndarray | None = None
    labels: np.ndarray | None = None
    images: np.ndarray | None = None
    colours: np.ndarray | None = None
    notes: list[str] = field(default_factory=list)

    def take(self, rows: np.ndarray) -> dict[str, Any]:
        """``verts`` and all that stands beside them at ``rows``."""
        names = ("verts", "normals", "labels", "images", "colours")
        return {n: None if (a := getattr(self, n)) is None else a[rows] for n in names}


@dataclass(frozen=True)
class Request:
    """How a file is to be read.

    Parameters
    ----------
    scene : str
        ``merge``, or the name of one object of a scene.
    suffix : str
        The suffix of the file in lower case.
    ctx : JobContext, optional
        Where progress goes; a cancel is seen between phases.
    """

    scene: str = "merge"
    suffix: str = ""
    ctx: JobContext | None = None

    def check(self) -> None:
        """Raise :class:`eigenform.errors.Cancelled` once the job is cancelled."""
        if self.ctx is not None:
            self.ctx.check()

    def say(self, percent: float, text: str | None = None) -> None:
        """Report how much is done, and what is going on now."""
        if self.ctx is not None:
            self.ctx.step(round(percent), 100, text)

    def read(self, fraction: float) -> None:
        """Report which part of the file is parsed; the rest is checks."""
        self.say(60 * fraction)


Reader = Callable[..., Raw]
"""``(path, request) -> Raw``; raises :class:`Unreadable` or :class:`eigenform.errors.InputError`."""
