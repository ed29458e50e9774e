"""A field known by its samples on a regular grid, tricubic or trilinear in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.fields import central_gradients


class SampledField:
    """``arrays["samples"]`` (nx, ny, nz) over ``spec["box"]`` (2, 3) in the frame, corners included.

    Outside of the box the value at its nearest point plus the distance to it is given, which is right for what lies
    beyond a box that holds the whole surface.
    """

    def __init__(self, spec: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        from scipy.ndimage import spline_filter

        samples = np.asarray(arrays["samples"], dtype=np.float64)
        self.low, self.high = np.asarray(spec["box"], dtype=np.float64)
        self.order: Any = int(spec.get("order", 1))  # scipy types it as a literal
        if samples.ndim != 3 or min(samples.shape) < 2 or not (self.high > self.low).all():
            raise InputError(f"Samples {samples.shape} over the box {spec['box']} are no field.")
        refine: Any = spline_filter  # once here, not at every question
        self.samples: np.ndarray = samples if self.order < 2 else refine(samples, self.order, mode="nearest")
        self.cell = (self.high - self.low) / (np.array(self.samples.shape) - 1)

    def values(self, points: np.ndarray) -> np.ndarray:
        """(N,) values at (N, 3) points, both in the frame."""
        from scipy.ndimage import map_coordinates

        inside = np.clip(points, self.low, self.high)
        index = np.asarray(((inside - self.low) / self.cell).T, dtype=np.float64)
        found: np.ndarray = map_coordinates(self.samples, index, order=self.order, mode="nearest", prefilter=False)
        return np.asarray(found) + np.linalg.norm(points - inside, axis=1)

    def gradients(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) central differences over half a cell."""
        return central_gradients(self, points, 0.5 * float(self.cell.min()))
