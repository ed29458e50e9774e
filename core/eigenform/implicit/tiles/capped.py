"""A field cut by a box, so that its surface is closed where it would leave the box."""

from __future__ import annotations

import numpy as np

from eigenform.implicit.fields import ScalarField
from eigenform.implicit.tiles.bound import declared_slope


class CappedField:
    """``max(field - level, signed distance to the box)``: negative where both are."""

    def __init__(self, field: ScalarField, box: np.ndarray, level: float) -> None:
        self.field, self.level = field, level
        self.centre, self.half = (box[0] + box[1]) / 2, (box[1] - box[0]) / 2
        slope = declared_slope(field)
        self.lipschitz = None if slope is None else max(1.0, slope)
        self.chunk = int(getattr(getattr(field, "inner", field), "chunk", 16384))

    def values(self, points: np.ndarray) -> np.ndarray:
        """(N,) values."""
        over = np.abs(points - self.centre) - self.half
        wall = np.linalg.norm(np.maximum(over, 0), axis=1) + np.minimum(over.max(axis=1), 0)
        return np.maximum(self.field.values(points) - self.level, wall)

    def gradients(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) gradients of the field; caps have their own normals, which the mesh gives."""
        return self.field.gradients(points)
