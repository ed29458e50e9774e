"""The items of the viewport: what there is to draw."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Basis

from eigenform_app.kinds import display_for
from eigenform_app.places import Places
from eigenform_app.viewport.geometry import equal, same_topology
from eigenform_app.viewport.part_camera import CameraPart
from eigenform_app.viewport.scene import Assignment, Value, drawn, make_item


class ItemsPart(CameraPart):
    """Adding, changing and removing items."""

    def set_item(self, item_id: str, value: Value, options: Any = None, visible: bool = True, place: str = "") -> None:
        """Add an item or replace its value; the camera frames the first one.

        Of items with the same ``place`` only one is drawn: the active one, else the newest.
        """
        old = self._items.get(item_id)
        options = options or (old.options if old else display_for(value))
        if old is not None and type(old.value) is type(value) and drawn(value).takes(old.value, value):
            changed = old.visible != visible or old.place != place
            old.options, old.visible, old.place = options, visible, place
            self._overwrite(item_id, value)
            if changed:
                self._sync()
            self.set_options(item_id, options)
            return
        self._items[item_id] = make_item(value, options, visible, old.mode if old else 1, place)
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

    def move_points(self, item_id: str, places: Places) -> None:
        """Draw the vertices of an item elsewhere, written in place, until its value changes."""
        for view in self._views:
            if item_id in view.layers:
                view.layers[item_id].move(places)
        self._redraw_moved(item_id)

    def rows_moved(self, item_id: str) -> np.ndarray | None:
        """The vertices of an item that are drawn while it moves; None for all, as where there are several views."""
        layer = self._views[0].layers.get(item_id)
        return None if layer is None or len(self._views) > 1 else layer.rows_moved()

    def pose_item(self, item_id: str, value: Value) -> None:
        """Newer positions of the same vertices and nothing else: quick enough to be played.

        Raises
        ------
        ValueError
            If the value has another mesh than the item.
        """
        item = self._items[item_id]
        if type(item.value) is not type(value) or not same_topology(item.value, value):
            raise ValueError(f"{item_id} cannot be posed as a mesh of {len(value.verts)} vertices.")
        self._overwrite(item_id, value)

    def rest_points(self, item_id: str) -> None:
        """Draw the vertices of an item where its value has them."""
        for view in self._views:
            if item_id in view.layers:
                view.layers[item_id].rest()
        self._redraw()

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

    def set_options(self, item_id: str, options: Any) -> None:
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

    def _overwrite(self, item_id: str, value: Value) -> None:
        item = self._items[item_id]
        moved = item.value.verts is not value.verts and not equal(item.value.verts, value.verts)
        item.value = value
        if moved:
            item.geometry = drawn(value).geometry(value)
        for view in self._views:
            layer = view.layers.get(item_id)
            if layer is None:
                continue
            if moved:
                layer.set_geometry(item.geometry)
            layer.set_value(value)
        if any(v.assignment and item_id in (v.assignment.item, v.assignment.minus) for v in self._views):
            self._sync()
        self._redraw()
