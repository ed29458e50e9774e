"""The window in which one marks what is missing of an image, a texture or a field, and what belongs together."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Image
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from eigenform_app.document import Document, Item
from eigenform_app.panels.brush_tools import BrushTools
from eigenform_app.panels.image_canvas import ImageCanvas
from eigenform_app.panels.widgets import button, text

HINTS = {
    "image": "Paint over what is to be filled. The wheel changes the brush; Ctrl+Z takes a stroke back.",
    "field": "Drag on the surface to mark what is to be filled; drag beside it to turn the view.",
}


class PaintWindow(QDialog):
    """``painted(item id, mask, regions)`` is sent for each stroke; ``done`` when it closes, ``fill_wanted`` to go on.

    It follows the document: what undo takes back disappears here as well.
    """

    painted = Signal(str, object, object)
    fill_wanted = Signal(str)

    def __init__(self, item: Item, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item_id, self.document = item.id, document
        self.setWindowTitle(f"Paint on {item.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.tools = BrushTools()
        self.share = text("", "muted")
        self.fill = button("Fill the hole…", "primary", "run", "Choose an inpainting method for it")
        close = button("Close")
        close.clicked.connect(self.close)
        self.fill.clicked.connect(lambda: self.fill_wanted.emit(self.item_id))
        self.tools.cleared.connect(self._clear)
        self.canvas: ImageCanvas | None = None
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(9)
        box.addWidget(self.tools)
        if isinstance(item.value, Image):
            self.canvas = ImageCanvas(self.tools)
            self.canvas.painted.connect(self._painted)
            box.addWidget(self.canvas, 1)
            self.resize(760, 720)
        box.addWidget(text(HINTS["image" if self.canvas else "field"], "muted", wrap=True))
        row = QHBoxLayout()
        row.addWidget(self.share, 1)
        row.addWidget(close)
        row.addWidget(self.fill)
        box.addLayout(row)
        for keys, do in (
            (QKeySequence.StandardKey.Undo, document.undo.undo),
            (QKeySequence.StandardKey.Redo, document.undo.redo),
        ):
            QShortcut(QKeySequence(keys), self, do)
        document.changed.connect(self._changed)
        document.removed.connect(self._removed)
        self._show()

    @property
    def value(self) -> Any:
        """The image or field as it is in the document."""
        return self.document[self.item_id].value

    def _painted(self, mask: np.ndarray, regions: np.ndarray) -> None:
        self.painted.emit(self.item_id, mask, regions)

    def _clear(self) -> None:
        if self.canvas is not None:
            self.canvas.clear()
        else:
            n = len(self.value.verts)
            self.painted.emit(self.item_id, np.zeros(n, bool), np.zeros(n, np.int64))

    def _changed(self, item_id: str, what: str) -> None:
        if item_id == self.item_id and what == "value":
            self._show()

    def _removed(self, item_id: str) -> None:
        if item_id == self.item_id:
            self.close()

    def _show(self) -> None:
        value = self.value
        if self.canvas is not None and value is not self.canvas.image:
            self.canvas.set_image(value)
        mask, regions = value.mask, value.regions
        parts = [f"{mask.mean():.1%} missing" if mask is not None and mask.any() else "Nothing marked as missing"]
        if regions is not None and (count := len(np.unique(regions[regions > 0]))):
            parts.append(f"{count} region{'s' if count > 1 else ''}")
        self.share.setText(", ".join(parts))
        self.fill.setEnabled(mask is not None and bool(mask.any()))
