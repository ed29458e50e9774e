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
from eigenform_app.panels.widgets import button, clear, line, text

_SAID = {
    "nonmanifold_edges": "Non-manifold edges",
    "boundary_loops": "Boundary loops",
    "evals_scale": "Eigenvalue scale",
    "peak_bytes": "Peak memory",
}


def said(value: Any) -> str:
    """A value of a report in the words of a person."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, list | tuple):
        return ", ".join(said(v) for v in value) if len(value) <= 6 else f"{len(value)} values"
    return str(value)


def caption(key: str) -> str:
    """A key of a report as a caption."""
    return _SAID.get(key, key.replace("_", " ").capitalize())


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
        self._grid(facts)
        params = item.provenance.get("params") or meta.get("params")
        if isinstance(params, Mapping):
            self._box.addWidget(text("Parameters", "strong"))
            self._grid(dict(params))
        rest = {k: v for k, v in meta.items() if k not in facts and k != "params" and v}
        if rest:
            self._box.addWidget(text("More", "strong"))
            words = json.dumps(rest, indent=1, ensure_ascii=False, default=str)
            self._box.addWidget(text(words, "muted", wrap=True, selectable=True))

    def _note(self, icon: str, tint: str, words: str) -> None:
        row = QHBoxLayout()
        mark = text("")
        mark.setPixmap(theme.tinted(icon, theme.colours()[tint], 16))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text(words, wrap=True, selectable=True), 1)
        self._box.addLayout(row)

    def _grid(self, facts: Mapping[str, Any]) -> None:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setVerticalSpacing(4)
        grid.setHorizontalSpacing(12)
        grid.setColumnMinimumWidth(0, 124)
        grid.setColumnStretch(1, 1)
        for n, (key, value) in enumerate(facts.items()):
            if isinstance(value, Mapping):
                value = ", ".join(f"{k} {said(v)}" for k, v in value.items())
            grid.addWidget(text(caption(key), "muted"), n, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text(said(value), wrap=True, selectable=True), n, 1)
        self._box.addWidget(holder)
