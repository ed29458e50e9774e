"""The training plot: how far the loss is from its optimum, step by step, and how well each mode is captured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from eigenform_app.panels.axes import Axis, Plot, ink

KEPT = 2000  # points of the curve; longer histories are thinned
GOOD = 1.005  # the ratio that counts as trained
FLOOR = 1e-5  # the smallest distance to 1 that the curve shows
SECOND = {"psnr": ("PSNR", "dB"), "held_out": ("held-out error", "")}
"""Scalars that get a curve of their own, the first one that a run reports: name and unit."""


class TrainingPlot(QWidget):
    """Shows scalars of a training run: ``ratio`` (loss / optimum), or ``loss`` and ``optimum``, or ``loss`` alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 110)
        self.setAccessibleName("Training")
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._steps: list[float] = []
        self._ratios: list[float] = []
        self._losses: list[float] = []
        self._second: dict[str, list[tuple[float, float]]] = {}
        self._captured: np.ndarray | None = None
        self._last: Mapping[str, float] = {}
        self.update()

    def append(self, step: int, scalars: Mapping[str, float]) -> None:
        """Add one step. What is not finite is left out."""
        self.extend([(step, scalars)])

    def extend(self, history: Sequence[tuple[int, Mapping[str, float]]]) -> None:
        """Add many steps at once."""
        for step, scalars in history:
            self._last = {**self._last, **scalars}
            self._stride_in(step, self._ratio_of(scalars), float(scalars.get("loss", np.nan)))
            self._take_second(step, scalars)
        self.update()

    def _take_second(self, step: int, scalars: Mapping[str, float]) -> None:
        for name in SECOND:
            value = scalars.get(name)
            if value is not None and np.isfinite(value):
                rows = self._second.setdefault(name, [])
                rows.append((float(step), float(value)))
                if len(rows) > KEPT:
                    del rows[1:-1:2]

    def second(self) -> str:
        """The scalar with a curve of its own; "" where there is none."""
        return next((name for name in SECOND if name in self._second), "")

    def set_captured(self, energy: Sequence[float] | np.ndarray | None) -> None:
        """Captured energy of each reference mode, 0 to 1; None hides the bars."""
        self._captured = None if energy is None else np.clip(np.asarray(energy, dtype=np.float64), 0, 1)
        self.update()

    @property
    def ratio(self) -> float | None:
        """The newest loss / optimum; None before there is one."""
        good = [r for r in self._ratios[-50:] if np.isfinite(r)]
        return good[-1] if good else None

    def readout(self) -> tuple[str, str]:
        """The large figure and what it is."""
        if self.ratio is not None:
            return f"{self.ratio:.4f}", "loss / optimum"
        if name := self.second():
            value, (what, unit) = self._second[name][-1][1], SECOND[name]
            return (f"{value:.1f}", f"{what}, {unit}") if unit else (f"{value:.3g}", what)
        losses = [v for v in self._losses[-50:] if np.isfinite(v)]
        return (f"{losses[-1]:.4g}", "loss") if losses else ("–", "loss / optimum")

    def _ratio_of(self, scalars: Mapping[str, float]) -> float:
        if "ratio" in scalars:
            return float(scalars["ratio"])
        loss, optimum = scalars.get("loss"), scalars.get("optimum", self._last.get("optimum"))
        return float(loss) / float(optimum) if loss is not None and optimum else np.nan

    def _stride_in(self, step: int, ratio: float, loss: float) -> None:
        self._steps.append(float(step))
        self._ratios.append(ratio)
        self._losses.append(loss)
        if len(self._steps) > KEPT:
            keep = slice(None, None, 2)
            last = (self._steps[-1], self._ratios[-1], self._losses[-1])
            self._steps, self._ratios, self._losses = self._steps[keep], self._ratios[keep], self._losses[keep]
            if self._steps[-1] != last[0]:
                for row, value in zip((self._steps, self._ratios, self._losses), last, strict=True):
                    row.append(value)

    # -- painting ----------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(420, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Gauge on the left, curve in the middle, bars of captured energy on the right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(10, 6, -10, -6)
        gauge = min(190.0, area.width() * 0.34)
        self._gauge(painter, QRectF(area.left(), area.top(), gauge, area.height()))
        more = self._captured is not None or self.second()
        bars = area.width() * 0.27 if more and area.width() > 420 else 0.0
        middle = QRectF(area.left() + gauge, area.top(), area.width() - gauge - bars, area.height())
        self._curve(painter, middle.adjusted(56, 20, -10, -38))
        if bars:
            right = QRectF(area.right() - bars, area.top(), bars, area.height()).adjusted(50, 20, 0, -38)
            if self._captured is not None:
                self._bars(painter, right)
            else:
                self._second_curve(painter, right)

    def _gauge(self, painter: QPainter, rect: QRectF) -> None:
        figure, what = self.readout()
        good = self.ratio is not None and self.ratio <= GOOD
        colour = QColor("#2fa58c") if good else self.palette().highlight().color()
        side = min(rect.width(), rect.height() * 1.5) - 14
        circle = QRectF(rect.center().x() - side / 2, rect.center().y() - side * 0.36, side, side)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink(self.palette(), 0.13), 7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(circle, 200 * 16, -220 * 16)
        painter.setPen(QPen(colour, 7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        share = self.closeness()
        if share > 0:
            painter.drawArc(circle, 200 * 16, round(-220 * 16 * share))
        font = QFont(self.font())
        font.setPixelSize(max(14, int(side * 0.20)))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(ink(self.palette(), 0.96))
        row = painter.fontMetrics().height()
        middle = circle.top() + side * 0.42
        centre = int(Qt.AlignmentFlag.AlignCenter)
        painter.drawText(QRectF(rect.left(), middle - row / 2, rect.width(), row), centre, figure)
        painter.setFont(self.font())
        painter.setPen(ink(self.palette(), 0.66))
        painter.drawText(QRectF(rect.left(), middle + row / 2 - 2, rect.width(), 20), centre, what)

    def closeness(self) -> float:
        """How full the gauge is: 0 at twice the optimum, 1 at a distance of 0.001, logarithmic between."""
        if self.ratio is None:
            return 0.0
        return float(np.clip(-np.log10(max(self.ratio - 1, 1e-12)) / 3, 0, 1))

    def _curve(self, painter: QPainter, rect: QRectF) -> None:
        steps, ratios = np.array(self._steps), np.array(self._ratios)
        values, title = ratios - 1, "distance to the optimum"
        if not np.isfinite(ratios).any():
            values, title = np.array(self._losses), "loss"
        good = np.isfinite(values)
        if good.sum() < 1 or rect.width() < 40 or rect.height() < 20:
            painter.setPen(ink(self.palette(), 0.5))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(rect, flags, "The loss appears here while a method trains.")
            return
        x, y = steps[good], np.maximum(values[good], FLOOR)
        low, high = 10 ** np.floor(np.log10(y.min())), 10 ** np.ceil(np.log10(y.max()) + 1e-9)
        last = max(x[-1], x[0] + 1)
        plot = Plot(rect, Axis(x[0], last), Axis(low, max(high, low * 10), log=True), self.palette())
        plot.frame(painter, "step", title)
        accent = self.palette().highlight().color()
        if title != "loss" and plot.y.low < GOOD - 1 < plot.y.high:
            level = plot.at(x[0], GOOD - 1).y()
            painter.setPen(QPen(QColor("#2fa58c"), 1.2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(rect.left(), level), QPointF(rect.right(), level))
        points = plot.polyline(x, y)
        fill = QLinearGradient(0, rect.top(), 0, rect.bottom())
        for at, strength in ((0.0, 0.30), (1.0, 0.02)):
            colour = QColor(accent)
            colour.setAlphaF(strength)
            fill.setColorAt(at, colour)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([*points, plot.at(x[-1], low), plot.at(x[0], low)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(accent, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(points)
        painter.setBrush(accent)
        painter.drawEllipse(points[-1], 3.5, 3.5)

    def _second_curve(self, painter: QPainter, rect: QRectF) -> None:
        name = self.second()
        x, y = np.array(self._second[name]).T
        log = name != "psnr" and y.min() > 0
        low, high = (y.min() / 1.2, y.max() * 1.2) if log else (y.min() - 1, y.max() + 1)
        plot = Plot(rect, Axis(x[0], max(x[-1], x[0] + 1)), Axis(float(low), float(high), log=log), self.palette())
        what, unit = SECOND[name]
        plot.frame(painter, "step", f"{what} [{unit}]" if unit else what)
        painter.setPen(QPen(QColor("#2fa58c"), 2.0))
        points = plot.polyline(x, y)
        painter.drawPolyline(points)
        painter.setBrush(QColor("#2fa58c"))
        painter.drawEllipse(points[-1], 3.0, 3.0)

    def _bars(self, painter: QPainter, rect: QRectF) -> None:
        assert self._captured is not None
        n = len(self._captured)
        if n == 0 or rect.width() < 20 or rect.height() < 20:
            return
        plot = Plot(rect, Axis(-0.5, n - 0.5), Axis(0.0, 1.0), self.palette())
        plot.frame(painter, "mode", f"captured, mean {self._captured.mean():.3f}")
        painter.setPen(Qt.PenStyle.NoPen)
        width = max(1.0, 0.78 * rect.width() / n)
        colour = QColor(self.palette().highlight().color())
        for k, value in enumerate(self._captured):
            colour.setAlphaF(0.35 + 0.6 * float(value))
            painter.setBrush(colour)
            top = plot.at(k, value)
            painter.drawRect(QRectF(top.x() - width / 2, top.y(), width, rect.bottom() - top.y()))
