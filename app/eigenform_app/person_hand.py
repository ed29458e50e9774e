"""What is set by hand on a photograph of a person: keypoints, the mask, left and right, depth. Each a step of undo."""

from __future__ import annotations

import zlib
from base64 import b85encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from eigenform.avatar import keypoints as names
from eigenform.errors import InputError
from eigenform.types import Person, View
from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtWidgets import QFileDialog, QMenu

from eigenform_app.panels.person_picture import INSIDE, OUTSIDE
from eigenform_app.panels.person_points import next_hidden
from eigenform_app.panels.person_tools import both_sides
from eigenform_app.runner import Job

if TYPE_CHECKING:
    from eigenform_app.person_work import PersonController

FILES = {
    "mask": ("A mask, the person white", "Pictures (*.png *.jpg *.jpeg *.bmp *.tif *.tiff)"),
    "keypoints": ("Keypoints", "Keypoints (*.json)"),
}


class HandController(QObject):
    """Carries out what the canvas and the tools ask for on the view that is shown."""

    def __init__(self, work: PersonController) -> None:
        super().__init__(work)
        self.work, self.window, self.page, self.document = work, work.window, work.page, work.document
        canvas, tools = self.page.canvas, self.page.tools
        canvas.point_moved.connect(self.move_point)
        canvas.point_hidden.connect(self.hide_point)
        canvas.point_chosen.connect(self._point_chosen)
        canvas.painted.connect(self.paint)
        canvas.cut_wanted.connect(self.cut_out)
        canvas.menu_wanted.connect(self._menu)
        self.page.points.chosen.connect(self._row_chosen)
        tools.cut_wanted.connect(self.cut_out)
        tools.swap_wanted.connect(self.swap)
        tools.flip_wanted.connect(self.flip)
        tools.file_wanted.connect(self._ask_file)

    @Slot(int, float, float)
    def move_point(self, index: int, x: float, y: float) -> None:
        """Put a keypoint where it belongs; where it had no place, the next one without is chosen."""
        from eigenform.avatar.photo.editing import move_keypoint

        item = self.work.item()
        before = None if item is None else item.value.views[self.work.number].keypoints
        placed = before is None or before[index, 2] <= 0
        self._edit("keypoints", f"Move the {names.NAMES[index]}", move_keypoint, index, x, y)
        if placed and (item := self.work.item()) is not None:
            self.page.canvas.choose(next_hidden(item.value.views[self.work.number].keypoints, index))
            self.work.refresh()

    @Slot(int)
    def hide_point(self, index: int) -> None:
        """Say that a keypoint is not seen."""
        from eigenform.avatar.photo.editing import hide_keypoint

        self._edit("keypoints", f"Hide the {names.NAMES[index]}", hide_keypoint, index)

    @Slot(str)
    def swap(self, limb: str) -> None:
        """Let left and right change places, of one pair of limbs or of all points."""
        from eigenform.avatar.photo.editing import swap_sides

        self._edit("keypoints", "Swap left and right", swap_sides, both_sides(limb))

    @Slot(list, float, bool)
    def paint(self, points: list[tuple[float, float]], radius: float, add: bool) -> None:
        """A stroke of the brush on the mask."""
        from eigenform.avatar.photo.editing import paint_mask

        self._edit("mask", "Paint the mask" if add else "Erase from the mask", paint_mask, points, radius, add)

    @Slot()
    def cut_out(self) -> None:
        """Make a mask along the strokes; they stay, so that one more can correct it."""
        from eigenform.avatar.photo.editing import scribble_mask

        canvas = self.page.canvas
        if not canvas.strokes[INSIDE]:
            self.window.say("Stroke over the person first.")
            return
        inside, outside, radius = list(canvas.strokes[INSIDE]), list(canvas.strokes[OUTSIDE]), canvas.radius
        self._edit_in_worker("mask", "Cut out", lambda person, n: scribble_mask(person, n, inside, outside, radius))

    @Slot(str)
    def flip(self, limb: str) -> None:
        """Mirror a limb of the fitted body in depth."""

        def work(person: Person, number: int) -> Person:
            from eigenform.avatar.fit.flip import flip_depth

            return flip_depth(person, number, limb)

        self._edit_in_worker("depth", f"Flip the {limb}", work, limb=limb)

    def _ask_file(self, kind: str) -> None:
        title, pattern = FILES[kind]
        name, _ = QFileDialog.getOpenFileName(self.window, title, self.window.files.start_folder(), pattern)
        if name:
            self.take_file(kind, name)

    def take_file(self, kind: str, name: str) -> None:
        """A mask or keypoints from a file."""

        def work(person: Person, number: int) -> Person:
            from eigenform.avatar.photo import editing, keypoint_files, masks

            shape = person.views[number].pixels.shape[:2]
            if kind == "mask":
                return editing.set_mask(person, number, masks.read_mask(name, shape))
            found, notes = keypoint_files.read_keypoints(name, shape)
            made = editing.set_keypoints(person, number, found)
            return made.replace(meta={**made.meta, "notes": [*(made.meta.get("notes") or ()), *notes]})

        self._edit_in_worker(kind, f"Take the {kind} of a file", work)

    def _edit(self, kind: str, text: str, function: Callable[..., Person], *arguments: Any) -> None:
        """Change the view shown, at once."""
        item = self.work.item()
        if item is None or self.work.locked():
            self.work.refresh()
            return
        try:
            made = function(item.value, self.work.number, *arguments)
        except InputError as error:
            self.window.show_error(str(error))
            self.work.refresh()
            return
        self.work.replace(item.id, made, text, self._record(kind, made.views[self.work.number]))

    def _edit_in_worker(self, kind: str, text: str, work: Callable[[Person, int], Person], **more: Any) -> None:
        item = self.work.item()
        if item is None or self.work.locked():
            return
        value, number, item_id = item.value, self.work.number, item.id

        def done(job: Job) -> None:
            if item_id in self.document and self.document[item_id].value is value:
                record = (
                    {"hand": kind, "view": number, **more} if more else self._record(kind, job.result.views[number])
                )
                self.work.replace(item_id, job.result, text, record)

        self.window.runner.submit(text, lambda ctx: work(value, number), done=done)

    def _record(self, kind: str, view: View) -> dict[str, Any]:
        """What was set by hand, so that a script can set it again."""
        record: dict[str, Any] = {"hand": kind, "view": self.work.number}
        if kind == "keypoints" and view.keypoints is not None:
            record["keypoints"] = np.round(view.keypoints, 3).tolist()
        if kind == "mask" and view.mask is not None:
            record["mask"] = b85encode(zlib.compress(np.packbits(view.mask).tobytes(), 9)).decode()
            record["shape"] = list(view.mask.shape)
        return record

    # -- choosing points -----------------------------------------------------------------------------------------------

    @Slot(int)
    def _point_chosen(self, index: int) -> None:
        shown = self.work.shown()
        if shown is not None:
            self.page.points.show_points(shown.value.views[self.work.number].keypoints, index)

    @Slot(int)
    def _row_chosen(self, index: int) -> None:
        self.page.tools.choose("points")
        self.page.canvas.choose(index)
        self.page.canvas.setFocus()

    @Slot(int, QPoint)
    def _menu(self, index: int, where: QPoint) -> None:
        item = self.work.item()
        if item is None or self.work.locked():
            return
        menu, view = QMenu(self.window), item.value.views[self.work.number]
        if index >= 0 and view.keypoints is not None:
            menu.addAction(f"Hide the {names.NAMES[index]}", lambda: self.hide_point(index))
            if limb := names.limb_of(index):
                other = {"left": "right", "right": "left"}[limb.split()[0]]
                menu.addAction(f"Swap the {limb} and the {other} one", lambda: self.swap(limb))
                if view.rotations is not None:
                    menu.addAction(f"Flip the {limb} in depth", lambda: self.flip(limb))
            menu.addSeparator()
        if view.keypoints is not None:
            menu.addAction("Swap left and right of all points", lambda: self.swap(""))
        menu.addAction("The whole photograph", self.page.canvas.fit)
        menu.popup(where)
