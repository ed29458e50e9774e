"""The grid solve itself: from points with normals, in the frame, to spline coefficients, coarse to fine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.implicit.points.band_solve import Weights, solve_band
from eigenform.implicit.points.spline import node_values, prolong, spacing
from eigenform.implicit.points.spline_field import pack
from eigenform.implicit.points.start import first_field, median_spacing, node_band

if TYPE_CHECKING:
    from eigenform.implicit.points.settings import GridParams
    from eigenform.jobs import JobContext

COARSEST = 64


@dataclass(frozen=True, eq=False)
class GridSolution:
    """What is known after a level.

    Parameters
    ----------
    coefficients : (R, R, R) float32
        Of the finest level so far, in the frame.
    base : (64, 64, 64) float32
        Those of the coarsest.
    bands : list of (index, value)
        As for :func:`~eigenform.implicit.points.spline_field.pack`.
    info : dict
        Settings used, iterations and seconds of each level.
    """

    coefficients: np.ndarray
    base: np.ndarray
    bands: list[tuple[np.ndarray, np.ndarray]]
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def resolution(self) -> int:
        """Cells an axis of the finest level so far."""
        return int(self.coefficients.shape[0])

    def packed(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """``spec`` entries and ``arrays`` of the field."""
        return pack(self.bands, self.base)


def level_weights(resolution: int, noise: float, params: GridParams, apart: float = 0.0) -> Weights:
    """The weights of a level for points with a standard deviation of ``noise`` in the frame.

    Between the settings for clean points and those for noisy ones by the noise in cells. Where points lie ``apart`` by
    more than a cell, what they say has farther to travel, which takes as many more steps.
    """
    noisy = min(noise / spacing(resolution) / 0.25, 1.0)
    return Weights(
        normals=params.normal_weight * 0.05 * (2.0 / 0.05) ** noisy,
        smoothness=params.smoothness * 1e-4 * 1e3**noisy,
        iterations=round(params.iterations * max(1.0, apart / spacing(resolution))),
    )


def solve_grid(
    points: np.ndarray,
    normals: np.ndarray,
    params: GridParams,
    ctx: JobContext,
    preview: Callable[[GridSolution], None] | None = None,
    *,
    noise: float = 0.0,
    confidence: np.ndarray | None = None,
) -> GridSolution:
    """Signed distance field of points with normals.

    Parameters
    ----------
    points : (N, 3) float64
        In the frame of their box: within [-0.5, 0.5].
    normals : (N, 3) float64
        Unit, outward.
    params : GridParams
        ``resolution``, ``band``, ``iterations``, ``smoothness`` and ``normal_weight`` count here.
    ctx : JobContext
        Gets steps; may cancel.
    preview : callable, optional
        Called with the solution after every level but the last.
    noise : float
        Standard deviation of the points about the surface, in the frame.
    confidence : (N,) float64, optional
        A weight for each point.

    Returns
    -------
    GridSolution
    """
    from scipy.spatial import cKDTree

    from eigenform.implicit.normals import far_field_sign

    finest, clock = int(params.resolution), time.perf_counter
    levels = [r for r in (64, 128, 256) if r <= finest]
    weights = np.ones(len(points)) if confidence is None else confidence
    began = clock()
    ctx.step(0, len(levels), "Finding inside and outside")
    tree = cKDTree(points)
    apart, _ = median_spacing(tree, points)
    noisy = min(noise / spacing(128) / 0.25, 1.0)
    sign = far_field_sign(points, normals, check=ctx.check)
    grid = first_field(
        points, normals, sign, COARSEST, round(12 + 28 * noisy), (1.5 + 2.5 * noisy) * apart, tree, ctx.check
    )
    seconds = {"start": clock() - began}
    info: dict[str, Any] = {"seconds": seconds, "levels": {}, "spacing": apart}
    base, bands = grid, []
    coarse = None
    started = clock() - ctx.waited
    for number, resolution in enumerate(levels):
        if number and params.seconds and clock() - ctx.waited - started > params.seconds:
            break
        ctx.step(number, len(levels), f"Solving at {resolution}")
        began = clock()
        h = np.float32(spacing(resolution))
        if number:
            coarse = np.abs(node_values(grid)) < 2 * h
            grid = prolong(grid)
            ctx.check()
        used = level_weights(resolution, noise, params, apart)
        band = node_band(points, resolution, coarse, params.band)
        ctx.check()
        grid /= h
        found, level = solve_band(grid, points, normals, weights, band, used, ctx.check)
        grid *= h
        found *= h
        grid.reshape(-1)[band] = found
        if number:
            bands.append((band, found))
        else:
            base = grid.copy()
        seconds[str(resolution)] = clock() - began
        info["levels"][str(resolution)] = {
            **level,
            "unknowns": len(band),
            "normals": used.normals,
            "smoothness": used.smoothness,
        }
        solution = GridSolution(grid, base, list(bands), info)
        if preview is not None and resolution != finest:
            preview(solution)
    ctx.step(len(levels), len(levels))
    return solution
