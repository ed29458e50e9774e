"""How a shape is drawn: bare material, or in its own colours, by its labels or by its position."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Shape

from eigenform_app.display import DisplayOptions
from eigenform_app.viewport import direct_colours
from eigenform_app.viewport.geometry import Geometry
from eigenform_app.viewport.layer import Layer


class ShapeLayer(Layer):
    """Draws a :class:`~eigenform.types.Shape`."""

    value: Shape

    def __init__(self, value: Shape, geometry: Geometry, options: DisplayOptions, dark: bool) -> None:
        super().__init__(value, geometry, options, dark)
        self.refresh()

    def refresh(self) -> None:
        """Its own colours or labels where there are any, position where asked, else bare material."""
        super().refresh()
        direct_colours.show(self, self._direct_colours())

    def values_at(self, vertex: int) -> dict[str, Any]:
        """Position, and the label where there is one."""
        found = super().values_at(vertex)
        if self.value.labels is not None:
            found["label"] = int(self.value.labels[vertex])
        return found

    def _direct_colours(self) -> np.ndarray | None:
        """(V, 3) sRGB in [0, 255], or None for bare material."""
        if self.options.quantity == "none":
            return None
        if self.options.quantity == "coordinates":
            p = self.geometry.points
            low, high = p.min(axis=0), p.max(axis=0)
            return np.asarray(60 + 180 * (p - low) / np.where(high > low, high - low, 1))
        if self.value.colours is not None:
            return 255 * np.asarray(self.value.colours)
        return None if self.value.labels is None else direct_colours.of_labels(self.value.labels)
