"""Values at samples, carried to any points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.geometry.neighbours import knn
from eigenform.jobs import unwatched

_NEIGHBOURS = 6


def interpolate(
    samples: np.ndarray, values: np.ndarray, points: np.ndarray, check: Callable[[], None] = unwatched
) -> np.ndarray:
    """Gaussian average of the values at the six nearest samples; exact at a sample.

    Parameters
    ----------
    samples : (N, d) float
    values : (N, K) or (N,) float
    points : (V, d) float
    check : callable, optional
        Called often; may raise to cancel.

    Returns
    -------
    (V, K) or (V,) float64
    """
    distances, nearest = knn(samples, min(_NEIGHBOURS, len(samples)), queries=points, check=check)
    reach = 0.7 * distances[:, min(3, distances.shape[1] - 1), None]
    weights = np.exp(-((distances / np.maximum(reach, np.finfo(float).tiny)) ** 2))
    exact = distances[:, 0] <= 1e-12 * np.maximum(distances[:, -1], np.finfo(float).tiny)
    weights[exact] = np.eye(1, weights.shape[1])
    weights /= weights.sum(1, keepdims=True)
    if values.ndim == 1:
        return (weights * values[nearest]).sum(1)
    out = np.zeros((len(points), values.shape[1]))
    for j in range(weights.shape[1]):
        check()
        out += weights[:, j, None] * values[nearest[:, j]]
    return out
