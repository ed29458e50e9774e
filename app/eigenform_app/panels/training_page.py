"""The page of the bottom dock on which one watches a run: its curve, and what the result so far says of itself."""

from __future__ import annotations

from typing import Any

from eigenform.types import Image
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from eigenform_app.document import Document
from eigenform_app.panels.curves_plot import CurvesPlot
from eigenform_app.panels.training_plot import TrainingPlot
from eigenform_app.panels.views_panel import ViewsPanel, with_hole


class TrainingPage(QWidget):
    """The training plot; beside it curves and pictures where the chosen value carries some."""

    def __init__(self, plot: TrainingPlot, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.plot, self.curves, self.views = plot, CurvesPlot(), ViewsPanel()
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(plot, 3)
        box.addWidget(self.curves, 3)
        box.addWidget(self.views, 2)
        document.current_changed.connect(self._current)
        document.changed.connect(self._changed)

    @Slot(str)
    def _current(self, item_id: str) -> None:
        current = self.document.current
        above = self.document.get(current.parent or "") if current else None
        self.show_value(current.value if current else None, above.value if above else None)

    @Slot(str, str)
    def _changed(self, item_id: str, what: str) -> None:
        current = self.document.current
        if current is not None and current.id == item_id and what in ("value", "preview"):
            self._current(item_id)

    def show_value(self, value: Any, above: Any = None) -> None:
        """What the chosen item says of itself, an image beside what it was made from; None for nothing."""
        meta = getattr(value, "meta", None) or {}
        self.curves.set_meta(meta)
        pictures = getattr(value, "arrays", None) or {}
        if isinstance(value, Image) and isinstance(above, Image):
            pictures = {"before": with_hole(above), "after": with_hole(value)}
        self.views.set_value(pictures, meta)
