"""The spectrum plot: eigenvalues of several bases over their index, with Weyl's line; points are clickable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QToolTip, QVBoxLayout, QWidget

from eigenform_app.panels.axes import Axis, Plot, ink
from eigenform_app.viewport.fonts import scaled
from eigenform_app.viewport.numbers import number

REACH = 14.0  # logical pixels within which a point is hit
VIEWS = ("Eigenvalues", "Relative to the first", "Logarithmic", "Error against the first basis")


@dataclass(frozen=True)
class Curve:
    """One basis: its id, name, eigenvalues (ascending, the constant mode first) and colour ``#rrggbb``."""

    item_id: str
    name: str
    evals: np.ndarray
    colour: str


def weyl_line(area: float, modes: int) -> np.ndarray:
    """(modes,) Weyl's asymptote ``4 pi k / area`` of a surface, in 1/length^2 for ``area`` in length^2."""
    return 4 * np.pi * np.arange(modes) / area


def relative(evals: np.ndarray) -> np.ndarray:
    """Eigenvalues divided by the first one that is not zero."""
    positive = evals[evals > 1e-9 * max(float(evals.max()), 1e-300)] if len(evals) else evals
    return evals / positive[0] if len(positive) else evals


def errors(evals: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """``|s a - b| / b`` in percent for the one scale ``s`` that fits best; zero modes of the reference give nan.

    The scale minimises the sum of squared differences over the modes both have, zero modes left out.
    """
    n = min(len(evals), len(reference))
    a, b = np.asarray(evals[:n], dtype=np.float64), np.asarray(reference[:n], dtype=np.float64)
    live = b > 1e-9 * max(float(b.max()), 1e-300) if n else np.zeros(0, dtype=bool)
    out = np.full(n, np.nan)
    square = float(a[live] @ a[live])
    if square > 0:
        out[live] = 100 * np.abs(a[live] * (a[live] @ b[live]) / square - b[live]) / b[live]
    return out


class SpectrumPlot(QWidget):
    """Overlaid spectra. Signal ``mode_chosen(item_id, mode)`` when a point is clicked or stepped to by arrow keys."""

    mode_chosen = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = _Canvas(self)
        self.view = QComboBox()
        self.view.addItems(VIEWS)
        self.view.setToolTip("What the spectrum plot shows")
        self.view.setAccessibleName("Spectrum view")
        self.view.currentIndexChanged.connect(self.canvas.update)
        # The choice lies in the canvas's title line, so that all the height is the plot's.
        inside = QVBoxLayout(self.canvas)
        inside.setContentsMargins(0, 0, 18, 0)
        inside.addWidget(self.view, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas, 1)

    def set_bases(self, bases: Sequence[tuple[str, str, np.ndarray, str]]) -> None:
        """Show ``(id, name, evals, "#rrggbb")`` of each basis; the first is the reference of the error view."""
        self.canvas.curves = [Curve(i, n, np.asarray(e, dtype=np.float64), c) for i, n, e, c in bases]
        self.canvas.update()

    def set_current(self, item_id: str | None, mode: int) -> None:
        """Mark one mode of one basis; tells nobody."""
        self.canvas.current = (item_id, mode)
        self.canvas.update()

    def set_area(self, area: float | None) -> None:
        """Area of the surface for Weyl's line; None draws none."""
        self.canvas.area = area if area and area > 0 else None
        self.canvas.update()

    def set_view(self, index: int) -> None:
        """0 eigenvalues, 1 relative to the first, 2 logarithmic, 3 errors."""
        self.view.setCurrentIndex(index)

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(420, 220)


class _Canvas(QWidget):
    """Paints and hit-tests the points."""

    def __init__(self, owner: SpectrumPlot) -> None:
        super().__init__(owner)
        self._owner = owner
        self.curves: list[Curve] = []
        self.current: tuple[str | None, int] = (None, 1)
        self.area: float | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 90)
        self.setAccessibleName("Spectrum")

    def series(self) -> list[tuple[Curve, np.ndarray]]:
        """What is plotted of each curve; nan where there is nothing."""
        view = self._owner.view.currentIndex()
        if view == 1:
            return [(c, relative(c.evals)) for c in self.curves]
        if view == 2:
            return [(c, np.where(c.evals > 1e-12 * max(c.evals.max(), 1e-300), c.evals, np.nan)) for c in self.curves]
        if view == 3 and self.curves:
            return [(c, errors(c.evals, self.curves[0].evals)) for c in self.curves[1:]]
        return [(c, c.evals) for c in self.curves]

    def plot(self) -> Plot | None:
        """The axes, None where there is nothing to plot."""
        series = [(c, v) for c, v in self.series() if np.isfinite(v).any()]
        if not series:
            return None
        top = max(float(np.nanmax(v)) for _, v in series)
        last = max(1, max(len(v) for _, v in series) - 1)
        if self._owner.view.currentIndex() == 2:
            low = min(float(np.nanmin(v)) for _, v in series)
            y = Axis(low / 1.4, max(top, low * 1.01) * 1.4, log=True)
        else:
            y = Axis(0.0, top * 1.08 or 1.0)
        rect = QRectF(self.rect()).adjusted(60, 30, -18, -36)
        if rect.width() < 40 or rect.height() < 20:
            return None
        return Plot(rect, Axis(-0.5, last + 0.5), y, self.palette())

    def hit(self, at: QPointF) -> tuple[Curve, int] | None:
        """The point nearest to a position, within reach."""
        plot = self.plot()
        best: tuple[float, Curve, int] | None = None
        if plot is None:
            return None
        for curve, values in self.series():
            good = np.flatnonzero(np.isfinite(values))
            x = plot.rect.left() + plot.x.unit(good) * plot.rect.width() - at.x()
            y = plot.rect.bottom() - plot.y.unit(values[good]) * plot.rect.height() - at.y()
            if not len(good):
                continue
            near = int(np.argmin(np.hypot(x, y)))
            distance = float(np.hypot(x, y)[near])
            if distance <= REACH and (best is None or distance < best[0]):
                best = (distance, curve, int(good[near]))
        return (best[1], best[2]) if best else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = self.plot()
        if plot is None:
            painter.setPen(ink(self.palette(), 0.5))
            only = self._owner.view.currentIndex() == 3 and len(self.curves) == 1
            text = "The error needs a second basis." if only else "Eigenvalues appear here once there is a basis."
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), text)
            return
        titles = ("eigenvalue λ", "λ / first λ", "eigenvalue λ", "error in %")
        plot.frame(painter, "mode", titles[self._owner.view.currentIndex()])
        self._weyl(painter, plot)
        for curve, values in self.series():
            self._curve(painter, plot, curve, values)
        self._legend(painter, plot)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().highlight().color(), 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)

    def _curve(self, painter: QPainter, plot: Plot, curve: Curve, values: np.ndarray) -> None:
        modes = np.flatnonzero(np.isfinite(values))
        points = plot.polyline(modes, values[modes])
        colour = QColor(curve.colour)
        soft = QColor(colour)
        soft.setAlphaF(0.45)
        painter.setPen(QPen(soft, 1.3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(points)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        radius = 3.2 if len(points) < 150 else 1.6
        for p in points:
            painter.drawEllipse(p, radius, radius)
        item_id, mode = self.current
        if curve.item_id == item_id and mode in modes:
            at = plot.at(mode, values[mode])
            painter.setPen(QPen(ink(self.palette(), 0.2), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(at.x(), plot.rect.top()), QPointF(at.x(), plot.rect.bottom()))
            painter.setBrush(self.palette().window().color())
            painter.setPen(QPen(colour, 2.4))
            painter.drawEllipse(at, 5.2, 5.2)

    def _weyl(self, painter: QPainter, plot: Plot) -> None:
        if self.area is None or self._owner.view.currentIndex() not in (0, 2):
            return
        modes = np.arange(1, int(plot.x.high) + 1)
        line = weyl_line(self.area, len(modes) + 1)[1:]
        painter.save()
        painter.setClipRect(plot.rect)
        painter.setPen(QPen(ink(self.palette(), 0.5), 1.2, Qt.PenStyle.DashLine))
        painter.drawPolyline(plot.polyline(modes, line))
        painter.restore()

    def _legend(self, painter: QPainter, plot: Plot) -> None:
        entries = [(c.name, QColor(c.colour), Qt.PenStyle.SolidLine) for c, _ in self.series()]
        if self.area is not None and self._owner.view.currentIndex() in (0, 2):
            entries.append(("Weyl's line", ink(self.palette(), 0.5), Qt.PenStyle.DashLine))
        painter.setFont(scaled(self.font(), 0.9))
        row = painter.fontMetrics().height() + 2
        wide = int(plot.rect.width() * 0.5)
        for i, (name, colour, style) in enumerate(entries[: max(1, int(plot.rect.height() / row))]):
            y = plot.rect.top() + 4 + i * row
            painter.setPen(QPen(colour, 2.2, style))
            painter.drawLine(QPointF(plot.rect.left() + 10, y + row / 2), QPointF(plot.rect.left() + 30, y + row / 2))
            painter.setPen(ink(self.palette(), 0.85))
            text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, wide)
            painter.drawText(QRectF(plot.rect.left() + 37, y, wide, row), int(Qt.AlignmentFlag.AlignVCenter), text)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self.hit(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if found else Qt.CursorShape.ArrowCursor)
        if found:
            curve, mode = found
            text = f"{curve.name}\nmode {mode}, λ = {number(float(curve.evals[mode]))}"
            QToolTip.showText(event.globalPosition().toPoint(), text, self)
        else:
            QToolTip.hideText()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.hit(event.position())
        if event.button() == Qt.MouseButton.LeftButton and found:
            self._choose(found[0].item_id, found[1])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        curve = next((c for c in self.curves if c.item_id == self.current[0]), None)
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if curve is None or step is None:
            super().keyPressEvent(event)
            return
        self._choose(curve.item_id, int(np.clip(self.current[1] + step, 0, len(curve.evals) - 1)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.update()

    def _choose(self, item_id: str, mode: int) -> None:
        self.current = (item_id, mode)
        self.update()
        self._owner.mode_chosen.emit(item_id, mode)
