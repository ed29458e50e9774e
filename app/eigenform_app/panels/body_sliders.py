"""Sliders of a body's shape: the few that say what kind of person it is, and a searchable list of local changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from eigenform_app.panels.number_slider import NumberSlider, compact
from eigenform_app.panels.widgets import Section, button, text

SHOWN = 24  # local changes that are listed at once
TIPS = {
    "gender": "0 is male, 1 is female",
    "age": "0 is a newborn, a third a child, two thirds a young adult, 1 an old person",
    "muscle": "From little to much muscle",
    "weight": "From thin to heavy",
    "height": "From short to tall",
    "proportions": "From uncommon to ideal proportions",
}


class BodySliders(QWidget):
    """``changed(name, value)`` with every move of a slider, ``settled()`` at the end of one, ``reset_wanted()``."""

    changed = Signal(str, float)
    settled = Signal()
    reset_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sliders: dict[str, BodySlider] = {}
        self._local: tuple[str, ...] = ()
        self._values: dict[str, float] = {}
        self._local_rows: dict[str, QWidget] = {}
        self.read_out = text("", "strong")
        self.read_out.setAccessibleName("Height and mass")
        self.reset = button("Reset", "link", tip="The middle of every slider")
        self.reset.clicked.connect(self.reset_wanted)
        head = QHBoxLayout()
        title = text("Shape", "strong")
        title.setMinimumHeight(24)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.read_out)
        head.addWidget(self.reset)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(1)
        self._grid.setHorizontalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find: nose, waist, calf…")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Find a local change")
        self.search.textChanged.connect(self._find)
        self.more = text("", "faint", wrap=True)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(3)
        box.addWidget(self.search)
        self._found = QVBoxLayout()
        self._found.setSpacing(2)
        box.addLayout(self._found)
        box.addWidget(self.more)
        self.section = Section("Local changes", content, expanded=False)
        self.section.toggle.toggled.connect(lambda on: self._find(self.search.text()) if on else None)
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 6, 0)
        rows.setSpacing(4)
        rows.addLayout(self._grid)
        rows.addWidget(self.section)
        rows.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(2)
        outer.addLayout(head)
        outer.addWidget(area, 1)

    def set_names(self, phenotypes: Sequence[str], local: Sequence[str]) -> None:
        """The sliders there are; those of local changes are made when they are looked for."""
        if tuple(local) != self._local:
            self._local = tuple(local)
            self._find(self.search.text())
        self.section.setVisible(bool(local))
        for name in phenotypes:
            if name not in self.sliders:
                row = self._grid.rowCount()
                label = text(_words(name), "muted")
                slider = self._slider(name, 0.0, TIPS.get(name, ""))
                label.setBuddy(slider.slider)
                self._grid.addWidget(label, row, 0)
                self._grid.addWidget(slider, row, 1)

    def show_values(self, values: Mapping[str, float]) -> None:
        """Where the sliders stand; absent ones are at their middle."""
        self._values = dict(values)
        for name, slider in self.sliders.items():
            if not slider.being_typed():
                self._show(name, slider)

    def show_facts(self, height: float | None, mass: float | None) -> None:
        """Height in metres and mass in kilograms."""
        said = [f"{height:.2f} m" if height is not None else "", f"{mass:.0f} kg" if mass is not None else ""]
        self.read_out.setText("   ".join(s for s in said if s))

    def _slider(self, name: str, low: float, tip: str) -> BodySlider:
        made = BodySlider(_words(name), tip, low)
        made.changed.connect(lambda value: self._moved(name, value))
        made.slider.sliderReleased.connect(self.settled)
        self.sliders[name] = made
        self._show(name, made)
        return made

    def _show(self, name: str, slider: BodySlider) -> None:
        low = slider.least
        slider.show_value(self._values.get(name, (low + 1.0) / 2), low, 1.0)

    def _moved(self, name: str, value: float) -> None:
        self._values[name] = value
        self.changed.emit(name, value)

    def _find(self, words: str) -> None:
        """List the local changes whose names hold all the words; at most some at once."""
        wanted = words.lower().split()
        found = [n for n in self._local if all(w in _words(n).lower() for w in wanted)]
        changed = [n for n in found if abs(self._values.get(n, 0.0)) > 1e-9]
        shown = (changed + [n for n in found if n not in changed])[:SHOWN] if self.section.toggle.isChecked() else []
        for name, row in self._local_rows.items():
            row.setVisible(name in shown)
        for name in shown:
            if name not in self._local_rows:
                row = QWidget()
                box = QHBoxLayout(row)
                box.setContentsMargins(0, 0, 0, 0)
                label = text(_words(name), "muted")
                label.setFixedWidth(118)
                label.setToolTip(_words(name))
                slider = self._slider(name, -1.0, _words(name))
                label.setBuddy(slider.slider)
                box.addWidget(label)
                box.addWidget(slider, 1)
                self._local_rows[name] = row
                self._found.addWidget(row)
                row.show()
        left = len(found) - len(shown)
        self.more.setText(
            f"{left} more; type a word to find them." if left > 0 else "" if found else "None is called so."
        )
        self.more.setVisible(bool(self.more.text()))


class BodySlider(NumberSlider):
    """A slider with a range of its own; ``least`` is its low end, 1 its high end."""

    def __init__(self, name: str, tip: str, least: float) -> None:
        super().__init__(name, tip or name)
        self.least = least
        compact(self, 62)

    def being_typed(self) -> bool:
        """Whether the person is typing into its box: what they type is not to be overwritten."""
        return self.box.hasFocus() and self.box.lineEdit().isModified()


PLAIN = {
    "l": "left", "r": "right", "incr": "", "measure": "", "horiz": "width", "vert": "height", "trans": "move",
    "circ": "girth", "dist": "distance", "lowerarm": "forearm", "upperarm": "upper arm", "upperleg": "thigh",
    "lowerleg": "shin",
}  # fmt: skip
"""Parts of the names of sliders in plain words."""


def _words(name: str) -> str:
    """``l-lowerarm-fat-incr`` as ``Left forearm fat``."""
    parts = re.split(r"[-_ |/]+", name.strip())
    words = " ".join(w for w in (PLAIN.get(p, p) for p in parts) if w)
    return words[:1].upper() + words[1:]
