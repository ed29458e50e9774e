"""The widget where OpenGL runs on the CPU: a picture that is drawn beside Qt, of which only what changed is drawn.

A window that holds a GL widget is put together by OpenGL, all of it, each time anything in it changes: on the CPU that
costs more than the 3-D picture. This widget is an ordinary one. VTK draws into memory, and a frame of which only a part
is new is drawn with a camera that sees no more than that part.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import cv2
import numpy as np
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  (registers the factories)
from PySide6.QtCore import QEvent, QPointF, QRect, QTimer
from PySide6.QtGui import QImage, QOffscreenSurface, QOpenGLContext, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingOpenGL2 import vtkGenericOpenGLRenderWindow

from eigenform_app.viewport import cameras, studio
from eigenform_app.viewport.canvas import Canvas
from eigenform_app.viewport.pointer import Pointer
from eigenform_app.viewport.refine import is_software

GL_RENDERER = 0x1F01
MOST = 0.7  # of the picture; a part larger than this is not worth a camera of its own
FINE = 100_000  # pixels; a larger part is drawn with fewer and larger ones,
COARSEST = 2.0  # which are no larger than this


@cache
def draws_on_cpu() -> bool:
    """Whether OpenGL is computed by the CPU here. Without OpenGL VTK brings its own, which is."""
    context, target = QOpenGLContext(), QOffscreenSurface()
    target.create()
    if not context.create() or not context.makeCurrent(target):
        return True
    name = context.functions().glGetString(GL_RENDERER)
    context.doneCurrent()
    return is_software(str(name))


class SoftwareSurface(Pointer, Canvas):
    """What :class:`~eigenform_app.viewport.surface.Surface` is, drawn by the CPU."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._in_paint = False
        self._pixels = np.zeros((0, 0, 4), np.uint8)
        self._read = vtkUnsignedCharArray()
        self._part: QRect | None = None  # of the frame to come; None for all of it
        self._stale = True
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._frame)
        self._shut = False
        self.set_up()

    @property
    def due(self) -> bool:
        """Whether a frame is about to be drawn."""
        return self._soon.isActive()

    def initialize(self) -> None:
        """Make the GL context now."""
        self.render_window.Initialize()

    def update(self, *_: Any) -> None:
        """Draw a frame, soon."""
        self._part, self._stale = None, True
        self._soon.start()

    def update_part(self, part: QRect) -> None:
        """Draw a frame of which only ``part``, in logical pixels, is new."""
        if not self._stale:
            self._part, self._stale = part, True
        elif self._part is not None:
            self._part = self._part.united(part)
        self._soon.start()

    def draw_all(self) -> None:
        """Draw all of the frame that is about to be drawn."""
        self._part = None

    def put_back(self) -> None:
        """The render window drew something else: what is seen here was kept."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the frame drawn last; one that must not wait is drawn now."""
        if self._pixels.shape[:2] != self._size()[::-1]:
            self._soon.stop()
            self.draw_all()
            self._draw()
        height, width = self._pixels.shape[:2]
        image = QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
        image.setDevicePixelRatio(self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawImage(QPointF(0, 0), image)
        painter.end()

    def _frame(self) -> None:
        if self.isVisible() and not self._shut:
            super().update(self._draw())

    def _size(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def _draw(self) -> QRect:
        """Draw what is new into the pixels; where that is, in logical pixels."""
        size = self._size()
        if self._pixels.shape[:2] != size[::-1] or self.render_window.GetSize() != size:
            self._pixels = np.zeros((size[1], size[0], 4), np.uint8)
            self._iren.UpdateSize(*size)
            self._iren.InvokeEvent("ConfigureEvent")
            self.draw_all()
        self._stale = False
        self.about_to_paint.emit()
        part = self._device_part()
        left, top, right, bottom = part
        wide, high = self._drawn_size(part)
        self._in_paint = True
        try:
            with self._seeing(part, wide, high):
                self._iren.Render()
        finally:
            self._in_paint = False
        self.render_window.GetRGBACharPixelData(0, 0, wide - 1, high - 1, 0, self._read)
        rows = vtk_to_numpy(self._read).reshape(high, wide, 4)[::-1]
        whole = (right - left, bottom - top)
        self._pixels[top:bottom, left:right] = rows if whole == (wide, high) else cv2.resize(rows, whole)
        self.painted.emit()
        ratio = self.devicePixelRatioF()
        return QRect(
            int(left / ratio), int(top / ratio), int((right - left) / ratio) + 2, int((bottom - top) / ratio) + 2
        )

    def _device_part(self) -> tuple[int, int, int, int]:
        """The part to draw in device pixels from above: left, top, right, bottom."""
        width, height = self._size()
        part, self._part = self._part, None
        if part is None or self.render_window.GetRenderers().GetNumberOfItems() != 1:
            return 0, 0, width, height
        ratio = self.devicePixelRatioF()
        left, top = max(0, int(part.left() * ratio)), max(0, int(part.top() * ratio))
        right, bottom = (
            min(size, int(np.ceil(end * ratio)))
            for size, end in ((width, part.left() + part.width()), (height, part.top() + part.height()))
        )
        if right <= left or bottom <= top or (right - left) * (bottom - top) > MOST * width * height:
            return 0, 0, width, height
        return left, top, right, bottom

    def _drawn_size(self, part: tuple[int, int, int, int]) -> tuple[int, int]:
        """Pixels across and up with which a part is drawn; less than it has where it moves and is large."""
        wide, high = part[2] - part[0], part[3] - part[1]
        if (wide, high) == self._size():
            return wide, high
        share = min(1.0, max(1 / COARSEST, (FINE / (wide * high)) ** 0.5))
        return max(1, round(share * wide)), max(1, round(share * high))

    @contextmanager
    def _seeing(self, part: tuple[int, int, int, int], wide: int, high: int) -> Iterator[None]:
        """Let the one renderer fill the lower left ``wide`` x ``high`` pixels with what is seen in a part."""
        width, height = self._size()
        if part == (0, 0, width, height):
            yield
            return
        renderer = self.render_window.GetRenderers().GetFirstRenderer()
        left, right = part[0] / width, part[2] / width
        bottom, top = 1 - part[3] / height, 1 - part[1] / height
        camera, colours = renderer.GetActiveCamera(), (renderer.GetBackground(), renderer.GetBackground2())
        angle, scale = camera.GetViewAngle(), camera.GetParallelScale()
        try:
            renderer.SetViewport(0, 0, wide / width, high / height)
            camera.SetWindowCenter((left + right - 1) / (right - left), (bottom + top - 1) / (top - bottom))
            camera.SetViewAngle(cameras.widened(angle, top - bottom))
            camera.SetParallelScale(scale * (top - bottom))
            studio.ramp(renderer, *colours, bottom, top)
            yield
        finally:
            renderer.SetViewport(0, 0, 1, 1)
            camera.SetWindowCenter(0, 0)
            camera.SetViewAngle(angle)
            camera.SetParallelScale(scale)
            studio.ramp(renderer, *colours, 0, 1)

    def showEvent(self, event: QEvent) -> None:
        """What was changed while it was hidden is drawn."""
        self.update()

    def shut(self) -> None:
        """Release GL resources and observers; the widget draws nothing afterwards."""
        self._shut = True
        self._soon.stop()
        self.let_go()
        # The window holds a connection to the display while it lives; one that draws nothing takes its place.
        window, self.render_window = self.render_window, vtkGenericOpenGLRenderWindow()
        window.RemoveObserver(self._cursor_tag)
        window.Finalize()
        self._iren.SetRenderWindow(self.render_window)
        self.close()
