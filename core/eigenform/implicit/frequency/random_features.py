"""Fields of bandlimited random features: ``f(x) = sum_j c_j sin(a_j . x + b_j)``, only ``c`` solved for.

Frequencies are drawn from a bounded set and never trained; the coefficients are the solution of a ridge regression.
With too small a band the error stays positive however many units there are; with too large a band the field oscillates
between its data: the error over the band has the shape of a U. Source: Li, Sonoda, Cao, Wang and Liang, How Powerful
are Shallow Neural Networks with Bandlimited Random Weights?, ICML 2023, arXiv 2008.08427.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.jobs import unwatched

LAWS = ("gaussian", "ball", "box")
_BLOCK = 8192


@dataclass(frozen=True, eq=False)
class Features:
    """``sin(x @ frequencies + phases)``: ``frequencies`` (d, J) in radians per unit of x, ``phases`` (J,)."""

    frequencies: np.ndarray
    phases: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """(N, J) float32 features at (N, d) points."""
        return np.sin(np.asarray(points, dtype=np.float32) @ self.frequencies + self.phases)


def draw(units: int, dimension: int, band: float, law: str = "gaussian", seed: int = 0) -> Features:
    """Random features.

    Parameters
    ----------
    units : int
        J, how many.
    dimension : int
        d, coordinates of a point.
    band : float
        Standard deviation of each component (``gaussian``), radius (``ball``) or half the side (``box``) of the set
        that frequencies are drawn from, in radians per unit.
    law : str
        One of :data:`LAWS`.
    seed : int
        Features of the same seed differ between two bands by their scale alone.
    """
    rng = np.random.default_rng(seed)
    phases = rng.uniform(0, 2 * np.pi, units)
    if law == "gaussian":
        a = rng.standard_normal((dimension, units))
    elif law == "ball":
        a = rng.standard_normal((dimension, units))
        a *= rng.uniform(0, 1, units) ** (1 / dimension) / np.linalg.norm(a, axis=0)
    elif law == "box":
        a = rng.uniform(-1, 1, (dimension, units))
    else:
        raise InputError(f"There is no law {law!r} of frequencies; there are {', '.join(LAWS)}.")
    return Features((band * a).astype(np.float32), phases.astype(np.float32))


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients (J,) or (J, c) with their features, and the ridge that the solution needed, relative."""

    features: Features
    coefficients: np.ndarray
    ridge: float

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """(N,) or (N, c) float64 values at (N, d) points."""
        blocks = range(0, len(points), _BLOCK)
        c = self.coefficients.astype(np.float32)
        parts = [self.features(points[i : i + _BLOCK]) @ c for i in blocks]
        return np.concatenate(parts).astype(np.float64) if parts else np.zeros((0, *c.shape[1:]))


def fit(
    features: Features,
    points: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray | None = None,
    ridge: float = 1e-7,
    check: Callable[[], None] = unwatched,
) -> Fit:
    """Least squares by the normal equations and a Cholesky factorisation.

    Parameters
    ----------
    features : Features
        J features.
    points : (N, d) array
        Where the targets are known.
    targets : (N,) or (N, c) array
        What the field should be there.
    weights : (N,) array, optional
        Weight of each squared error.
    ridge : float
        Relative to the mean of the Gram matrix's diagonal; raised tenfold until the factorisation succeeds.
    """
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    units = features.phases.size
    gram, right = np.zeros((units, units)), np.zeros((units, *np.shape(targets)[1:]))
    for i in range(0, len(points), _BLOCK):
        check()
        block = features(points[i : i + _BLOCK])
        goal = np.asarray(targets[i : i + _BLOCK], dtype=np.float32)
        if weights is not None:
            root = np.sqrt(weights[i : i + _BLOCK]).astype(np.float32)
            block *= root[:, None]
            goal = goal * (root if goal.ndim == 1 else root[:, None])
        gram += block.T @ block  # products of a block in float32, their sum in float64
        right += block.T @ goal
    size = float(np.trace(gram)) / units
    for _ in range(8):
        check()
        try:
            factor = cho_factor(gram + ridge * size * np.eye(units), lower=True, check_finite=False)
        except LinAlgError:
            ridge *= 10
            continue
        return Fit(features, np.asarray(cho_solve(factor, right, check_finite=False)), ridge)
    raise InputError("The random features of this band are all alike on the data: ask for a larger band.")


class RandomFeatureField:
    """A field of kind ``random-features``: ``arrays`` holds ``frequencies``, ``phases`` and ``coefficients``."""

    def __init__(self, spec: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        del spec
        features = Features(np.asarray(arrays["frequencies"]), np.asarray(arrays["phases"]))
        self.fit = Fit(features, np.asarray(arrays["coefficients"]), 0.0)

    def values(self, points: np.ndarray) -> np.ndarray:
        """(N,) values at (N, 3) points, both in the frame."""
        return self.fit(points)

    def grid(self, x: np.ndarray, y: np.ndarray, z: np.ndarray, check: Callable[[], None] = unwatched) -> np.ndarray:
        """(len(x), len(y), len(z)) float32 values on a grid: far cheaper than points.

        The waves of an axis are taken once; ``sin(p + q + r)`` is then a matrix product in each plane.
        """
        f = self.fit.features
        a, c = f.frequencies.astype(np.float64), self.fit.coefficients.astype(np.float64)
        first = (c * np.exp(1j * (np.outer(x, a[0]) + f.phases))).astype(np.complex64)
        second = np.exp(1j * np.outer(y, a[1])).astype(np.complex64)
        # sine and cosine in turn, as a complex number has its parts: Im(u v) = Re(u) sin + Im(u) cos
        last = (1j * np.exp(-1j * np.outer(z, a[2]))).astype(np.complex64).view(np.float32).T
        out = np.empty((len(x), len(y), len(z)), dtype=np.float32)
        for i, wave in enumerate(first):
            check()
            out[i] = (wave * second).view(np.float32) @ last
        return out

    def gradients(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) derivatives: ``sum_j c_j cos(a_j . x + b_j) a_j``."""
        f = self.fit.features
        rows = (f.frequencies * self.fit.coefficients.astype(np.float32)).T
        out = np.empty((len(points), 3))
        for i in range(0, len(points), _BLOCK):
            x = np.asarray(points[i : i + _BLOCK], dtype=np.float32)
            out[i : i + _BLOCK] = np.cos(x @ f.frequencies + f.phases) @ rows
        return out
