"""Running methods: from the form to a live item to a result in the document."""

from __future__ import annotations

import dataclasses
import gc
import time
import weakref
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eigenform import jobs, registry
from eigenform.conversions import Conversion, conversion
from eigenform.errors import InputError
from eigenform.jobs import Checkpoint, JobContext, Relay
from eigenform.params import make, params_of
from eigenform.registry import Method
from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QFileDialog

from eigenform_app import commands, kinds, loading, sources
from eigenform_app.document import Item, kind_of, new_id
from eigenform_app.kinds import display_for
from eigenform_app.runner import Job
from eigenform_app.sources import Source
from eigenform_app.viewport.geometry import prepare

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

PREVIEW_SECONDS = 1.0
REFIT_AFTER = 350  # milliseconds without a change of the form before a live method runs again
REHEARSAL = {"modes": 4, "samples": 200, "steps": 1, "probe_count": 64}


class ShownContext(JobContext):
    """What a preview costs to draw is worked out by the worker that makes it."""

    def preview(self, value: Any) -> None:
        """Offer a snapshot, ready to be drawn."""
        super().preview(prepare(value))

    def _write(self, checkpoint: Checkpoint) -> None:
        """Nobody goes on with a job that was cancelled here: its checkpoint is not kept."""
        if not self.cancelled:
            super()._write(checkpoint)
        if self.cancelled and self.checkpoint_path is not None:
            self.checkpoint_path.unlink(missing_ok=True)


class WorkController(QObject):
    """One job trains at a time; others wait in the queue."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document, self.runner = window, window.document, window.runner
        self.panel = window.inspector.method
        self.reports: weakref.WeakKeyDictionary[Any, dict[str, Any]] = weakref.WeakKeyDictionary()
        self._curves_of = ""
        self._used: list[str] = []
        self._made_of: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        self.panel.run_wanted.connect(self.run)
        self.panel.pause_wanted.connect(self.pause)
        self.panel.edited.connect(self._refit_soon)
        self._refit_timer = QTimer(self, singleShot=True, interval=REFIT_AFTER)
        self._refit_timer.timeout.connect(self.refit)
        self.panel.cancel_wanted.connect(self.cancel)
        self.runner.progressed.connect(self._progressed)
        self.runner.previewed.connect(self._previewed)
        self.runner.finished.connect(self._finished)
        self.runner.submitted.connect(self._submitted)
        self.runner.submitted.connect(self.warm_up)
        self.rehearsed = False
        window.compare.compare_wanted.connect(self.compare)
        window.compare.difference_wanted.connect(window.views.show_difference)
        window.inspector.facts.repair_wanted.connect(self.repair)

    @Slot()
    def warm_up(self) -> None:
        """Rehearse the chosen method before its first run: imports and first calls take seconds. Only once."""
        if self.rehearsed:
            return
        self.rehearsed = True
        method = self.panel.method()
        self.runner.submit(
            "Warm up", lambda ctx: _rehearse(method, ctx), lane="compute", quiet=True, info={"idle": True}, done=_settle
        )

    # -- starting ----------------------------------------------------------------------------------------------------

    def inputs_for(self, method: Method) -> list[Source] | None:
        """What the method would work on now, one for each input; None where one is missing."""
        if not method.inputs:
            return []
        first = sources.first_source(self.document, method)
        if first is None:
            return None
        others = self._others(method, first)
        return None if None in others else [first, *(Source(i) for i in others if i is not None)]

    def _others(self, method: Method, first: Source | None) -> list[Item | None]:
        """The inputs after the first: those chosen in the panel where they will do, else the newest."""
        found: list[Item | None] = []
        wanted = self.panel.inputs.chosen() if method.name == self.panel.inputs.method else []
        for n, rows in enumerate(sources.candidates(self.document, method, first)):
            ids = {i.id: i for i in rows}
            found.append(ids.get(wanted[n] if n < len(wanted) else "") or (rows[0] if rows else None))
        return found

    def runnable(self) -> set[str]:
        """The names of all methods that could run now."""
        return {m.name for m in registry.methods() if self.inputs_for(m) is not None}

    def show_inputs(self, runnable: set[str]) -> None:
        """Say in the panel what the chosen method would work on, and which methods could run."""
        method = self.panel.method()
        first = sources.first_source(self.document, method)
        others = self._others(method, first)
        rows = sources.candidates(self.document, method, first)
        self.panel.inputs.show_rows(
            method.name,
            first.words() if first else "",
            [[(i.id, i.name) for i in row] for row in rows],
            [i.id if i else "" for i in others],
            sources.lacking(method, first, others) if len(self.document) else "",
        )
        self.panel.set_applicable(runnable)
        self.panel.set_runnable(method.name in runnable)

    def follow(self) -> None:
        """Where the chosen method cannot take the chosen item, choose the one used last that can, or the first.

        A method that takes nothing says nothing of the chosen item: it is left for one that takes the item.
        """
        runnable = {name for name in self.runnable() if registry.get(name).inputs}
        if self.panel.method().name in runnable or not runnable:
            return
        known = [m.name for m in registry.methods() if m.name in runnable]
        self.panel.choose(next((n for n in reversed(self._used) if n in runnable), known[0]))

    def prefer(self, name: str) -> None:
        """Choose a method for the chosen item, unless one that was used before could take it."""
        runnable = self.runnable()
        if name in runnable and not runnable & set(self._used):
            self.panel.choose(name)

    def run_method(self, name: str) -> None:
        """Choose a method and run it."""
        self.panel.choose(name)
        self.run()

    def makers(self) -> dict[str, str]:
        """For each kind of item that can be made out of nothing, the method that does it first."""
        found: dict[str, str] = {}
        for method in registry.methods():
            if not method.inputs and method.output in kinds.BY_TYPE:
                found.setdefault(kinds.BY_TYPE[method.output].name, method.name)
        return found

    @Slot(str)
    def make_new(self, kind: str) -> None:
        """Make an item of a kind out of nothing."""
        if name := self.makers().get(kind):
            self.run_method(name)

    @Slot()
    def run(self) -> None:
        """Run the method shown in the inspector with the values of its form."""
        method = self.panel.method()
        found = self.inputs_for(method)
        if found is None:
            first = sources.first_source(self.document, method)
            words = sources.lacking(method, first, self._others(method, first))
            self.window.show_banner(words, "info", seconds=6)
            return
        try:
            params = self.panel.form().params_value()
        except InputError as error:
            self.window.show_error(str(error))
            return
        if self.window.photos.refuses(source.item for source in found):
            return
        if len(found) == 1 and self.window.person.takes(method, found[0].item):
            return
        self._used.append(method.name)
        # What comes of a hidden shape, seen by nobody, would look like a run that failed.
        if found and not self.document.shown(found[0].item):
            commands.show_only(self.document, found[0].item.id)
            self.window.viewport.frame()
        self.make_ready(found, lambda inputs: self.start(method, inputs, params))

    def make_ready(self, found: list[Source], then: Callable[[list[Item]], object]) -> None:
        """Turn inputs that stand for another type into items of it, one after another, then go on with all of them."""
        n = next((n for n, source in enumerate(found) if source.conversion), None)
        if n is None:
            then([s.item for s in found])
            return
        self.convert(found[n], lambda item: self.make_ready([*found[:n], Source(item), *found[n + 1 :]], then))

    def convert(self, source: Source, then: Callable[[Item], object]) -> None:
        """What an item stands for, as an item under it: one step of undo. One that is there already is taken."""
        item, way = source.item, source.conversion
        assert way is not None
        options = self._options_of(item, way)
        provenance = {"converted": way.target, "inputs": [item.id], "options": options}
        value = item.value
        for child in self.document.below(item.id):
            if dict(child.provenance) == provenance and self._made_of.get(child.value) is value:
                self.document.set_current(child.id)
                then(child)
                return

        def done(job: Job) -> None:
            if item.id not in self.document:
                return
            name = self.document.unique_name(f"{item.name} {way.word}")
            made = Item(
                job.result,
                name,
                kind_of(job.result),
                parent=item.id,
                display=display_for(job.result),
                provenance=provenance,
            )
            self._made_of[made.value] = value
            commands.add(self.document, made)
            then(made)

        self.runner.submit(f"Make the {way.word} of {item.name}", lambda ctx: way.run(value, options), done=done)

    def _options_of(self, item: Item, way: Conversion) -> dict[str, Any]:
        """What the person looks at of an item, as far as the conversion takes it: the level drawn, the mode shown."""
        seen = {"level": getattr(item.display, "level", None), "mode": self.document.mode(item.id)}
        options = {k: v for k, v in seen.items() if k in signature(way.load()).parameters}
        if "level" in options and options["level"] in (None, getattr(item.value, "level", None)):
            del options["level"]  # its own mesh
        return options

    def make_stand_in(self, kind: str) -> None:
        """Make of the current item what it stands for as another kind (the mesh of a surface)."""
        current = self.document.current
        way = conversion(type(current.value).__name__, kinds.BY_NAME[kind].cls.__name__) if current else None
        if current is not None and way is not None and not current.live:
            self.convert(Source(current, way), lambda item: self.window.say(f"Made {item.name}"))

    @Slot()
    def _refit_soon(self) -> None:
        if self.panel.method().live and self.panel.live.isChecked():
            self._refit_timer.start()

    @Slot()
    def refit(self) -> None:
        """Run a live method again with the values of its form, in the place of its newest result on the same inputs."""
        method = self.panel.method()
        found = self.inputs_for(method)
        if found is None or any(source.conversion for source in found) or self.panel.form().problem.text():
            return
        ids = [source.item.id for source in found]
        current = self.document.current
        made = self.document.items(live=False) if ids else [current] if current and not current.live else []
        mine = [i for i in made if i.provenance.get("method") == method.name and i.provenance.get("inputs") == ids]
        old = mine[-1] if mine else None  # of what was made out of nothing, only the chosen item
        if old is None:
            return
        for job in self.runner.active("compute"):
            if job.info.get("replaces") == old.id:
                self.runner.cancel(job)
        params = self.panel.form().params_value()
        self.start(method, [source.item for source in found], params, replaces=old.id)

    def start(
        self,
        method: Method,
        inputs: list[Item],
        params: Any,
        restored: Any = None,
        job_id: str | None = None,
        replaces: str = "",
        done: Callable[[Job], None] | None = None,
    ) -> Job:
        """Queue a method; ``restored`` is a checkpoint to go on from, ``replaces`` an item that its result replaces.

        ``done(job)`` takes the result in the place of :meth:`take_result`.
        """
        job_id = job_id or new_id()
        keeper = self.window.keeper
        self.window.banners.settle()
        ctx = ShownContext(keeper.checkpoint_path(job_id), restored, preview_every=PREVIEW_SECONDS)
        values, ids = [i.value for i in inputs], [i.id for i in inputs]
        info = {"method": method.name, "params": dataclasses.asdict(params), "inputs": ids}
        if replaces:
            info["replaces"] = replaces
        title = f"{method.title} of {inputs[0].name}" if inputs else method.title
        description = {"id": job_id, "title": title, **info}
        job = self.runner.submit(
            title,
            lambda ctx: prepare(jobs.run(method, values, params, ctx)),
            lane="compute", ctx=ctx, info=info, job_id=job_id, done=done or self.take_result,
        )  # fmt: skip
        keeper.describe_job(job_id, description)
        return job

    def resume(self, description: dict[str, Any], checkpoint: Path | None) -> None:
        """Go on with a job of a crashed session, from its checkpoint where there is one."""
        try:
            method = registry.get(description["method"])
            params = make(method.params_class(), description["params"])
            inputs = [self.document[i] for i in description["inputs"]]
        except (InputError, KeyError) as error:
            self.window.show_error(f"The job “{description.get('title', '?')}” cannot go on: {error}")
            return
        if not self.window.photos.refuses(inputs):
            self._start_from(method, inputs, params, checkpoint, description["id"])

    def _start_from(
        self, method: Method, inputs: list[Item], params: Any, checkpoint: Path | None, job_id: str | None = None
    ) -> None:
        if checkpoint is None:
            self.start(method, inputs, params, None, job_id)
            return

        def read(ctx: JobContext) -> Any:
            from eigenform.io.checkpoints import read_checkpoint

            return read_checkpoint(checkpoint)

        def done(job: Job) -> None:
            self.start(method, inputs, params, job.result, job_id)

        self.runner.submit(f"Reading {checkpoint.name}", read, done=done, quiet=False)

    def continue_dialog(self) -> None:
        """Go on from a checkpoint file with the method and values of the form."""
        name, _ = QFileDialog.getOpenFileName(
            self.window, "Continue from a checkpoint", "", "Checkpoints (*.checkpoint)"
        )
        if name:
            self.continue_from(Path(name))

    def continue_from(self, checkpoint: Path) -> None:
        """Go on from a checkpoint file."""
        method = self.panel.method()
        found, params = self.inputs_for(method), self.panel.form().params_value()
        if found is not None:
            self.make_ready(found, lambda inputs: self._start_from(method, inputs, params, checkpoint))

    # -- steering ------------------------------------------------------------------------------------------------------

    def running(self) -> Job | None:
        """The first job that trains or waits to."""
        active = self.runner.active("compute")
        return active[0] if active else None

    @Slot()
    def pause(self) -> None:
        """Pause the running job, or let it go on."""
        if (job := self.running()) is not None:
            if job.ctx.paused:
                job.ctx.resume()
            else:
                job.ctx.pause()
            self.panel.show_job(job)

    @Slot()
    def cancel(self) -> None:
        """Stop the running job; where none trains, the one that loads or writes."""
        active = self.runner.active("compute") or self.runner.active()
        if active:
            self.runner.cancel(active[0])

    def cancel_on(self, ids: set[str]) -> None:
        """Stop every job that works on one of these items or shows itself as one."""
        for job in self.runner.active("compute"):
            if job.id in ids or ids & set(job.info.get("inputs", ())):
                self.runner.cancel(job)
                self.document.drop_live(job.id)

    # -- following the jobs ---------------------------------------------------------------------------------------

    @Slot(object)
    def _submitted(self, job: Job) -> None:
        if job.lane == "compute":
            for other in self.runner.active("compute", quiet=True):
                if other is not job and other.info.get(
                    "idle"
                ):  # the job that is wanted need not wait for the rest of a rehearsal
                    self.runner.cancel(other)
            self._show_job()

    @Slot(object)
    def _progressed(self, job: Job) -> None:
        if job.lane != "compute":
            return
        rows = job.new_history()
        if rows and self._curves_of != job.id:
            self._curves_of = job.id
            self.window.training.clear()
        if rows:
            self.window.training.extend(rows)
        if job is self.running():
            self.panel.show_job(job)

    @Slot(object, object)
    def _previewed(self, job: Job, value: Any) -> None:
        if job.lane != "compute" or any(i not in self.document for i in job.info.get("inputs", ())):
            return
        before = self.document.get(job.id)
        first = before is None or before.kind != kind_of(value)  # a person becomes an avatar on the way
        self._time_redraw()
        inputs = job.info["inputs"]
        title = registry.get(job.info["method"]).title
        name = self.document.unique_name(title) if before is None else before.name
        item = self._item(job, value, name)
        self.document.put_live(item)
        self._measure(item)
        if (
            first
            and (current := self.document.current) is not None
            and (not inputs or current.id in [*inputs, job.id, job.info.get("replaces")])
        ):
            self.document.set_current(job.id)
            tab = kinds.BY_NAME[item.kind].tab
            if tab and not job.info.get("replaces"):  # who drags a slider watches the page they chose
                self.window.show_tab(tab)

    def _time_redraw(self) -> None:
        """Tell the runner how long showing a preview keeps this thread: where that is long, fewer are shown."""
        began = time.perf_counter()

        def pass_on(rounds: int) -> None:
            if rounds:  # the frame is drawn a few rounds of the event loop from now
                QTimer.singleShot(0, self, lambda: pass_on(rounds - 1))
            else:
                self.runner.redraw_seconds = min(0.4, time.perf_counter() - began)

        pass_on(4)

    def _item(self, job: Job, value: Any, name: str) -> Item:
        inputs = job.info["inputs"]
        parent = inputs[0] if inputs else None
        provenance = {k: v for k, v in job.info.items() if k != "replaces"}
        display, live = display_for(value), self.document.get(job.id)
        # What was chosen for a preview is kept; what came with it is not: the first ones of an avatar have no texture.
        if live is not None and type(live.display) is type(display) and live.display != display_for(live.value):
            display = live.display
        return Item(value, name, kind_of(value), job.id, parent, display=display, provenance=provenance)

    def take_result(self, job: Job) -> None:
        """Put what a job made in the document."""
        if any(i not in self.document for i in job.info["inputs"]):
            return
        live = self.document.get(job.id)
        name = live.name if live else self.document.unique_name(registry.get(job.info["method"]).title)
        current = self.document.current
        inputs = job.info["inputs"]
        choose = current is None or not inputs or current.id == job.id or current.id in inputs
        item = self._item(job, job.result, name)
        if (old := job.info.get("replaces", "")) in self.document:
            self.document.drop_live(job.id)
            commands.replace_value(self.document, old, job.result, "Run again", dict(item.provenance))
            self.document.set_current(old)
            return
        self.document.undo.beginMacro(f"Add {name}")
        if not inputs:
            self.window.files.make_room([])
        commands.add(self.document, item, choose)
        for other in job.info["inputs"][1:]:  # the result holds it: drawn beside it, it would only cover it
            if self.document.root(other).id != self.document.root(item.id).id:
                commands.set_visible(self.document, other, False)
        self.document.undo.endMacro()
        if not inputs:
            self.window.files.look_at(item)
            if tab := kinds.BY_NAME[item.kind].tab:
                self.window.show_tab(tab)
        elif choose and kinds.BY_NAME[item.kind].wide:
            self.window.viewport.frame()
        self._measure(item)

    def _measure(self, item: Item) -> None:
        """Captured energy of each reference mode beside the curves, where a basis of an operator hangs beside it."""
        beside = [i for i in self.document.below(item.parent) if i.kind == "basis" and i.id != item.id and not i.live]
        reference = next((i for i in beside if i.value.stiffness is not None), None)
        if reference is None or item.kind != "basis" or len(reference.value.verts) != len(item.value.verts):
            self.window.training.set_captured(None)
            return
        one, other = item.value, reference.value

        def work(ctx: JobContext) -> Any:
            from eigenform.spectral.compare import compare

            return compare(one, other).per_mode

        def done(job: Job) -> None:
            self.window.training.set_captured(job.result)

        self.runner.submit("Measure captured energy", work, done=done, quiet=True)

    @Slot(object)
    def _finished(self, job: Job) -> None:
        if job.lane == "compute":
            self._progressed(job)
            live = self.document.get(job.id)
            if job.state != "done" and live is not None and live.live:
                self._offer_preview(job, live)
            self._show_job()
        if job.state == "failed":
            self.window.show_error(job.error, job.details)
        self.window.refresh_actions()

    def _offer_preview(self, job: Job, live: Item) -> None:
        self.document.drop_live(live.id)
        if (old := job.info.get("replaces", "")) in self.document:
            self.document.set_current(old)
            return
        kept = live.replace(live=False, provenance={**live.provenance, "stopped_at": job.ctx.progress().step})

        def keep() -> None:
            if live.parent is None or live.parent in self.document:
                commands.add(self.document, kept)

        self.window.show_banner(
            f"{job.title} was {job.state}.", "info", offers=(("Keep what it had learned", keep),), seconds=12
        )

    def _show_job(self) -> None:
        self.panel.show_job(self.running())
        self.window.refresh_actions()

    # -- repairs and comparison --------------------------------------------------------------------------------------

    @Slot(list)
    def repair(self, names: list[str]) -> None:
        """Repair the current shape in a worker; one step of undo."""
        current = self.document.current
        item = self.document.ancestor(current.id, "shape") if current else None
        if item is None:
            return
        shape, item_id = item.value, item.id

        def work(ctx: JobContext) -> Any:
            from eigenform.io.health import repair

            repaired = repair(shape, names)
            ctx.check()
            return repaired, loading.examine(repaired)

        def done(job: Job) -> None:
            if item_id not in self.document or self.document[item_id].value is not shape:
                return
            repaired, report = job.result
            provenance = dict(self.document[item_id].provenance)
            provenance["repairs"] = [*provenance.get("repairs", []), names]
            self.reports[repaired] = report
            commands.replace_value(self.document, item_id, repaired, "Repair", provenance)

        self.runner.submit(f"Repair {item.name}", work, done=done)

    def report(self, item: Item) -> dict[str, Any] | None:
        """The health report of a shape; None (and a job that makes it) where there is none yet."""
        shape = item.value
        if shape not in self.reports:
            self.reports[shape] = {}

            def done(job: Job) -> None:
                self.reports[shape] = job.result
                self.window.show_facts()

            self.runner.submit(f"Examine {item.name}", lambda ctx: loading.examine(shape), done=done, quiet=True)
        return self.reports[shape] or None

    @Slot(str, str)
    def compare(self, a: str, b: str) -> None:
        """Compare two bases in a worker; the second is the reference."""
        if a not in self.document or b not in self.document:
            return
        one, other = self.document[a].value, self.document[b].value

        def work(ctx: JobContext) -> Any:
            from eigenform.spectral.compare import compare

            return compare(one, other).as_dict()

        def done(job: Job) -> None:
            self.window.compare.show_result(job.result)
            self.window.show_tab("compare")

        self.runner.submit(f"Compare {self.document[a].name} with {self.document[b].name}", work, done=done)


def _rehearse(method: Method, ctx: JobContext) -> None:
    """Run a method on next to nothing, for what it imports and sets up on its first call."""
    registry.load(method.target)
    ctx.check()
    if method.inputs != ("Shape",) or method.output != "Basis":
        return
    from eigenform.io.samples import make_sample

    known = {p.name for p in params_of(method.params_class())}
    values = {name: value for name, value in REHEARSAL.items() if name in known}
    ctx.check()
    jobs.run(method, [make_sample("sphere", 200)], make(method.params_class(), values), Relay(ctx, previews=False))


def _settle(job: Job) -> None:
    """What large libraries made on import stays for good: full collections of garbage need not look at it again."""
    gc.freeze()
