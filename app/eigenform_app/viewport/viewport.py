"""The viewport widget: items in, pictures and picks out. It knows data types; it knows no document and no method.

The numbered invariants of everything in this folder are in :mod:`eigenform_app.viewport`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from eigenform.types import Basis
from PySide6.QtCore import QPointF, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QImage, QResizeEvent
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkRenderingCore import vtkCamera

from eigenform_app.display import DisplayOptions
from eigenform_app.viewport import cameras, grab
from eigenform_app.viewport.animation import Animation
from eigenform_app.viewport.clip import Clip
from eigenform_app.viewport.layers_basis import BasisLayer
from eigenform_app.viewport.layers_field import FieldLayer
from eigenform_app.viewport.notes import Pick, notes_of
from eigenform_app.viewport.overlay import Overlay, ViewNote
from eigenform_app.viewport.picking import pick_mesh, pick_points
from eigenform_app.viewport.refine import Refiner
from eigenform_app.viewport.scene import Assignment, Item, Value, make_item, same_topology
from eigenform_app.viewport.surface import Surface
from eigenform_app.viewport.view import View

# (left, bottom, right, top) of each view, as fractions, y up.
LAYOUTS: dict[int, tuple[tuple[float, float, float, float], ...]] = {
    1: ((0, 0, 1, 1),),
    2: ((0, 0, 0.5, 1), (0.5, 0, 1, 1)),
    3: ((0, 0, 0.6, 1), (0.6, 0.5, 1, 1), (0.6, 0, 1, 0.5)),
    4: ((0, 0.5, 0.5, 1), (0.5, 0.5, 1, 1), (0, 0, 0.5, 0.5), (0.5, 0, 1, 0.5)),
}


class Viewport(QWidget):
    """One to four linked 3-D views of the visible items.

    Signals
    -------
    picked(item_id, vertex, values)
        A vertex was clicked; ``values`` is a dict of what is known there.
    view_activated(index)
        A view was clicked.
    """

    picked = Signal(str, int, dict)
    view_activated = Signal(int)
    camera_moved = Signal()

    def __init__(self, parent: QWidget | None = None, dark: bool = True) -> None:
        super().__init__(parent)
        self.setMinimumSize(160, 120)
        self._dark = dark
        self._items: dict[str, Item] = {}
        self._active: str | None = None
        self._active_view = 0
        self._pick: Pick | None = None
        self._surface = Surface(self)
        self._overlay = Overlay(self)
        self._overlay.dark = dark
        self._camera = vtkCamera()
        self._camera.SetViewAngle(28.0)
        self._views: list[View] = []
        self._framed = False
        self._clip = Clip(self._surface, self._redraw)
        self._animation = Animation(self)
        self._refiner = Refiner(self, self._redraw)
        self._redraw_later = QTimer(self, singleShot=True, interval=0)
        self._redraw_later.timeout.connect(self._draw)
        self._surface.clicked.connect(self._on_click)
        self._surface.pressed.connect(self._on_press)
        self._surface.painted.connect(self._on_painted)
        self._surface.about_to_paint.connect(self._before_paint)
        self.set_layout(1)

    # -- items -------------------------------------------------------------------------------------------------

    def set_item(self, item_id: str, value: Value, options: DisplayOptions | None = None, visible: bool = True) -> None:
        """Add an item or replace its value; the camera frames the first one."""
        old = self._items.get(item_id)
        options = options or (old.options if old else DisplayOptions())
        if old is not None and type(old.value) is type(value) and same_topology(old.value, value):
            was = old.visible
            old.options, old.visible = options, visible
            self._overwrite(item_id, value)
            if was != visible:
                self._sync()
            self.set_options(item_id, options)
            return
        self._items[item_id] = make_item(value, options, visible, old.mode if old else 1)
        if self._pick and self._pick.item_id == item_id:
            self._pick = None
        self._sync({item_id})
        if not self._framed and visible:
            self.reset_camera()

    def update_basis(self, item_id: str, basis: Basis) -> None:
        """A newer basis on the same vertices: arrays are written in place. Other vertices: as :meth:`set_item`."""
        item = self._items[item_id]
        if isinstance(item.value, Basis) and same_topology(item.value, basis):
            self._overwrite(item_id, basis)
        else:
            self.set_item(item_id, basis, item.options, item.visible)

    def remove_item(self, item_id: str) -> None:
        """Forget an item; unknown ones are ignored."""
        self._items.pop(item_id, None)
        if self._pick and self._pick.item_id == item_id:
            self._pick = None
        if self._active == item_id:
            self._active = None
        for view in self._views:
            if view.assignment and item_id in (view.assignment.item, view.assignment.minus):
                view.assignment = None
        self._sync()
        if not self._items:
            self._framed = False

    def clear(self) -> None:
        """Forget all items."""
        for item_id in list(self._items):
            self.remove_item(item_id)

    def set_visible(self, item_id: str, visible: bool) -> None:
        """Show or hide an item."""
        self._items[item_id].visible = visible
        self._sync()
        if visible and not self._framed:
            self.reset_camera()

    def set_options(self, item_id: str, options: DisplayOptions) -> None:
        """Change how an item looks."""
        self._items[item_id].options = options
        for view in self._views:
            view.set_options(item_id, options)
        self._redraw()

    def set_mode(self, item_id: str, mode: int) -> None:
        """Show mode ``mode`` of a basis: in all views that follow it, or in the active view if that has its own."""
        item = self._items[item_id]
        own = self._views[self._active_view].assignment
        if own and own.item == item_id and own.mode is not None:
            self._views[self._active_view].assignment = Assignment(item_id, mode, own.minus)
        else:
            item.mode = mode
        self._sync()

    def set_active(self, item_id: str | None) -> None:
        """Choose the item that the colour bar describes and that wins where two stand in one place."""
        self._active = item_id
        self._sync()

    # -- views -------------------------------------------------------------------------------------------------

    def set_layout(self, n: int) -> None:
        """One, two, three or four linked views. Fresh views show the modes after the current one."""
        if n not in LAYOUTS:
            raise ValueError(f"There is no layout of {n} views; there are 1, 2, 3 and 4.")
        window = self._surface.render_window
        while len(self._views) > n:
            view = self._views.pop()
            view.renderer.RemoveAllViewProps()
            window.RemoveRenderer(view.renderer)
        while len(self._views) < n:
            view = View(self._camera, len(self._views), self._dark)
            view.clip(self._clip.planes())
            self._views.append(view)
            window.AddRenderer(view.renderer)
        for view, rect in zip(self._views, LAYOUTS[n], strict=True):
            view.renderer.SetViewport(*rect)
        self._active_view = min(self._active_view, n - 1)
        self._clip.attach(self._views[0].renderer)
        self._sync()

    @property
    def view_count(self) -> int:
        """How many views there are."""
        return len(self._views)

    def assign(self, view_index: int, item_id: str | None, mode: int | None = None) -> None:
        """Show one item in a view, at a mode of its own or at the item's; None gives back all visible items."""
        self._views[view_index].assignment = None if item_id is None else Assignment(item_id, mode)
        self._sync()

    def difference(self, item_a: str, item_b: str, mode: int | None = None, view_index: int | None = None) -> None:
        """Show ``|a - b|`` of one mode of two bases in a view (the active one).

        Raises
        ------
        ValueError
            If they stand on different vertices or lack the mode.
        """
        from eigenform_app.viewport.scene import difference_of

        a, b = self._items[item_a], self._items[item_b]
        if not (isinstance(a.value, Basis) and isinstance(b.value, Basis)):
            raise ValueError("A difference needs two bases.")
        difference_of(a.value, b.value, a.mode if mode is None else mode)
        index = self._active_view if view_index is None else view_index
        self._views[index].assignment = Assignment(item_a, mode, minus=item_b)
        self._sync()

    @property
    def active_view(self) -> int:
        """The view that was clicked last."""
        return self._active_view

    def shown_mode(self, view_index: int | None = None) -> int | None:
        """The mode a view shows now; None where it shows no basis."""
        view = self._views[self._active_view if view_index is None else view_index]
        found = view.main(self._active)
        return found[1].mode if found and isinstance(found[1], BasisLayer) else None

    # -- camera and clipping -----------------------------------------------------------------------------------

    def camera(self) -> dict[str, Any]:
        """The state of the camera, JSON-serialisable."""
        return cameras.state(self._camera)

    def set_camera(self, state: Mapping[str, Any]) -> None:
        """Restore a state from :meth:`camera`."""
        cameras.restore(self._camera, state)
        self._framed = True
        self._redraw()

    def reset_camera(self) -> None:
        """Look at everything from the front."""
        self._look(*cameras.START)

    def view_along(self, axis: str) -> None:
        """Look from ``x``, ``-x``, ``y``, ``-y``, ``z`` or ``-z``."""
        self._look(*cameras.ALONG[axis])

    def frame(self) -> None:
        """Fit everything, from where the camera looks now."""
        eye = np.subtract(self._camera.GetPosition(), self._camera.GetFocalPoint())
        self._look(eye, self._camera.GetViewUp())

    def set_clip(
        self,
        enabled: bool,
        normal: tuple[float, float, float] | None = None,
        origin: tuple[float, float, float] | None = None,
        *,
        axis: str | None = None,
        offset: float = 0.0,
        interactive: bool = True,
    ) -> None:
        """Cut everything by a plane; what lies on the side of ``normal`` stays.

        ``axis`` (as in :meth:`view_along`) with ``offset`` in [-1, 1] from the centre to the bounds is the short form.
        ``interactive`` shows a plane to drag.
        """
        cloud = self._cloud()
        low, high = cloud.min(axis=0), cloud.max(axis=0)
        centre, half = (low + high) / 2, 0.56 * (high - low) + 1e-3 * float(np.max(high - low))
        if axis is not None:
            normal = tuple(float(v) for v in cameras.ALONG[axis][0])  # type: ignore[assignment]
            origin = tuple(centre + offset * (high - low) / 2 * np.asarray(normal))  # type: ignore[assignment]
        self._clip.set(enabled, normal, origin, centre, half, interactive)
        for view in self._views:
            view.clip(self._clip.planes())
        self._redraw()

    def clip_state(self) -> dict[str, Any]:
        """Whether and where everything is cut, JSON-serialisable: ``enabled``, ``normal``, ``origin``."""
        return self._clip.state()

    def ball(self) -> tuple[np.ndarray, float]:
        """Centre (3,) and radius of a ball around the visible items."""
        points = self._cloud()
        low, high = points.min(axis=0), points.max(axis=0)
        return (low + high) / 2, float(np.linalg.norm(high - low)) / 2 or 1.0

    def _cloud(self) -> np.ndarray:
        """(n, 3) some thousand points of all drawn layers, in world coordinates."""
        found = []
        for layer in (layer for view in self._views for layer in view.layers.values()):
            points = layer.geometry.points
            ends = np.concatenate([points.argmin(axis=0), points.argmax(axis=0)])
            some = np.concatenate([points[:: max(1, len(points) // 4000)], points[ends]])
            found.append(some.astype(np.float64) + layer.geometry.centre)
        return np.concatenate(found) if found else np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])

    # -- look and motion ---------------------------------------------------------------------------------------

    def set_theme(self, dark: bool) -> None:
        """Dark or light."""
        self._dark = self._overlay.dark = dark
        for view in self._views:
            view.show_theme(dark)
        self._redraw()

    def set_animation(self, playing: bool) -> None:
        """Let the modes swing along the normals, or rest."""
        self._animation.play(playing)

    @property
    def animating(self) -> bool:
        """Whether the modes swing."""
        return self._animation.playing

    def set_phase(self, phase: float) -> None:
        """Displace every mode by ``sin(phase)`` of its amplitude (radians); for animations to files."""
        swing = float(np.sin(phase))
        for view in self._views:
            for layer in view.layers.values():
                layer.displace(swing * layer.options.displace * 2 * layer.geometry.size)
        self._redraw()

    def rest(self) -> None:
        """End any displacement."""
        for view in self._views:
            for layer in view.layers.values():
                layer.rest()
        self._redraw()

    # -- pictures ----------------------------------------------------------------------------------------------

    def grab_array(
        self, size: tuple[int, int] | None = None, transparent: bool = False, scale: float = 1.0, notes: bool = True
    ) -> np.ndarray:
        """The picture as (h, w, 4) uint8, not premultiplied.

        Parameters
        ----------
        size : (width, height) in pixels, optional
            That of the widget by default.
        transparent : bool
            Leave the background out.
        scale : float
            Multiplies the size, and the size of the writing with it.
        notes : bool
            Write colour bars and labels over it.
        """
        return grab.grab(self, size, transparent, scale, notes)

    def screenshot(
        self, path: Any, size: tuple[int, int] | None = None, transparent: bool = False, scale: float = 1.0
    ) -> None:
        """Write a PNG (or JPEG) of the picture, atomically; arguments as in :meth:`grab_array`."""
        grab.write(self.grab_array(size, transparent, scale), path)

    def grab_image(self, size: tuple[int, int] | None = None, transparent: bool = False, scale: float = 1.0) -> QImage:
        """As :meth:`grab_array`, as a QImage that owns its memory (for the clipboard)."""
        return grab.to_image(self.grab_array(size, transparent, scale))

    # -- inside ------------------------------------------------------------------------------------------------

    def _overwrite(self, item_id: str, value: Value) -> None:
        item = self._items[item_id]
        moved = item.value.verts is not value.verts and not np.array_equal(item.value.verts, value.verts)
        embedded = isinstance(value, Basis) and value.verts.shape[1] > 3
        item.value = value
        if moved or embedded:
            item.geometry = make_item(value, item.options, item.visible).geometry
        for view in self._views:
            layer = view.layers.get(item_id)
            if layer is None:
                continue
            if moved or embedded:
                layer.set_geometry(item.geometry)
            if isinstance(layer, BasisLayer | FieldLayer):
                layer.set_value(value)  # type: ignore[arg-type]
            else:
                self._sync({item_id})
        if any(v.assignment and item_id in (v.assignment.item, v.assignment.minus) for v in self._views):
            self._sync()
        self._redraw()

    def _sync(self, stale: set[str] | None = None) -> None:
        for view in self._views:
            view.sync(self._items, self._active, stale)
        self._redraw()

    def _look(self, eye: Any, up: Any) -> None:
        self._framed = bool(self._items)
        left, bottom, right, top = LAYOUTS[len(self._views)][-1]
        aspect = max(1, self.width()) * (right - left) / (max(1, self.height()) * (top - bottom))
        cameras.look(self._camera, eye, up, self._cloud(), aspect)
        self._redraw()

    def _redraw(self) -> None:
        self._redraw_later.start()

    def _draw(self) -> None:
        self._surface.update()

    def _before_paint(self) -> None:
        self._refiner.learn(self._surface.render_window)
        smooth = self._refiner.smooth()
        for view in self._views:
            view.renderer.SetUseFXAA(smooth)
        self.prepare(self.height() * self.devicePixelRatioF())

    def prepare(self, height: float) -> None:
        """Fit clipping range and point sizes to the camera, for a picture ``height`` device pixels high."""
        camera = self._camera
        eye = np.array(camera.GetPosition())
        tan = np.tan(np.radians(camera.GetViewAngle()) / 2)
        for view in self._views:
            view.renderer.ResetCameraClippingRange()
            _, bottom, _, top = view.renderer.GetViewport()
            for layer in view.layers.values():
                far = float(np.linalg.norm(layer.geometry.centre - eye))
                half = camera.GetParallelScale() if camera.GetParallelProjection() else tan * max(far, 1e-12)
                layer.fit_points(height * (top - bottom) / (2 * half))

    @property
    def dark(self) -> bool:
        """The theme."""
        return self._dark

    @property
    def surface(self) -> Surface:
        """The GL widget."""
        return self._surface

    @property
    def views(self) -> list[View]:
        """The views, in the order of the layout."""
        return self._views

    def notes_for(self, size: QSize) -> list[ViewNote]:
        """What is written over the views now, for a picture of ``size``; the screen and files share it."""
        return notes_of(self._views, self._items, self._active, self._active_view, self._pick, size)

    def _on_painted(self) -> None:
        self._overlay.notes = self.notes_for(self.size())
        self._overlay.update()
        self.camera_moved.emit()

    def _on_press(self, at: QPointF) -> None:
        index = self._view_at(at)
        if index is not None and index != self._active_view:
            self._active_view = index
            self.view_activated.emit(index)
            self._overlay.update()

    def _on_click(self, at: QPointF, double: bool) -> None:
        found = self.pick(at)
        if double:
            if found:
                layer = self._views[found.view].layers[found.item_id]
                self._camera.SetFocalPoint(*(layer.points[found.vertex] + layer.geometry.centre))
            self._pick = None
        else:
            self._pick = found
            if found:
                layer = self._views[found.view].layers[found.item_id]
                self.picked.emit(found.item_id, found.vertex, layer.values_at(found.vertex))
        self._redraw()

    def select_vertex(self, item_id: str, vertex: int | None) -> None:
        """Mark a vertex from outside; None removes the mark."""
        self._pick = None if vertex is None else Pick(item_id, vertex, self._active_view)
        self._redraw()

    def pick(self, at: QPointF) -> Pick | None:
        """The vertex under a position in logical pixels of this widget."""
        index = self._view_at(at)
        if index is None:
            return None
        view = self._views[index]
        origin, direction, spread = self._ray(view, at)
        best: tuple[float, Pick] | None = None
        keep = self._clip.equations()
        for key, layer in view.layers.items():
            shift = layer.geometry.centre
            start = origin - shift
            planes = None if keep is None else np.column_stack([keep[:, :3], keep[:, 3] + keep[:, :3] @ shift])
            if layer.is_mesh:
                hit = pick_mesh(layer.points, layer.geometry.faces, start, direction, planes)
            else:
                radius = 0.5 * layer.geometry.spacing * layer.options.point_size
                hit = pick_points(layer.points, start, direction, radius, spread, planes)
            if hit and (best is None or hit[1] < best[0]):
                best = (hit[1], Pick(key, hit[0], index))
        return best[1] if best else None

    def _ray(self, view: View, at: QPointF) -> tuple[np.ndarray, np.ndarray, float]:
        """Origin, unit direction and the tangent of four pixels, in world coordinates."""
        x, y, z = (np.array(v) for v in grab.camera_frame(self._camera))
        left, bottom, right, top = view.renderer.GetViewport()
        w, h = self.width() * (right - left), self.height() * (top - bottom)
        u = 2 * (at.x() - self.width() * left) / w - 1
        v = 1 - 2 * (at.y() - self.height() * (1 - top)) / h
        tan = np.tan(np.radians(self._camera.GetViewAngle()) / 2)
        origin = np.array(self._camera.GetPosition())
        if self._camera.GetParallelProjection():
            scale = self._camera.GetParallelScale()
            return origin + scale * (u * w / h * x + v * y), -z, 0.0
        direction = -z + tan * (u * w / h * x + v * y)
        return origin, direction / np.linalg.norm(direction), 8 * tan / h

    def _view_at(self, at: QPointF) -> int | None:
        for i, (left, bottom, right, top) in enumerate(LAYOUTS[len(self._views)]):
            w, h = self.width(), self.height()
            if QRectF(left * w, (1 - top) * h, (right - left) * w, (top - bottom) * h).contains(at):
                return i
        return None

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
        self._animation.play(False)
        self._redraw_later.stop()
        self._refiner.stop()
        self._clip.shut()
        self._surface.shut()
