"""The views of the viewport: how many, and what each shows."""

from __future__ import annotations

import numpy as np
from eigenform.types import Basis
from PySide6.QtCore import QPointF, QRectF

from eigenform_app.viewport import cameras
from eigenform_app.viewport.base import LAYOUTS
from eigenform_app.viewport.part_items import ItemsPart
from eigenform_app.viewport.scene import Assignment, difference_of
from eigenform_app.viewport.view import View


class ViewsPart(ItemsPart):
    """Layout, assignments and the active view."""

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
            view.crop(self._crop.box)
            self._views.append(view)
            window.AddRenderer(view.renderer)
        for view, rect in zip(self._views, LAYOUTS[n], strict=True):
            view.renderer.SetViewport(*rect)
        self._active_view = min(self._active_view, n - 1)
        self._clip.attach(self._views[0].renderer)
        self._crop.attach(self._views[0].renderer)
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
        return found[1].mode if found else None

    def view_at(self, at: QPointF) -> int | None:
        """The view under a position in logical pixels."""
        return self._view_at(at)

    def view_rects(self) -> list[QRectF]:
        """Where the views are, in logical pixels."""
        w, h = self.width(), self.height()
        ends = LAYOUTS[len(self._views)]
        return [
            QRectF(left * w, (1 - top) * h, (right - left) * w, (top - bottom) * h) for left, bottom, right, top in ends
        ]

    def to_screen(self, view: int, points: np.ndarray) -> np.ndarray:
        """(n, 2) where points (n, 3) are in a view, in logical pixels."""
        rect = self.view_rects()[view]
        return cameras.to_screen(self._camera, points, rect.width(), rect.height()) + [rect.left(), rect.top()]

    def unit_at(self, view: int, point: np.ndarray) -> float:
        """The length, in world units, of a logical pixel of a view at the depth of a point."""
        height = max(1.0, self.view_rects()[view].height())
        if self._camera.GetParallelProjection():
            return 2 * float(self._camera.GetParallelScale()) / height
        depth = float((point - self._camera.GetPosition()) @ np.array(self._camera.GetDirectionOfProjection()))
        return 2 * abs(depth) * float(np.tan(np.radians(self._camera.GetViewAngle()) / 2)) / height

    def toward_eye(self, point: np.ndarray) -> np.ndarray:
        """(3,) unit direction from a point to the viewer."""
        if self._camera.GetParallelProjection():
            return -np.array(self._camera.GetDirectionOfProjection())
        back = np.array(self._camera.GetPosition()) - point
        return np.asarray(back / max(float(np.linalg.norm(back)), 1e-12))

    def _view_at(self, at: QPointF) -> int | None:
        for i, (left, bottom, right, top) in enumerate(LAYOUTS[len(self._views)]):
            w, h = self.width(), self.height()
            if QRectF(left * w, (1 - top) * h, (right - left) * w, (top - bottom) * h).contains(at):
                return i
        return None

    def _on_press(self, at: QPointF) -> None:
        index = self._view_at(at)
        if index is not None and index != self._active_view:
            self._active_view = index
            self.view_activated.emit(index)
            self._overlay.notes = self.notes_for(self.size())
            self._overlay.update()
