"""What a method works on: the first input named, and a choice for each one after it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSizePolicy, QWidget

from eigenform_app.panels.widgets import Elided, text


class InputsRow(QWidget):
    """``changed`` is sent when the person chooses another input. ``method`` is the method whose inputs are shown."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method = ""
        self.first = Elided("strong")
        self.lacking = text("", "faint", wrap=True)
        self.choices: list[QComboBox] = []
        self._labels: list[QLabel] = []
        self._rows: list[list[tuple[str, str]]] = []
        self._first_label = text("Works on", "muted")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(4, 0, 6, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self._first_label, 0, 0)
        self._grid.addWidget(self.first, 0, 1)
        self._grid.addWidget(self.lacking, 9, 0, 1, 2)

    def chosen(self) -> list[str]:
        """The ids of the inputs after the first."""
        return [c.currentData() or "" for c in self.choices[: len(self._rows)]]

    def show_rows(
        self, method: str, first: str, rows: list[list[tuple[str, str]]], chosen: Sequence[str], lacking: str
    ) -> None:
        """The name of the first input, ``(id, name)`` of what each other one can be and the id of what it is."""
        self.first.setText(first)
        self.first.setToolTip(first)
        self.first.setVisible(bool(first))
        self._first_label.setVisible(bool(first))
        self.lacking.setText(lacking)
        self.lacking.setVisible(bool(lacking))
        if (method, rows, list(chosen)) == (self.method, self._rows, self.chosen()):
            return
        self.method, self._rows = method, rows
        while len(self.choices) < len(rows):
            self._add_row()
        for n, choice in enumerate(self.choices):
            shown = n < len(rows)
            choice.setVisible(shown)
            self._labels[n].setVisible(shown)
            if not shown:
                continue
            choice.blockSignals(True)
            choice.clear()
            for item_id, name in rows[n]:
                choice.addItem(name, item_id)
            choice.setCurrentIndex(choice.findData(chosen[n]))
            choice.setEnabled(bool(rows[n]))
            choice.blockSignals(False)

    def _add_row(self) -> None:
        n = len(self.choices)
        choice = QComboBox()
        choice.setAccessibleName(f"Input {n + 2}")
        choice.setToolTip("What the method takes besides the item chosen in the outliner")
        choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        choice.currentIndexChanged.connect(lambda _: self.changed.emit())
        label = text("with" if n == 0 else "and", "muted")
        label.setBuddy(choice)
        self.choices.append(choice)
        self._labels.append(label)
        self._grid.addWidget(label, n + 1, 0)
        self._grid.addWidget(choice, n + 1, 1)
