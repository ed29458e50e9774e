"""How noisy points are, told from the normals that came with them."""

from __future__ import annotations

import numpy as np

_NEAREST = 3


def noise_from_normals(points: np.ndarray, normals: np.ndarray) -> float:
    """Standard deviation of the points along their normals, in units of the points; infinite where it cannot be told.

    Between two points of a circular arc the chord is at right angles to the sum of their normals, however strongly it
    bends: what is left of ``d . (n_i + n_j) / 2`` for near neighbours is noise. A fit to points alone needs a
    neighbourhood, and takes for noise what a sparse sample leaves of the shape.

    Parameters
    ----------
    points : (N, 3) float
    normals : (N, 3) float
        Of any length; zero and non-finite ones do not count.
    """
    from scipy.spatial import cKDTree

    length = np.linalg.norm(normals, axis=1)
    good = np.isfinite(length) & (length > 1e-12)
    if good.sum() <= 2 * _NEAREST:
        return float("inf")
    places, unit = points[good], normals[good] / length[good, None]
    some = np.arange(0, len(places), max(1, len(places) // 8000))
    _, near = cKDTree(places).query(places[some], _NEAREST + 1)
    near = np.asarray(near)[:, 1:]
    chord = places[near] - places[some, None]
    both = unit[near] + unit[some, None]
    agree = (both**2).sum(-1) > 3.0  # within 60 degrees
    if not agree.any():
        return float("inf")
    rest = 0.5 * np.abs(np.einsum("nkd,nkd->nk", chord, both)[agree])
    # the median of |x| is 0.6745 deviations; the difference of two points has twice the variance of one
    return float(np.median(rest) / 0.6745 / np.sqrt(2))
