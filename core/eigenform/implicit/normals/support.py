"""Which points, once the noise is taken off, still disagree with those about them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.jobs import unwatched

NEIGHBOURS = 12
AGREEING = 3
"""So many neighbours must have a point near their tangent planes: beside an edge those of its own side have."""
OFF_PLANE = 0.5
"""How near, in standard deviations of the noise."""
UNTOLD = 0.5
"""A point whose place is told no better than this, in deviations of the noise, is one that few fits took in."""
TOO_FAR = 4.5
"""A point that was moved by so many standard deviations of the noise belonged to no surface."""


def unsupported(
    points: np.ndarray,
    normals: np.ndarray,
    moved: np.ndarray,
    variance: np.ndarray,
    noise: float,
    check: Callable[[], None] = unwatched,
) -> np.ndarray:
    """(N,) bool: points that would pull a stray piece of surface toward them.

    Parameters
    ----------
    points, normals : (N, 3) float
        As :func:`~eigenform.implicit.normals.denoise.denoise_points` gives them.
    moved : (N,) float
        How far each of them was moved.
    variance : (N,) float
        Their expected squared error.
    noise : float
        Standard deviation of the points before, in their units; above 0.
    check : callable, optional
        Called often; may raise to cancel.
    """
    from eigenform.geometry.neighbours import knn

    _, index = knn(points, NEIGHBOURS, check=check)
    off = np.abs(np.einsum("nki,nki->nk", normals[index], points[:, None] - points[index]))
    which = min(AGREEING, off.shape[1]) - 1
    lonely = np.partition(off, which, axis=1)[:, which] > OFF_PLANE * noise
    return np.asarray(lonely | (variance > (UNTOLD * noise) ** 2) | (moved > TOO_FAR * noise))
