"""The part of the viewport under all others: its widgets, its views, and when a frame is drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkRenderingCore import vtkCamera

from eigenform_app.viewport import cameras
from eigenform_app.viewport.clip import Clip
from eigenform_app.viewport.crop import Crop
from eigenform_app.viewport.notes import Pick, notes_of
from eigenform_app.viewport.overlay import Overlay, ViewNote
from eigenform_app.viewport.refine import Refiner
from eigenform_app.viewport.scene import Item
from eigenform_app.viewport.software_surface import SoftwareSurface, draws_on_cpu
from eigenform_app.viewport.surface import Surface
from eigenform_app.viewport.view import View

EDGE = 3  # logical pixels around what moves
# (left, bottom, right, top) of each view, as fractions, y up.
LAYOUTS: dict[int, tuple[tuple[float, float, float, float], ...]] = {
    1: ((0, 0, 1, 1),),
    2: ((0, 0, 0.5, 1), (0.5, 0, 1, 1)),
    3: ((0, 0, 0.6, 1), (0.6, 0.5, 1, 1), (0.6, 0, 1, 0.5)),
    4: ((0, 0.5, 0.5, 1), (0.5, 0.5, 1, 1), (0, 0, 0.5, 0.5), (0.5, 0, 1, 0.5)),
}


class ViewportBase(QWidget):
    """Widgets, views and frames; see :class:`~eigenform_app.viewport.viewport.Viewport`."""

    picked = Signal(str, int, dict)
    view_activated = Signal(int)
    pointed = Signal(str, object, dict, bool)
    crop_dragged = Signal(object)
    camera_moved = Signal()

    def __init__(self, parent: QWidget | None = None, dark: bool = True) -> None:
        super().__init__(parent)
        self.setMinimumSize(160, 120)
        self._dark = dark
        self._items: dict[str, Item] = {}
        self._active: str | None = None
        self._active_view = 0
        self._pick: Pick | None = None
        self._surface: Surface | SoftwareSurface = SoftwareSurface(self) if draws_on_cpu() else Surface(self)
        self._overlay = Overlay(self)
        self._overlay.dark = dark
        self._camera = vtkCamera()
        self._camera.SetViewAngle(28.0)
        self._views: list[View] = []
        self._framed = False
        self._clip = Clip(self._surface, self._redraw)
        self._crop = Crop(self._surface, self.crop_dragged.emit)
        self._refiner = Refiner(self, self._redraw)
        self._changed = False  # more than what was moved
        self._moved: set[str] = set()
        self._moving: QRect | None = None  # where what moves is drawn now; None once all is to be drawn
        self._overlay_stale = False
        self._redraw_later = QTimer(self, singleShot=True, interval=0)
        self._redraw_later.timeout.connect(self._draw)
        self._surface.painted.connect(self._on_painted)
        self._surface.about_to_paint.connect(self._before_paint)

    @property
    def dark(self) -> bool:
        """The theme."""
        return self._dark

    @property
    def surface(self) -> Surface | SoftwareSurface:
        """The widget that is drawn on."""
        return self._surface

    @property
    def views(self) -> list[View]:
        """The views, in the order of the layout."""
        return self._views

    def notes_for(self, size: QSize) -> list[ViewNote]:
        """What is written over the views now, for a picture of ``size``; the screen and files share it."""
        return notes_of(self._views, self._items, self._active, self._active_view, self._pick, size)

    def settle(self, seconds: float = 2.0) -> None:
        """Draw smooth frames for some seconds, whatever moves: before the window itself is photographed."""
        self._refiner.settle(seconds)
        self._redraw()

    def prepare(self, height: float, full: bool = True) -> None:
        """Fit clipping range and point sizes to the camera, for a picture ``height`` device pixels high, drawn in
        full or quickly."""
        camera = self._camera
        eye = np.array(camera.GetPosition())
        tan = np.tan(np.radians(camera.GetViewAngle()) / 2)
        for view in self._views:
            for layer in view.layers.values():
                layer.detail(full)
            view.renderer.ResetCameraClippingRange()
            _, bottom, _, top = view.renderer.GetViewport()
            for layer in view.layers.values():
                far = float(np.linalg.norm(layer.geometry.centre - eye))
                half = camera.GetParallelScale() if camera.GetParallelProjection() else tan * max(far, 1e-12)
                layer.fit_points(height * (top - bottom) / (2 * half))

    def _sync(self, stale: set[str] | None = None) -> None:
        for view in self._views:
            view.sync(self._items, self._active, stale)
        self._redraw()

    def _redraw(self) -> None:
        self._changed = True
        self._redraw_later.start()

    def _redraw_moved(self, item_id: str) -> None:
        """Draw again where an item was and where it is now."""
        self._moved.add(item_id)
        self._refiner.moved()
        self._redraw_later.start()

    def _draw(self) -> None:
        moved, self._moved = self._moved, set()
        before, self._moving = self._moving, None
        changed, self._changed = self._changed, False
        if moved and not changed:
            self._moving = self._place_of(moved)
        if self._moving is None or before is None:
            self._surface.update()
        else:
            self._surface.update_part(before.united(self._moving))

    def _place_of(self, items: set[str]) -> QRect | None:
        """Where items that move are drawn, in logical pixels of the only view; None where that is not known."""
        layers = [layer for key, layer in self._views[0].layers.items() if key in items]
        if len(self._views) > 1 or not layers:
            return None
        place = QRect()
        for layer in layers:
            points = layer.moving()
            if points is None:
                return None
            spots = cameras.to_screen(self._camera, points, self.width(), self.height())
            if not np.isfinite(spots).all():
                return None
            ends = [[column.min() for column in spots.T], [column.max() for column in spots.T]]  # axis=0 is far slower
            low, high = np.clip(ends, -9999, 9999)
            place = place.united(
                QRect(QPoint(*np.floor(low - EDGE).astype(int)), QPoint(*np.ceil(high + EDGE).astype(int)))
            )
        return place

    def _before_paint(self) -> None:
        self._refiner.learn(self._surface.render_window)
        smooth = self._refiner.smooth()
        for view in self._views:
            view.renderer.SetUseFXAA(smooth)
        if smooth:
            self._surface.draw_all()
            self._moving = None
        self.prepare(self.height() * self.devicePixelRatioF(), full=smooth)

    def _on_painted(self) -> None:
        notes = self.notes_for(self.size())
        if notes != self._overlay.notes:
            self._overlay.notes = notes
            self._overlay.update()
        elif self._overlay_stale:
            self._overlay.update_handles()
        self._overlay_stale = False
        self.camera_moved.emit()

    def repaint_overlay(self) -> None:
        """Paint the handles over the picture again: with the frame that is due, else at once."""
        if self._redraw_later.isActive() or self._surface.due:
            self._overlay_stale = True
        else:
            self._overlay.update_handles()

    def sizeHint(self) -> QSize:
        """Large: the viewport is the centre of the window."""
        return QSize(900, 640)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the GL widget and the overlay as large as this one."""
        self._surface.setGeometry(self.rect())
        self._overlay.setGeometry(self.rect())
        self._overlay.raise_()
        super().resizeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop timers and release GL resources."""
        self.shut()
        super().closeEvent(event)

    def shut(self) -> None:
        """Stop timers and release GL resources; call it before the window goes."""
        self._redraw_later.stop()
        self._refiner.stop()
        self._clip.shut()
        self._crop.shut()
        self._surface.shut()
