"""Compare two bases: a table of how well one stands for the other, and a view of their difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from eigenform_app.document import Document
from eigenform_app.panels.widgets import button, text

LEVELS = ("10", "20", "50")
_ROWS = (
    (
        "captured_span",
        "Captured energy, whole span",
        "Energy of the reference's first modes inside the span of the other",
    ),
    ("captured_nested", "Captured energy, nested", "The same, using only as many modes as are captured"),
    ("cosine_index", "Cosine, index by index", "Mean absolute cosine of mode k with mode k"),
    ("cosine_clustered", "Cosine, clusters rotated", "The same after modes of equal eigenvalue are rotated jointly"),
    ("cosine_matched", "Cosine, best match", "Mean absolute cosine after the best one-to-one matching"),
)


def cell(value: Any) -> str:
    """A figure of the comparison as text."""
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float | int) else str(value)


class ComparePanel(QWidget):
    """``compare_wanted(a, b)`` and ``difference_wanted(a, b)`` carry item ids; b is the reference."""

    compare_wanted = Signal(str, str)
    difference_wanted = Signal(str, str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.first, self.second = QComboBox(), QComboBox()
        self.first.setAccessibleName("Basis")
        self.second.setAccessibleName("Reference basis")
        self.compare = button("Compare", "primary", "compare")
        self.difference = button("Show difference", tip="Draw the difference of the two modes, signs aligned")
        self.words = text("", "muted", wrap=True)
        self.table = QTableWidget(0, len(LEVELS))
        self.table.setHorizontalHeaderLabels([f"First {n}" for n in LEVELS])
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        rows = self.table.verticalHeader()
        rows.setMinimumSectionSize(16)
        rows.setDefaultSectionSize(self.table.fontMetrics().height() + 9)  # all rows fit a low window
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setAccessibleName("Comparison")
        side = QVBoxLayout()
        side.addWidget(text("Basis", "muted"))
        side.addWidget(self.first)
        side.addWidget(text("Reference", "muted"))
        side.addWidget(self.second)
        row = QHBoxLayout()
        row.addWidget(self.compare)
        row.addWidget(self.difference)
        side.addLayout(row)
        side.addStretch(1)
        holder = QWidget()
        holder.setLayout(side)
        holder.setFixedWidth(290)
        side.setContentsMargins(0, 0, 12, 0)
        right = QVBoxLayout()
        right.setSpacing(2)
        right.addWidget(self.table, 1)
        right.addWidget(self.words)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(holder)
        box.addLayout(right, 1)
        self.compare.clicked.connect(lambda: self.compare_wanted.emit(*self.chosen()))
        self.difference.clicked.connect(lambda: self.difference_wanted.emit(*self.chosen()))
        for signal in (document.added, document.removed, document.changed):
            signal.connect(self.refresh)
        self.first.currentIndexChanged.connect(self._enable)
        self.second.currentIndexChanged.connect(self._enable)
        self.refresh()

    def chosen(self) -> tuple[str, str]:
        """Ids of the basis and of its reference."""
        return self.first.currentData() or "", self.second.currentData() or ""

    def choose(self, a: str, b: str) -> None:
        """Choose two bases."""
        self.first.setCurrentIndex(self.first.findData(a))
        self.second.setCurrentIndex(self.second.findData(b))

    @Slot()
    def refresh(self) -> None:
        """List the bases there are, keeping the choice."""
        bases = self.document.items("basis", live=False)
        if [(b.id, b.name) for b in bases] == [
            (self.first.itemData(n), self.first.itemText(n)) for n in range(self.first.count())
        ]:
            self._enable()
            return
        for n, combo in enumerate((self.first, self.second)):
            kept = combo.currentData()
            combo.blockSignals(True)
            combo.clear()
            for item in bases:
                combo.addItem(item.name, item.id)
            place = combo.findData(kept)
            combo.setCurrentIndex(place if place >= 0 else min(n, combo.count() - 1))
            combo.blockSignals(False)
        a, b = self.chosen()
        if a == b and len(bases) > 1:
            self.second.setCurrentIndex(next(n for n, item in enumerate(bases) if item.id != a))
        a, b = self.chosen()
        if a != b and self._of_operator(a) and not self._of_operator(b):
            self.choose(b, a)  # the basis of an operator is the natural reference
        self._enable()

    def _of_operator(self, item_id: str) -> bool:
        item = self.document.get(item_id)
        return item is not None and item.value.stiffness is not None

    def _enable(self) -> None:
        a, b = self.chosen()
        items = [self.document.get(a), self.document.get(b)]
        fits = bool(a and b and a != b) and items[0] is not None and items[1] is not None
        same = fits and len(items[0].value.verts) == len(items[1].value.verts)  # type: ignore[union-attr]
        self.compare.setEnabled(same)
        self.difference.setEnabled(same)
        if self.table.rowCount() == 0:
            self.words.setText(
                "Two bases of one shape can be compared." if not fits else ""
                if same else "These two stand at different vertices; choose two bases of one shape."
            )  # fmt: skip

    def show_result(self, result: Mapping[str, Any]) -> None:
        """Fill the table from a comparison's ``as_dict()``."""
        rows = [(title, tip, result[key]) for key, title, tip in _ROWS if isinstance(result.get(key), Mapping)]
        self.table.setRowCount(len(rows))
        for n, (title, tip, values) in enumerate(rows):
            head = QTableWidgetItem(title)
            head.setToolTip(tip)
            self.table.setVerticalHeaderItem(n, head)
            for column, level in enumerate(LEVELS):
                entry = QTableWidgetItem(cell(values.get(level)))
                entry.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                self.table.setItem(n, column, entry)
        parts = []
        for key, title in (("eval_error", "Eigenvalue error"), ("angles_deg", "Largest principal angle"),
                           ("residuals", "Largest residual")):  # fmt: skip
            value = result.get(key)
            if isinstance(value, Mapping):
                parts.append(f"{title} " + ", ".join(f"{cell(v)} ({k})" for k, v in value.items()))
            elif isinstance(value, list | tuple):
                numbers = [v for v in value if v is not None]
                if numbers:
                    parts.append(f"{title} {max(numbers):.4g}{'°' if key == 'angles_deg' else ''}")
            elif value is not None:
                parts.append(f"{title} {cell(value)}")
        self.words.setText(".  ".join(parts))
