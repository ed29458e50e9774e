"""Working with a field: level, slices, crop box and probe of the chosen implicit surface."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from eigenform import registry
from eigenform.jobs import JobContext
from PySide6.QtCore import QObject, QTimer, Slot

from eigenform_app.document import Item
from eigenform_app.runner import Job

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

REST_MS = 200  # the pointer rests this long before the field itself is asked


class FieldController(QObject):
    """``crop`` is the crop box (2, 3) in input units, None where nothing is cropped; it belongs to the view."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document, self.panel = window, window.document, window.field_panel
        self.crop: np.ndarray | None = None
        self._wanted: tuple[str, np.ndarray, dict[str, Any], bool] | None = None
        self._asking = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._ask)
        self.panel.display_changed.connect(self.change)
        self.panel.crop_changed.connect(self.set_crop)
        self.panel.crop_reset.connect(self.reset_crop)
        self.panel.mesh_wanted.connect(self.make_mesh)
        self.panel.own_level_wanted.connect(self.own_level)
        window.viewport.pointed.connect(self._pointed)
        window.viewport.crop_dragged.connect(self._dragged)
        window.work.panel.shared_edited.connect(self._shared_edited)
        self.document.current_changed.connect(self._follow)
        self.document.changed.connect(self._changed)

    # -- following -----------------------------------------------------------------------------------------------------

    def surface(self) -> Item | None:
        """The implicit surface that the panel works on: the chosen item or what it hangs under."""
        current = self.document.current
        return self.document.ancestor(current.id, "implicit") if current else None

    @Slot(str)
    def _follow(self, *_: str) -> None:
        item = self.surface()
        if item is None:
            self.panel.show_surface(None, None)
            return
        self.panel.show_surface(item.value, item.display, item.live)
        self.panel.show_crop(self.crop, self.whole())
        self.window.work.panel.share("level", item.display.level)

    @Slot(str, str)
    def _changed(self, item_id: str, what: str) -> None:
        item = self.surface()
        if item is not None and item.id == item_id and what in ("display", "value", "preview"):
            self._follow()

    # -- level, slices, volume -----------------------------------------------------------------------------------------

    @Slot(dict)
    def change(self, values: dict[str, Any]) -> None:
        """Other display options of the surface; quick changes are one step of undo."""
        if (item := self.surface()) is not None:
            self.window.views.show_as(item, dataclasses.replace(item.display, **values))

    def step_level(self, steps: int) -> None:
        """The level a hundredth of its range up or down."""
        if self.surface() is not None:
            self.panel.level.step(steps)

    def own_level(self) -> None:
        """The level at which the surface was made."""
        if (item := self.surface()) is not None:
            self.change({"level": float(item.value.level)})

    def toggle_slices(self) -> None:
        """All three slices, or none."""
        if (item := self.surface()) is not None:
            on = not any(getattr(item.display, f"slice_{a}") for a in "xyz")
            self.change({f"slice_{a}": on for a in "xyz"})

    def toggle(self, option: str) -> None:
        """Switch an on/off option of the surface."""
        if (item := self.surface()) is not None:
            self.change({option: not getattr(item.display, option)})

    def make_mesh(self) -> None:
        """Add the surface drawn as a mesh under the item."""
        if (item := self.surface()) is not None:
            self.document.set_current(item.id)
            self.window.work.make_stand_in("shape")

    def learn_basis(self) -> None:
        """The eigenbasis of a surface or a figure, with the method for bases that was listed first."""
        if self.surface() is not None or self.window.pose.item() is not None:
            self.window.work.run_method(registry.methods("basis")[0].name)

    # -- crop ---------------------------------------------------------------------------------------------------------

    def whole(self) -> np.ndarray:
        """(2, 3) the box that holds the chosen item: that of a field, else the bounds of its vertices."""
        item = self.surface() or self.document.current
        if item is None:
            return np.array([[0.0] * 3, [1.0] * 3])
        if (box := getattr(item.value, "box", None)) is not None:
            return np.asarray(box)
        centre, radius = self.window.viewport.ball()
        low, high = centre - radius, centre + radius
        if np.asarray(item.value.verts).shape[1] == 3:
            low, high = item.value.verts.min(axis=0), item.value.verts.max(axis=0)
        pad = 0.02 * float((high - low).max()) or 0.5
        return np.stack([low - pad, high + pad])

    @Slot(object)
    def set_crop(self, box: np.ndarray | None) -> None:
        """Crop to a box, or end it; a box turned inside out is put right."""
        self.crop = None if box is None else np.sort(np.asarray(box, dtype=np.float64), axis=0)
        if self.crop is not None and not (self.crop[1] > self.crop[0]).all():
            self.window.say("The crop box needs some size along every axis.")
            return
        self.window.viewport.set_crop(self.crop)
        self._tell_crop()

    def toggle_crop(self, on: bool) -> None:
        """Crop to the box that holds the chosen item, or end it."""
        self.set_crop(self.whole() if on else None)

    def reset_crop(self) -> None:
        """The whole box again."""
        if self.crop is not None:
            self.set_crop(self.whole())

    @Slot(object)
    def _dragged(self, box: np.ndarray) -> None:
        self.crop = np.array(box)
        self.window.viewport.crop_to(box)
        self._tell_crop()

    def _tell_crop(self) -> None:
        self.panel.show_crop(self.crop, self.whole())
        self.window.actions_by_id["crop"].setChecked(self.crop is not None)
        self.window.work.panel.share("crop", crop_text(self.crop))

    @Slot(str, object)
    def _shared_edited(self, name: str, value: Any) -> None:
        if name == "level":
            self.change({"level": float(value)})
            return
        from eigenform.errors import InputError
        from eigenform.implicit.points.inputs import parse_crop

        try:
            self.set_crop(parse_crop(str(value)))
        except InputError as error:
            self.window.show_error(str(error))

    # -- what is written ----------------------------------------------------------------------------------------------

    def portion_of(self, item: Item) -> Callable[[Callable[[], None]], Any]:
        """What an export writes: the item's value, of a field the part in the crop box at the level drawn."""
        value = item.value
        level, box = getattr(item.display, "level", None), self.crop
        if item.kind != "implicit" or (box is None and level == value.level):
            return lambda check: value

        def prepare(check: Callable[[], None]) -> Any:
            from eigenform.implicit.portion import portion

            return portion(value, box, level, check)

        return prepare

    def portion_words(self, item: Item) -> str:
        """What :meth:`portion_of` changes, in a sentence."""
        if item.kind != "implicit":
            return ""
        parts = ["within the crop box"] if self.crop is not None else []
        if item.display.level != item.value.level:
            parts.append(f"at level {item.display.level:g}")
        return f"What is drawn is written: {' and '.join(parts)}." if parts else ""

    # -- the probe ----------------------------------------------------------------------------------------------------

    @Slot(str, object, dict, bool)
    def _pointed(self, item_id: str, point: np.ndarray, facts: dict[str, Any], clicked: bool) -> None:
        item = self.document.get(item_id)
        if item is None or item.kind != "implicit":
            return
        self._show(item, facts)
        self._wanted = (item_id, np.array(point), facts, clicked)
        if clicked:
            self._ask()
        else:
            self._rest.start()

    def _show(self, item: Item, facts: Mapping[str, Any]) -> None:
        self.panel.show_probe(facts)
        said = (f"{name} {facts[name]:.4g}" for name in facts if isinstance(facts[name], float))
        where = ", ".join(f"{v:.4g}" for v in facts.get("position", ()))
        self.window.say(f"{item.name} at ({where}):  " + ",  ".join(said))

    def _ask(self) -> None:
        """Ask the field itself in a worker; the newest point waits while an older one is being answered."""
        if self._asking or self._wanted is None:
            return
        item_id, point, facts, _clicked = self._wanted
        self._wanted = None
        item = self.document.get(item_id)
        if item is None:
            return
        surface = item.value

        def work(ctx: JobContext) -> dict[str, Any]:
            from eigenform.implicit.probe import probe

            return probe_facts(probe(surface, point))

        def done(job: Job) -> None:
            if self._wanted is None and item_id in self.document:
                everything = {**facts, **job.result}
                self._show(self.document[item_id], everything)
                self.window.viewport.add_facts(item_id, point, job.result)

        def ended(job: Job) -> None:
            self._asking = False
            if self._wanted is not None:
                self._rest.start()

        self._asking = True
        self.window.runner.submit("Probe", work, done=done, ended=ended, quiet=True)


def crop_text(box: np.ndarray | None) -> str:
    """The crop parameter of methods: least x, y, z, then largest x, y, z; empty for no crop."""
    return "" if box is None else ",".join(f"{v:.6g}" for v in np.asarray(box).ravel())


def probe_facts(found: Any) -> dict[str, Any]:
    """What :func:`eigenform.implicit.probe.probe` says of a point, in the words of the window."""
    return {
        "distance": float(found.value[0]),
        "|gradient|": float(np.linalg.norm(found.gradient[0])),
        "mean curvature": float(found.mean[0]),
        "Gaussian curvature": float(found.gaussian[0]),
    }
