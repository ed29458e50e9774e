"""The sign of space far from the points: an indicator function from a Poisson equation on a periodic grid.

The area-weighted normals are the gradient of the smoothed indicator chi of the outside (Kazhdan, Bolitho and Hoppe,
"Poisson surface reconstruction", 2006), so that ``laplacian(chi) = div(normals)``, which the fast Fourier transform
solves at once (Peng et al., "Shape as points", 2021, solve the same equation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eigenform.jobs import unwatched

AREA_NEIGHBOUR = 8
"""A point stands for an area in proportion to the squared distance to this neighbour."""
AREA_LIMIT = 6.0
"""No point stands for more than this many times the median area: a lonely point is an outlier, no wall."""


@dataclass(frozen=True, eq=False)
class FarField:
    """A smooth function of space that is negative inside, positive outside, and crosses 0 near the points.

    Its size is no distance: it changes by 1 over about four cells across the surface.

    Parameters
    ----------
    grid : (n, n, n) float32
        Values at ``origin + cell * (i, j, k)``; periodic.
    origin : (3,) float64
    cell : float
        In units of the points.
    """

    grid: np.ndarray
    origin: np.ndarray
    cell: float

    def values(self, points: np.ndarray) -> np.ndarray:
        """(N,) float64 values at points (N, 3), trilinear; points beyond the grid take the value at its border."""
        from scipy.ndimage import map_coordinates

        where = (np.asarray(points, dtype=np.float64) - self.origin) / self.cell
        where = np.clip(where, 0.0, len(self.grid) - 1.0)
        return map_coordinates(self.grid, where.T, output=np.float64, order=1, mode="nearest")


def areas(points: np.ndarray, check: Callable[[], None] = unwatched) -> np.ndarray:
    """(N,) relative area of each point, median 1: the squared distance to its 8th neighbour."""
    from eigenform.geometry.neighbours import knn

    distance, _ = knn(points, AREA_NEIGHBOUR, check=check)
    squared = distance[:, -1] ** 2
    return np.minimum(squared / (float(np.median(squared)) or 1.0), AREA_LIMIT)


def far_field_sign(
    points: np.ndarray,
    normals: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    resolution: int = 96,
    padding: float = 1.6,
    smoothing: float = 2.0,
    check: Callable[[], None] = unwatched,
) -> FarField:
    """Which side of the points a place lies on, told globally, so that single wrong normals do not matter.

    Parameters
    ----------
    points : (N, 3) float
    normals : (N, 3) float
        Unit and outward.
    weights : (N,) float, optional
        Relative area of each point; :func:`areas` by default.
    resolution : int
        Nodes along each side of a periodic cube.
    padding : float
        Side of that cube over the longest side of the points' box.
    smoothing : float
        Standard deviation of a Gaussian, in cells.
    check : callable, optional
        Called often; may raise to cancel.

    Returns
    -------
    FarField
        Negative inside; the median over the points is 0.
    """
    from scipy import fft

    points = np.asarray(points, dtype=np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    side = padding * (float((high - low).max()) or 1.0)
    cell, origin = side / resolution, (low + high) / 2 - side / 2
    weights = areas(points, check) if weights is None else weights
    vectors = np.asarray(normals, dtype=np.float64) * (weights / weights.sum())[:, None]

    wave = 2 * np.pi * fft.fftfreq(resolution).astype(np.float32)
    half = 2 * np.pi * fft.rfftfreq(resolution).astype(np.float32)
    waves = (wave[:, None, None], wave[None, :, None], half[None, None, :])
    total: np.ndarray | None = None
    corners = _corners((points - origin) / cell, resolution)
    for axis in range(3):
        check()
        spectrum = fft.rfftn(_splat(corners, vectors[:, axis], resolution))
        spectrum *= 1j * waves[axis]
        total = spectrum if total is None else total + spectrum
    assert total is not None
    square = waves[0] ** 2 + waves[1] ** 2 + waves[2] ** 2
    square[0, 0, 0] = 1.0
    total *= -np.exp(-0.5 * smoothing**2 * square) / square
    total[0, 0, 0] = 0.0
    check()
    grid = fft.irfftn(total, s=(resolution,) * 3).astype(np.float32)
    chi = FarField(grid, origin, cell)
    at_points = chi.values(points)
    # the median, not the mean: a missing part leaves many points on one side of the step
    grid -= np.float32(np.median(at_points))
    scale = float(np.quantile(grid, 0.999) - np.quantile(grid, 0.001)) or 1.0
    return FarField(grid / np.float32(scale), origin, cell)


def _corners(where: np.ndarray, resolution: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Flat index and trilinear weight of the eight nodes about each place ``where`` (N, 3), in cells."""
    base = np.clip(np.floor(where).astype(np.int64), 0, resolution - 2)
    t = where - base
    found = []
    for dx in (0, 1):
        for dy in (0, 1):
            for dz in (0, 1):
                share = np.ones(len(t))
                for axis, d in enumerate((dx, dy, dz)):
                    share = share * (t[:, axis] if d else 1 - t[:, axis])
                i = base + np.array([dx, dy, dz])
                found.append(((i[:, 0] * resolution + i[:, 1]) * resolution + i[:, 2], share))
    return found


def _splat(corners: list[tuple[np.ndarray, np.ndarray]], values: np.ndarray, resolution: int) -> np.ndarray:
    """(n, n, n) float32 sum of the values, each shared among the nodes about its place."""
    index = np.concatenate([i for i, _ in corners])
    shares = np.concatenate([w * values for _, w in corners])
    return np.bincount(index, shares, minlength=resolution**3).astype(np.float32).reshape((resolution,) * 3)
