"""Points that belong to no surface."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.jobs import unwatched

NEIGHBOURS = 8
"""A point is judged by its mean distance to so many neighbours."""
LIMIT = 4.0
"""It is an outlier where that is more than so many times what its neighbours and the median point have."""
SUSPECT = 1.25
"""A point that lies so many times sparser than its neighbours is looked at more closely."""
_PLANE = 16
"""Neighbours whose plane a suspect is held against."""
_ROUNDS = 3
OFF_PLANE = 5.0
"""A suspect is an outlier where it lies so many times farther off that plane than those neighbours do."""


FLAT = 0.05
"""The neighbourhood of a sparse point is flat where its least variance is below this times its second."""


def outliers(points: np.ndarray, *, check: Callable[[], None] = unwatched) -> np.ndarray:
    """(N,) bool: which points lie on no surface that the others tell.

    A point is an outlier where the mean distance to its neighbours is more than four times the median of the cloud, and
    either more than four times the least that those have, or they lie in no plane: a sparsely sampled part of a surface
    is flat and stays. Nearer to the surface it is one where its neighbours lie in a plane and it does not.

    Parameters
    ----------
    points : (N, 3) float
    check : callable, optional
        Called often; may raise to cancel.
    """
    from eigenform.geometry.neighbours import knn

    out = np.zeros(len(points), dtype=bool)
    for _ in range(_ROUNDS):
        kept = np.flatnonzero(~out)
        if len(kept) <= _PLANE + 1:
            break
        distance, index = knn(points[kept], NEIGHBOURS, check=check)
        reach = distance.mean(axis=1)
        around, usual = reach[index], float(np.median(reach))
        sparse = reach > LIMIT * usual
        near = np.flatnonzero(~sparse & (reach > SUSPECT * np.median(around, axis=1)))
        far = np.flatnonzero(sparse)
        suspects = np.concatenate([far, near])
        thick, wide, off = _against_plane(points[kept], suspects, check)
        lonely = (reach[far] > LIMIT * around[far].min(axis=1)) | (
            thick[: len(far)] ** 2 > FLAT * wide[: len(far)] ** 2
        )
        # on clean points planes are exact, and a rounding error is no outlier: half a spacing is
        beside = (off > OFF_PLANE * thick) & (off > 0.5 * usual)
        beside[: len(far)] |= lonely
        out[kept[suspects[beside]]] = True
        if not lonely.any():  # those whose neighbours were outliers too show in the next round
            break
    return out


def _against_plane(
    points: np.ndarray, chosen: np.ndarray, check: Callable[[], None]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For chosen points: thickness and second width of their neighbours, and their own distance from those' plane."""
    from eigenform.geometry.neighbours import knn

    _, near = knn(points, _PLANE + 1, points[chosen], check)
    local = points[near[:, 1:]]  # the first one is the point itself
    middle = local.mean(axis=1, keepdims=True)
    local = local - middle
    spread, axes = np.linalg.eigh(np.matmul(local.transpose(0, 2, 1), local))
    width = np.sqrt(np.maximum(spread, 0.0) / (_PLANE - 3))
    off = np.abs(np.einsum("ni,ni->n", points[chosen] - middle[:, 0], axes[:, :, 0]))
    return width[:, 0], width[:, 1], off
