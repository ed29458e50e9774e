"""Clicks on the viewport: which vertex lies under the pointer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QTimer
from PySide6.QtWidgets import QWidget

from eigenform_app.viewport import grab
from eigenform_app.viewport.layer_base import Hit
from eigenform_app.viewport.notes import Pick
from eigenform_app.viewport.part_views import ViewsPart
from eigenform_app.viewport.view import View


class PicksPart(ViewsPart):
    """Picking and marking vertices, and reading values under the pointer."""

    def __init__(self, parent: QWidget | None = None, dark: bool = True) -> None:
        super().__init__(parent, dark)
        self._hover_at = QPointF()
        self._hover_timer = QTimer(self, singleShot=True, interval=60)
        self._hover_timer.timeout.connect(self._read_hover)
        self._surface.hovered.connect(self._on_hover)

    def pick(self, at: QPointF) -> Pick | None:
        """The vertex under a position in logical pixels of this widget."""
        index = self._view_at(at)
        if index is None:
            return None
        view = self._views[index]
        origin, direction, spread = self._ray(view, at)
        best: tuple[float, Pick] | None = None
        clip, crop = self._clip.equations(), self._crop.equations()
        planes = [p for p in (clip, crop) if p is not None and len(p)]
        keep = np.concatenate(planes) if planes else None
        for key, layer in view.layers.items():
            hit = layer.hit(origin, direction, spread, keep)
            if hit and (best is None or hit.distance < best[0]):
                best = (hit.distance, Pick(key, hit.vertex, index, hit))
        return best[1] if best else None

    def select_vertex(self, item_id: str, vertex: int | None) -> None:
        """Mark a vertex from outside; None removes the mark."""
        spot = Hit(0.0, (0.0, 0.0, 0.0), vertex or 0)
        self._pick = None if vertex is None else Pick(item_id, vertex, self._active_view, spot)
        self._redraw()

    def _on_click(self, at: QPointF, double: bool) -> None:
        found = self.pick(at)
        if double:
            if found:
                layer = self._views[found.view].layers[found.item_id]
                self._camera.SetFocalPoint(*layer.place_of(found.hit))
            self._pick = None
        else:
            self._pick = found
            if found:
                layer = self._views[found.view].layers[found.item_id]
                facts = layer.facts_at(found.hit)
                self.picked.emit(found.item_id, found.vertex, facts)
                if layer.probes:
                    self.pointed.emit(found.item_id, np.asarray(found.hit.point), facts, True)
        self._redraw()

    def add_facts(self, item_id: str, point: np.ndarray, facts: Mapping[str, Any]) -> None:
        """What was found out of the point that is marked, to be written beside it."""
        if self._pick and self._pick.item_id == item_id and np.array_equal(self._pick.hit.point, point):
            self._pick = replace(self._pick, more=dict(facts))
            self._redraw()

    def _on_hover(self, at: QPointF) -> None:
        self._hover_at = at
        if any(layer.probes for view in self._views for layer in view.layers.values()):
            self._hover_timer.start()

    def _read_hover(self) -> None:
        found = self.pick(self._hover_at)
        layer = self._views[found.view].layers[found.item_id] if found else None
        if found and layer is not None and layer.probes:
            self.pointed.emit(found.item_id, np.asarray(found.hit.point), layer.facts_at(found.hit), False)

    def ray(self, view: int, at: QPointF) -> tuple[np.ndarray, np.ndarray]:
        """Origin and unit direction, in world coordinates, of the line of sight through a position of a view."""
        return self._ray(self._views[view], at)[:2]

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
