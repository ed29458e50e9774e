"""Curves that a result carries in its ``meta``: how FreSh chose a frequency, and the error over the band.

``PLOTS`` says for each key of ``meta`` how it is drawn; a method that leaves such an entry needs no code here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from eigenform_app.panels.axes import Axis, Plot, ink, label, scaled

CHOSEN = QColor("#2fa58c")


class CurvesPlot(QWidget):
    """Draws the first entry of ``meta`` that :data:`PLOTS` knows; hidden where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(220, 110)
        self.setAccessibleName("Curves")
        self.key, self.entry = "", {}  # type: str, Mapping[str, Any]
        self.hide()

    def set_meta(self, meta: Mapping[str, Any]) -> None:
        """Show what a result says of itself."""
        self.key = next((k for k in PLOTS if isinstance(meta.get(k), Mapping) and meta[k]), "")
        self.entry = meta[self.key] if self.key else {}
        self.setVisible(bool(self.key))
        self.setToolTip(self.words())
        self.update()

    def words(self) -> str:
        """What the plot shows, in a sentence."""
        return PLOTS[self.key][0](self.entry) if self.key else ""

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(460, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The plot, with its sentence above."""
        if not self.key:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(10, 2, -10, -6)
        painter.setPen(ink(self.palette(), 0.85))
        row = painter.fontMetrics().height()
        words = painter.fontMetrics().elidedText(self.words(), Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(QRectF(area.left(), area.top(), area.width(), row), int(Qt.AlignmentFlag.AlignLeft), words)
        below = area.adjusted(0, row + 4, 0, 0)
        if below.height() > 60:
            PLOTS[self.key][1](painter, below, self.entry, self)


# -- FreSh -----------------------------------------------------------------------------------------------------------


def _fresh_words(entry: Mapping[str, Any]) -> str:
    raced = f"; {len(entry['errors'])} raced" if entry.get("errors") else ""
    count = len(entry["candidates"])
    return f"FreSh chose {entry.get('symbol', 'frequency')} {entry['chosen']:g} of {count} candidates{raced}"


def _fresh(painter: QPainter, area: QRectF, entry: Mapping[str, Any], widget: QWidget) -> None:
    half = area.width() / 2
    _distances(painter, QRectF(area.left(), area.top(), half, area.height()).adjusted(46, 20, -8, -36), entry, widget)
    _spectra(
        painter, QRectF(area.left() + half, area.top(), half, area.height()).adjusted(46, 20, 0, -36), entry, widget
    )


def _distances(painter: QPainter, rect: QRectF, entry: Mapping[str, Any], widget: QWidget) -> None:
    """A bar for each candidate: how far its spectrum is from the signal's."""
    values, names = np.asarray(entry["distances"], dtype=float), entry["candidates"]
    n = len(values)
    plot = Plot(rect, Axis(-0.5, n - 0.5), Axis(0.0, float(values.max()) * 1.08 or 1.0), widget.palette())
    plot.frame(painter, entry.get("symbol", "frequency"), "distance of the spectra", x_labels=False)
    width = max(2.0, 0.7 * rect.width() / n)
    every = max(1, int(np.ceil(n * 30 / max(rect.width(), 1))))
    for k, value in enumerate(values):
        chosen = names[k] == entry["chosen"]
        colour = QColor(CHOSEN if chosen else widget.palette().highlight().color())
        colour.setAlphaF(1.0 if chosen else 0.45)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        top = plot.at(k, float(value))
        painter.drawRoundedRect(QRectF(top.x() - width / 2, top.y(), width, rect.bottom() - top.y()), 2, 2)
        if chosen or k % every == 0:
            painter.setPen(ink(widget.palette(), 0.96 if chosen else 0.68))
            box = QRectF(top.x() - 30, rect.bottom() + 3, 60, 16)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter), label(float(names[k])))


def _spectra(painter: QPainter, rect: QRectF, entry: Mapping[str, Any], widget: QWidget) -> None:
    """The signal's spectrum, that of the candidate chosen, and faintly all others."""
    target, rows = np.asarray(entry["target"], dtype=float), np.asarray(entry["spectra"], dtype=float)
    x = np.arange(1, len(target) + 1, dtype=float)
    top = float(max(target.max(), np.percentile(rows.max(axis=1), 60))) * 1.1
    plot = Plot(rect, Axis(1.0, float(len(target))), Axis(0.0, top), widget.palette())
    plot.frame(painter, "frequency", "")
    _key(painter, rect, (("spectrum:", ink(widget.palette(), 0.68)), ("signal", _accent(widget)), ("network", CHOSEN)))
    painter.save()
    painter.setClipRect(rect)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for k, row in enumerate(rows):
        if entry["candidates"][k] != entry["chosen"]:
            painter.setPen(QPen(ink(widget.palette(), 0.18), 1))
            painter.drawPolyline(plot.polyline(x, row))
    chosen = rows[list(entry["candidates"]).index(entry["chosen"])]
    for row, colour in ((target, _accent(widget)), (chosen, CHOSEN)):
        painter.setPen(QPen(colour, 2))
        painter.drawPolyline(plot.polyline(x, row))
    painter.restore()


def _accent(widget: QWidget) -> QColor:
    return widget.palette().highlight().color()


def _key(painter: QPainter, rect: QRectF, words: tuple[tuple[str, QColor], ...]) -> None:
    """What the colours stand for, in a row above a plot: within it the words would cover the curves."""
    painter.save()
    painter.setFont(scaled(painter.font(), 0.86))
    metrics = painter.fontMetrics()
    x, row = rect.left() - 44, metrics.height()
    for said, colour in words:
        painter.setPen(colour)
        painter.drawText(QRectF(x, rect.top() - row - 5, rect.width() + 60, row), int(Qt.AlignmentFlag.AlignLeft), said)
        x += metrics.horizontalAdvance(said) + 8
    painter.restore()


# -- the error over the band -----------------------------------------------------------------------------------------


def _band_words(entry: Mapping[str, Any]) -> str:
    best = entry["bands"][int(np.argmin(entry["errors"]))]
    return f"Held-out error over the band, {entry['units']:,} units: least at {best:.3g}, shown {entry['band']:.3g}"


def _band(painter: QPainter, area: QRectF, entry: Mapping[str, Any], widget: QWidget) -> None:
    x, y = np.asarray(entry["bands"], dtype=float), np.asarray(entry["errors"], dtype=float)
    rect = area.adjusted(56, 20, -8, -36)
    y_axis = Axis(float(y.min()) / 1.3, float(y.max()) * 1.3, log=True)
    plot = Plot(rect, Axis(float(x.min()), float(x.max()) * 1.0001, log=True), y_axis, widget.palette())
    plot.frame(painter, "band", "error, of the box")
    accent = widget.palette().highlight().color()
    painter.setPen(QPen(CHOSEN, 1.4, Qt.PenStyle.DashLine))
    at = plot.at(float(entry["band"]), y_axis.low).x()
    painter.drawLine(QPointF(at, rect.top()), QPointF(at, rect.bottom()))
    points = plot.polyline(x, y)
    painter.setPen(QPen(accent, 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(points)
    painter.setBrush(accent)
    for point in points:
        painter.drawEllipse(point, 3.0, 3.0)


_Draw = Callable[[QPainter, QRectF, Mapping[str, Any], QWidget], None]
PLOTS: dict[str, tuple[Callable[[Mapping[str, Any]], str], _Draw]] = {
    "fresh": (_fresh_words, _fresh),
    "u_curve": (_band_words, _band),
}
"""Key of ``meta`` to the sentence and the plot of its entry."""
