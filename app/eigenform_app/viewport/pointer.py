"""What the widgets that show a render window have in common: the mouse, and no keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera

CLICK_SLOP = 4.0  # logical pixels a press may wander and still be a click

if TYPE_CHECKING:

    class _Widget(QWidget):
        """What stands behind it."""

else:
    _Widget = object


class Pointer(_Widget):
    """Stands before a widget class that hands mouse events to the VTK interactor ``_iren`` of ``render_window``.

    Signals: ``clicked(position, double)`` with a left click in logical pixels, ``pressed(position)`` at any press,
    ``hovered(position)`` as the pointer moves with no button held; ``about_to_paint`` and ``painted`` about each frame.
    """

    clicked = Signal(QPointF, bool)
    pressed = Signal(QPointF)
    hovered = Signal(QPointF)
    painted = Signal()
    about_to_paint = Signal()

    render_window: Any
    _in_paint: bool
    _iren: Any

    def set_up(self) -> None:
        """No multisampling; the camera as a trackball; a frame that VTK asks for comes with the next paint event."""
        self.render_window.SetMultiSamples(0)
        self.render_window.SetAlphaBitPlanes(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._style = vtkInteractorStyleTrackballCamera()
        self._style.SetMotionFactor(8.0)
        self._iren.SetInteractorStyle(self._style)
        self._render_tag: int | None = self._iren.AddObserver("RenderEvent", self._wanted)
        self._iren.Initialize()
        self._press: QPointF | None = None

    def let_go(self) -> None:
        """Remove the observer."""
        if self._render_tag is not None:
            self._iren.RemoveObserver(self._render_tag)
            self._render_tag = None

    def interactor(self) -> Any:
        """The VTK interactor, for widgets such as the clipping plane."""
        return self._iren

    def _wanted(self, *_: object) -> None:
        if not self._in_paint:
            self.update()

    def _quietly(self, handler: Any, event: Any) -> None:
        """Let VTK handle an event without drawing: the draw comes once, with the next paint event."""
        self._iren.EnableRenderOff()
        try:
            handler(event)
        finally:
            self._iren.EnableRenderOn()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a drag or a click."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._press = event.position() if event.button() == Qt.MouseButton.LeftButton else None
        self.pressed.emit(event.position())
        self._quietly(super().mousePressEvent, event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag, or tell of a click."""
        self._quietly(super().mouseReleaseEvent, event)
        press, self._press = self._press, None
        if press is not None and (event.position() - press).manhattanLength() <= CLICK_SLOP:
            self.clicked.emit(event.position(), False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Tell of a double click."""
        self.clicked.emit(event.position(), True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Rotate, pan or move a widget."""
        self._quietly(super().mouseMoveEvent, event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self.hovered.emit(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        self._quietly(super().wheelEvent, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave keys to the window."""
        event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Leave keys to the window."""
        event.ignore()
