"""The samples that are zero sets of smooth functions: creature, dumbbell, high-genus."""

from __future__ import annotations

import numpy as np

from eigenform.io.surface_nets import implicit_mesh

Cones = tuple[tuple[tuple[float, float, float], tuple[float, float, float], float, float], ...]

# A four-legged animal looking along +x, y up: (start, end, radius at start, radius at end).
_CREATURE: Cones = (
    ((-0.52, 0.02, 0.0), (-0.05, 0.06, 0.0), 0.35, 0.36),  # body
    ((-0.05, 0.06, 0.0), (0.40, 0.10, 0.0), 0.36, 0.32),
    ((0.42, 0.18, 0.0), (0.72, 0.52, 0.0), 0.22, 0.17),  # neck
    ((0.72, 0.64, 0.0), (0.86, 0.60, 0.0), 0.29, 0.25),  # head
    ((0.90, 0.52, 0.0), (1.16, 0.46, 0.0), 0.17, 0.12),  # muzzle
    ((0.66, 0.76, 0.14), (0.50, 1.08, 0.27), 0.11, 0.06),  # ears
    ((0.66, 0.76, -0.14), (0.50, 1.08, -0.27), 0.11, 0.06),
    ((0.40, -0.05, 0.21), (0.50, -0.74, 0.25), 0.13, 0.095),  # front legs
    ((0.40, -0.05, -0.21), (0.34, -0.74, -0.25), 0.13, 0.095),
    ((-0.55, -0.05, 0.22), (-0.68, -0.74, 0.26), 0.16, 0.10),  # hind legs
    ((-0.55, -0.05, -0.22), (-0.50, -0.74, -0.26), 0.16, 0.10),
    ((0.50, -0.76, 0.25), (0.60, -0.77, 0.25), 0.10, 0.085),  # paws
    ((0.34, -0.76, -0.25), (0.44, -0.77, -0.25), 0.10, 0.085),
    ((-0.68, -0.76, 0.26), (-0.57, -0.77, 0.26), 0.105, 0.09),
    ((-0.50, -0.76, -0.26), (-0.39, -0.77, -0.26), 0.105, 0.09),
    ((-0.84, 0.14, 0.0), (-1.12, 0.36, 0.05), 0.11, 0.085),  # tail
    ((-1.12, 0.36, 0.05), (-1.20, 0.68, 0.12), 0.085, 0.06),
)


def _cones(p: np.ndarray, table: Cones) -> list[np.ndarray]:
    """Distances to capsules whose radius goes linearly from end to end; close enough to true distances.

    All at once by products of matrices: this is where the time goes.
    """
    a, b = (np.array([row[i] for row in table]) for i in range(2))
    ra, rb = (np.array([row[i] for row in table]) for i in (2, 3))
    d = b - a
    dd = np.einsum("ij,ij->i", d, d)
    along = p @ d.T - np.einsum("ij,ij->i", a, d)
    square = np.einsum("ij,ij->i", p, p)[:, None] - 2 * p @ a.T + np.einsum("ij,ij->i", a, a)
    t = np.clip(along / dd, 0.0, 1.0)
    distance = np.sqrt(np.maximum(square - t * (2 * along - t * dd), 0.0)) - (ra + (rb - ra) * t)
    return list(distance.T)


def _union(distances: list[np.ndarray], softness: float) -> np.ndarray:
    """Smooth minimum: minus the log of the summed exponentials."""
    stack = np.stack(distances)
    least = stack.min(axis=0)
    return least - softness * np.log(np.exp(-(stack - least) / softness).sum(axis=0))


def creature(size: int) -> tuple[np.ndarray, np.ndarray]:
    """A blobby four-legged animal with ears and a tail: one closed component of genus 0."""

    def f(p: np.ndarray) -> np.ndarray:
        return _union(_cones(p, _CREATURE), 0.045)

    return implicit_mesh(f, np.array([-1.5, -1.1, -0.65]), np.array([1.5, 1.35, 0.65]), size)


def dumbbell(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two balls, one smaller, joined by a thin neck: the first mode separates them."""

    def f(p: np.ndarray) -> np.ndarray:
        left, right = np.array([-1.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0])
        parts = [
            np.linalg.norm(p - left, axis=1) - 0.6,
            np.linalg.norm(p - right, axis=1) - 0.5,
            *_cones(p, (((-1.0, 0.0, 0.0), (1.0, 0.0, 0.0), 0.14, 0.14),)),
        ]
        return _union(parts, 0.05)

    return implicit_mesh(f, np.array([-1.9, -0.95, -0.95]), np.array([1.8, 0.95, 0.95]), size)


def high_genus(size: int) -> tuple[np.ndarray, np.ndarray]:
    """A bumpy ball riddled with tunnels: one half of a gyroid inside a sphere, one closed component of genus 13."""
    frequency = 6.6

    def f(p: np.ndarray) -> np.ndarray:
        x, y, z = (frequency * p).T
        gyroid = np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)
        half = (gyroid - 0.1) / (1.4 * frequency)
        bumps = 0.03 * np.sin(7 * p[:, 0]) * np.sin(7 * p[:, 1]) * np.sin(7 * p[:, 2])
        ball = np.linalg.norm(p, axis=1) - 1.0 - bumps
        return -_union([-half, -ball], 0.06)

    return implicit_mesh(f, np.full(3, -1.2), np.full(3, 1.2), size)
