"""The brush of the painting window: what it marks and how large it is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QSlider, QSpinBox, QWidget

from eigenform_app.panels.widgets import button, text
from eigenform_app.viewport.colours import CATEGORIES

MISSING, KNOWN, REGION = "missing", "known", "region"
HOLE = QColor("#e0409a")


def region_colour(number: int) -> QColor:
    """The colour that stands for a region; regions count from 1."""
    return QColor(CATEGORIES[(number - 1) % len(CATEGORIES)])


class BrushTools(QWidget):
    """``tool`` is missing, known or region; ``share`` is the diameter as a share of the longer side, 0 to 1."""

    cleared = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        tips = {
            MISSING: ("Missing", "Mark what is to be filled  (M)", "M"),
            KNOWN: ("Known", "Take marks of missing away  (K)", "K"),
            REGION: ("Region", "Say what belongs together, inside the hole and around it  (G)", "G"),
        }
        for name, (words, tip, key) in tips.items():
            made = button(words, "", "", tip)
            made.setCheckable(True)
            made.setShortcut(key)
            made.setToolTip(tip)
            self._group.addButton(made)
            self._buttons[name] = made
            row.addWidget(made)
        self.region = QSpinBox()
        self.region.setRange(0, 99)
        self.region.setValue(1)
        self.region.setSpecialValueText("none")
        self.region.setAccessibleName("Number of the region")
        row.addWidget(self.region)
        row.addSpacing(12)
        row.addWidget(text("Brush", "muted"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(5, 400)
        self.slider.setValue(60)
        self.slider.setAccessibleName("Size of the brush")
        self.slider.setMinimumWidth(120)
        row.addWidget(self.slider, 1)
        self.shown = QLabel()
        self.shown.setMinimumWidth(44)
        row.addWidget(self.shown)
        clear = button("Clear marks")
        clear.clicked.connect(self.cleared)
        row.addWidget(clear)
        self._buttons[MISSING].setChecked(True)
        self._group.buttonToggled.connect(self._show)
        self.region.valueChanged.connect(self._show)
        self.slider.valueChanged.connect(self._show)
        self._show()

    @property
    def tool(self) -> str:
        """What the brush marks."""
        return next(name for name, b in self._buttons.items() if b.isChecked())

    @property
    def share(self) -> float:
        """Diameter as a share of the longer side."""
        return self.slider.value() / 1000

    def choose(self, tool: str, region: int | None = None) -> None:
        """Take a tool."""
        self._buttons[tool].setChecked(True)
        if region is not None:
            self.region.setValue(region)

    def grow(self, steps: int) -> None:
        """A larger or smaller brush."""
        self.slider.setValue(round(self.slider.value() * 1.15**steps) + steps)

    def colour(self) -> QColor:
        """The colour of the marks made now."""
        if self.tool == REGION:
            return region_colour(self.region.value()) if self.region.value() else QColor("#888888")
        return HOLE if self.tool == MISSING else QColor("#888888")

    def _show(self) -> None:
        self.region.setEnabled(self.tool == REGION)
        self.shown.setText(f"{100 * self.share:.1f} %")
        dot = QPixmap(10, 10)
        dot.fill(self.colour())
        for name, made in self._buttons.items():
            made.setIcon(QIcon(dot) if name == self.tool else QIcon())
        self.changed.emit()
