"""How a field is drawn: its value, or the length of its vector."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Field

from eigenform_app.display import DisplayOptions
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

    def values(self) -> np.ndarray | None:
        """(V,) what is drawn."""
        if self.options.quantity == "none":
            return None
        v = self.value.values
        return v if v.ndim == 1 else (v[:, 0] if v.shape[1] == 1 else np.linalg.norm(v, axis=1))

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
        v = self.values()
        top = float(np.abs(v).max()) if v is not None else 0.0
        return v / top if v is not None and top > 0 else None

    def _positive(self) -> bool:
        return (self.value.values.ndim > 1 and self.value.values.shape[1] > 1) or bool(self.value.values.min() >= 0)
