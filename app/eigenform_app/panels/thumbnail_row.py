"""The row of thumbnails inside the modes strip: scrolling, painting, mouse and keys."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from eigenform.types import Basis
from PySide6.QtCore import QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

from eigenform_app.panels.thumbnails import ThumbnailWorker
from eigenform_app.viewport.fonts import scaled
from eigenform_app.viewport.numbers import number

GAP, LABEL, PAD = 6, 34, 6
CLOSE = 0.01  # relative gap below which neighbouring eigenvalues are bracketed as one cluster
TICK_MS = 40
SHOW_SECONDS = 0.4  # between two repaints while thumbnails are being drawn


def clusters(evals: np.ndarray, close: float = CLOSE) -> list[tuple[int, int]]:
    """Runs ``(first, last)`` of two or more modes whose neighbouring eigenvalues differ by less than ``close``."""
    evals = np.asarray(evals, dtype=np.float64)
    top = float(evals.max()) if len(evals) else 0.0
    near = np.diff(evals) < close * np.maximum(evals[1:], 1e-9 * top) if top > 0 else np.zeros(0, dtype=bool)
    runs, first = [], None
    for k, joined in enumerate([*near, False]):
        if joined and first is None:
            first = k
        elif not joined and first is not None:
            runs.append((first, k))
            first = None
    return runs


class ThumbnailRow(QAbstractScrollArea):
    """Thumbnails in a row; the signals are those of :class:`~eigenform_app.panels.modes_strip.ModesStrip`."""

    mode_chosen = Signal(int)
    flip_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._basis: Basis | None = None
        self._clusters: list[tuple[int, int]] = []
        self._pictures: dict[int, QPixmap] = {}
        self._fresh: set[int] = set()
        self.mode, self._hover = 1, -1
        self._worker = ThumbnailWorker((90, 68))
        self._unshown, self._shown_at = False, float("-inf")
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._collect)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.horizontalScrollBar().valueChanged.connect(self._request)
        self.setAccessibleName("Modes")

    # -- content -----------------------------------------------------------------------------------------------

    def set_basis(self, basis: Basis | None, keep: bool = False) -> None:
        if not keep or basis is None or self._basis is None or basis.modes != self._basis.modes:
            self._pictures.clear()
        self._basis = basis
        self._clusters = clusters(basis.evals) if basis is not None else []
        self._fresh.clear()
        self._worker.show(basis, self._picture_pixels())
        if basis is not None:
            self.mode = min(self.mode, basis.modes - 1)
        self._measure()
        self._request()
        self.viewport().update()

    def set_mode(self, mode: int) -> None:
        if self._basis is None:
            self.mode = mode
            return
        self.mode = int(np.clip(mode, 0, self._basis.modes - 1))
        cell, bar = self._cell(self.mode), self.horizontalScrollBar()
        if cell.left() < 0:
            bar.setValue(bar.value() + cell.left() - GAP)
        elif cell.right() > self.viewport().width():
            bar.setValue(bar.value() + cell.right() - self.viewport().width() + GAP)
        self.viewport().update()

    @property
    def ready(self) -> bool:
        return all(k in self._fresh for k in self._visible())

    def shut(self) -> None:
        self._timer.stop()
        self._worker.stop()

    # -- thumbnails --------------------------------------------------------------------------------------------

    def _request(self) -> None:
        if self._basis is None:
            return
        shown = list(self._visible())
        near = range(max(0, shown[0] - 8), min(self._basis.modes, shown[-1] + 9)) if shown else range(0)
        missing = [k for k in [*shown, *near] if k not in self._fresh]
        self._worker.want(list(dict.fromkeys(missing)))
        if missing:
            self._timer.start()

    def _collect(self) -> None:
        ready = self._worker.take()
        for mode, pixels in ready.items():
            h, w = pixels.shape[:2]
            image = QImage(np.ascontiguousarray(pixels).data, w, h, 4 * w, QImage.Format.Format_RGBA8888)
            self._pictures[mode] = QPixmap.fromImage(image)
            self._pictures[mode].setDevicePixelRatio(self.devicePixelRatioF())
            self._fresh.add(mode)
        # Each repaint costs a frame of the whole window, so thumbnails that come one by one are shown by the handful.
        self._unshown = self._unshown or bool(ready)
        busy = self._worker.busy
        if self._unshown and (not busy or time.monotonic() - self._shown_at >= SHOW_SECONDS):
            self._unshown, self._shown_at = False, time.monotonic()
            self.viewport().update()
        elif not ready and not busy:
            self._timer.stop()

    # -- geometry ----------------------------------------------------------------------------------------------

    def _picture_size(self) -> tuple[int, int]:
        height = int(np.clip(self.viewport().height() - LABEL - 2 * PAD - 4, 40, 130))
        return int(height * 1.1), height

    def _picture_pixels(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        w, h = self._picture_size()
        return max(8, round((w - 8) * ratio)), max(8, round((h - 4) * ratio))

    def _cell(self, mode: int) -> QRect:
        w, h = self._picture_size()
        left = GAP + mode * (w + GAP) - self.horizontalScrollBar().value()
        top = max(PAD, (self.viewport().height() - h - LABEL) // 2)
        return QRect(left, top, w, h + LABEL)

    def _mode_at(self, at: QPoint) -> int:
        for k in self._visible():
            if self._cell(k).contains(at):
                return k
        return -1

    def _visible(self) -> range:
        if self._basis is None:
            return range(0)
        step = self._picture_size()[0] + GAP
        first = max(0, (self.horizontalScrollBar().value() - GAP) // step)
        last = (self.horizontalScrollBar().value() + self.viewport().width()) // step
        return range(first, min(self._basis.modes, last + 1))

    def _measure(self) -> None:
        step = self._picture_size()[0] + GAP
        total = GAP + step * (self._basis.modes if self._basis is not None else 0)
        bar = self.horizontalScrollBar()
        bar.setRange(0, max(0, total - self.viewport().width()))
        bar.setPageStep(self.viewport().width())
        bar.setSingleStep(step)

    # -- events ------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()
        if event.oldSize().height() != event.size().height() and self._basis is not None:
            self._fresh.clear()
            self._worker.show(self._basis, self._picture_pixels())
        self._request()

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (delta.x() or delta.y()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hover = self._mode_at(event.position().toPoint())
        if hover != self._hover:
            self._hover = hover
            if hover >= 0 and self._basis is not None:
                self.viewport().setToolTip(f"Mode {hover}, eigenvalue {self._basis.evals[hover]:.6g}")
            self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        mode = self._mode_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and mode >= 0:
            self._choose(mode)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        mode = self._mode_at(event.position().toPoint())
        if mode >= 0:
            self.flip_requested.emit(mode)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        mode = self._mode_at(event.pos()) if event.reason() == QContextMenuEvent.Reason.Mouse else self.mode
        if mode < 0 or self._basis is None:
            return
        menu = QMenu(self)
        menu.addAction(f"Show mode {mode}", lambda: self._choose(mode))
        menu.addAction(f"Flip the sign of mode {mode}", lambda: self.flip_requested.emit(mode))
        menu.exec(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._basis is None:
            super().keyPressEvent(event)
            return
        page = max(1, len(self._visible()) - 1)
        key = Qt.Key(event.key())
        steps = {
            Qt.Key.Key_Left: self.mode - 1,
            Qt.Key.Key_Right: self.mode + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self._basis.modes - 1,
            Qt.Key.Key_Up: self.mode - page,
            Qt.Key.Key_Down: self.mode + page,
        }
        if key in steps:
            self._choose(steps[key])
        elif key == Qt.Key.Key_F:
            self.flip_requested.emit(self.mode)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def _choose(self, mode: int) -> None:
        self.set_mode(mode)
        self.mode_chosen.emit(self.mode)

    # -- painting ----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._basis is None:
            painter.setPen(self._ink(0.5))
            text = "The modes appear here once there is a basis."
            painter.drawText(self.viewport().rect(), int(Qt.AlignmentFlag.AlignCenter), text)
            return
        for k in self._visible():
            self._paint_cell(painter, k)
        self._paint_clusters(painter, self._clusters)

    def _paint_cell(self, painter: QPainter, k: int) -> None:
        assert self._basis is not None
        cell = self._cell(k)
        accent = self.palette().highlight().color()
        if k == self.mode or k == self._hover:
            fill = QColor(accent)
            fill.setAlphaF(0.20 if k == self.mode else 0.08)
            painter.setBrush(fill)
            width = 2.0 if self.hasFocus() else 1.2
            painter.setPen(QPen(accent, width) if k == self.mode else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(QRectF(cell).adjusted(1, 1, -1, -1), 7, 7)
        w, h = self._picture_size()
        picture = self._pictures.get(k)
        if picture is not None:
            painter.drawPixmap(QRect(cell.left() + 4, cell.top() + 3, w - 8, h - 4), picture)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._ink(0.07))
            painter.drawEllipse(QRectF(cell.center().x() - 9, cell.top() + h / 2 - 9, 18, 18))
        painter.setFont(scaled(self.font(), 1.0, bold=True))
        painter.setPen(self._ink(0.95))
        row = painter.fontMetrics().height()
        top = cell.top() + h - 1
        painter.drawText(QRect(cell.left(), top, w, row), int(Qt.AlignmentFlag.AlignHCenter), str(k))
        painter.setFont(scaled(self.font(), 0.86))
        painter.setPen(self._ink(0.62))
        text = f"λ {number(float(self._basis.evals[k]))}"
        painter.drawText(QRect(cell.left(), top + row - 2, w, row), int(Qt.AlignmentFlag.AlignHCenter), text)

    def _paint_clusters(self, painter: QPainter, runs: Sequence[tuple[int, int]]) -> None:
        painter.setPen(QPen(self._ink(0.4), 1.4))
        for first, last in runs:
            a, b = self._cell(first), self._cell(last)
            y = a.top() - 4.0
            left, right = a.left() + 8, b.right() - 8
            if right < 0 or left > self.viewport().width():
                continue
            painter.drawLine(QPoint(left, int(y)), QPoint(right, int(y)))
            painter.drawLine(QPoint(left, int(y)), QPoint(left, int(y) + 4))
            painter.drawLine(QPoint(right, int(y)), QPoint(right, int(y) + 4))

    def _ink(self, strength: float) -> QColor:
        colour = QColor(self.palette().windowText().color())
        colour.setAlphaF(strength)
        return colour
