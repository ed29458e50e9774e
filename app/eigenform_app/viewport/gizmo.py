"""Handles to pose a figure with: a dot at each joint and, at the chosen one, three rings to turn its bone by.

They are painted over the picture, so that no limb hides them and no file holds them, and they take the mouse before the
camera does. Nothing here knows a skeleton: it is told where joints are and about which directions they turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF

from eigenform_app.viewport.overlay import ACCENT, AXES

if TYPE_CHECKING:
    from eigenform_app.viewport.viewport import Viewport

RADIUS = 58.0  # of the rings, logical pixels
CORNERS = 72  # of a ring
NEAR = 7.0  # logical pixels within which the pointer is on a ring
DOT = 4.0
FLAT = 0.22  # a ring seen more flatly than this is turned along its tangent
SNAP = np.radians(5.0)


@dataclass(frozen=True)
class Handles:
    """Where the handles are: ``joints`` (J, 3) and ``axes`` (J, 3, 3), whose columns are the unit directions a joint
    turns about, both in world coordinates; ``shown`` are the joints that have a dot, ``lines`` pairs joined by one."""

    joints: np.ndarray
    axes: np.ndarray
    shown: tuple[int, ...]
    lines: tuple[tuple[int, int], ...] = ()


@dataclass
class _Drag:
    view: int
    axis: int
    start: QPointF
    first: float | None
    along: np.ndarray
    angle: float = 0.0


class PoseGizmo(QObject):
    """``chosen`` is the joint that has the rings, -1 for none.

    Signals: ``joint_chosen(joint)``; then of one drag ``grabbed(joint)``, ``turned(joint, axis, angle)`` with the angle
    in radians since it began (counter-clockwise about the axis), and either ``released()`` or ``cancelled()``.
    """

    joint_chosen = Signal(int)
    grabbed = Signal(int)
    turned = Signal(int, int, float)
    released = Signal()
    cancelled = Signal()

    def __init__(self, viewport: Viewport) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self.handles: Handles | None = None
        self.chosen = -1
        self._hover: tuple[str, int] | None = None
        self._drag: _Drag | None = None
        viewport.surface.installEventFilter(self)

    # -- what is shown -------------------------------------------------------------------------------------------------

    def show_handles(self, handles: Handles | None) -> None:
        """Show handles here, or none."""
        if handles is None and self._drag is not None:
            self._end(self.cancelled)
        self.handles = handles
        self._viewport.repaint_overlay()

    def choose(self, joint: int) -> None:
        """Give a joint the rings; -1 takes them away."""
        self.chosen = joint
        self._viewport.repaint_overlay()

    @property
    def dragging(self) -> bool:
        """Whether a ring is being turned."""
        return self._drag is not None

    def dot(self, joint: int, view: int = 0) -> QPointF:
        """Where the dot of a joint is, in logical pixels of the viewport."""
        assert self.handles is not None
        return _point(self._viewport.to_screen(view, self.handles.joints[joint][None])[0])

    def ring(self, axis: int, view: int = 0) -> np.ndarray:
        """(n, 3) a ring of the chosen joint: x, y in logical pixels, and how far its part points to the viewer, -1 to
        1."""
        return np.asarray(self._rings(view)[axis])

    def _rings(self, view: int) -> np.ndarray:
        """(3, n, 3) all of them."""
        assert self.handles is not None
        centre = self.handles.joints[self.chosen]
        axes = self.handles.axes[self.chosen]
        across = np.array([_across(axes[:, axis]) for axis in range(3)])
        turn = np.linspace(0, 2 * np.pi, CORNERS + 1)
        out = (np.stack([np.cos(turn), np.sin(turn)], axis=1) @ across).reshape(-1, 3)
        points = centre + out * self._viewport.unit_at(view, centre) * RADIUS
        back = self._viewport.toward_eye(centre)
        return np.column_stack([self._viewport.to_screen(view, points), out @ back]).reshape(3, -1, 3)

    def place(self) -> QRect:
        """What the handles take up of the viewport, in logical pixels."""
        found = QRect()
        if self.handles is None or not len(self.handles.joints):
            return found
        for view in range(self._viewport.view_count):
            spots = self._viewport.to_screen(view, self.handles.joints)
            ends = [spots[list(self.handles.shown)]] if self.handles.shown else []
            if 0 <= self.chosen < len(spots):
                ends += [spots[self.chosen] - 2 * RADIUS, spots[self.chosen] + 2 * RADIUS]
            if ends:
                corners = np.clip(np.vstack(ends), -9999, 9999)
                low, high = np.floor(corners.min(axis=0) - 9).astype(int), np.ceil(corners.max(axis=0) + 9).astype(int)
                found = found.united(QRect(QPoint(int(low[0]), int(low[1])), QPoint(int(high[0]), int(high[1]))))
        return found

    # -- painting ------------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, dark: bool) -> None:
        """Paint the handles over every view."""
        if self.handles is None or not len(self.handles.joints):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for view, rect in enumerate(self._viewport.view_rects()):
            painter.save()
            painter.setClipRect(rect)
            spots = self._viewport.to_screen(view, self.handles.joints)
            self._paint_bones(painter, spots, dark)
            if 0 <= self.chosen < len(spots):
                self._paint_rings(painter, view, spots[self.chosen])
            painter.restore()

    def _paint_bones(self, painter: QPainter, spots: np.ndarray, dark: bool) -> None:
        assert self.handles is not None
        ink, paper = QColor("#0c0e12"), QColor("#f4f6fa")
        line = QColor(paper if dark else ink)
        line.setAlphaF(0.38)
        painter.setPen(QPen(line, 1.4))
        for a, b in self.handles.lines:
            painter.drawLine(_point(spots[a]), _point(spots[b]))
        for joint in self.handles.shown:
            lit = joint == self.chosen or self._hover == ("joint", joint)
            painter.setPen(QPen(ink, 1.2))
            painter.setBrush(QColor(ACCENT) if lit else paper)
            size = DOT + 1.6 if lit else DOT
            painter.drawEllipse(_point(spots[joint]), size, size)

    def _paint_rings(self, painter: QPainter, view: int, centre: np.ndarray) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        rings = self._rings(view)
        for front in (False, True):
            for axis, ring in enumerate(rings):
                lit = self._lit(axis)
                colour = QColor(AXES[axis])
                colour.setAlphaF((1.0 if front else 0.3) if lit or self._drag is None else 0.25)
                width = (3.4 if lit else 2.3) if front else 1.4
                painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                for part in _parts(ring, front):
                    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in part.tolist()]))
        if self._drag is not None and view == self._drag.view:
            self._paint_angle(painter, centre)

    def _paint_angle(self, painter: QPainter, centre: np.ndarray) -> None:
        assert self._drag is not None
        words = f"{'xyz'[self._drag.axis]}  {np.degrees(self._drag.angle):+.0f}°".replace("-", "\N{MINUS SIGN}")
        box = QRectF(centre[0] - 36, centre[1] - RADIUS - 34, 72, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(12, 14, 18, 205))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)

    def _lit(self, axis: int) -> bool:
        return self._drag.axis == axis if self._drag is not None else self._hover == ("ring", axis)

    # -- the mouse -----------------------------------------------------------------------------------------------------

    def under(self, at: QPointF) -> tuple[str, int] | None:
        """``("ring", axis)`` or ``("joint", joint)`` under a position in logical pixels, or None."""
        view = self._viewport.view_at(at)
        if self.handles is None or view is None:
            return None
        here = np.array([at.x(), at.y()])
        spots = self._viewport.to_screen(view, self.handles.joints)
        if 0 <= self.chosen < len(spots):
            found = [(_distance(ring, here), axis) for axis, ring in enumerate(self._rings(view))]
            if min(found)[0] <= NEAR:
                return "ring", min(found)[1]
        near = [(float(np.linalg.norm(spots[j] - here)), j) for j in self.handles.shown]
        return ("joint", min(near)[1]) if near and min(near)[0] <= NEAR + 2 else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the mouse where it is on a handle; leave everything else to the camera."""
        if self.handles is None:
            return False
        kind = event.type()
        if isinstance(event, QMouseEvent):
            if kind == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                return self._pressed(event.position())
            if kind == QEvent.Type.MouseMove:
                return self._moved(event)
            if kind == QEvent.Type.MouseButtonRelease and self._drag is not None:
                self._end(self.released)
                return True
        if isinstance(event, QKeyEvent) and self._drag is not None and event.key() == Qt.Key.Key_Escape:
            event.accept()
            if kind == QEvent.Type.KeyPress:
                self._end(self.cancelled)
            return True
        return False

    def _pressed(self, at: QPointF) -> bool:
        found = self.under(at)
        if found is None:
            return False
        self._viewport.surface.setFocus(Qt.FocusReason.MouseFocusReason)
        what, which = found
        if what == "joint":
            self.choose(which)
            self.joint_chosen.emit(which)
            return True
        view = self._viewport.view_at(at) or 0
        self._drag = _Drag(view, which, at, self._angle_at(view, which, at), self._tangent(view, which, at))
        self.grabbed.emit(self.chosen)
        return True

    def _moved(self, event: QMouseEvent) -> bool:
        at = event.position()
        if self._drag is None:
            hover = self.under(at) if event.buttons() == Qt.MouseButton.NoButton else None
            if hover != self._hover:
                self._hover = hover
                self._viewport.repaint_overlay()
            return False
        drag = self._drag
        angle = self._turned(drag, at)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            angle = float(np.round(angle / SNAP) * SNAP)
        if angle != drag.angle:
            drag.angle = angle
            self.turned.emit(self.chosen, drag.axis, angle)
            self._viewport.repaint_overlay()
        return True

    def _turned(self, drag: _Drag, at: QPointF) -> float:
        """The angle turned since the drag began; continuous over half a turn."""
        if drag.first is None:
            return float(np.array([at.x() - drag.start.x(), at.y() - drag.start.y()]) @ drag.along)
        now = self._angle_at(drag.view, drag.axis, at)
        if now is None:
            return drag.angle
        change = now - drag.first - drag.angle
        return drag.angle + float(change - 2 * np.pi * np.round(change / (2 * np.pi)))

    def _angle_at(self, view: int, axis: int, at: QPointF) -> float | None:
        """The angle in the plane of a ring under a position; None where the ring is seen too flatly."""
        assert self.handles is not None
        centre, normal = self.handles.joints[self.chosen], self.handles.axes[self.chosen][:, axis]
        origin, direction = self._viewport.ray(view, at)
        slope = float(direction @ normal)
        if abs(slope) < FLAT:
            return None
        u, v = _across(normal)
        on = origin + direction * float((centre - origin) @ normal) / slope - centre
        return float(np.arctan2(on @ v, on @ u))

    def _tangent(self, view: int, axis: int, at: QPointF) -> np.ndarray:
        """(2,) radians a logical pixel along x and y, at the place of a ring next to a position."""
        ring = self.ring(axis, view)
        front = np.flatnonzero(ring[:-1, 2] >= -0.05)
        near = front[np.argmin(np.linalg.norm(ring[front, :2] - [at.x(), at.y()], axis=1))]
        step = (ring[(near + 1) % CORNERS, :2] - ring[near - 1 if near else CORNERS - 1, :2]) / (4 * np.pi / CORNERS)
        return np.asarray(step / max(float(step @ step), 1e-9))

    def _end(self, signal: object) -> None:
        self._drag = None
        signal.emit()  # type: ignore[attr-defined]
        self._viewport.repaint_overlay()


def _point(spot: np.ndarray) -> QPointF:
    return QPointF(float(spot[0]), float(spot[1]))


def _across(normal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit directions that make a right-handed frame with ``normal`` as the third."""
    x, y, z = (float(v) for v in normal)
    flat = (0.0, z, -y) if abs(x) <= min(abs(y), abs(z)) else (-z, 0.0, x) if abs(y) <= abs(z) else (y, -x, 0.0)
    u = np.array(flat) / np.hypot(np.hypot(flat[0], flat[1]), flat[2])
    a, b, c = u.tolist()
    return u, np.array([y * c - z * b, z * a - x * c, x * b - y * a])


def _parts(ring: np.ndarray, front: bool) -> list[np.ndarray]:
    """The pieces (n, 2) of a ring that lie before, or behind, its centre."""
    keep = (ring[:, 2] >= 0) == front
    ends = np.flatnonzero(np.diff(keep.astype(int))) + 1
    return [part[:, :2] for part, kept in zip(np.split(ring, ends), np.split(keep, ends), strict=True) if kept[0]]


def _distance(ring: np.ndarray, here: np.ndarray) -> float:
    """Pixels from a position to the part of a ring that points to the viewer."""
    front = ring[ring[:, 2] >= -0.05, :2]
    return float(np.linalg.norm(front - here, axis=1).min()) if len(front) else np.inf
