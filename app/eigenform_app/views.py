"""Keeps the viewport, the strip and the plots in step with the document, and carries out what the menu View asks."""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Slot

from eigenform_app import commands, kinds
from eigenform_app.document import Item
from eigenform_app.viewport.colours import CATEGORIES

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow


class ViewController(QObject):
    """The document is the truth; everything drawn follows its signals."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document = window, window.document
        self.viewport, self.strip, self.spectrum = window.viewport, window.strip, window.spectrum
        self.saved_camera: dict[str, Any] | None = None
        self._sight = ("", "y")
        self._cameras: dict[tuple[str, str], dict[str, Any]] = {}
        self._strip_shows = ""
        d = self.document
        d.added.connect(self._added)
        d.removed.connect(self._removed)
        d.changed.connect(self._changed)
        d.current_changed.connect(self._current)
        d.mode_changed.connect(self._mode)
        d.replaced.connect(self._forget_sights)
        self.strip.mode_chosen.connect(self._strip_chose)
        self.strip.flip_requested.connect(self._flip_mode)
        self.spectrum.mode_chosen.connect(self._spectrum_chose)
        self.viewport.picked.connect(self._picked)

    # -- following the document ------------------------------------------------------------------------------------

    def basis(self) -> Item | None:
        """The basis that mode keys step through: the current item, else the newest one under it."""
        current = self.document.current
        if current is None or current.kind == "basis":
            return current
        under = [i for i in self.document.below(current.id) if i.kind == "basis"]
        return under[-1] if under else None

    @Slot(str)
    def _added(self, item_id: str) -> None:
        item = self.document[item_id]
        self._draw(item)
        if item.kind == "basis":
            self.viewport.set_mode(item.id, self.document.mode(item.id))
            self._show_spectrum()

    def _draw(self, item: Item) -> None:
        place = self.document.root(item.id).id if kinds.BY_NAME[item.kind].solid else ""
        self.viewport.set_item(item.id, named(item), item.display, self.document.shown(item), place)

    @Slot(str)
    def _removed(self, item_id: str) -> None:
        self.viewport.remove_item(item_id)
        if not len(self.document):
            self._forget_sights()
        if item_id == self._strip_shows:
            self._show_strip()
        self._show_spectrum()

    @Slot(str, str)
    def _changed(self, item_id: str, what: str) -> None:
        item = self.document[item_id]
        if what == "visible":
            for one in self.document.family(item_id):
                self.viewport.set_visible(one.id, self.document.shown(one))
            self._turn()
            self._show_spectrum()
        elif what == "display":
            self.viewport.set_options(item_id, item.display)
        elif what in ("name", "value", "preview"):
            if item.kind == "basis":
                self.viewport.update_basis(item_id, named(item))
            else:
                self._draw(item)
            if item is self.document.current:
                self._turn()  # a job may have made something else of it
            if item_id == self._strip_shows and what != "name":
                self.strip.update_preview(item.value)
        if item.kind == "basis" and what in ("name", "value", "preview"):
            self._show_spectrum()

    @Slot(str)
    def _current(self, item_id: str) -> None:
        self.viewport.set_active(item_id or None)
        self._turn()
        self._show_strip()
        self._show_spectrum()

    def sight_of(self, item: Item | None) -> tuple[str, str]:
        """Along which axis an item is looked at and which one points up: its own, or those of what it hangs under."""
        while item is not None:
            kind = kinds.BY_NAME[item.kind]
            if kind.up:
                return kind.look, kind.up
            item = self.document.get(item.parent) if item.parent else None
        return "", "y"

    @Slot()
    def _forget_sights(self) -> None:
        """Another session: its cameras are its own."""
        self._cameras.clear()
        self._sight, self.viewport.up = ("", "y"), "y"

    def _turn(self) -> None:
        """Where the chosen item alone is drawn and wants another sight (a figure where a photograph was), give it that:
        the camera it had last, else the straight view."""
        item = self.document.current
        if item is None or not self.document.shown(item):
            return
        sight, root = self.sight_of(item), self.document.root(item.id)
        alone = all(i.id == root.id or not i.visible for i in self.document.below(None))
        if sight == self._sight or not alone:
            return
        self._cameras[self._sight] = self.viewport.camera()
        self._sight, self.viewport.up = sight, sight[1]
        if sight in self._cameras:
            self.viewport.set_camera(self._cameras[sight])
        elif sight[0]:
            self.viewport.view_along(sight[0])
        else:
            self.viewport.reset_camera()

    @Slot(str, int)
    def _mode(self, item_id: str, k: int) -> None:
        self.viewport.set_mode(item_id, k)
        if item_id == self._strip_shows:
            self.strip.set_mode(k)
        self.spectrum.set_current(item_id, k)

    def _show_strip(self) -> None:
        item = self.basis()
        self._strip_shows = item.id if item else ""
        self.strip.set_basis(item.value if item else None)
        if item is not None:
            self.strip.set_mode(self.document.mode(item.id))
            self.spectrum.set_current(item.id, self.document.mode(item.id))

    def _show_spectrum(self) -> None:
        shown = [i for i in self.document.items("basis") if self.document.shown(i)]
        rows = [(i.id, i.name, i.value.evals, CATEGORIES[n % len(CATEGORIES)]) for n, i in enumerate(shown)]
        self.spectrum.set_bases(rows)
        current = self.basis()
        surface = current is not None and current.value.verts.shape[1] <= 3
        self.spectrum.set_area(float(current.value.mass.sum()) if current is not None and surface else None)

    # -- what the person does --------------------------------------------------------------------------------------

    @Slot(int)
    def _strip_chose(self, k: int) -> None:
        if self._strip_shows:
            self._choose(self._strip_shows, k)

    @Slot(str, int)
    def _spectrum_chose(self, item_id: str, k: int) -> None:
        self._choose(item_id, k)

    def _choose(self, item_id: str, k: int) -> None:
        if item_id in self.document:
            self.document.set_current(item_id)
            self.document.set_mode(item_id, k)

    @Slot(str, int, dict)
    def _picked(self, item_id: str, vertex: int, values: dict[str, Any]) -> None:
        said = ",  ".join(f"{k} {_said(v)}" for k, v in values.items() if k != "vertex")
        self.window.say(f"Vertex {vertex:,}:  {said}" if "vertex" in values else said)

    def step_mode(self, step: int) -> None:
        """The next or the previous mode."""
        if (item := self.basis()) is not None:
            self._choose(item.id, self.document.mode(item.id) + step)
            if not self.document.shown(item):
                self.window.say(f"{item.name} is hidden: Shift+H shows it alone.")

    def flip(self) -> None:
        """Flip the sign of the mode shown."""
        if (item := self.basis()) is not None:
            self._flip_mode(self.document.mode(item.id))

    @Slot(int)
    def _flip_mode(self, k: int) -> None:
        item = self.document.get(self._strip_shows)
        if item is not None and not item.live:
            commands.flip_sign(self.document, item.id, k)

    def set_display(self, options: Any) -> None:
        """The current item's display options, as one step of undo."""
        if (item := self.document.current) is not None:
            self.show_as(item, options)

    def show_as(self, item: Item, options: Any) -> None:
        """Change an item's display options; of a live item, which is not part of the document yet, with no undo."""
        if item.live:
            self.document.set_live_display(item.id, options)
        else:
            commands.set_display(self.document, item.id, options)

    def _change_display(self, **changes: Any) -> None:
        if (item := self.basis()) is not None and not item.live:
            commands.set_display(self.document, item.id, dataclasses.replace(item.display, **changes))

    def toggle_option(self, name: str) -> None:
        """Switch an on/off display option of the basis."""
        if (item := self.basis()) is not None:
            self._change_display(**{name: not getattr(item.display, name)})

    def toggle_isolines(self) -> None:
        """Some isolines, or none."""
        if (item := self.basis()) is not None:
            self._change_display(isolines=0 if item.display.isolines else 12)

    def show_quantity(self, quantity: str) -> None:
        """Colour by a quantity, or by the mode again."""
        if (item := self.basis()) is not None:
            self._change_display(quantity="mode" if item.display.quantity == quantity else quantity)

    # -- views and camera --------------------------------------------------------------------------------------------

    def set_layout(self, n: int) -> None:
        """One to four linked views, each with the whole shape in it."""
        self.viewport.set_layout(n)
        self.viewport.frame()

    def reset_camera(self) -> None:
        """Fit everything."""
        self.viewport.reset_camera()

    def view_along(self, axis: str) -> None:
        """Look along an axis."""
        self.viewport.view_along(axis)

    def save_camera(self) -> None:
        """Keep the camera for later."""
        self.saved_camera = self.viewport.camera()
        self.window.say("Camera saved")
        self.window.refresh_actions()

    def restore_camera(self) -> None:
        """Go back to the camera kept."""
        if self.saved_camera is not None:
            self.viewport.set_camera(self.saved_camera)

    def set_clip(self, on: bool) -> None:
        """Cut by a plane that can be dragged, or show everything."""
        self.viewport.set_clip(on)

    def set_animation(self, on: bool) -> None:
        """Let the mode swing, or rest."""
        self.viewport.set_animation(on and self.window.preferences.animation)

    def difference(self) -> None:
        """The difference of the two bases chosen in the compare panel."""
        self.show_difference(*self.window.compare.chosen())

    def show_difference(self, a: str, b: str) -> None:
        """Two views: the basis, and its difference from the reference."""
        if a not in self.document or b not in self.document:
            return
        self.document.set_current(a)
        try:
            if self.viewport.view_count < 2:
                self.set_layout(2)
            self.viewport.difference(a, b, None, 1)
        except ValueError as error:
            self.window.show_error(str(error))

    # -- saving and restoring what is seen ---------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """View state for a session file."""
        return {
            "camera": self.viewport.camera(),
            "saved_camera": self.saved_camera,
            "layout": self.viewport.view_count,
            "clip": self.viewport.clip_state(),
            "crop": None if self.window.field.crop is None else self.window.field.crop.tolist(),
            "modes": self.document.modes(),
            "current": self.document.current.id if self.document.current else "",
        }

    def restore(self, state: dict[str, Any]) -> None:
        """What :meth:`state` gave."""
        if state.get("layout") in (1, 2, 3, 4):
            self.viewport.set_layout(state["layout"])
        if state.get("camera"):
            self.viewport.set_camera(state["camera"])
        self.saved_camera = state.get("saved_camera")
        crop = state.get("crop")
        self.window.field.set_crop(np.asarray(crop, dtype=np.float64) if crop else None)
        clip = state.get("clip") or {}
        if clip.get("enabled"):
            self.viewport.set_clip(True, tuple(clip["normal"]), tuple(clip["origin"]))
        self.window.actions_by_id["clip"].setChecked(bool(clip.get("enabled")))


def _said(value: Any) -> str:
    """A value of a vertex in the status bar."""
    if isinstance(value, list | tuple):
        return "(" + ", ".join(_said(v) for v in value) + ")"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def named(item: Item) -> Any:
    """The value of an item under the item's name, for labels. Its arrays are shared: they were checked once."""
    value = copy.copy(item.value)
    object.__setattr__(value, "name", item.name)
    return value
