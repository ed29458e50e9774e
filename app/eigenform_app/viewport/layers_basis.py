"""How a basis is drawn: one mode at a time, or its density, mass or implicit metric."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Basis

from eigenform_app.display import DIVERGING, DisplayOptions
from eigenform_app.viewport.geometry import Geometry
from eigenform_app.viewport.layer import Layer
from eigenform_app.viewport.numbers import number

SEQUENTIAL_DEFAULT = "blue-yellow"


class BasisLayer(Layer):
    """Draws a :class:`~eigenform.types.Basis`."""

    value: Basis

    def __init__(self, value: Basis, geometry: Geometry, options: DisplayOptions, dark: bool, mode: int = 1) -> None:
        self.mode = 0
        super().__init__(value, geometry, options, dark)
        self.set_mode(mode)

    def set_mode(self, mode: int) -> None:
        """Show column ``mode``, clamped to what there is."""
        self.mode = int(np.clip(mode, 0, self.value.modes - 1))
        self.refresh()

    def show_mode(self, mode: int) -> None:
        """Show column ``mode`` where it is not shown already."""
        if self.mode != min(mode, self.value.modes - 1):
            self.set_mode(mode)

    def set_value(self, value: Basis) -> None:
        """A newer basis on the same vertices."""
        self.value = value
        self.set_mode(self.mode)

    def values(self) -> np.ndarray | None:
        """The chosen quantity."""
        quantity = self.options.quantity
        if quantity == "mode":
            return self.value.evecs[:, self.mode]
        if quantity == "coordinates":
            return self.geometry.points[:, 2]
        found = {"density": self.value.density, "mass": self.value.mass, "implicit metric": self.value.implicit_metric}
        return found.get(quantity)

    def map_name(self) -> str:
        """Diverging maps for modes; positive quantities need a sequential one."""
        name = self.options.colour_map
        return SEQUENTIAL_DEFAULT if self.options.quantity != "mode" and name in DIVERGING else name

    def range_mode(self) -> str:
        """Positive quantities have no symmetric range; their outermost percent is left out."""
        mode = self.options.range_mode
        return "percentile" if self.options.quantity != "mode" and mode == "symmetric" else mode

    def caption(self) -> str:
        """``mode 7  λ = 12.3``."""
        if self.options.quantity == "mode":
            return f"mode {self.mode}   λ = {number(self.value.evals[self.mode])}"
        if self.values() is None:
            return f"no {self.options.quantity} known"
        return self.options.quantity

    def values_at(self, vertex: int) -> dict[str, Any]:
        """Position, mode value, mass, and density and implicit metric where known."""
        found = super().values_at(vertex)
        found["mode"] = self.mode
        found["value"] = float(self.value.evecs[vertex, self.mode])
        found["mass"] = float(self.value.mass[vertex])
        if self.value.density is not None:
            found["density"] = float(self.value.density[vertex])
        if self.value.implicit_metric is not None:
            found["implicit metric"] = float(self.value.implicit_metric[vertex])
        return found

    def wave(self) -> np.ndarray | None:
        """The mode, scaled to its largest value."""
        mode = self.value.evecs[:, self.mode]
        top = float(np.abs(mode).max())
        return mode / top if top > 0 else None
