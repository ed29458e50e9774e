"""Painting marks on images and fields; each stroke is one step of undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from eigenform import registry
from eigenform.conversions import conversion
from eigenform.inpainting.brush import ball
from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QMouseEvent

from eigenform_app import commands
from eigenform_app.document import Item
from eigenform_app.panels.brush_tools import KNOWN, MISSING
from eigenform_app.panels.paint_window import PaintWindow
from eigenform_app.sources import Source, fills

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


def paintable(item: Item) -> bool:
    """Whether an item holds a value that marks can be painted on."""
    return hasattr(item.value, "mask") and hasattr(item.value, "regions")


def can_paint(item: Item | None) -> bool:
    """Whether an item, or a field that stands for it, can be painted on."""
    if item is None or item.live:
        return False
    return paintable(item) or conversion(type(item.value).__name__, "Field") is not None


class PaintController(QObject):
    """One painting window at a time; while it shows, the left button paints on a field in the viewport."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document = window, window.document
        self.open: PaintWindow | None = None
        self._stroke: tuple[np.ndarray, np.ndarray] | None = None

    def paint(self) -> None:
        """Open the painting window on the chosen item, or on the field that stands for it."""
        item = self.document.current
        if item is None or item.live:
            return
        if not paintable(item):
            way = conversion(type(item.value).__name__, "Field")
            if way is not None:
                self.window.work.convert(Source(item, way), lambda made: self.paint())
            return
        if self.open is not None:
            self.open.close()
        self.open = PaintWindow(item, self.document, self.window)
        self.open.painted.connect(self.apply)
        self.open.fill_wanted.connect(self._fill)
        self.open.destroyed.connect(self._closed)
        if self.open.canvas is None:
            self.window.viewport.surface.installEventFilter(self)
        self.open.show()

    @Slot()
    def _closed(self) -> None:
        self.open = None
        self.window.viewport.surface.removeEventFilter(self)

    @Slot(str, object, object)
    def apply(self, item_id: str, mask: np.ndarray, regions: np.ndarray) -> None:
        """Put marks on an item."""
        item = self.document.get(item_id)
        if item is None:
            return
        value = item.value.replace(mask=mask if mask.any() else None, regions=regions if regions.any() else None)
        commands.replace_value(self.document, item_id, value, "Paint", {**item.provenance, "painted": True})

    @Slot(str)
    def _fill(self, item_id: str) -> None:
        """Choose the first method that fills holes in such a value."""
        item = self.document.get(item_id)
        if item is None:
            return
        self.document.set_current(item_id)
        cls = type(item.value).__name__
        method = next((m for m in registry.methods() if m.inputs == (cls,) and fills(m)), None)
        if method is not None:
            self.window.work.panel.choose(method.name)
            self.window.show_dock("right")
            if self.open is not None:
                self.open.close()

    # -- the brush on a surface --------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Turn drags of the left button over the field into strokes."""
        if self.open is None or not isinstance(event, QMouseEvent):
            return False
        kind = event.type()
        if kind in _PRESSES and event.button() == Qt.MouseButton.LeftButton:
            value = self.open.value
            n = len(value.verts)
            mask = np.zeros(n, bool) if value.mask is None else value.mask.copy()
            regions = np.zeros(n, np.int64) if value.regions is None else value.regions.copy()
            self._stroke = mask, regions
            return self._touch(event)
        if self._stroke is not None and kind == QEvent.Type.MouseMove:
            return self._touch(event)
        if self._stroke is not None and kind == QEvent.Type.MouseButtonRelease:
            marks, self._stroke = self._stroke, None
            self.apply(self.open.item_id, *marks)
            return True
        return False

    def _touch(self, event: QMouseEvent) -> bool:
        """Mark the vertices around the one under the pointer; a stroke that begins beside the field is not ours."""
        assert self.open is not None
        assert self._stroke is not None
        viewport = self.window.viewport
        hit = viewport.pick(event.position())
        if hit is None or hit.item_id != self.open.item_id:
            if event.type() in _PRESSES:
                self._stroke = None
                return False
            return True
        value: Any = self.open.value
        size = float(np.ptp(value.verts, axis=0).max())
        touched = ball(value.verts, value.faces, hit.vertex, self.open.tools.share * size / 2)
        mask, regions = self._stroke
        if self.open.tools.tool in (MISSING, KNOWN):
            mask[touched] = self.open.tools.tool == MISSING
        else:
            regions[touched] = self.open.tools.region.value()
        marked = value.replace(mask=mask if mask.any() else None, regions=regions if regions.any() else None)
        viewport.set_item(self.open.item_id, marked, self.document[self.open.item_id].display)
        return True
