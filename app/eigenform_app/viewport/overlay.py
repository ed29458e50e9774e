"""What is written over the picture: colour bars, axes, the picked vertex, frames. One painter for screen and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from eigenform_app.viewport.colours import table
from eigenform_app.viewport.fonts import scaled
from eigenform_app.viewport.layer_base import Bar
from eigenform_app.viewport.numbers import number

ACCENT = "#4c9be8"
CORNER = 9.0
AXES = ("#e2604f", "#5fae57", "#4a8fe0")


@dataclass
class ViewNote:
    """What is written over one view. ``rect`` is in logical pixels of the whole viewport."""

    rect: QRectF
    bar: Bar | None = None
    name: str = ""
    active: bool = False
    axes: Sequence[tuple[float, float, float]] = ()
    mark: QPointF | None = None
    mark_text: Sequence[str] = ()


def paint(painter: QPainter, notes: Sequence[ViewNote], dark: bool, font: QFont) -> None:
    """Write all notes; the painter's scale decides how large."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    for note in notes:
        painter.save()
        painter.setClipRect(note.rect)
        painter.setFont(font)
        if len(notes) > 1:
            _frame(painter, note, dark)
        if note.axes:
            _axes(painter, note)
        if note.bar is not None:
            _bar(painter, note.rect, note.bar, dark)
        if note.mark is not None:
            _mark(painter, note, dark)
        painter.restore()


def _ink(dark: bool, strength: float = 1.0) -> QColor:
    colour = QColor("#eef1f5" if dark else "#1d232c")
    colour.setAlphaF(strength)
    return colour


def _frame(painter: QPainter, note: ViewNote, dark: bool) -> None:
    edge = QColor(ACCENT) if note.active else _ink(dark, 0.14)
    painter.setPen(QPen(edge, 1.6 if note.active else 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(note.rect.adjusted(0.8, 0.8, -0.8, -0.8), CORNER - 1, CORNER - 1)
    if note.name:
        painter.setPen(_ink(dark, 0.75))
        painter.drawText(note.rect.adjusted(14, 10, -14, 0), int(Qt.AlignmentFlag.AlignLeft), note.name)


def _bar(painter: QPainter, rect: QRectF, bar: Bar, dark: bool) -> None:
    font = painter.font()
    width = min(220.0, rect.width() * 0.5)
    if width < 60 or rect.height() < 90:
        return
    line = painter.fontMetrics().height()
    x, y = rect.center().x() - width / 2, rect.bottom() - 22 - line
    paper = QColor("#1c2028" if dark else "#ffffff")
    paper.setAlphaF(0.62)  # slices in bright colours may lie behind the words
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(paper)
    caption = QFontMetricsF(scaled(font, 1.05, bold=True)).horizontalAdvance(bar.caption)
    plate = max(width + 64, caption + 24)
    painter.drawRoundedRect(QRectF(rect.center().x() - plate / 2, y - line - 11, plate, 2 * line + 30), 8, 8)
    painter.setFont(scaled(font, 1.05, bold=True))
    painter.setPen(_ink(dark, 0.92))
    above = QRectF(rect.left() + 4, y - line - 9, rect.width() - 8, line + 4)
    painter.drawText(above, int(Qt.AlignmentFlag.AlignCenter), bar.caption)
    ramp = QLinearGradient(x, 0, x + width, 0)
    colours = table(bar.map_name)
    for i in range(0, 256, 15):
        ramp.setColorAt(i / 255, QColor.fromRgbF(*(float(c) for c in colours[i])))
    painter.setPen(QPen(_ink(dark, 0.22), 1))
    painter.setBrush(QBrush(ramp))
    painter.drawRoundedRect(QRectF(x, y, width, 8), 4, 4)
    painter.setFont(scaled(font, 0.86))
    painter.setPen(_ink(dark, 0.7))
    ticks = [bar.low, 0.0, bar.high] if bar.low < 0 < bar.high else [bar.low, (bar.low + bar.high) / 2, bar.high]
    for value in ticks:
        at = x + width * (value - bar.low) / (bar.high - bar.low)
        box = QRectF(at - 50, y + 11, 100, line)
        text = number(0.0 if abs(value) < 1e-3 * (bar.high - bar.low) else value).replace("-", "\N{MINUS SIGN}")
        painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), text)


def _axes(painter: QPainter, note: ViewNote) -> None:
    if note.rect.height() < 160:
        return
    centre = QPointF(note.rect.left() + 38, note.rect.bottom() - 38)
    painter.setFont(scaled(painter.font(), 0.82, bold=True))
    for i in sorted(range(3), key=lambda k: note.axes[k][2]):
        x, y, z = note.axes[i]
        colour = QColor(AXES[i])
        colour.setAlphaF(0.95 if z >= -0.05 else 0.45)
        tip = centre + QPointF(x, -y) * 21
        painter.setPen(QPen(colour, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(centre, tip)
        at = centre + QPointF(x, -y) * 29
        painter.drawText(QRectF(at.x() - 9, at.y() - 9, 18, 18), int(Qt.AlignmentFlag.AlignCenter), "xyz"[i])


def _mark(painter: QPainter, note: ViewNote, dark: bool) -> None:
    assert note.mark is not None
    painter.setPen(QPen(QColor("#0c0e12"), 3.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(note.mark, 5.5, 5.5)
    painter.setPen(QPen(QColor("#ffffff"), 1.8))
    painter.drawEllipse(note.mark, 5.5, 5.5)
    if not note.mark_text:
        return
    painter.setFont(scaled(painter.font(), 0.92))
    metrics = painter.fontMetrics()
    width = max(metrics.horizontalAdvance(t) for t in note.mark_text) + 22
    height = metrics.height() * len(note.mark_text) + 14
    x, y = note.mark.x() + 16, note.mark.y() - height - 10
    if x + width > note.rect.right() - 6:
        x = note.mark.x() - 16 - width
    box = QRectF(x, max(y, note.rect.top() + 6), width, height)
    path = QPainterPath()
    path.addRoundedRect(box, 7, 7)
    paper = QColor("#1c2028" if dark else "#ffffff")
    paper.setAlphaF(0.9)
    painter.setPen(QPen(_ink(dark, 0.2), 1))
    painter.fillPath(path, paper)
    painter.drawPath(path)
    painter.setPen(_ink(dark, 0.95))
    for i, text in enumerate(note.mark_text):
        row = QRectF(box.left() + 11, box.top() + 7 + i * metrics.height(), width, metrics.height())
        painter.drawText(row, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)


class Overlay(QWidget):
    """Lies over the GL widget, lets every event through, paints ``notes``."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.notes: list[ViewNote] = []
        self.dark = True
        self.handles: Callable[[QPainter, bool], None] | None = None  # paints what is on the screen but in no file
        self.handles_place: Callable[[], QRect] = QRect  # where it paints
        self._handles_at = QRect()

    def update_handles(self) -> None:
        """Paint the handles again, where they were and where they are."""
        now = self.handles_place()
        self.update(now.united(self._handles_at))
        self._handles_at = now

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the notes."""
        painter = QPainter(self)
        paint(painter, self.notes, self.dark, self.font())
        if self.handles is not None:
            self.handles(painter, self.dark)
        self._round_corners(painter)
        painter.end()

    def _round_corners(self, painter: QPainter) -> None:
        """Cover the corners of the picture with the colour of the window around it."""
        whole, inner = QPainterPath(), QPainterPath()
        whole.addRect(QRectF(self.rect()))
        inner.addRoundedRect(QRectF(self.rect()), CORNER, CORNER)
        painter.setClipping(False)
        painter.fillPath(whole.subtracted(inner), self.palette().window())
