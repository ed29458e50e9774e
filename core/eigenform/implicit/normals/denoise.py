"""Noisy points moved onto the surface that their neighbourhoods tell, and the normals of that surface.

Every point lies in many fitted neighbourhoods (:mod:`eigenform.implicit.normals.patches`); its place is the mean of
what all of them say, each weighted by its certainty there. A point beside an edge is then told mostly by large
neighbourhoods that end at the edge, on its own side, and not by the small one about itself: that keeps edges, and
averages more noise away than any single fit. (Aggregation of overlapping estimates: Katkovnik, Foi, Egiazarian and
Astola 2010.)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.implicit.normals.patches import Patches, design, fit_patches
from eigenform.jobs import unwatched

CENTRES = 4
"""One of so many points is the centre of a neighbourhood."""
LARGEST = 362
"""Most points of a neighbourhood."""


def denoise_points(
    points: np.ndarray,
    normals: np.ndarray,
    noise: float,
    *,
    largest: int = LARGEST,
    seed: int = 0,
    check: Callable[[], None] = unwatched,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points moved along the normal onto the local surface, and its normals.

    Parameters
    ----------
    points : (N, 3) float
    normals : (N, 3) float
        Oriented; they need not be accurate.
    noise : float
        Standard deviation of the points about the surface along its normal, in their units; above 0.
    largest : int
        Most points of a neighbourhood.
    seed : int
        Draws the centres of neighbourhoods.
    check : callable, optional
        Called often; may raise to cancel.

    Returns
    -------
    points : (N, 3) float64
    normals : (N, 3) float64
        Unit.
    variance : (N,) float64
        Expected squared error of each point along the normal, as far as it comes from noise, in squared units; that of
        the noise itself for points in no neighbourhood, which stay as they are.
    """
    points = np.asarray(points, dtype=np.float64)
    n = len(points)
    centres = np.random.default_rng(seed).permutation(n)[: max(min(n, 200), n // CENTRES)]
    total = np.zeros((8, n))
    for patches in fit_patches(points, normals, np.sort(centres), noise, largest, check=check):
        check()
        _add(total, patches)
    told = total[6] > 0
    weight = np.where(told, total[6], 1.0)
    moved = points + (total[:3] / weight).T
    mean = (total[3:6] / weight).T
    length = np.linalg.norm(mean, axis=1)
    told &= length > 1e-6
    found = np.where(told[:, None], mean / np.maximum(length, 1e-300)[:, None], normals)
    variance = noise**2 * np.where(told, np.minimum(total[7] / weight, 1.0), 1.0)
    return np.where(told[:, None], moved, points), found, variance


def _add(total: np.ndarray, fit: Patches) -> None:
    """Add displacement, normal, weight and weighted variance, as fits say them, to the members of each."""
    most = int(np.flatnonzero(np.asarray(fit.inside.any(axis=0))).max()) + 1
    block, column = np.nonzero(fit.inside[:, :most])
    u, v, height = fit.local[block, column].T
    basis = design(u, v)
    c = fit.coefficients[block]
    certainty = np.einsum("mi,mij,mj->m", basis, fit.inverse[block], basis)
    off = np.einsum("mi,mi->m", basis, c) - height
    slope_u = c[:, 1] + 2 * c[:, 3] * u + c[:, 4] * v
    slope_v = c[:, 2] + c[:, 4] * u + 2 * c[:, 5] * v
    frame = fit.frames[block]
    normal = frame[:, :, 2] - slope_u[:, None] * frame[:, :, 0] - slope_v[:, None] * frame[:, :, 1]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    # a fit fades out towards its rim, and counts less where it leaves more than the noise
    rim = np.maximum(1.0 - (u * u + v * v) / fit.radius[block] ** 2, 0.0)
    weight = rim / np.maximum(certainty, 1e-9) / np.maximum(fit.excess[block], 1.0) ** 2
    move = (off * fit.reach[block])[:, None] * frame[:, :, 2]
    index, n = fit.members[block, column], total.shape[1]
    for row, values in enumerate([*move.T, *normal.T, np.ones(len(weight)), certainty]):
        total[row] += np.bincount(index, weight * values, n)
