"""Smooth random functions: sums of waves in space, value noise in the picture."""

from __future__ import annotations

import numpy as np


class Waves:
    """A random function of space with given wavelengths and directions.

    Parameters
    ----------
    rng : generator
    count : int
        Number of waves.
    wavelengths : pair of float
        Shortest and longest, metres.
    stretch : (3,) array-like
        Weight of the axes in the directions of the waves: (1, 1, 0.2) makes folds that run along z.
    sharp : float
        0 makes sines, 1 makes narrow ridges as cloth has them.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        count: int,
        wavelengths: tuple[float, float],
        stretch: tuple[float, float, float] = (1.0, 1.0, 1.0),
        sharp: float = 0.0,
    ) -> None:
        direction = rng.normal(size=(count, 3)) * stretch
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        length = np.exp(rng.uniform(np.log(wavelengths[0]), np.log(wavelengths[1]), count))
        self.frequencies = (direction * (2 * np.pi / length[:, None])).astype(np.float32)
        self.phases = rng.uniform(0, 2 * np.pi, count).astype(np.float32)
        self.amplitudes = (length / length.max()).astype(np.float32) ** 0.7
        self.amplitudes /= np.sqrt((self.amplitudes**2).sum())
        self.bend = (rng.normal(size=(3, 3)) * 9).astype(np.float32)
        self.bend_phase = rng.uniform(0, 2 * np.pi, 3).astype(np.float32)
        self.sharp = sharp

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Values (n,), about -1.5..1.5, at (n, 3) points in metres."""
        points = np.asarray(points, dtype=np.float32)
        points = points + 0.02 * np.sin(points @ self.bend + self.bend_phase)
        waves = np.sin(points @ self.frequencies.T + self.phases)
        if self.sharp:
            waves = (1 - self.sharp) * waves + self.sharp * (1 - 2 * np.abs(waves)) * 1.2
        return waves @ self.amplitudes


def picture_noise(rng: np.random.Generator, size: int, cells: int, channels: int = 1) -> np.ndarray:
    """Smooth noise (size, size, channels) in about 0..1 with ``cells`` features along a side."""
    import cv2

    small = rng.random((max(cells, 1) + 2, max(cells, 1) + 2, channels), dtype=np.float32)
    large = cv2.resize(small, (size, size), interpolation=cv2.INTER_CUBIC)
    return large.reshape(size, size, channels)


def octaves(rng: np.random.Generator, size: int, cells: int, count: int = 4, channels: int = 1) -> np.ndarray:
    """Fractal noise (size, size, channels) in about 0..1."""
    total, weight = np.zeros((size, size, channels), dtype=np.float32), 0.0
    for k in range(count):
        if cells << k > size:
            break
        total += picture_noise(rng, size, cells << k, channels) * 0.55**k
        weight += 0.55**k
    return total / weight
