"""A slider with a number box in the units of the input: both say the same value."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from eigenform_app.panels.forms import RealBox

STEPS = 2000


def compact(made: NumberSlider, width: int) -> None:
    """Make a slider low enough for many to stand in a strip, with a box of this width."""
    made.box.setProperty("compact", "true")
    made.box.setFixedWidth(width)
    made.setMaximumHeight(23)


class NumberSlider(QWidget):
    """``changed(value)`` is sent when the person moves either one, not by :meth:`show_value`."""

    changed = Signal(float)

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.low, self.high = 0.0, 1.0
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setMinimumWidth(60)
        self.box = RealBox()
        self.box.setDecimals(12)
        self.box.setRange(-1e12, 1e12)
        self.box.setKeyboardTracking(False)
        self.box.setFixedWidth(88)
        for widget in (self.slider, self.box):
            widget.setToolTip(tip)
            widget.setAccessibleName(name)
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self.box)
        self.slider.valueChanged.connect(self._slid)
        self.box.valueChanged.connect(self._typed)

    def value(self) -> float:
        """What the box says."""
        return self.box.value()

    def show_value(self, value: float, low: float, high: float) -> None:
        """Show a value between two ends; it may lie outside of them."""
        self.low, self.high = low, max(high, low + 1e-300)
        self._put(self.rounded(value) if low <= value <= high else value)
        self.box.setSingleStep(float(f"{(high - low) / 100:.1g}") or 0.01)

    def rounded(self, value: float) -> float:
        """A value to as many digits as a slider of this range can tell apart."""
        return round(value, int(4 - np.floor(np.log10(max(self.high - self.low, 1e-300)))))

    def step(self, steps: int) -> None:
        """So many steps of a hundredth of the range up or down."""
        self.box.setValue(self.box.value() + steps * self.box.singleStep())

    def _put(self, value: float, sliding: bool = False) -> None:
        for widget in (self.slider, self.box):
            widget.blockSignals(True)
        if not sliding:
            share = (value - self.low) / (self.high - self.low)
            self.slider.setValue(round(STEPS * min(max(share, 0.0), 1.0)))
        self.box.setValue(value)
        for widget in (self.slider, self.box):
            widget.blockSignals(False)

    def _slid(self, at: int) -> None:
        value = self.rounded(self.low + (self.high - self.low) * at / STEPS)
        self._put(value, sliding=True)
        self.changed.emit(value)

    def _typed(self, value: float) -> None:
        self._put(value)
        self.changed.emit(value)
