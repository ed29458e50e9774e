"""A small plotting area for QPainter: round ticks, linear and logarithmic axes, theme colours from the palette."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen

from eigenform_app.viewport.fonts import scaled


@dataclass(frozen=True)
class Axis:
    """A range; ``log`` axes need ``0 < low < high``."""

    low: float
    high: float
    log: bool = False

    def unit(self, value: float | np.ndarray) -> np.ndarray:
        """Where a value lies: 0 at ``low``, 1 at ``high``."""
        value = np.asarray(value, dtype=np.float64)
        if self.log:
            return np.log(np.maximum(value, 1e-300) / self.low) / np.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, about: int = 5) -> list[float]:
        """Round values inside the range, about ``about`` of them."""
        if self.log:
            return _log_ticks(self.low, self.high, about)
        step = nice_step((self.high - self.low) / max(1, about))
        first = np.ceil(self.low / step - 1e-9)
        count = int(np.floor(self.high / step + 1e-9) - first) + 1
        return [float((first + i) * step) for i in range(max(0, count))]


def nice_step(rough: float) -> float:
    """The nearest of 1, 2 and 5 times a power of ten that is not below ``rough``."""
    if not rough > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(m for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * (1 - 1e-9)) * power)


def _log_ticks(low: float, high: float, about: int) -> list[float]:
    decades = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    if len(decades) > about + 2:
        decades = decades[:: int(np.ceil(len(decades) / about))]
    for marks in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), tuple(float(v) for v in range(1, 10))):
        found = [
            float(m * 10.0**d) for d in decades for m in marks if low * (1 - 1e-9) <= m * 10.0**d <= high * (1 + 1e-9)
        ]
        if len(found) >= min(3, about):
            return found
    return found


def label(value: float, step: float = 0.0) -> str:
    """A tick label with a true minus sign and no needless digits."""
    if value == 0:
        return "0"
    if abs(value) >= 1e5 or abs(value) < 1e-3:
        exponent = int(np.floor(np.log10(abs(value))))
        mantissa = value / 10.0**exponent
        text = f"{mantissa:.3g}e{exponent}"
    elif step:
        text = f"{value:.{max(0, -int(np.floor(np.log10(step) + 1e-9)))}f}"
    else:
        text = f"{value:.4g}"
    return text.replace("-", "\N{MINUS SIGN}")


class Plot:
    """Draws axes in ``rect`` and maps data to pixels."""

    def __init__(self, rect: QRectF, x: Axis, y: Axis, palette: QPalette) -> None:
        self.rect, self.x, self.y, self.palette = rect, x, y, palette

    def at(self, x: float, y: float) -> QPointF:
        """The pixel of a point."""
        u, v = float(self.x.unit(x)), float(self.y.unit(y))
        return QPointF(self.rect.left() + u * self.rect.width(), self.rect.bottom() - v * self.rect.height())

    def polyline(self, x: np.ndarray, y: np.ndarray) -> list[QPointF]:
        """The pixels of many points."""
        px = self.rect.left() + self.x.unit(x) * self.rect.width()
        py = self.rect.bottom() - self.y.unit(y) * self.rect.height()
        return [QPointF(float(a), float(b)) for a, b in zip(px, py, strict=True)]

    def frame(self, painter: QPainter, x_title: str, y_title: str, x_labels: bool = True) -> None:
        """Grid, ticks, labels and titles; without ``x_labels`` what is drawn names its own places along x."""
        painter.save()
        painter.setFont(scaled(painter.font(), 0.86))
        row = painter.fontMetrics().height()
        x_ticks = self.x.ticks(max(2, int(self.rect.width() / 70))) if x_labels else []
        y_ticks = self.y.ticks(max(2, int(self.rect.height() / 34)))
        x_step = x_ticks[1] - x_ticks[0] if len(x_ticks) > 1 and not self.x.log else 0.0
        y_step = y_ticks[1] - y_ticks[0] if len(y_ticks) > 1 and not self.y.log else 0.0
        for value in y_ticks:
            y = self.at(self.x.low, value).y()
            painter.setPen(QPen(ink(self.palette, 0.10), 1))
            painter.drawLine(QPointF(self.rect.left(), y), QPointF(self.rect.right(), y))
            painter.setPen(ink(self.palette, 0.68))
            box = QRectF(self.rect.left() - 66, y - row / 2, 60, row)
            painter.drawText(
                box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), label(value, y_step)
            )
        for value in x_ticks:
            x = self.at(value, self.y.low).x()
            painter.setPen(QPen(ink(self.palette, 0.35), 1))
            painter.drawLine(QPointF(x, self.rect.bottom()), QPointF(x, self.rect.bottom() + 4))
            painter.setPen(ink(self.palette, 0.68))
            box = QRectF(x - 40, self.rect.bottom() + 5, 80, row)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter), label(value, x_step))
        painter.setPen(QPen(ink(self.palette, 0.35), 1))
        painter.drawLine(self.rect.bottomLeft(), self.rect.bottomRight())
        painter.setPen(ink(self.palette, 0.68))
        below = QRectF(self.rect.left(), self.rect.bottom() + 5 + row, self.rect.width(), row)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignHCenter), x_title)
        above = QRectF(self.rect.left() - 44, self.rect.top() - row - 5, self.rect.width() + 60, row)
        painter.drawText(above, int(Qt.AlignmentFlag.AlignLeft), y_title)
        painter.restore()


def ink(palette: QPalette, strength: float) -> QColor:
    """The text colour of the theme, diluted."""
    colour = QColor(palette.windowText().color())
    colour.setAlphaF(strength)
    return colour
