"""Jobs off the GUI thread.

Invariants, each with the failure it prevents:

1. A worker touches no Qt object: it writes plain attributes and the job's :class:`~eigenform.jobs.JobContext`. (Signals
   sent from a fast training loop pile up in the event queue until the window freezes.)
2. A 30 Hz timer on the GUI thread reads them. It stops when nothing runs. (A window at rest uses no processor.)
3. There are three lanes of one thread each: ``compute`` trains, one job after another; ``io`` loads, exports and
   compares, so that a file opens while a training runs; ``save`` autosaves, so that neither holds it up.
4. A job that meets a half-made module is run again. (Where two lanes import packages that import each other, Python
   lets one of them see a module that the other has not finished, rather than lock up.)
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from eigenform.errors import Cancelled, InputError
from eigenform.jobs import JobContext, Progress
from PySide6.QtCore import QObject, QTimer, Signal, Slot

LOGGER = logging.getLogger("eigenform.studio")
LANES = ("compute", "io", "save")
POLL_MS = 33
TELL_SECONDS = 0.25  # each change of a label redraws the window, on software GL with the 3-D picture
TELL_SHARE, PREVIEW_SHARE = 6.0, 8.0  # seconds of peace for each second that redrawing the window takes
HALF_MADE_TRIES = 4
PREVIEW_MOST = 1.2  # seconds that a preview waits at most, however slow the frames are


@dataclass(eq=False)
class Job:
    """A piece of work and what became of it. ``state``: queued, running, done, failed or cancelled."""

    id: str
    title: str
    work: Callable[[JobContext], Any]
    lane: str
    ctx: JobContext
    quiet: bool = False
    info: dict[str, Any] = field(default_factory=dict)
    done: Callable[[Job], None] | None = None
    ended: Callable[[Job], None] | None = None
    state: str = "queued"
    result: Any = None
    error: str = ""
    details: str = ""
    bad_input: bool = False
    history_read: int = 0
    outcome: str = ""
    seen: Progress | None = None
    told_at: float = 0.0
    shown_at: float = float("-inf")

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("queued", "running")

    def new_history(self) -> list[tuple[int, dict[str, float]]]:
        """The scalars reported since the last call."""
        rows = self.ctx.history(self.history_read)
        self.history_read += len(rows)
        return rows


class Runner(QObject):
    """The queue of jobs. All methods are called on the GUI thread."""

    submitted = Signal(object)
    progressed = Signal(object)
    previewed = Signal(object, object)
    finished = Signal(object)

    def __init__(self, parent: QObject | None = None, threads: int | None = None) -> None:
        super().__init__(parent)
        # The training loop holds the interpreter for at most half a millisecond at a time.
        sys.setswitchinterval(5e-4)
        self.threads = threads or max(1, (os.cpu_count() or 2) - 1)
        self.jobs: list[Job] = []
        self._queues: dict[str, queue.SimpleQueue[Job | None]] = {lane: queue.SimpleQueue() for lane in LANES}
        self._workers: dict[str, threading.Thread] = {}
        self._count = 0
        self.redraw_seconds = 0.0  # what showing the last preview cost; whoever shows it writes it here
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    def submit(
        self,
        title: str,
        work: Callable[[JobContext], Any],
        *,
        lane: str = "io",
        done: Callable[[Job], None] | None = None,
        ended: Callable[[Job], None] | None = None,
        quiet: bool = False,
        ctx: JobContext | None = None,
        info: dict[str, Any] | None = None,
        job_id: str | None = None,
    ) -> Job:
        """Queue ``work(ctx)``. ``done(job)`` follows success, ``ended(job)`` any end; both on the GUI thread."""
        self._count += 1
        name = job_id or f"job{self._count}"
        job = Job(name, title, work, lane, ctx or JobContext(), quiet, dict(info or {}), done, ended)
        self.jobs.append(job)
        if lane not in self._workers:
            worker = threading.Thread(target=self._serve, args=(lane,), name=f"eigenform-{lane}", daemon=True)
            self._workers[lane] = worker
            worker.start()
        self._queues[lane].put(job)
        self._timer.start()
        if not quiet:
            LOGGER.info("%s", title)
        self.submitted.emit(job)
        return job

    def active(self, lane: str | None = None, *, quiet: bool = False) -> list[Job]:
        """Jobs that wait or run."""
        return [j for j in self.jobs if j.active and lane in (None, j.lane) and (quiet or not j.quiet)]

    def cancel(self, job: Job) -> None:
        """Ask a job to stop; one that still waits never starts."""
        job.ctx.cancel()

    def shutdown(self, wait: float = 3.0) -> None:
        """Cancel everything and let the workers go."""
        self._timer.stop()
        for job in self.jobs:
            job.ctx.cancel()
        for lane in self._workers:
            self._queues[lane].put(None)
        deadline = time.monotonic() + wait
        for worker in self._workers.values():
            worker.join(max(0.0, deadline - time.monotonic()))
        self._workers.clear()

    # -- the worker's side: no Qt below this line ----------------------------------------------------------------

    def _serve(self, lane: str) -> None:
        while (job := self._queues[lane].get()) is not None:
            if job.ctx.cancelled:
                job.outcome = "cancelled"
                continue
            job.state = "running"
            if lane == "compute":
                self._limit_threads()
            try:
                job.result = self._work(job)
                job.outcome = "done"
            except Cancelled:
                job.outcome = "cancelled"
            except InputError as error:
                job.error, job.bad_input, job.outcome = str(error), True, "failed"
            except MemoryError:
                job.error = f"{job.title}: there is not enough memory. Fewer samples or modes need less."
                job.details, job.outcome = traceback.format_exc(), "failed"
            except Exception as error:
                said = str(error).strip().splitlines()
                job.error = f"{job.title} failed: {said[0] if said else type(error).__name__}"
                job.details, job.outcome = traceback.format_exc(), "failed"

    @staticmethod
    def _work(job: Job) -> Any:
        for _ in range(HALF_MADE_TRIES):
            try:
                return job.work(job.ctx)
            except ImportError as error:
                if "partially initialized" not in str(error):
                    raise
                LOGGER.info("%s met a half-made module and starts again: %s", job.title, error)
                time.sleep(0.5)
        return job.work(job.ctx)

    def _limit_threads(self) -> None:
        """Leave the window a core. Torch counts threads per calling thread, so this belongs in the worker.

        While another thread imports torch, the module is there without its functions: then the next job is limited.
        """
        limit = getattr(sys.modules.get("torch"), "set_num_threads", None)
        if limit is not None:
            limit(self.threads)

    # -- the window's side ----------------------------------------------------------------------------------------

    @Slot()
    def _poll(self) -> None:
        for job in [j for j in self.jobs if j.active]:
            outcome = job.outcome  # read before the rest, so that the last preview and progress are not lost
            progress = job.ctx.progress()
            now = time.monotonic()
            cost = self.redraw_seconds
            if progress != job.seen and (outcome or now - job.told_at >= max(TELL_SECONDS, TELL_SHARE * cost)):
                job.seen, job.told_at = progress, now
                self.progressed.emit(job)
            rested = outcome or now - job.shown_at >= min(PREVIEW_SHARE * cost, PREVIEW_MOST)
            if rested and (preview := job.ctx.take_preview()) is not None and not job.ctx.cancelled:
                job.shown_at = now
                self.previewed.emit(job, preview)
            if outcome:
                self._finish(job, outcome)
        if not any(j.active for j in self.jobs):
            self._timer.stop()

    def _finish(self, job: Job, outcome: str) -> None:
        if outcome == "done" and job.ctx.cancelled:
            outcome = "cancelled"  # asked to stop in its last moment: the person no longer wants the result
        job.state = outcome
        if outcome == "failed":
            LOGGER.error("%s", job.error + ("\n" + job.details if job.details else ""))
        elif not job.quiet:
            LOGGER.info("%s: %s", job.title, outcome)
        try:
            if outcome == "done" and job.done is not None:
                job.done(job)
        finally:
            if job.ended is not None:
                job.ended(job)
            self.finished.emit(job)
            job.work, job.result = _spent, None
            if job.quiet:
                self.jobs.remove(job)
            elif len(old := [j for j in self.jobs if not j.active]) > 50:
                self.jobs.remove(old[0])


def _spent(ctx: JobContext) -> None:
    """Stands in for finished work, so that a job in the list holds no arrays alive."""
