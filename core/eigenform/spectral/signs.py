"""The sign rule of modes: an eigenvector and its negative are the same mode, so one of the two is chosen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.jobs import unwatched

TIE = 1e-6
_BLOCK = 16_384


def fix_signs(
    evecs: np.ndarray, mass: np.ndarray, verts: np.ndarray, check: Callable[[], None] = unwatched
) -> np.ndarray:
    """Flip columns so that ``sum(mass * v**3) >= 0``.

    Where that skewness is below ``TIE`` (a symmetric mode), the correlation with x decides, then y, then z, and so on
    through the coordinates; both are measured on mass and mode scaled to 1, so the rule does not depend on units.

    Parameters
    ----------
    evecs : (N, K) float
    mass : (N,) float
    verts : (N, d) float
    check : callable, optional
        Called often; may raise to cancel.

    Returns
    -------
    (N, K) float64
        A copy.
    """
    weight = mass / mass.sum()
    square, cube = np.zeros(evecs.shape[1]), np.zeros(evecs.shape[1])
    for start in range(0, len(evecs), _BLOCK):  # at a million vertices a copy of all modes is half a gigabyte
        check()
        part, share = evecs[start : start + _BLOCK], weight[start : start + _BLOCK]
        squared = part * part
        square += share @ squared
        cube += share @ (squared * part)
    norm = np.sqrt(np.maximum(square, np.finfo(float).tiny))
    score = cube / norm**3
    centred = verts - weight @ verts
    centred = centred / max(float(np.sqrt(weight @ (centred**2).sum(1))), np.finfo(float).tiny)
    for axis in range(verts.shape[1]):
        tied = np.abs(score) < TIE
        if not tied.any():
            break
        score[tied] = (weight * centred[:, axis]) @ evecs[:, tied] / norm[tied]
    return evecs * np.where(score < 0, -1.0, 1.0)
