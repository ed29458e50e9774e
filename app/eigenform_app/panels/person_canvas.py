"""A photograph of a person to work on: points to drag, a mask to paint, strokes to cut out along."""

from __future__ import annotations

import numpy as np
from eigenform.avatar import keypoints as names
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from eigenform_app.panels.person_picture import ADD, POINTS, SURE, PersonPicture

REACH = 13.0  # logical pixels within which a point is grabbed
_OVERRIDES = (Qt.Key.Key_Delete, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Escape)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STEPS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class PersonCanvas(PersonPicture):
    """Tells what the person does with the photograph; it changes nothing itself.

    Signals: ``point_moved(index, x, y)`` in pixels of the photograph once a drag ends; ``point_chosen(index)``, -1 for
    none; ``point_hidden(index)``; ``painted(points, radius, add)`` for a stroke of the brush; ``scribbled()`` when a
    stroke for cutting out was added to ``strokes``, ``cut_wanted()`` to cut along them; ``menu_wanted(index, global
    position)``; ``brush_grown(steps)``.
    """

    point_moved = Signal(int, float, float)
    point_chosen = Signal(int)
    point_hidden = Signal(int)
    painted = Signal(list, float, bool)
    scribbled = Signal()
    cut_wanted = Signal()
    menu_wanted = Signal(int, QPoint)
    brush_grown = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pan: QPointF | None = None
        self._space = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Photograph of the person")

    def set_tool(self, tool: str) -> None:
        """Take a tool."""
        self.tool = tool
        self.setCursor(Qt.CursorShape.ArrowCursor if tool == POINTS else Qt.CursorShape.CrossCursor)
        self.update()

    def point_at(self, at: QPointF) -> int:
        """The index of the seen point under a position, -1 for none."""
        if self.view is None or self.view.keypoints is None or not self.show_points:
            return -1
        best, found = REACH, -1
        for i, (x, y, sure) in enumerate(self.view.keypoints):
            away = self.to_widget(x, y) - at
            distance = float(np.hypot(away.x(), away.y()))
            if sure > SURE and distance < best - (0.001 if i != self.chosen else -2.0):
                best, found = distance, i
        return found

    def hovered(self) -> int:
        """The point under the pointer, -1 for none."""
        return self.point_at(self._hover) if self._drag is None and self.tool == POINTS else -1

    # -- the mouse and the keys ----------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grab a point, begin a stroke, or move the photograph."""
        at = event.position()
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self.view is None:
            return
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self._space
        ):
            self._pan = at
            return
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self.tool == POINTS:
            self._press_point(at)
        elif not self.locked:
            self._stroke = [self.to_photograph(at)]
        self.update()

    def _press_point(self, at: QPointF) -> None:
        index = self.point_at(at)
        if index < 0 and self._waits() and not self.locked:
            self.point_moved.emit(self.chosen, *self._inside(*self.to_photograph(at)))
            return
        if index < 0:
            self._pan = at
        else:
            self._drag = None if self.locked else (index, at)
        if index != self.chosen:
            self.chosen = index
            self.point_chosen.emit(index)

    def _waits(self) -> bool:
        """Whether the chosen point has no place yet: a click gives it one."""
        found = None if self.view is None else self.view.keypoints
        return self.chosen >= 0 and (found is None or found[self.chosen, 2] <= SURE)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with what was begun."""
        at = event.position()
        self._hover = at
        if self._pan is not None:
            moved = (at - self._pan) / self.scale()
            self._middle, self._pan, self._around = self._middle - moved, at, False
            if self._zoom == 1.0:
                self.fit()
        elif self._drag is not None:
            self._drag = (self._drag[0], at)
        elif self._stroke:
            self._stroke.append(self.to_photograph(at))
        elif self.tool == POINTS:
            index = self.point_at(at)
            self.setToolTip(names.NAMES[index] if index >= 0 else "")
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        drag, self._drag = self._drag, None
        stroke, self._stroke = self._stroke, []
        self._pan = None
        if drag is not None and self.view is not None and self.view.keypoints is not None:
            x, y = self._inside(*self.to_photograph(drag[1]))
            old = self.to_widget(*self.view.keypoints[drag[0], :2])
            if (old - drag[1]).manhattanLength() > 1.5:
                self.point_moved.emit(drag[0], x, y)
        elif stroke and self.tool in self.strokes:
            self.strokes[self.tool].append(stroke)
            self.scribbled.emit()
        elif stroke:
            self.painted.emit(stroke, self.radius, self.tool == ADD)
        self.update()

    def _inside(self, x: float, y: float) -> tuple[float, float]:
        if self.view is None:
            return x, y
        h, w = self.view.pixels.shape[:2]
        return float(np.clip(x, 0, w)), float(np.clip(y, 0, h))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; with Ctrl the size of the brush."""
        steps = event.angleDelta().y() / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.tool != POINTS:
            self.brush_grown.emit(1 if steps > 0 else -1)
        else:
            self.zoom_at(event.position(), 1.25**steps)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The whole photograph, or enlarge where the pointer is."""
        if self.tool == POINTS and self.point_at(event.position()) < 0 and not self._waits():
            self.toggle_fit()
            return
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The brush is gone."""
        self._hover = QPointF(-1e4, -1e4)
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the point under the pointer, or the chosen one."""
        index = self.point_at(QPointF(event.pos()))
        if index >= 0 and index != self.chosen:
            self.chosen = index
            self.point_chosen.emit(index)
        self.menu_wanted.emit(index if index >= 0 else self.chosen, event.globalPos())

    def event(self, event: QEvent) -> bool:
        """Keep the keys that work on points from the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._takes(event):
            event.accept()
            return True
        return super().event(event)

    def _takes(self, event: QKeyEvent) -> bool:
        key = event.key()
        if event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        if key == Qt.Key.Key_Space:
            return True
        strokes = any(self.strokes.values())
        if key in _ENTER:
            return strokes
        return key in _OVERRIDES and (self.chosen >= 0 or (key == Qt.Key.Key_Escape and strokes))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows nudge the chosen point, Delete hides it, Escape lets go; Space moves the photograph."""
        key = event.key()
        if key == Qt.Key.Key_Space:
            self._space = True
        elif key in _ENTER and any(self.strokes.values()):
            self.cut_wanted.emit()
        elif key == Qt.Key.Key_Escape and (self._drag is not None or self._stroke):
            self._drag, self._stroke = None, []
        elif key == Qt.Key.Key_Escape:
            self.clear_strokes()
            self.chosen = -1
            self.point_chosen.emit(-1)
        elif self.chosen >= 0 and key == Qt.Key.Key_Delete and not self.locked:
            self.point_hidden.emit(self.chosen)
        elif key in _STEPS and self.chosen >= 0 and not self.locked and self.view is not None and not self._waits():
            assert self.view.keypoints is not None
            step = max(0.5, 1 / self.scale())
            x, y = self.view.keypoints[self.chosen, :2] + step * np.array(_STEPS[Qt.Key(key)])
            self.point_moved.emit(self.chosen, *self._inside(float(x), float(y)))
        else:
            super().keyPressEvent(event)
        self.update()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space is let go."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
