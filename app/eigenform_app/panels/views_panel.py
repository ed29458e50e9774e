"""A rendered view beside its photograph, with their likeness in dB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from eigenform.types import Image
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from eigenform_app.panels.axes import ink
from eigenform_app.panels.brush_tools import HOLE

PAIRS = (("rendered_view", "photograph"), ("before", "after"))
"""Arrays of a value, (H, W, 3) uint8, that are shown side by side."""


class ViewsPanel(QWidget):
    """Two pictures side by side; hidden where a value carries none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(180, 110)
        self.setAccessibleName("Rendered view and photograph")
        self.pictures: list[tuple[str, QImage]] = []
        self.words = ""
        self.hide()

    def set_value(self, arrays: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
        """Show the first pair of pictures among ``arrays``; ``meta["comparison"]`` says which view and how alike."""
        pair = next((p for p in PAIRS if all(name in arrays for name in p)), ())
        self.pictures = [(name.replace("_", " "), picture_of(np.asarray(arrays[name]))) for name in pair]
        said = meta.get("comparison") or {}
        parts = [f"View {said['view']}"] if "view" in said else []
        parts += [f"{said['psnr']:.1f} dB"] if said.get("psnr") is not None else []
        self.words = ", ".join(parts)
        self.setVisible(bool(self.pictures))
        self.update()

    def sizeHint(self) -> QSize:
        """Room for two squares."""
        return QSize(380, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The pictures with their names below."""
        if not self.pictures:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect()).adjusted(8, 2, -8, -4)
        row = painter.fontMetrics().height()
        painter.setPen(ink(self.palette(), 0.85))
        centre = int(Qt.AlignmentFlag.AlignHCenter)
        painter.drawText(QRectF(area.left(), area.top(), area.width(), row), centre, self.words)
        half = area.width() / 2
        for n, (name, image) in enumerate(self.pictures):
            room = QRectF(area.left() + n * half, area.top() + row + 4, half, area.height() - 2 * row - 8).adjusted(
                4, 0, -4, 0
            )
            scale = min(room.width() / image.width(), room.height() / image.height())
            w, h = image.width() * scale, image.height() * scale
            painter.drawImage(QRectF(room.center().x() - w / 2, room.center().y() - h / 2, w, h), image)
            painter.setPen(ink(self.palette(), 0.68))
            painter.drawText(QRectF(room.left(), area.bottom() - row, room.width(), row), centre, name)


def picture_of(pixels: np.ndarray) -> QImage:
    """A copy of (H, W, 3) uint8 pixels as an image."""
    h, w, _ = pixels.shape
    data = np.ascontiguousarray(pixels, dtype=np.uint8)
    return QImage(data.tobytes(), w, h, 3 * w, QImage.Format.Format_RGB888).copy()


def with_hole(image: Image) -> np.ndarray:
    """(H, W, 3) uint8 pixels of an image, what is missing in one strong colour."""
    pixels = 255 * np.clip(image.pixels, 0, 1) * np.ones(3)
    if image.mask is not None:
        pixels[image.mask] = (HOLE.red(), HOLE.green(), HOLE.blue())
    return np.rint(pixels).astype(np.uint8)
