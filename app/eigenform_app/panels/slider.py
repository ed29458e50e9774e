"""A slider for a number whose range is known: even in its logarithm where the range spans decades."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDoubleSpinBox, QSlider, QSpinBox, QWidget

STEPS = 1000
DECADES = 20.0  # ranges whose ends differ by more than this factor are walked through in factors


class NumberSlider(QSlider):
    """Moves a spin box and follows it; the box holds the value."""

    def __init__(self, box: QSpinBox | QDoubleSpinBox, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.box = box
        low, high = float(box.minimum()), float(box.maximum())
        self._log = low > 0 and high / low > DECADES
        self._ends = (math.log(low), math.log(high)) if self._log else (low, high)
        self.setRange(0, STEPS)
        self.setAccessibleName(f"{box.accessibleName()}, slider")
        self.setToolTip(box.toolTip())
        self._follow(box.value())
        self.valueChanged.connect(self._moved)
        box.valueChanged.connect(self._follow)

    def _moved(self, place: int) -> None:
        low, high = self._ends
        value = low + (high - low) * place / STEPS
        value = math.exp(value) if self._log else value
        if isinstance(self.box, QSpinBox):
            self.box.setValue(round(value))
        else:
            self.box.setValue(float(f"{value:.3g}"))

    @Slot(int)
    @Slot(float)
    def _follow(self, value: float) -> None:
        low, high = self._ends
        at = math.log(max(value, 1e-300)) if self._log else value
        self.blockSignals(True)
        self.setValue(round(STEPS * (at - low) / (high - low)))
        self.blockSignals(False)
