"""A plain widget with a VTK render window in memory, to which it hands the mouse."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget
from pyvistaqt.rwi import QVTKRenderWindowInteractor
from vtkmodules.vtkRenderingCore import vtkRenderWindow
from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor


class Canvas(QWidget):
    """A plain widget with a render window in memory; it hands the mouse to VTK."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.render_window: Any = vtkRenderWindow()
        self.render_window.SetOffScreenRendering(1)
        self.render_window.SetSwapBuffers(0)  # else each frame is copied once more
        self._iren = vtkGenericRenderWindowInteractor()
        self._iren.SetRenderWindow(self.render_window)
        window: Any = self.render_window  # VTK's stubs know no events by name
        self._cursor_tag = window.AddObserver("CursorChangedEvent", self._cursor_changed)
        self._button, self._turned = Qt.MouseButton.NoButton, 0

    def _cursor_changed(self, *_: object) -> None:
        QTimer.singleShot(0, self._show_cursor)  # the event comes before the cursor

    def _show_cursor(self) -> None:
        shapes = QVTKRenderWindowInteractor._CURSOR_MAP
        self.setCursor(shapes.get(self.render_window.GetCurrentCursor(), Qt.CursorShape.ArrowCursor))

    def _tell(self, event: QMouseEvent | QWheelEvent) -> None:
        """Tell VTK where the mouse is: device pixels from below."""
        ratio, at, keys = self.devicePixelRatioF(), event.position(), event.modifiers()
        x, y = round(at.x() * ratio), round((self.height() - at.y() - 1) * ratio)
        control, shift = (
            bool(keys & k) for k in (Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier)
        )
        self._iren.SetEventInformation(x, y, control, shift, chr(0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """To VTK."""
        self._tell(event)
        self._button = event.button()
        self._press_or_release("Press")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """To VTK."""
        self._tell(event)
        self._press_or_release("Release")

    def _press_or_release(self, what: str) -> None:
        side = {Qt.MouseButton.LeftButton: "Left", Qt.MouseButton.RightButton: "Right"}
        side[Qt.MouseButton.MiddleButton] = "Middle"
        if self._button in side:
            getattr(self._iren, f"{side[self._button]}Button{what}Event")()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """To VTK."""
        self._tell(event)
        self._iren.MouseMoveEvent()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """To VTK, one step for each notch."""
        self._turned += event.angleDelta().y()
        if abs(self._turned) >= 120:
            (self._iren.MouseWheelForwardEvent if self._turned > 0 else self._iren.MouseWheelBackwardEvent)()
            self._turned = 0

    def leaveEvent(self, event: QEvent) -> None:
        """To VTK: its handles are no longer under the pointer."""
        self._iren.LeaveEvent()
