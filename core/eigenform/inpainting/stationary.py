"""Fill a hole with the best linear prediction of a stationary random field, as in kriging.

The covariance is the autocorrelation of what is known, so that a texture which repeats is continued by its own period,
one with a direction along it, and noise fades to its mean: the least expected squared error of any linear predictor.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.jobs import unwatched

FLOOR = 0.3
"""The share of the frequencies, the weakest ones, whose mean power is taken for white noise."""


def predict(
    values: np.ndarray,
    known: np.ndarray,
    trend: np.ndarray | None = None,
    iterations: int = 120,
    check: Callable[[], None] = unwatched,
) -> np.ndarray:
    """The prediction in the hole; known pixels are given back as they are.

    Parameters
    ----------
    values : (H, W, C) float
        What stands where ``known`` is False is not looked at.
    known : (H, W) bool
    trend : (H, W, q) float, optional
        Features given everywhere; the mean is first regressed on them.
    iterations : int
        Of conjugate gradients, at most; the residual falls below 1e-3 before that where the texture is smooth.
    check : callable
        Called between iterations.

    Returns
    -------
    (H, W, C) float64
    """
    h, w, channels = values.shape
    flat = values[known].astype(np.float64)
    mean, turn = _trend(flat, known, trend)
    scores = (flat - mean[known]) @ turn
    residual = np.zeros((channels, h, w))
    residual[:, known] = scores.T
    spectrum, noise = _spectrum(residual, known)
    found = _conditional_mean(residual, known, spectrum, noise, iterations, check)
    filled = mean + np.moveaxis(found, 0, -1) @ turn.T
    return np.where(known[..., None], values, filled)


def _trend(flat: np.ndarray, known: np.ndarray, trend: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The mean everywhere (H, W, C), and the rotation (C, C) that decorrelates what is left of the channels."""
    ones = np.ones((*known.shape, 1))
    design = ones if trend is None else np.concatenate([trend, ones], -1)
    a = design[known]
    ridge = 1e-3 * len(a) * np.eye(a.shape[1]) * np.maximum(a.var(0).mean(), 1e-9)
    ridge[-1, -1] = 0.0  # the constant is free
    weights = np.linalg.lstsq(a.T @ a + ridge, a.T @ flat, rcond=None)[0]
    mean = design @ weights
    rest = flat - mean[known]
    return mean, np.linalg.eigh(rest.T @ rest)[1]


def _spectrum(residual: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Power of the signal on the doubled torus (C, 2H, W + 1), and the variance of the white noise (C,)."""
    from scipy import fft

    h, w = known.shape
    size = (2 * h, 2 * w)
    pairs = fft.irfft2(np.abs(fft.rfft2(known.astype(np.float64), size)) ** 2, size)
    products = fft.irfft2(np.abs(fft.rfft2(residual, size)) ** 2, size)
    ly, lx = np.abs(fft.fftfreq(2 * h, 1 / (2 * h))), np.abs(fft.fftfreq(2 * w, 1 / (2 * w)))
    # the triangle that an unmasked picture would put on its lags keeps the power nearly positive
    window = np.clip(1 - ly / h, 0, 1)[:, None] * np.clip(1 - lx / w, 0, 1)
    # lags that few pairs speak for are shrunk towards no correlation
    covariance = products / (np.maximum(pairs, 0) + 0.01 * known.sum()) * window
    power = np.maximum(fft.rfft2(covariance).real, 0)
    ordered = np.sort(power.reshape(len(power), -1), 1)
    noise = ordered[:, : int(FLOOR * ordered.shape[1])].mean(1)
    total = np.maximum(covariance[:, 0, 0], 1e-12)
    return power, np.maximum(noise, 1e-4 * total)


def _conditional_mean(
    residual: np.ndarray,
    known: np.ndarray,
    power: np.ndarray,
    noise: np.ndarray,
    iterations: int,
    check: Callable[[], None],
) -> np.ndarray:
    """Solve (M C M + noise) a = residual on the known pixels by conjugate gradients; C a everywhere."""
    from scipy import fft

    h, w = known.shape
    size = (2 * h, 2 * w)

    def smooth(a: np.ndarray) -> np.ndarray:
        return fft.irfft2(fft.rfft2(a, size) * power, size)[:, :h, :w]

    b = residual
    a = np.zeros_like(b)
    r, p = b.copy(), b.copy()
    rho = np.einsum("chw,chw->c", r, r)
    start = np.maximum(rho, 1e-30)
    for _ in range(iterations):
        check()
        q = smooth(p) * known + noise[:, None, None] * p
        step = rho / np.maximum(np.einsum("chw,chw->c", p, q), 1e-30)
        a += step[:, None, None] * p
        r -= step[:, None, None] * q
        fresh = np.einsum("chw,chw->c", r, r)
        if (fresh <= 1e-6 * start).all():
            break
        p = r + (fresh / np.maximum(rho, 1e-30))[:, None, None] * p
        rho = fresh
    return smooth(a)
