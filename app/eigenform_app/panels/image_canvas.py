"""An image with its marks, painted on with a brush."""

from __future__ import annotations

import numpy as np
from eigenform.inpainting.brush import stroke
from eigenform.types import Image
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from eigenform_app.panels.brush_tools import HOLE, KNOWN, MISSING, BrushTools, region_colour
from eigenform_app.panels.views_panel import picture_of


class ImageCanvas(QWidget):
    """Paints into its own copies of the marks; ``painted(mask, regions)`` is sent at the end of each stroke."""

    painted = Signal(object, object)

    def __init__(self, tools: BrushTools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tools = tools
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(280, 220)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Picture to paint on")
        self.image: Image | None = None
        self._last: QPointF | None = None
        self._hover: QPointF | None = None
        tools.changed.connect(self.update)

    def set_image(self, image: Image) -> None:
        """Show an image with its marks."""
        h, w = image.pixels.shape[:2]
        self.image = image
        self.missing = np.zeros((h, w), bool) if image.mask is None else image.mask.copy()
        self.regions = np.zeros((h, w), np.int64) if image.regions is None else image.regions.copy()
        pixels = np.broadcast_to(image.pixels, (h, w, 3)) if image.pixels.shape[2] == 1 else image.pixels
        self._picture = picture_of(np.rint(255 * np.clip(pixels, 0, 1)))
        self._draw_marks()
        self.update()

    def clear(self) -> None:
        """Take all marks away."""
        self.missing[:] = False
        self.regions[:] = 0
        self._finish()

    def _finish(self) -> None:
        self._draw_marks()
        self.update()
        self.painted.emit(self.missing.copy(), self.regions.copy())

    def _draw_marks(self) -> None:
        h, w = self.missing.shape
        rgba = np.zeros((h, w, 4), np.uint8)
        for number in np.unique(self.regions):
            if number > 0:
                c = region_colour(int(number))
                rgba[self.regions == number] = (c.red(), c.green(), c.blue(), 96)
        rgba[self.missing] = (HOLE.red(), HOLE.green(), HOLE.blue(), 170)
        both = self.missing & (self.regions > 0)
        rgba[both, 3] = 110
        self._marks = QImage(rgba.tobytes(), w, h, 4 * w, QImage.Format.Format_RGBA8888).copy()

    # -- geometry --------------------------------------------------------------------------------------------------

    def place(self) -> QRectF:
        """Where the picture lies in the widget."""
        h, w = self.missing.shape
        scale = min((self.width() - 8) / w, (self.height() - 8) / h)
        size = QSize(max(1, round(w * scale)), max(1, round(h * scale)))
        return QRectF(
            (self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height()
        )

    def _pixel(self, at: QPointF) -> tuple[float, float]:
        place, (h, w) = self.place(), self.missing.shape
        return (at.x() - place.left()) * w / place.width(), (at.y() - place.top()) * h / place.height()

    # -- painting --------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        if self.image is not None and event.button() == Qt.MouseButton.LeftButton:
            self._last = event.position()
            self._paint_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a stroke, or show where one would begin."""
        self._hover = event.position()
        if self._last is not None:
            self._paint_to(event.position())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a stroke."""
        if self._last is not None:
            self._last = None
            self._finish()

    def leaveEvent(self, event: object) -> None:
        """The brush is gone."""
        self._hover = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel changes the size of the brush."""
        self.tools.grow(1 if event.angleDelta().y() > 0 else -1)
        event.accept()

    def _paint_to(self, at: QPointF) -> None:
        assert self._last is not None
        radius = self.tools.share * max(self.missing.shape) / 2
        where, touched = stroke(self.missing.shape, self._pixel(self._last), self._pixel(at), radius)
        self._last = at
        if self.tools.tool in (MISSING, KNOWN):
            self.missing[where][touched] = self.tools.tool == MISSING
        else:
            self.regions[where][touched] = self.tools.region.value()
        self._draw_marks()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Picture, marks, brush."""
        if self.image is None:
            return
        painter = QPainter(self)
        place = self.place()
        enlarged = place.width() > 3 * self.missing.shape[1]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not enlarged)
        painter.drawImage(place, self._picture)
        painter.drawImage(place, self._marks)
        if self._hover is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            radius = self.tools.share * max(place.width(), place.height()) / 2
            for colour, width in ((QColor(0, 0, 0, 150), 3.0), (QColor(255, 255, 255), 1.4)):
                painter.setPen(QPen(colour, width))
                painter.drawEllipse(self._hover, radius, radius)
