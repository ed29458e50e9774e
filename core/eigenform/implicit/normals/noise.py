"""How noisy points are, told from the points alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.jobs import unwatched

SAMPLE = 4000
"""Neighbourhoods that are looked at."""
_FIRST, _LAST = 30, 240
"""Least and largest number of neighbours."""
_SMALL = 14
"""Neighbours of a second look, for surfaces that are rough at the size of the first."""
_TERMS = 6
"""Coefficients of a quadric height function."""


def estimate_noise(points: np.ndarray, *, seed: int = 0, check: Callable[[], None] = unwatched) -> float:
    """Standard deviation of the points about their surface, along its normal, in units of the points.

    Height functions of second order are fitted to neighbourhoods; the median of the unbiased residual variance is
    the noise. A quadric, and not a plane, so that curvature is not taken for noise; the median, so that edges and
    outliers are not either. Neighbourhoods grow until they are wide against the noise.

    Parameters
    ----------
    points : (N, 3) float
    seed : int
        Draws the neighbourhoods where there are more than 4,000 points.
    check : callable, optional
        Called often; may raise to cancel.

    Returns
    -------
    float
        0 where there are fewer points than a neighbourhood needs.
    """
    from scipy.spatial import cKDTree

    points = np.asarray(points, dtype=np.float64)
    if len(points) <= 2 * _TERMS:
        return 0.0
    check()
    tree = cKDTree(points)
    chosen = points
    if len(points) > SAMPLE:
        chosen = points[np.random.default_rng(seed).choice(len(points), SAMPLE, replace=False)]
    k, least = _SMALL, np.inf
    while True:
        k = min(k, len(points))
        check()
        distance, index = tree.query(chosen, k)
        dof = k - _TERMS
        # the median of a chi-squared variable over its mean (Wilson and Hilferty 1931)
        sigma = float(np.sqrt(np.median(residual_variance(points[index])) / (1 - 2 / (9 * dof)) ** 3))
        if k == _SMALL:  # where edges are dense, larger neighbourhoods hold more of them
            k, least = _FIRST, sigma
            continue
        radius = float(np.median(np.asarray(distance)[:, -1]))
        if sigma < 0.2 * radius:
            # noise does not depend on the size of the neighbourhood; what shrinks with it is the shape
            return min(sigma, least) if least < 0.5 * sigma else sigma
        if 2 * k > min(_LAST, len(points)):
            return sigma
        k *= 2


def residual_variance(neighbourhoods: np.ndarray) -> np.ndarray:
    """(M,) unbiased variance of neighbourhoods (M, k, 3) about their best quadric height functions."""
    local = neighbourhoods - neighbourhoods.mean(axis=1, keepdims=True)
    _, axes = np.linalg.eigh(np.einsum("mki,mkj->mij", local, local))
    u, v, height = (np.einsum("mki,mi->mk", local, axes[:, :, c]) for c in (2, 1, 0))
    size = np.sqrt((u**2 + v**2).mean(axis=1, keepdims=True))
    size[size == 0] = 1.0
    u, v = u / size, v / size
    design = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=2)
    gram = np.einsum("mki,mkj->mij", design, design)
    gram += 1e-9 * np.trace(gram, axis1=1, axis2=2)[:, None, None] * np.eye(_TERMS)
    right = np.einsum("mki,mk->mi", design, height)
    fitted = np.linalg.solve(gram, right[:, :, None])[:, :, 0]
    rest = height - np.einsum("mki,mi->mk", design, fitted)
    return np.asarray((rest**2).sum(axis=1) / (neighbourhoods.shape[1] - _TERMS))
