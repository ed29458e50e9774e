"""How values and gradients of fields combine.

All fields are negative inside. What holds of the results, where the fields are exact distances:

- ``union`` (minimum) is the exact distance outside; inside it is at most the true depth.
- ``intersection`` and ``difference`` (maxima) are exact inside; outside they are at most the true distance.
- None of them changes faster than its fields do: a bound of 1 on the slope stays, the sign is always right, and the
  level set 0 is exact. Other level sets, and so offsets and shells of combinations, are rounded or mitred
  differently from those of the true distance on the side where the value is only a bound.
- ``smooth`` versions differ from the sharp ones only where the fields differ by less than the radius, by at most a
  quarter of it; a smooth union holds the sharp one, a smooth intersection lies within the sharp one.
"""

from __future__ import annotations

import numpy as np


def smooth_minimum(a: np.ndarray, b: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Quadratic smooth minimum and its derivative by ``a``; that by ``b`` is one less.

    ``min(a, b) - h^2 radius / 4`` with ``h = max(radius - |a - b|, 0) / radius``: continuously differentiable, equal
    to the minimum where the arguments differ by ``radius`` or more (I. Quilez, "smooth minimum", quadratic kernel).
    A radius of 0 gives the minimum.
    """
    if radius <= 0:
        return np.minimum(a, b), (a <= b).astype(np.float64)
    h = np.maximum(radius - np.abs(a - b), 0) / radius
    return np.minimum(a, b) - h * h * (radius / 4), np.where(a <= b, 1 - h / 2, h / 2)


def blend_all(values: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Smooth minimum of (n, N) values, first with second, then with the next; (N,) and (n, N) weights.

    The weights are the derivatives by each of the values; they are positive and sum to one.
    """
    result, weights = values[0], np.zeros(values.shape)
    weights[0] = 1.0
    for i in range(1, len(values)):
        result, share = smooth_minimum(result, values[i], radius)
        weights[:i] *= share
        weights[i] = 1 - share
    return result, weights


def combine_values(operation: str, values: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """``union``, ``intersection`` or ``difference`` (the first without all others) of (n, N) values.

    Returns
    -------
    (N,) values, (n, N) derivatives by each of the given values
    """
    if operation in ("union", "blend"):
        return blend_all(values, radius)
    turned = -values
    if operation == "difference":
        turned = values.copy()
        turned[0] = -values[0]
    found, weights = blend_all(turned, radius)  # max(a, b) = -min(-a, -b)
    if operation == "difference":
        weights[1:] *= -1
    return -found, weights


def wall_values(values: np.ndarray, thickness: float, wall: str) -> tuple[np.ndarray, np.ndarray]:
    """A wall about the level set 0: ``|f - c| - thickness / 2``; (N,) values and (N,) derivatives by ``f``.

    ``c`` is half the thickness below, at, or above 0 for a wall ``inside``, ``centre`` or ``outside``.
    """
    centre = {"inside": -0.5, "centre": 0.0, "outside": 0.5}[wall] * thickness
    return np.abs(values - centre) - thickness / 2, np.sign(values - centre)
