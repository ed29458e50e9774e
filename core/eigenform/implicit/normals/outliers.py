"""Points that belong to no surface."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.jobs import unwatched

NEIGHBOURS = 8
"""A point is judged by its mean distance to so many neighbours."""
LIMIT = 4.0
"""It is an outlier where that is more than so many times what its neighbours and the median point have."""
SMALLEST_PART = 20
"""Groups of outliers of fewer points than this are outliers too."""


def outliers(points: np.ndarray, *, check: Callable[[], None] = unwatched) -> np.ndarray:
    """(N,) bool: which points lie far from all others.

    A point is one where the mean distance to its neighbours is more than four times the median of the cloud, and more
    than four times the least that its neighbours have: a sparsely sampled part of a surface has neighbours as sparse as
    itself and stays.

    Parameters
    ----------
    points : (N, 3) float
    check : callable, optional
        Called often; may raise to cancel.
    """
    from eigenform.geometry.neighbours import knn

    if len(points) <= NEIGHBOURS + 1:
        return np.zeros(len(points), dtype=bool)
    distance, index = knn(points, NEIGHBOURS, check=check)
    reach = distance.mean(axis=1)
    around = reach[index]
    far = (reach > LIMIT * np.median(reach)) & (reach > LIMIT * np.minimum(around.min(axis=1), np.inf))
    return np.asarray(far)
