"""Working on a person in photographs: the page, what is set by hand, and the steps from there to an avatar."""

from __future__ import annotations

import dataclasses
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
from eigenform import registry
from eigenform.errors import InputError
from eigenform.jobs import JobContext
from eigenform.method import Method
from eigenform.types import Image, Person, View
from PySide6.QtCore import QObject, Slot

from eigenform_app import commands, person_steps
from eigenform_app.document import Item
from eigenform_app.panels.person_picture import INSIDE, OUTSIDE
from eigenform_app.person_hand import HandController
from eigenform_app.person_steps import FIND, Step
from eigenform_app.runner import Job
from eigenform_app.viewport.geometry import equal

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow


class PersonController(QObject):
    """While it is ``open``, the page stands in the place of the 3-D view whenever a person is the chosen item."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document, self.page = window, window.document, window.person_page
        self.open = False
        self.number = 0
        self._bottom = False
        self._going = False
        self._followed = ""
        self._body_of: tuple[Any, ...] = ()
        self._made_of: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        self._connect()
        self.hand = HandController(self)

    def _connect(self) -> None:
        page, way = self.page, self.page.way
        page.view_chosen.connect(self.show_view)
        page.closed.connect(self.close)
        page.canvas.scribbled.connect(self.refresh)
        way.step_wanted.connect(self.run_step)
        way.all_wanted.connect(self.run_all)
        way.cancel_wanted.connect(self.cancel)
        self.document.current_changed.connect(self._follow)
        self.document.changed.connect(self._changed)
        self.document.removed.connect(self._removed)
        runner = self.window.runner
        for signal in (runner.submitted, runner.progressed, runner.finished):
            signal.connect(self._job_moved)

    # -- the page ------------------------------------------------------------------------------------------------------

    def shown(self) -> Item | None:
        """The person that is looked at: the chosen item, also while it is what a step has found so far."""
        current = self.document.current
        return current if current is not None and current.kind == "person" else None

    def item(self) -> Item | None:
        """The person that is worked on: the chosen item, or the one that a running step works on."""
        item = self.shown()
        if item is not None and item.live:
            above = self.document.get(item.parent) if item.parent else None
            return above if above is not None and above.kind == "person" else None
        return item

    def toggle(self) -> None:
        """Open the page on the chosen person, or close it."""
        if self.open and self.window.centre.currentWidget() is self.page:
            self.close()
        elif self.item() is not None:
            self.open = True
            self._follow()

    @Slot()
    def close(self) -> None:
        """Back to the 3-D view."""
        self.open = False
        self._follow()

    @Slot(str)
    def _follow(self, *_: str) -> None:
        """Show the page, or the 3-D view, for what is chosen."""
        centre, shown = self.window.centre, self.shown()
        wanted = self.open and shown is not None
        here = centre.currentWidget() is self.page
        if wanted and not here:
            self._bottom = not self.window.docks["bottom"].isHidden()
            self.window.docks["bottom"].setVisible(False)
            centre.setCurrentWidget(self.page)
            self.page.canvas.setFocus()
        if wanted and shown is not None and shown.id != self._followed and not shown.live:
            self._followed = shown.id
            self._offer_next()
        if not wanted and here:
            self._followed = ""
            centre.setCurrentWidget(self.window.viewport if len(self.document) else self.window.welcome)
            if self._bottom and len(self.document):
                self.window.docks["bottom"].setVisible(True)
        self.refresh()

    def _offer_next(self) -> None:
        """Let the form of the next step stand in the inspector."""
        step = next((s for s in self.steps() if s.state in ("next", "old") and s.methods), None)
        if step is not None and step.number != FIND:
            self.window.work.panel.choose(step.methods[0].name)
            self.window.refresh_actions()

    @Slot(str, str)
    def _changed(self, item_id: str, what: str) -> None:
        shown = self.shown()
        if shown is not None and item_id == shown.id and what in ("value", "preview", "name"):
            self.refresh()

    @Slot(str)
    def _removed(self, item_id: str) -> None:
        self.refresh()

    @Slot(object)
    def _job_moved(self, job: Job) -> None:
        if job.lane != "compute":
            return
        current = self.document.current
        if job.state == "done" and not self.open and current is not None and current.id == job.id:
            self.toggle()  # a person was just found: what was found is looked over next
        if job.state in ("failed", "cancelled"):
            self._going = False
        if self.window.centre.currentWidget() is not self.page:
            return
        if job.state == "running":
            self._show_way()
        else:
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the person as it is now."""
        shown = self.shown()
        if shown is None or self.window.centre.currentWidget() is not self.page:
            return
        person: Person = shown.value
        self.number = min(self.number, len(person.views) - 1)
        view = person.views[self.number]
        canvas = self.page.canvas
        canvas.locked = self.locked()
        self.page.show_person(person, shown.name, self.number)
        blank = self._is_blank(shown)
        strokes = bool(canvas.strokes[INSIDE])
        self.page.tools.set_possible(
            not canvas.locked, not blank, strokes, view.keypoints is not None, view.rotations is not None
        )
        self._show_body(person, view)
        self._show_way()

    @Slot(int)
    def show_view(self, number: int) -> None:
        """Another of the photographs."""
        self.number = number
        self.page.canvas.choose(-1)
        self.page.canvas.clear_strokes()
        self.refresh()

    def locked(self) -> bool:
        """Whether a step works on the person now: what is set by hand meanwhile would be lost."""
        item = self.item()
        return item is None or self.running() is not None

    def running(self) -> Job | None:
        """The step that works on the person, or waits to."""
        item = self.item()
        jobs = self.window.runner.active("compute")
        return next((j for j in jobs if item is not None and item.id in j.info.get("inputs", ())), None)

    def _is_blank(self, item: Item) -> bool:
        from eigenform.avatar.privacy import blank_views

        return self.number in blank_views(item.value)

    def _show_body(self, person: Person, view: View) -> None:
        """The fitted body over the photograph: drawn in a worker, once for each pose."""
        if view.verts is None or view.camera is None:
            self._body_of = ()
            self.page.canvas.set_body(None)
            return
        key = (view.verts, view.camera, view.crop)
        if self._body_of and all(map(equal, key, self._body_of)):
            return
        self._body_of = key
        faces = person.body_faces

        def work(ctx: JobContext) -> np.ndarray | None:
            from eigenform.avatar.views import body_picture

            return body_picture(view, faces)

        def done(job: Job) -> None:
            if self._body_of is key:
                self.page.canvas.set_body(job.result)

        self.window.runner.submit("Draw the body", work, done=done, quiet=True, info={"idle": True})

    # -- the way -------------------------------------------------------------------------------------------------------

    def steps(self) -> list[Step]:
        """The steps from the photograph to the avatar, as far as the person has come."""
        item = self.item()
        if item is None:
            return []
        made = [i for i in self.document.below(item.id) if i.kind == "avatar" and not i.live]
        fresh = any(self._made_of.get(i.value, item.value) is item.value for i in made)
        return person_steps.steps_of(item.value, item.provenance, "done" if fresh else "old" if made else "")

    def _show_way(self) -> None:
        job, steps = self.running(), self.steps()
        self.page.canvas.locked = self.locked()
        self.page.way.show_steps(steps, job is None and bool(steps))
        self.page.way.show_further(person_steps.further_methods(), job is None and bool(steps))
        self.page.way.show_job(job, *self._hint(steps))

    def _hint(self, steps: list[Step]) -> tuple[str, str]:
        """A word on what is to be done next."""
        item = self.item()
        if item is None:
            return "", "muted"
        notes = [str(n) for n in item.value.meta.get("notes") or ()]
        if self._is_blank(item):
            return "The photograph is not in this session: grey stands in its place.", "warning"
        if any(s.state == "old" for s in steps):
            return "Something was changed by hand: the steps after it are out of date.", "warning"
        if self.page.canvas.strokes[INSIDE] or self.page.canvas.strokes[OUTSIDE]:
            return "Enter cuts out along the strokes, Escape forgets them.", "muted"
        if notes:
            return notes[-1], "muted"
        return "Drag points that are wrong; right-click one for more. The wheel zooms.", "muted"

    @Slot(str)
    def run_step(self, name: str) -> None:
        """Run a method on the person; one that stands beside the way (``?name``) is only chosen, its form waits."""
        item = self.item()
        if item is None or self.locked():
            return
        panel = self.window.work.panel
        method = registry.get(name.removeprefix("?"))
        panel.choose(method.name)
        self.window.refresh_actions()
        if name.startswith("?"):
            self.window.show_dock("right")
            self.window.inspector.tabs.setCurrentWidget(panel)
            self.window.say(f"{method.title}: set its values and run it")
            return
        if self.window.photos.refuses([item]):
            return
        try:
            params = panel.form().params_value()
        except InputError as error:
            self.window.show_error(str(error))
            return
        if method.step == FIND:
            self._find_again(item, method, params)
        else:
            self._start(item, method, params)

    def takes(self, method: Method, item: Item) -> bool:
        """Run a method on the person of the open page, in the place of the person: as its steps do."""
        here = self.window.centre.currentWidget() is self.page and item is self.item()
        if not here or method.inputs != ("Person",):
            return False
        self.run_step(method.name)
        return True

    @Slot()
    def run_all(self) -> None:
        """All steps that are still to be done, one after another."""
        self._going = True
        self._go_on()

    def _go_on(self) -> None:
        rest = person_steps.rest_of_the_way(self.steps())
        if not self._going or not rest:
            self._going = False
            return
        self.run_step(rest[0].methods[0].name)
        self._going = self.running() is not None

    def cancel(self) -> None:
        """Stop the step that runs, and those that would follow it."""
        self._going = False
        if (job := self.running()) is not None:
            self.window.runner.cancel(job)

    def _start(self, item: Item, method: Method, params: Any) -> None:
        """A step: people take the place of the item's value, an avatar hangs under it."""
        value, replaces = item.value, item.id if method.output == "Person" else ""
        record = {"method": method.name, "params": dataclasses.asdict(params)}

        def done(job: Job) -> None:
            self._step_done(job, item.id, value, method, record)

        self.window.work.start(method, [item], params, replaces=replaces, done=done)
        self.refresh()

    def _step_done(self, job: Job, item_id: str, value: Person, method: Method, record: dict[str, Any]) -> None:
        work = self.window.work
        item = self.document.get(item_id)
        if item is None:
            return
        if method.output != "Person" or item.value is not value:  # changed meanwhile: neither of the two is lost
            job.info.pop("replaces", None)
            work.take_result(job)
            self._made_of[job.result] = value
        else:
            self.document.drop_live(job.id)
            provenance = person_steps.with_step(item.provenance, record)
            commands.replace_value(self.document, item_id, job.result, method.title, provenance)
            self.document.set_current(item_id)
        self.refresh()
        if not self._going and self.window.centre.currentWidget() is self.page:
            self._offer_next()
        self._go_on()

    def _find_again(self, item: Item, method: Method, params: Any) -> None:
        """Find the person anew in the photograph shown; the other photographs stay as they are."""
        from eigenform.avatar.photo.editing import with_view

        value, number = item.value, self.number
        view = value.views[number]
        record = {"method": method.name, "params": dataclasses.asdict(params), "view": number}

        def find(ctx: JobContext) -> Person:
            from eigenform import jobs

            image = Image(view.pixels.astype(np.float32) / np.float32(255), name=item.name)
            found: Person = jobs.run(method, [image], params, ctx)
            return with_view(value, number, found.views[0])

        def done(job: Job) -> None:
            if item.id in self.document and self.document[item.id].value is value:
                self.replace(item.id, job.result, method.title, record)

        info = {"method": method.name, "params": record["params"], "inputs": [item.id]}
        self.window.runner.submit(f"{method.title} again", find, lane="compute", info=info, done=done)
        self.refresh()

    def replace(self, item_id: str, value: Person, text: str, record: dict[str, Any]) -> None:
        """Put a newer person in the place of an item's, with a record of what was done; one step of undo."""
        provenance = person_steps.with_step(self.document[item_id].provenance, record)
        commands.replace_value(self.document, item_id, value, text, provenance)
