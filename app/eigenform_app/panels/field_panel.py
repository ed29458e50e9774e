"""The field tab: level, slices and volume of the chosen implicit surface, the crop box, and what the pointer reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from eigenform.types import ImplicitSurface
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from eigenform_app.display import ImplicitDisplay
from eigenform_app.panels.forms import RealBox
from eigenform_app.panels.number_slider import NumberSlider
from eigenform_app.panels.widgets import button, text

AXES = "xyz"
CAPTIONS = {
    "distance": "Distance",
    "|gradient|": "Length of gradient",
    "mean curvature": "Mean curvature",
}
PROBED = ("position", "distance", "|gradient|", "mean curvature", "Gaussian curvature")


class FieldPanel(QWidget):
    """Signals: ``display_changed(values)`` with the display options that the person changed, ``crop_changed(box)`` with
    (2, 3) corners or None, ``crop_reset()``, ``mesh_wanted()``, ``own_level_wanted()``.
    """

    display_changed = Signal(dict)
    crop_changed = Signal(object)
    crop_reset = Signal()
    mesh_wanted = Signal()
    own_level_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
        self.empty = text(
            "Choose an implicit surface: its level, slices through its field and the crop box are set here.",
            "faint",
            wrap=True,
        )
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(2, 6, 2, 2)
        row.setSpacing(20)
        for part, stretch in (
            (self._level_part(), 5),
            (self._slice_part(), 5),
            (self._crop_part(), 4),
            (self._probe_part(), 4),
        ):
            row.addWidget(part, stretch)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(area)

    # -- building ------------------------------------------------------------------------------------------------------

    def _level_part(self) -> QWidget:
        reset = button("Reset", "link", tip="The level at which the surface was made  (L)")
        reset.clicked.connect(self.own_level_wanted)
        part, box = _part("Level", 196, reset)
        self.level = NumberSlider("Level", "Value of the field on the surface, in input units; 0 is the surface itself")
        self.level.changed.connect(lambda v: self.display_changed.emit({"level": v}))
        self.surface = self._switch("Surface", "surface", "Draw the surface")
        self.volume = self._switch("Volume", "volume", "Nested see-through levels around the surface  (V)")
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self.surface)
        row.addWidget(self.volume)
        row.addStretch(1)
        buttons = QHBoxLayout()
        self.mesh = button("Make mesh", "", "shape", "Add the surface drawn as a mesh, under this item  (M)")
        self.mesh.clicked.connect(self.mesh_wanted)
        buttons.addWidget(self.mesh)
        buttons.addStretch(1)
        box.addWidget(self.level)
        box.addLayout(row)
        box.addLayout(buttons)
        box.addStretch(1)
        return part

    def _slice_part(self) -> QWidget:
        part, box = _part("Slices", 196)
        grid = QGridLayout()
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        self.slice_on: list[QCheckBox] = []
        self.slice_at: list[NumberSlider] = []
        for n, axis in enumerate(AXES):
            on = self._switch(axis, f"slice_{axis}", f"Slice across the {axis} axis")
            at = NumberSlider(f"Place of slice {axis}", f"Where the slice stands along {axis}, in input units")
            at.changed.connect(lambda v, n=n: self._slice_moved(n, v))
            self.slice_on.append(on)
            self.slice_at.append(at)
            grid.addWidget(on, n, 0)
            grid.addWidget(at, n, 1)
        box.addLayout(grid)
        box.addStretch(1)
        return part

    def _crop_part(self) -> QWidget:
        reset = button("Reset", "link", tip="The whole box again")
        reset.clicked.connect(self.crop_reset)
        part, box = _part("Crop box", 196, reset)
        self.crop_on = QCheckBox("Crop")
        self.crop_on.setToolTip(
            "Work in, show and export only what lies in a box; drag its faces in the picture  (Shift+X)"
        )
        self.crop_on.clicked.connect(self._crop_switched)
        grid = QGridLayout()
        grid.setVerticalSpacing(5)
        self.corners: list[list[RealBox]] = [[], []]
        for n, axis in enumerate(AXES):
            grid.addWidget(text(axis, "muted"), n, 0)
            for end, name in enumerate(("from", "to")):
                number = RealBox()
                number.setDecimals(12)
                number.setRange(-1e12, 1e12)
                number.setKeyboardTracking(False)
                number.setMinimumWidth(64)
                number.setAccessibleName(f"Crop {axis} {name}")
                number.setToolTip(f"The crop box reaches {name} this {axis}, in input units")
                number.valueChanged.connect(self._crop_typed)
                self.corners[end].append(number)
                grid.addWidget(number, n, 1 + end)
            grid.setColumnStretch(1, 1)
            grid.setColumnStretch(2, 1)
        box.addWidget(self.crop_on)
        box.addLayout(grid)
        box.addStretch(1)
        return part

    def _probe_part(self) -> QWidget:
        part, box = _part("Under the pointer", 224)
        grid = QGridLayout()
        grid.setVerticalSpacing(3)
        grid.setHorizontalSpacing(10)
        grid.setColumnStretch(1, 1)
        self.probed: dict[str, QLabel] = {}
        for n, name in enumerate(PROBED):
            self.probed[name] = text("–", selectable=True)
            if name == "position":  # three numbers need the whole width
                grid.addWidget(self.probed[name], n, 0, 1, 2)
                continue
            grid.addWidget(text(CAPTIONS.get(name, name), "muted"), n, 0)
            grid.addWidget(self.probed[name], n, 1)
        box.addLayout(grid)
        box.addStretch(1)
        return part

    def _switch(self, words: str, option: str, tip: str) -> QCheckBox:
        made = QCheckBox(words)
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.clicked.connect(lambda on: self.display_changed.emit({option: on}))
        return made

    # -- showing -------------------------------------------------------------------------------------------------------

    def show_surface(self, value: ImplicitSurface | None, options: ImplicitDisplay | None, live: bool = False) -> None:
        """The surface whose field this is; None where none is chosen."""
        self._stack.setCurrentIndex(0 if value is None else 1)
        if value is None or options is None:
            return
        self._box = value.box
        self.level.show_value(options.level, float(value.samples.min()), float(value.samples.max()))
        self.surface.setChecked(options.surface)
        self.volume.setChecked(options.volume)
        self.mesh.setEnabled(not live)
        for n, axis in enumerate(AXES):
            low, high = float(value.box[0, n]), float(value.box[1, n])
            self.slice_on[n].setChecked(getattr(options, f"slice_{axis}"))
            at = low + getattr(options, f"at_{axis}") * (high - low)
            self.slice_at[n].show_value(at, low, high)

    def show_crop(self, box: np.ndarray | None, whole: np.ndarray) -> None:
        """The crop box, and where there is none the one that switching it on would give."""
        self.crop_on.setChecked(box is not None)
        for end in (0, 1):
            for n in range(3):
                number = self.corners[end][n]
                number.blockSignals(True)
                number.setValue(float((whole if box is None else box)[end, n]))
                number.setSingleStep(float(f"{(whole[1, n] - whole[0, n]) / 50:.1g}") or 0.01)
                number.setEnabled(box is not None)
                number.blockSignals(False)

    def show_probe(self, facts: Mapping[str, Any]) -> None:
        """What is known of a point; what is not is a dash."""
        for name, shown in self.probed.items():
            value = facts.get(name)
            words = "–" if value is None else _said(value)
            shown.setText(words.replace("-", "\N{MINUS SIGN}"))

    # -- what the person does -----------------------------------------------------------------------------------------

    def _slice_moved(self, n: int, value: float) -> None:
        low, high = self._box[0, n], self._box[1, n]
        share = float(np.clip((value - low) / (high - low), 0.0, 1.0))
        self.display_changed.emit({f"at_{AXES[n]}": share, f"slice_{AXES[n]}": True})

    def _crop_switched(self, on: bool) -> None:
        self.crop_changed.emit(self._corners() if on else None)

    def _crop_typed(self) -> None:
        if self.crop_on.isChecked():
            self.crop_changed.emit(self._corners())

    def _corners(self) -> np.ndarray:
        return np.array([[number.value() for number in row] for row in self.corners])


def _part(title: str, width: int, beside: QWidget | None = None) -> tuple[QWidget, QVBoxLayout]:
    part = QWidget()
    part.setMinimumWidth(width)
    box = QVBoxLayout(part)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(7)
    row = QHBoxLayout()
    heading = text(title, "strong")
    heading.setMinimumHeight(24)
    row.addWidget(heading)
    row.addStretch(1)
    if beside is not None:
        row.addWidget(beside)
    box.addLayout(row)
    return part, box


def _said(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "   ".join(f"{a} {v:.4g}" for a, v in zip(AXES, value, strict=True))
    return f"{value:.5g}" if isinstance(value, float) else str(value)
