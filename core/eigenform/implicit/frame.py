"""The frame in which fields are computed: the longest side of the box 1, its centre at 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.io.sentences import brief


@dataclass(frozen=True, eq=False)
class Frame:
    """``unit = (x - centre) / scale``; distances in input units are ``scale`` times those of the frame."""

    centre: np.ndarray
    scale: float

    @classmethod
    def of_box(cls, low: np.ndarray, high: np.ndarray) -> Frame:
        """The frame of a box with corners ``low`` and ``high`` (3,)."""
        low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
        return cls((low + high) / 2, float((high - low).max()) or 1.0)

    @classmethod
    def of_points(cls, points: np.ndarray) -> Frame:
        """The frame of the bounding box of points (N, 3)."""
        return cls.of_box(points.min(axis=0), points.max(axis=0))

    @classmethod
    def of_spec(cls, spec: Mapping[str, Any]) -> Frame:
        """The frame written in a field's ``spec``, or :class:`InputError` where none is."""
        try:
            centre, scale = np.asarray(spec["centre"], dtype=np.float64), float(spec["scale"])
        except (LookupError, ValueError, TypeError) as error:
            raise InputError(f"The field has no frame, 'centre' and 'scale' ({brief(error)}).") from error
        if centre.shape != (3,) or not np.isfinite(centre).all() or not 0 < scale < np.inf:
            raise InputError(f"The field has no frame: its centre is {centre.tolist()} and its scale {scale}.")
        return cls(centre, scale)

    def spec(self) -> dict[str, Any]:
        """``centre`` and ``scale`` for a field's ``spec``."""
        return {"centre": [float(c) for c in self.centre], "scale": float(self.scale)}

    def to_unit(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) of the input in the frame."""
        return (np.asarray(points, dtype=np.float64) - self.centre) / self.scale

    def to_input(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) of the frame in input units."""
        return np.asarray(points, dtype=np.float64) * self.scale + self.centre

    def box(self, half: float = 0.56) -> np.ndarray:
        """(2, 3) corners, in input units, of the cube ``[-half, half]^3`` of the frame."""
        return np.stack([self.centre - half * self.scale, self.centre + half * self.scale])
