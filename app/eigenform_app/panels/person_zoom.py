"""A photograph at a zoom: which of its points is where in the widget, and how to see all of it or the person."""

from __future__ import annotations

import numpy as np
from eigenform.types import View
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

MOST = 24.0  # times the whole photograph that it may be enlarged


class ZoomedView(QWidget):
    """``view`` is what is looked at, None for nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: View | None = None
        self._zoom, self._middle = 1.0, QPointF()
        self._around = False  # whether the person is kept in the middle

    def fit(self) -> None:
        """The whole photograph."""
        if self.view is not None:
            h, w = self.view.pixels.shape[:2]
            self._middle = QPointF(w / 2, h / 2)
        self._zoom, self._around = 1.0, False
        self.update()

    def fit_person(self) -> None:
        """The person, as large as it may be; the whole photograph where nobody was found yet."""
        self.fit()
        view = self.view
        if view is None or (view.mask is None and view.keypoints is None):
            return
        x, y, half = (float(v) for v in view.crop)
        zoom = min(self.width(), self.height()) / (2.06 * half * self.scale())
        if zoom > 1.1:
            self._zoom, self._around = min(zoom, MOST), True
            self._middle = self._kept_full(x, y)
        self.update()

    def _kept_full(self, x: float, y: float) -> QPointF:
        """The point of the photograph nearest to (x, y) with which in the middle no edge leaves room beside it; a side
        that fits whole stands in the middle."""
        assert self.view is not None
        h, w = self.view.pixels.shape[:2]
        half_x, half_y = self.width() / 2 / self.scale(), self.height() / 2 / self.scale()
        return QPointF(
            w / 2 if 2 * half_x >= w else min(max(x, half_x), w - half_x),
            h / 2 if 2 * half_y >= h else min(max(y, half_y), h - half_y),
        )

    def toggle_fit(self) -> None:
        """The whole photograph, or the person where that is what is seen."""
        if self._zoom > 1.0:
            self.fit()
        else:
            self.fit_person()

    def scale(self) -> float:
        """Logical pixels of the widget to one pixel of the photograph."""
        if self.view is None:
            return 1.0
        h, w = self.view.pixels.shape[:2]
        return self._zoom * max(1e-6, min((self.width() - 12) / w, (self.height() - 12) / h))

    def to_widget(self, x: float, y: float) -> QPointF:
        """Where a point of the photograph is."""
        s = self.scale()
        return QPointF(self.width() / 2 + s * (x - self._middle.x()), self.height() / 2 + s * (y - self._middle.y()))

    def to_photograph(self, at: QPointF) -> tuple[float, float]:
        """The point of the photograph under a position."""
        s = self.scale()
        return (
            self._middle.x() + (at.x() - self.width() / 2) / s,
            self._middle.y() + (at.y() - self.height() / 2) / s,
        )

    def zoom_at(self, at: QPointF, factor: float) -> None:
        """Enlarge about a position."""
        x, y = self.to_photograph(at)
        self._zoom, self._around = float(np.clip(self._zoom * factor, 1.0, MOST)), False
        if self._zoom == 1.0:
            self.fit()
            return
        s = self.scale()
        self._middle = QPointF(x - (at.x() - self.width() / 2) / s, y - (at.y() - self.height() / 2) / s)
        self.update()
