"""How far a training is from the best that can be reached: loss / optimum on a logarithmic scale."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from eigenform_app import theme

TARGET = 1.005
_TICKS = (2.0, 1.1, 1.01, 1.001)


def place(ratio: float) -> float:
    """Where a ratio stands: 0 at twice the optimum or worse, 1 at a thousandth above it or better."""
    excess = max(ratio - 1.0, 1e-9)
    return min(1.0, max(0.0, -math.log10(excess) / 3.0))


class Gauge(QWidget):
    """A bar that fills as loss / optimum falls to 1, with a mark at the target."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ratio: float | None = None
        self.setMinimumHeight(38)
        self.setAccessibleName("Loss over optimum")
        self.setToolTip(
            "<qt>The training loss over the least loss any basis can reach on these probe functions. 1 is perfect; "
            f"the mark is at {TARGET}.</qt>"
        )

    def sizeHint(self) -> QSize:
        return QSize(200, 38)

    def set_ratio(self, ratio: float | None) -> None:
        """Show a ratio; None for none yet."""
        if ratio != self.ratio:
            self.ratio = ratio
            self.setAccessibleDescription("" if ratio is None else f"{ratio:.4f}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, width = 8.0, self.width() - 16.0
        track = QRectF(left, 6, width, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("hover"))
        painter.drawRoundedRect(track, 4, 4)
        if self.ratio is not None:
            good = self.ratio <= TARGET
            painter.setBrush(theme.colour("good" if good else "accent"))
            painter.drawRoundedRect(QRectF(left, 6, max(8.0, width * place(self.ratio)), 8), 4, 4)
        painter.setPen(theme.colour("good"))
        x = left + width * place(TARGET)
        painter.drawLine(int(x), 3, int(x), 17)
        font = self.font()
        font.setPixelSize(10)
        painter.setFont(font)
        painter.setPen(theme.colour("muted"))
        for tick in _TICKS:
            x = left + width * place(tick)
            where = QRectF(min(max(x - 20, 0), self.width() - 40.0), 19, 40, 14)
            side = Qt.AlignmentFlag.AlignHCenter
            if tick == _TICKS[0]:
                side = Qt.AlignmentFlag.AlignLeft
            elif tick == _TICKS[-1]:
                side = Qt.AlignmentFlag.AlignRight
            painter.drawText(where, side, f"{tick:g}")
        painter.end()
