"""The facts page of the inspector: the health of a shape with one-click repairs, or where a basis came from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from eigenform_app import theme
from eigenform_app.document import Item
from eigenform_app.panels.outliner import summary
from eigenform_app.panels.report_rows import caption, report_rows, said
from eigenform_app.panels.widgets import button, clear, line, text

LONG = 8  # numbers from which on a row is told by its ends


class FactsPanel(QScrollArea):
    """``repair_wanted(names)`` asks for repairs of the shape shown."""

    repair_wanted = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._box = QVBoxLayout(inside)
        self._box.setContentsMargins(0, 8, 6, 0)
        self._box.setSpacing(7)
        self.setWidget(inside)

    def show_nothing(self) -> None:
        """No item is chosen."""
        clear(self._box)
        self._box.addWidget(text("Choose an item in the outliner.", "faint", wrap=True))
        self._box.addStretch(1)

    def show_item(self, item: Item, report: Mapping[str, Any] | None, repairs: Mapping[str, str]) -> None:
        """Facts of an item; ``report`` is the health of a shape, None while it is still being made."""
        clear(self._box)
        self._box.addWidget(text(item.name, "heading", wrap=True))
        self._box.addWidget(text(summary(item), "muted", wrap=True))
        if item.kind == "shape":
            self._shape(item, report, repairs)
        else:
            self._origin(item)
        self._box.addStretch(1)

    def _shape(self, item: Item, report: Mapping[str, Any] | None, repairs: Mapping[str, str]) -> None:
        if item.value.source:
            self._box.addWidget(text(item.value.source, "faint", wrap=True, selectable=True))
        if report is None:
            self._box.addWidget(text("Examining the shape…", "muted"))
            return
        warnings = list(report.get("warnings", ())) + [n for n in item.value.notes]
        self._box.addWidget(line())
        if not warnings:
            self._note("done", "good", "Nothing to repair.")
        for words in dict.fromkeys(warnings):
            self._note("warning", "warning", words)
        if repairs:
            every = button("Repair all", "primary", "wrench", "Make every repair listed below; undo takes it back")
            every.clicked.connect(lambda: self.repair_wanted.emit(list(repairs)))
            self._box.addWidget(every)
            for name, words in repairs.items():
                one = button(words, "link", tip="Make this repair alone")
                one.clicked.connect(lambda _=False, name=name: self.repair_wanted.emit([name]))
                self._box.addWidget(one)
        self._grid({k: v for k, v in report.items() if k != "warnings"})

    def _origin(self, item: Item) -> None:
        meta = dict(getattr(item.value, "meta", {}))
        facts = {k: v for k, v in meta.items() if isinstance(v, str | int | float | bool) and v != ""}
        card = meta.pop("report", None)
        if isinstance(card, Mapping) and card:
            self._box.addWidget(text("Report", "strong"))
            self._rows(report_rows(card))
        self._grid(facts)
        params = item.provenance.get("params") or meta.get("params")
        if isinstance(params, Mapping):
            self._box.addWidget(text("Parameters", "strong"))
            self._grid(dict(params))
        rest = {k: v for k, v in meta.items() if k not in facts and k != "params" and v}
        if rest:
            self._box.addWidget(text("More", "strong"))
            words = json.dumps(shortened(rest), indent=1, ensure_ascii=False, default=str)
            self._box.addWidget(text(words, "muted", wrap=True, selectable=True))

    def _note(self, icon: str, tint: str, words: str) -> None:
        row = QHBoxLayout()
        mark = text("")
        mark.setPixmap(theme.tinted(icon, theme.colours()[tint], 16))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text(words, wrap=True, selectable=True), 1)
        self._box.addLayout(row)

    def _grid(self, facts: Mapping[str, Any]) -> None:
        rows = []
        for key, value in facts.items():
            if isinstance(value, Mapping):
                value = ", ".join(f"{k} {said(v)}" for k, v in value.items())
            rows.append((caption(key), said(value)))
        self._rows(rows)

    def _rows(self, rows: list[tuple[str, str]]) -> None:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setVerticalSpacing(4)
        grid.setHorizontalSpacing(12)
        grid.setColumnMinimumWidth(0, 124)
        grid.setColumnStretch(1, 1)
        for n, (name, words) in enumerate(rows):
            grid.addWidget(text(name, "muted", wrap=True), n, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text(words, wrap=True, selectable=True), n, 1)
        self._box.addWidget(holder)


def shortened(value: Any) -> Any:
    """``value`` with long rows of numbers, such as curves, said by their length and ends."""
    if isinstance(value, Mapping):
        return {k: shortened(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        if len(value) > LONG and all(isinstance(v, int | float) for v in value):
            return f"{len(value)} numbers, {said(value[0])} to {said(value[-1])}"
        return [shortened(v) for v in value]
    return value
