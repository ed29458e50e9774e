"""One-dimensional spectra of images and volumes, and the distance between two of them.

Source: Kania et al., FreSh: Frequency Shifting for Accelerated Neural Representation Learning, arXiv 2410.05050: the
magnitudes of the Fourier transform summed along anti-diagonals, without the mean, as a distribution over frequencies;
distributions are compared by the 1-Wasserstein distance.
"""

from __future__ import annotations

import numpy as np


def spectrum(signal: np.ndarray, bins: int) -> np.ndarray:
    """(bins,) share of each frequency ``1 .. bins`` in a signal; the shares sum to 1 (all zero for a constant).

    Parameters
    ----------
    signal : (n, n) or (n, n, c) or (n, n, n) array
        An image with or without channels (c at most 4), or a volume.
    bins : int
        How many frequencies to keep, fewer than n.

    Notes
    -----
    Images: ``spec[s]`` sums ``|F[i, j]|`` over ``i + j = s`` with the unshifted indices ``i, j >= 0``, as published.
    Volumes: the sum runs over ``|kx| + |ky| + |kz| = s`` with folded indices, so that no octant is left out.
    """
    signal = np.asarray(signal, dtype=np.float64)
    if signal.ndim == 3 and signal.shape[2] > 4:
        found = _volume(signal, bins)
    else:
        channels = signal[:, :, None] if signal.ndim == 2 else signal
        found = sum((_image(channels[:, :, c], bins) for c in range(channels.shape[2])), np.zeros(bins))
    total = found.sum()
    return found / total if total > 1e-12 * max(1.0, float(np.abs(signal).max())) else np.zeros(bins)


def _image(image: np.ndarray, bins: int) -> np.ndarray:
    size = min(*image.shape, bins + 1)
    magnitude = np.abs(np.fft.fft2(image))[:size, :size]
    order = np.add.outer(np.arange(size), np.arange(size))
    return np.bincount(order.ravel(), weights=magnitude.ravel(), minlength=bins + 1)[1 : bins + 1]


def _volume(volume: np.ndarray, bins: int) -> np.ndarray:
    from scipy.fft import rfftn

    magnitude = np.abs(np.asarray(rfftn(volume)))
    n = volume.shape
    folded = [np.minimum(np.arange(k), k - np.arange(k)) for k in n[:2]]
    last = np.arange(magnitude.shape[2])
    order = folded[0][:, None, None] + folded[1][None, :, None] + last[None, None, :]
    # the real transform leaves out the mirror images of all planes but the first and, for even n, the last
    twice = np.where((last == 0) | (2 * last == n[2]), 1.0, 2.0)
    weights = (magnitude * twice).ravel()
    return np.bincount(order.ravel(), weights=weights, minlength=bins + 1)[1 : bins + 1]


def wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    """1-Wasserstein distance, in bins, between two distributions over the same bins (each sums to 1)."""
    return float(np.abs(np.cumsum(a) - np.cumsum(b)).sum())


def soft_occupancy(distance: np.ndarray, clip: float) -> np.ndarray:
    """A signed distance clipped at ``clip``, nearly an occupancy: what a shape's spectrum is taken of.

    The spectrum of a distance clipped wide is that of a smooth bump and says too low a frequency; clipped at half a
    voxel it says that of the surface.
    """
    return np.clip(distance, -clip, clip) / clip
