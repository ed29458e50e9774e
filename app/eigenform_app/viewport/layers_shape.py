"""How a shape is drawn: bare material, or coloured by its labels or its position."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Shape
from vtkmodules.util.numpy_support import numpy_to_vtk

from eigenform_app.display import DisplayOptions
from eigenform_app.viewport.colours import CATEGORIES, rgb
from eigenform_app.viewport.geometry import Geometry
from eigenform_app.viewport.layer import Layer


class ShapeLayer(Layer):
    """Draws a :class:`~eigenform.types.Shape`."""

    value: Shape

    def __init__(self, value: Shape, geometry: Geometry, options: DisplayOptions, dark: bool) -> None:
        super().__init__(value, geometry, options, dark)
        self.refresh()

    def refresh(self) -> None:
        """Colour by labels where there are any, by position where asked, else not at all."""
        super().refresh()
        colours = self._direct_colours()
        if colours is not None:
            self._colour_array = numpy_to_vtk(colours, deep=True)
            self._colour_array.SetName("colour")
            self.data.GetPointData().AddArray(self._colour_array)
            self.mapper.SetScalarVisibility(True)
            self.mapper.SetScalarModeToUsePointFieldData()
            self.mapper.SelectColorArray("colour")
            self.mapper.SetColorModeToDirectScalars()

    def values_at(self, vertex: int) -> dict[str, Any]:
        """Position, and the label where there is one."""
        found = super().values_at(vertex)
        if self.value.labels is not None:
            found["label"] = int(self.value.labels[vertex])
        return found

    def _direct_colours(self) -> np.ndarray | None:
        """(V, 3) uint8, or None for bare material."""
        if self.options.quantity == "none":
            return None
        if self.options.quantity == "coordinates":
            p = self.geometry.points
            low, high = p.min(axis=0), p.max(axis=0)
            unit = (p - low) / np.where(high > low, high - low, 1)
            return np.ascontiguousarray(np.rint(60 + 180 * unit), dtype=np.uint8)
        if self.value.labels is not None:
            wheel = np.array([rgb(c) for c in CATEGORIES])
            _, index = np.unique(self.value.labels, return_inverse=True)
            return np.ascontiguousarray(np.rint(wheel[index % len(wheel)] * 255), dtype=np.uint8)
        return None
