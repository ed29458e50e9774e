"""Area per sample, estimated from the spacing of points alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.geometry.neighbours import knn
from eigenform.jobs import unwatched

_NEAR, _FAR = 10, slice(14, 24)


def spacing_mass(points: np.ndarray, check: Callable[[], None] = unwatched) -> np.ndarray:
    """The surface area that each point stands for.

    Around a point of a surface sampled with density rho, the disc that reaches the k-th neighbour has the expected area
    k / rho; the mean over k = 1..10 is noisy least. The total is set by neighbours 15 to 24, where it matters little
    whether the points are spread evenly or at random.

    Parameters
    ----------
    points : (N, d) float
        Points on a surface in any dimension.
    check : callable, optional
        Called often; may raise to cancel.

    Returns
    -------
    (N,) float64
        In length^2; sums to the estimated area.
    """
    distances, _ = knn(points, _FAR.stop, check=check)
    squares = np.pi * distances**2
    k = np.arange(1, squares.shape[1] + 1)
    far = _FAR if len(k) > _FAR.start else slice(-1, None)
    # evenly spread points have k + 1/2 areas in the disc, random ones k
    area = (squares[:, far] / (k[far] + 0.25)).mean(1).sum()
    mass = (squares[:, :_NEAR] / k[:_NEAR]).mean(1)
    mass = np.maximum(mass, 1e-9 * mass.mean())  # repeated points have no spacing but keep a share
    return mass * (area / mass.sum())
