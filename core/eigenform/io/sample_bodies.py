"""The samples that are zero sets of smooth functions: creature, dumbbell, high-genus."""

from __future__ import annotations

import numpy as np

from eigenform.io.surface_nets import implicit_mesh

# A four-legged animal looking along +x, y up: (start, end, radius at start, radius at end).
_CREATURE: tuple[tuple[tuple[float, float, float], tuple[float, float, float], float, float], ...] = (
    ((-0.55, 0.02, 0.0), (0.45, 0.08, 0.0), 0.36, 0.31),  # body
    ((0.42, 0.18, 0.0), (0.72, 0.52, 0.0), 0.22, 0.17),  # neck
    ((0.72, 0.62, 0.0), (0.86, 0.58, 0.0), 0.25, 0.21),  # head
    ((0.90, 0.52, 0.0), (1.16, 0.44, 0.0), 0.14, 0.10),  # muzzle
    ((0.66, 0.76, 0.14), (0.50, 1.08, 0.27), 0.085, 0.045),  # ears
    ((0.66, 0.76, -0.14), (0.50, 1.08, -0.27), 0.085, 0.045),
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


def _cone(p: np.ndarray, a: np.ndarray, b: np.ndarray, ra: float, rb: float) -> np.ndarray:
    """Distance to a capsule whose radius goes linearly from ``ra`` to ``rb``; close enough to a true distance."""
    along = np.clip((p - a) @ (b - a) / max(float((b - a) @ (b - a)), 1e-12), 0.0, 1.0)
    return np.linalg.norm(p - a - along[:, None] * (b - a), axis=1) - (ra + (rb - ra) * along)


def _union(distances: list[np.ndarray], softness: float) -> np.ndarray:
    """Smooth minimum: minus the log of the summed exponentials."""
    stack = np.stack(distances)
    least = stack.min(axis=0)
    return least - softness * np.log(np.exp(-(stack - least) / softness).sum(axis=0))


def creature(size: int) -> tuple[np.ndarray, np.ndarray]:
    """A blobby four-legged animal with ears and a tail: one closed component of genus 0."""

    def f(p: np.ndarray) -> np.ndarray:
        return _union([_cone(p, np.array(a), np.array(b), ra, rb) for a, b, ra, rb in _CREATURE], 0.035)

    return implicit_mesh(f, np.array([-1.5, -1.1, -0.65]), np.array([1.5, 1.35, 0.65]), size)


def dumbbell(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two balls, one smaller, joined by a thin neck: the first mode separates them."""

    def f(p: np.ndarray) -> np.ndarray:
        left, right = np.array([-1.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0])
        parts = [
            np.linalg.norm(p - left, axis=1) - 0.6,
            np.linalg.norm(p - right, axis=1) - 0.5,
            _cone(p, left, right, 0.14, 0.14),
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
