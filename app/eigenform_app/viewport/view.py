"""One view: a renderer with the layers it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from eigenform.types import Basis
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkCamera, vtkRenderer

from eigenform_app.viewport import studio
from eigenform_app.viewport.layer_base import AnyLayer
from eigenform_app.viewport.scene import Assignment, Item, difference_of, make_item, make_layer, rivals


class View:
    """A renderer, the layers in it, and what it is assigned to show (None: every visible item).

    ``offset`` is added to the mode of a basis where nothing is assigned, so that fresh views show successive modes.
    """

    def __init__(self, camera: vtkCamera, offset: int, dark: bool) -> None:
        self.renderer = vtkRenderer()
        self.renderer.SetActiveCamera(camera)
        self.renderer.SetUseFXAA(True)
        self.renderer.SetTwoSidedLighting(True)
        studio.light(self.renderer)
        self.assignment: Assignment | None = None
        self.offset, self.dark = offset, dark
        self.layers: dict[str, AnyLayer] = {}
        self.planes: list[vtkPlane] = []
        self.cropped: np.ndarray | None = None
        studio.background(self.renderer, dark)

    def main(self, active: str | None) -> tuple[str, AnyLayer] | None:
        """The layer the overlay describes: the assigned one, the active one, or the last."""
        for key in (self.assignment.item if self.assignment else None, active):
            if key is not None and key in self.layers:
                return key, self.layers[key]
        return next(reversed(self.layers.items())) if self.layers else None

    def mode_of(self, item: Item) -> int:
        """The mode this view shows of an item."""
        if self.assignment is None:
            return item.mode + self.offset
        return item.mode if self.assignment.mode is None else self.assignment.mode

    def sync(self, items: Mapping[str, Item], active: str | None, stale: set[str] | None = None) -> None:
        """Make the layers agree with the items; only those in ``stale`` are built anew."""
        wanted = self._wanted(items, active)
        for key in [k for k in self.layers if k not in wanted or (stale and k in stale)]:
            for actor in self.layers.pop(key).actors:
                self.renderer.RemoveActor(actor)
        for key, item in wanted.items():
            if key not in self.layers:
                self._add(key, make_layer(item, self.dark))
            layer = self.layers[key]
            layer.show_mode(self.mode_of(item))

    def set_options(self, key: str, options: Any) -> None:
        """Change how a layer looks, if it is here."""
        if key in self.layers:
            self.layers[key].set_options(options, self.dark)
            self._add_actors(self.layers[key])

    def show_theme(self, dark: bool) -> None:
        """Change the theme of background and layers."""
        self.dark = dark
        studio.background(self.renderer, dark)
        for layer in self.layers.values():
            layer.set_options(layer.options, dark)

    def clip(self, planes: list[vtkPlane]) -> None:
        """Cut all layers by ``planes``; an empty list shows everything."""
        self.planes = planes
        for layer in self.layers.values():
            self._clip_layer(layer)

    def crop(self, box: np.ndarray | None) -> None:
        """Draw only what lies in ``box`` (2, 3); None draws everything."""
        self.cropped = box
        for layer in self.layers.values():
            layer.set_crop(box)

    def _add(self, key: str, layer: AnyLayer) -> None:
        self.layers[key] = layer
        layer.set_crop(self.cropped)
        self._add_actors(layer)

    def _add_actors(self, layer: AnyLayer) -> None:
        for actor in layer.actors:
            if not self.renderer.HasViewProp(actor):
                self.renderer.AddActor(actor)
        self._clip_layer(layer)

    def _clip_layer(self, layer: AnyLayer) -> None:
        for actor in layer.actors:
            actor.GetMapper().RemoveAllClippingPlanes()
            for plane in self.planes:
                actor.GetMapper().AddClippingPlane(plane)

    def _wanted(self, items: Mapping[str, Item], active: str | None) -> dict[str, Item]:
        a = self.assignment
        if a is not None and a.minus is not None:
            one, other = items.get(a.item), items.get(a.minus)
            if one is None or other is None or not (isinstance(one.value, Basis) and isinstance(other.value, Basis)):
                return {}
            mode = min(self.mode_of(one), one.value.modes - 1, other.value.modes - 1)
            key = f"{a.item}-{a.minus}@{mode}#{id(one.value)}/{id(other.value)}"
            if key in self.layers:
                return {key: make_item(one.value, one.options, True)}
            field = difference_of(one.value, other.value, mode)
            return {key: make_item(field, replace(one.options, isolines=0, quantity="mode"), True)}
        if a is not None:
            return {a.item: items[a.item]} if a.item in items else {}
        shown = {k: v for k, v in items.items() if v.visible}
        return {k: v for k, v in shown.items() if not _covered(k, v, shown, active)}


def _covered(key: str, item: Item, shown: Mapping[str, Item], active: str | None) -> bool:
    """Whether another shown item at the same place is drawn instead: the active one, else the newest."""
    there = [k for k, v in shown.items() if rivals(v, item)]
    return key != (active if active in there else there[-1])
