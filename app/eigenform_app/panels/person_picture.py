"""A photograph of a person with what was found in it drawn over it: outline, points, body, maps, strokes."""

from __future__ import annotations

import numpy as np
from eigenform.avatar import keypoints as names
from eigenform.avatar import views
from eigenform.types import View
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from eigenform_app.panels.person_zoom import ZoomedView
from eigenform_app.panels.views_panel import picture_of
from eigenform_app.viewport.geometry import equal

POINTS, ADD, ERASE, INSIDE, OUTSIDE = "points", "add", "erase", "inside", "outside"
SURE = 0.05  # points of less confidence are hidden
SIDES = {"left": QColor("#2fd0bd"), "right": QColor("#ff9a4a"), "middle": QColor("#ffffff")}
OUTLINE, GREEN, RED = QColor("#ff4fa3"), QColor(80, 230, 120), QColor(255, 80, 80)


class PersonPicture(ZoomedView):
    """Draws a :class:`~eigenform.types.View` at a zoom; ``chosen`` is the point that stands out, -1 for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tool, self.share = POINTS, 0.03
        self.locked = False
        self.chosen = -1
        self.show_points = self.show_outline = self.show_body = True
        self.map = ""
        self.strokes: dict[str, list[list[tuple[float, float]]]] = {INSIDE: [], OUTSIDE: []}
        self._picture = QImage()
        self._scaled: tuple[float, QPixmap] | None = None
        self._outline = QPainterPath()
        self._map = QImage()
        self._body = QImage()
        self._drag: tuple[int, QPointF] | None = None
        self._stroke: list[tuple[float, float]] = []
        self._hover = QPointF(-1e4, -1e4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 200)

    def sizeHint(self) -> QSize:
        """Room for a photograph."""
        return QSize(520, 560)

    # -- what is shown -------------------------------------------------------------------------------------------------

    def set_view(self, view: View | None) -> None:
        """Show a view; the place and the zoom stay where it is the same photograph."""
        old, self.view = self.view, view
        if view is None:
            self.update()
            return
        if old is None or not equal(old.pixels, view.pixels):
            self._picture, self._scaled = picture_of(view.pixels), None
            self.chosen = -1
            self.clear_strokes()
            self.fit_person()
        if old is None or old.mask is not view.mask:
            self._outline = _path(views.outline(view.mask)) if view.mask is not None else QPainterPath()
        if self.chosen >= 0 and view.keypoints is None:
            self.chosen = -1
        self._draw_map()
        self.update()

    def set_map(self, name: str) -> None:
        """Show a map of the clothes, or none for an empty name."""
        self.map = name
        self._draw_map()
        self.update()

    def set_body(self, picture: np.ndarray | None) -> None:
        """Show the fitted body, a picture (S, S, 4) uint8 of the crop."""
        self._body = QImage() if picture is None else _rgba(picture)
        self.update()

    def choose(self, index: int) -> None:
        """Choose a point from outside."""
        self.chosen = index
        self.update()

    def clear_strokes(self) -> None:
        """Forget the strokes for cutting out."""
        self.strokes = {INSIDE: [], OUTSIDE: []}
        self.update()

    @property
    def radius(self) -> float:
        """Of the brush, in pixels of the photograph."""
        return 1.0 if self.view is None else self.share * max(self.view.pixels.shape[:2]) / 2

    def _draw_map(self) -> None:
        picture = views.map_picture(self.view, self.map) if self.view is not None and self.map else None
        self._map = QImage() if picture is None else _rgba(picture)

    # -- painting ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size, another scaled photograph."""
        self._scaled = None
        if self._around:
            self.fit_person()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Photograph, maps, body, outline, points, strokes."""
        if self.view is None:
            return
        painter = QPainter(self)
        self._paint_picture(painter)
        crop = self._crop_place()
        if not self._map.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(crop, self._map)
        if self.show_body and not self._body.isNull():
            painter.setOpacity(0.55)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(crop, self._body)
            painter.setOpacity(1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.show_outline and not self._outline.isEmpty():
            self._paint_outline(painter)
        self._paint_strokes(painter)
        if self.show_points:
            self._paint_points(painter)
        if self.tool != POINTS and not self.locked and self._hover.x() > -1000:
            r = self.scale() * self.radius
            for colour, width in ((QColor(0, 0, 0, 150), 3.0), (QColor(255, 255, 255), 1.4)):
                painter.setPen(QPen(colour, width))
                painter.drawEllipse(self._hover, r, r)

    def _paint_picture(self, painter: QPainter) -> None:
        """The photograph; small, it is drawn from a copy of that size, which is ten times as fast."""
        s, ratio = self.scale(), self.devicePixelRatioF()
        h, w = self._picture.height(), self._picture.width()
        place = QRectF(self.to_widget(0, 0), self.to_widget(w, h))
        if s * ratio >= 1:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, s * ratio < 3)
            painter.drawImage(place, self._picture)
            return
        if self._scaled is None or self._scaled[0] != s * ratio:
            size = (max(1, round(w * s * ratio)), max(1, round(h * s * ratio)))
            small = self._picture.scaled(
                *size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            self._scaled = (s * ratio, QPixmap.fromImage(small))
        painter.drawPixmap(place, self._scaled[1], QRectF(self._scaled[1].rect()))

    def _crop_place(self) -> QRectF:
        assert self.view is not None
        corners = views.crop_corners(self.view)
        return QRectF(self.to_widget(*corners[3]), self.to_widget(*corners[1]))

    def _paint_outline(self, painter: QPainter) -> None:
        assert self.view is not None
        s, origin = self.scale(), self.to_widget(0, 0)
        path = QTransform(s, 0, 0, s, origin.x(), origin.y()).map(self._outline)
        if self.tool != POINTS:  # what is not the person is dimmed while the mask is worked on
            h, w = self.view.pixels.shape[:2]
            around = QPainterPath()
            around.addRect(QRectF(origin, self.to_widget(w, h)))
            painter.fillPath(around.subtracted(path), QColor(10, 12, 16, 120))
        for colour, width in ((QColor(0, 0, 0, 110), 3.0), (OUTLINE, 1.6)):
            painter.setPen(QPen(colour, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(path)

    def _paint_strokes(self, painter: QPainter) -> None:
        pen = QPen(Qt.GlobalColor.white, 2 * self.scale() * self.radius)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        lines = [(GREEN, s) for s in self.strokes[INSIDE]] + [(RED, s) for s in self.strokes[OUTSIDE]]
        if self._stroke:
            lines.append((GREEN if self.tool in (ADD, INSIDE) else RED, self._stroke))
        for colour, points in lines:
            seen = QColor(colour)
            seen.setAlpha(150)
            pen.setColor(seen)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            path = QPainterPath(self.to_widget(*points[0]))
            for point in points[1:] or [(points[0][0] + 0.01, points[0][1])]:
                path.lineTo(self.to_widget(*point))
            painter.drawPath(path)

    def _paint_points(self, painter: QPainter) -> None:
        assert self.view is not None
        if self.view.keypoints is None:
            return
        found = np.array(self.view.keypoints)
        if self._drag is not None:
            found[self._drag[0], :2] = self.to_photograph(self._drag[1])
        places = [self.to_widget(x, y) for x, y, _ in found]
        sure = found[:, 2] > SURE
        for a, b in names.LINES:
            if sure[a] and sure[b]:
                side = {names.side(a), names.side(b)} - {"middle"}
                colour = SIDES[side.pop() if len(side) == 1 else "middle"]
                painter.setPen(QPen(QColor(0, 0, 0, 120), 4.0))
                painter.drawLine(places[a], places[b])
                painter.setPen(QPen(colour, 2.0))
                painter.drawLine(places[a], places[b])
        hovered = self.hovered()
        for i in np.flatnonzero(sure):
            large = int(i) in (self.chosen, hovered)
            painter.setPen(QPen(QColor(0, 0, 0, 200), 1.5))
            painter.setBrush(SIDES[names.side(int(i))])
            painter.drawEllipse(places[i], 6.5 if large else 4.5, 6.5 if large else 4.5)
        named = self._drag[0] if self._drag is not None else hovered if hovered >= 0 else self.chosen
        if named >= 0 and sure[named]:
            self._paint_name(painter, names.NAMES[named], places[named])

    def _paint_name(self, painter: QPainter, words: str, at: QPointF) -> None:
        box = QRectF(painter.fontMetrics().boundingRect(words)).adjusted(-7, -3, 7, 3)
        box.moveCenter(QPointF(at.x(), at.y() - 20))
        box.moveLeft(max(4.0, min(box.left(), self.width() - box.width() - 4)))
        if box.top() < 2:
            box.moveTop(at.y() + 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(12, 15, 22, 215))
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def hovered(self) -> int:
        """The point under the pointer, -1 for none."""
        return -1


def _path(lines: list[np.ndarray]) -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for line in lines:
        path.moveTo(*line[0])
        for x, y in line[1:]:
            path.lineTo(x, y)
        path.closeSubpath()
    return path


def _rgba(picture: np.ndarray) -> QImage:
    h, w = picture.shape[:2]
    return QImage(np.ascontiguousarray(picture).tobytes(), w, h, 4 * w, QImage.Format.Format_RGBA8888).copy()
