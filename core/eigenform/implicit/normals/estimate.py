"""Unoriented normals of a point cloud."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.implicit.normals.noise import estimate_noise
from eigenform.jobs import unwatched

_BLOCK = 8192
"""Points worked on at once, between two looks at a cancel."""
_COUNT = 11
"""Points, with the point itself, whose reach tells the spacing."""


def typical_spacing(points: np.ndarray, check: Callable[[], None] = unwatched) -> float:
    """Side of the square that a point stands for, at the median, in units of the points."""
    from eigenform.geometry.neighbours import knn

    distance, _ = knn(points, _COUNT, points[:: max(1, len(points) // 2000)], check)
    return float(np.median(distance[:, -1])) * np.sqrt(np.pi / _COUNT)


def neighbourhood_size(points: np.ndarray, noise: float, check: Callable[[], None] = unwatched) -> int:
    """How many neighbours tell a normal: within about six times the noise, and never fewer than 10."""
    spacing = typical_spacing(points, check)
    wide = np.pi * (6.0 * noise / spacing) ** 2 if spacing > 0 else 0.0
    return int(np.clip(wide, 10, 80))


def estimate_normals(
    points: np.ndarray,
    *,
    noise: float | None = None,
    neighbours: int | None = None,
    check: Callable[[], None] = unwatched,
) -> np.ndarray:
    """Unit normals without a consistent side: the thinnest direction of each neighbourhood.

    Parameters
    ----------
    points : (N, 3) float
    noise : float, optional
        Standard deviation of the points about the surface, in their units; estimated where not given.
    neighbours : int, optional
        Size of a neighbourhood; by default it follows from the noise.
    check : callable, optional
        Called often; may raise to cancel.

    Returns
    -------
    (N, 3) float64
    """
    from scipy.spatial import cKDTree

    points = np.asarray(points, dtype=np.float64)
    if neighbours is None:
        noise = estimate_noise(points, check=check) if noise is None else noise
        neighbours = neighbourhood_size(points, noise, check)
    k = min(neighbours + 1, len(points))
    tree = cKDTree(points)
    normals = np.empty_like(points)
    for start in range(0, len(points), _BLOCK):
        check()
        _, index = tree.query(points[start : start + _BLOCK], k)
        local = points[index]
        local -= local.mean(axis=1, keepdims=True)
        _, axes = np.linalg.eigh(np.matmul(local.transpose(0, 2, 1), local))
        normals[start : start + _BLOCK] = axes[:, :, 0]
    return normals
