"""From pictures to people: the offer after photographs were opened, and finding one person in several of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from eigenform import jobs
from eigenform.jobs import JobContext, Relay
from eigenform.method import Method
from eigenform.params import make, params_of
from eigenform.types import Image, Person
from PySide6.QtCore import QObject, QTimer, Slot

from eigenform_app import commands, person_steps
from eigenform_app.document import Item
from eigenform_app.kinds import display_for
from eigenform_app.runner import Job

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

SMALLEST = 200  # pixels of the shorter side below which a picture is taken for a texture
SETTLE_MS = 250  # after the last of several pictures was opened
Offers = list[tuple[str, Callable[[], object]]]
BY_HAND = "by hand"  # the preset with which a person is marked without a network


class MakingController(QObject):
    """Offers to find people in what was opened."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document = window, window.document
        self._opened: list[str] = []
        self._asked: dict[str, set[str]] = {}  # the questions that may stand, and about which pictures
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._offer)
        window.runner.finished.connect(self._ended)
        window.runner.submitted.connect(self._answered)

    # -- the offer -----------------------------------------------------------------------------------------------------

    def opened(self, item: Item) -> None:
        """A file was opened; pictures that may be photographs are offered once all of a drop are there."""
        pixels = item.value.pixels if isinstance(item.value, Image) else None
        if pixels is not None and pixels.shape[2] == 3 and min(pixels.shape[:2]) >= SMALLEST:
            self._opened.append(item.id)
            self._settle.start()

    def _offer(self) -> None:
        if any(j.title.startswith("Open ") for j in self.window.runner.active("io")):
            self._settle.start()
            return
        ids, self._opened = [i for i in self._opened if i in self.document], []
        if not ids or not person_steps.methods_of(person_steps.FIND):
            return
        if len(ids) == 1:
            name = self.document[ids[0]].name
            self._expect_avatar(ids[0])
            offers: Offers = [("Find the person", lambda: self.make(ids))]
            if person_steps.whole_way() is not None:
                offers.append(("Make an avatar", lambda: self.make_avatar(ids[0])))
            offers.append(("Mark by hand", lambda: self.make(ids, hand=True)))
            offers += self._offers_to_join(ids)
            self._ask(f"Is {name} a photograph of a person?", ids, offers)
            return
        offers = [("The same person", lambda: self.make(ids)), ("A person in each", lambda: self.make_each(ids))]
        offers += self._offers_to_join(ids)
        self._ask(f"Do these {len(ids)} photographs show a person?", ids, offers)

    def _ask(self, words: str, ids: list[str], offers: Offers) -> None:
        self._asked[words] = set(ids)
        self.window.show_banner(words, "info", offers=offers, seconds=30)

    @Slot(object)
    def _answered(self, job: Job) -> None:
        """Where one of the pictures is worked on, from a form say, the question is answered."""
        if job.quiet:
            return
        for banner in self.window.banners.messages():
            if self._asked.get(banner.words, set()) & set(job.info.get("inputs", ())):
                banner.dismiss()

    def _expect_avatar(self, item_id: str) -> None:
        """Show what an avatar takes for a picture as people are photographed, taller than wide; nothing runs."""
        current, whole = self.document.current, person_steps.whole_way()
        if current is not None and current.id == item_id and whole is not None:
            height, width = current.value.pixels.shape[:2]
            if height > width:
                self.window.work.prefer(whole.name)

    def make_avatar(self, item_id: str) -> None:
        """The whole way from one picture, with the values of the method's form, which is shown."""
        whole = person_steps.whole_way()
        if whole is not None and item_id in self.document:
            self.document.set_current(item_id)
            self.window.work.run_method(whole.name)

    def _offers_to_join(self, ids: list[str]) -> Offers:
        """To see the newest person in these photographs as well."""
        known = self.document.items("person", live=False)
        if not known or person_steps.joining_method() is None:
            return []
        person = known[-1]
        return [(f"Also {person.name}", lambda: self.join_to(person.id, ids))]

    # -- making --------------------------------------------------------------------------------------------------------

    def make_each(self, ids: list[str]) -> None:
        """One person in each picture."""
        for item_id in ids:
            self.make([item_id])

    def make(self, ids: list[str], hand: bool = False) -> Job | None:
        """One person in one or several pictures; ``hand`` marks nothing, everything is to be set by hand."""
        methods = person_steps.methods_of(person_steps.FIND)
        items = [self.document[i] for i in ids if i in self.document]
        if not methods or not items or self.window.photos.refuses(items):
            return None
        method = methods[0]
        params = self._params(method, hand)
        values = [i.value for i in items]
        join = person_steps.joining_method()
        joined = make(join.params_class(), {}) if join is not None and len(items) > 1 else None

        def work(ctx: JobContext) -> Person:
            return find_all(method, params, join, joined, values, ctx)

        record: dict[str, Any] = {"method": method.name, "params": dataclasses.asdict(params)}
        if len(items) > 1 and join is not None:
            record["joined"] = join.name
        info = {**record, "inputs": [i.id for i in items]}
        title = f"{method.title} in {items[0].name}" + (f" and {len(items) - 1} more" if len(items) > 1 else "")
        return self.window.runner.submit(
            title, work, lane="compute", info=info, done=lambda job: self._made(job, [i.id for i in items], record)
        )

    def join_to(self, person_id: str, ids: list[str]) -> Job | None:
        """Find a person who is known in further pictures, as further views; one step of undo."""
        methods, join = person_steps.methods_of(person_steps.FIND), person_steps.joining_method()
        item = self.document.get(person_id)
        items = [self.document[i] for i in ids if i in self.document]
        if not methods or join is None or item is None or not items or self.window.photos.refuses([item, *items]):
            return None
        method, params = methods[0], self._params(methods[0], hand=False)
        joined, value = make(join.params_class(), {}), item.value
        images = [i.value for i in items]
        record = {"method": method.name, "params": dataclasses.asdict(params), "inputs": [i.id for i in items],
                  "joined": join.name}  # fmt: skip

        def work(ctx: JobContext) -> Person:
            return find_all(method, params, join, joined, images, ctx, start=value)

        def done(job: Job) -> None:
            if person_id not in self.document or self.document[person_id].value is not value:
                return
            self.document.undo.beginMacro("Add a view")
            self.window.person.replace(person_id, job.result, "Add a view", record)
            for other in items:  # the person holds it
                if other.id in self.document:
                    commands.set_visible(self.document, other.id, False)
            commands.set_visible(self.document, self.document.root(person_id).id, True)
            self.document.undo.endMacro()
            self.window.person.number = len(value.views)
            self.document.set_current(person_id)
            self.window.person.refresh()

        info = {"method": method.name, "params": record["params"], "inputs": [person_id]}
        title = f"{method.title} in {items[0].name}"
        return self.window.runner.submit(title, work, lane="compute", info=info, done=done)

    def _params(self, method: Method, hand: bool) -> Any:
        cls = method.params_class()
        known = {p.name for p in params_of(cls)}
        values = {"device": self.window.preferences.device} if "device" in known else {}
        return make(cls, {**values, **(method.presets.get(BY_HAND, {}) if hand else {})})

    def _made(self, job: Job, ids: list[str], record: dict[str, Any]) -> None:
        there = [i for i in ids if i in self.document]
        if not there:
            return
        first = self.document[there[0]]
        person: Person = job.result
        name = self.document.unique_name(f"{first.name} person")
        item = Item(person, name, "person", parent=first.id, display=display_for(person),
                    provenance={**record, "inputs": ids})  # fmt: skip
        self.document.undo.beginMacro(f"Add {name}")
        commands.add(self.document, item)
        for other in there[1:]:  # the person holds it
            commands.set_visible(self.document, other, False)
        self.document.undo.endMacro()
        self.window.person.number = 0
        if not self.window.person.open:
            self.window.person.toggle()

    @Slot(object)
    def _ended(self, job: Job) -> None:
        """Where nobody was found, the person can be marked by hand."""
        ids = list(job.info.get("inputs", ()))
        methods = [m.name for m in person_steps.methods_of(person_steps.FIND)]
        if job.state != "failed" or job.info.get("method") not in methods or not ids:
            return
        if all(i in self.document and self.document[i].kind == "image" for i in ids):
            offers = (("Mark by hand", lambda: self.make(ids, hand=True)),)
            self.window.show_banner("The person can be marked by hand instead.", "info", offers=offers, seconds=30)


def find_all(
    method: Method,
    params: Any,
    join: Method | None,
    joined: Any,
    images: list[Image],
    ctx: JobContext,
    start: Person | None = None,
) -> Person:
    """One person in all pictures: found in each, then joined view by view to ``start``."""
    person = start
    for n, image in enumerate(images):
        ctx.step(n, len(images), f"Looking at {image.name}")
        found = jobs.run(method, [image], params, Relay(ctx, previews=False) if len(images) > 1 else ctx)
        person = found if person is None or join is None else jobs.run(join, [person, found], joined, Relay(ctx))
    assert person is not None
    return person
