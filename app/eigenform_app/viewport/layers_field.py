"""How a field is drawn: its value, the length of its vector, or the colours it holds, with what was painted on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Field

from eigenform_app.display import DisplayOptions
from eigenform_app.viewport import direct_colours
from eigenform_app.viewport.colours import map_values, value_range
from eigenform_app.viewport.geometry import Geometry
from eigenform_app.viewport.layer import Layer


class FieldLayer(Layer):
    """Draws a :class:`~eigenform.types.Field`: column 0, or the norm where there are several."""

    value: Field

    def __init__(self, value: Field, geometry: Geometry, options: DisplayOptions, dark: bool) -> None:
        super().__init__(value, geometry, options, dark)
        self.refresh()

    def set_value(self, value: Field) -> None:
        """A newer field on the same vertices."""
        self.value = value
        self.style()
        self.refresh()

    def refresh(self) -> None:
        """Colours and painted marks go past the colour map."""
        super().refresh()
        direct_colours.show(self, self._direct_colours())

    def values(self) -> np.ndarray | None:
        """(V,) what the colour map shows."""
        return None if self.options.quantity == "none" or self._painted() else self._numbers()

    def _numbers(self) -> np.ndarray:
        v = self.value.values
        return v if v.ndim == 1 else (v[:, 0] if v.shape[1] == 1 else np.linalg.norm(v, axis=1))

    def _painted(self) -> bool:
        v = self.value
        return bool(v.meta.get("colours")) or v.mask is not None or v.regions is not None

    def _direct_colours(self) -> np.ndarray | None:
        """(V, 3) sRGB in [0, 255], or None where the colour map shows the values."""
        if self.options.quantity == "none" or not self._painted():
            return None
        v = self.value
        if v.meta.get("colours"):
            colours = 255 * np.clip(v.values, 0, 1) * np.ones(3)
        else:
            numbers = self._numbers()
            low, high = value_range(numbers, self.range_mode(), self.options.range_max)
            colours = 255 * map_values(numbers, low, high, self.map_name())
        return direct_colours.with_marks(colours, v.mask, v.regions)

    def map_name(self) -> str:
        """A field without negative values gets a sequential map."""
        name = self.options.colour_map
        return "ember" if self._positive() and name == "blue-red" else name

    def range_mode(self) -> str:
        """A field without negative values has no symmetric range."""
        mode = self.options.range_mode
        return "full" if mode == "symmetric" and self._positive() else mode

    def caption(self) -> str:
        """The name of the field, with its unit."""
        unit = self.value.meta.get("unit", "")
        return f"{self.value.name} [{unit}]" if unit else self.value.name

    def values_at(self, vertex: int) -> dict[str, Any]:
        """Position and value."""
        found = super().values_at(vertex)
        row = np.atleast_1d(self.value.values[vertex])
        found["value"] = float(row[0]) if len(row) == 1 else [float(v) for v in row]
        return found

    def wave(self) -> np.ndarray | None:
        """The value, scaled to its largest."""
        v = self._numbers()
        top = float(np.abs(v).max())
        return v / top if top > 0 else None

    def _positive(self) -> bool:
        return (self.value.values.ndim > 1 and self.value.values.shape[1] > 1) or bool(self.value.values.min() >= 0)
