"""The job protocol: progress, pause, cancel, preview and checkpoint, with no Qt.

A method is a function ``run(inputs, params, ctx)``. It calls :meth:`JobContext.step` often; everything else is
optional. The observer (window, command line, test) reads snapshots at its own pace: a worker never waits for it and
never floods it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.errors import Cancelled, InputError
from eigenform.registry import Method, load


@dataclass(frozen=True)
class Progress:
    """Where a job stands. ``remaining`` is in seconds, None where it cannot be told."""

    step: int = 0
    steps: int = 0
    message: str = ""
    scalars: Mapping[str, float] = field(default_factory=dict)
    elapsed: float = 0.0
    remaining: float | None = None
    paused: bool = False


_MADE_BY = "made_by"
"""The entry of a checkpoint's state that names its method."""


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name and a JSON-serialisable state: all a run needs to go on exactly where it was."""

    arrays: Mapping[str, np.ndarray]
    state: Mapping[str, Any]


def unwatched() -> None:
    """Stands for :meth:`JobContext.check` where nobody can pause or cancel."""


class JobContext:
    """Shared by one worker and its observers; every method may be called from any thread.

    Parameters
    ----------
    checkpoint_path : path, optional
        Where checkpoints go; none are kept without it.
    restored : Checkpoint, optional
        The checkpoint to go on from.
    checkpoint_every, preview_every : float
        Seconds between two of them, at least. No ``preview_every``: nobody looks at previews, so none are due.
    """

    def __init__(
        self,
        checkpoint_path: Path | None = None,
        restored: Checkpoint | None = None,
        checkpoint_every: float = 5.0,
        preview_every: float | None = 0.5,
    ) -> None:
        self.restored = restored
        self.method = ""
        self.checkpoint_path = checkpoint_path
        self._checkpoint_every, self._preview_every = checkpoint_every, preview_every
        self._running = threading.Event()
        self._running.set()
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._progress = Progress()
        self._history: list[tuple[int, dict[str, float]]] = []
        self._preview: Any = None
        self._started = time.monotonic()
        self._waited = 0.0
        self._first_step: tuple[int, float] | None = None
        self._last_preview = float("-inf")
        self._last_checkpoint = time.monotonic()

    # -- the worker's side -------------------------------------------------------------------------------------

    def check(self) -> None:
        """Wait while paused; raise :class:`Cancelled` once cancelled."""
        if not self._running.is_set():
            began = time.monotonic()
            while not self._running.wait(0.1) and not self._cancelled.is_set():
                pass
            self._waited += time.monotonic() - began
        if self._cancelled.is_set():
            raise Cancelled

    @property
    def waited(self) -> float:
        """Seconds spent paused so far."""
        return self._waited

    def step(self, i: int, n: int, message: str | None = None, **scalars: float) -> None:
        """Report that ``i`` of ``n`` steps are done, then :meth:`check`."""
        now = time.monotonic() - self._started - self._waited
        with self._lock:
            if self._first_step is None or i < self._first_step[0] or n != self._progress.steps:
                self._first_step = (i, now)
            first, since = self._first_step
            remaining = (now - since) / (i - first) * (n - i) if i > first else None
            text = self._progress.message if message is None else message
            values = {k: float(v) for k, v in scalars.items()} or self._progress.scalars
            self._progress = Progress(i, n, text, values, now, remaining)
            if scalars:
                self._history.append((i, dict(values)))
        self.check()

    def message(self, text: str) -> None:
        """Say in a few words what is going on now."""
        with self._lock:
            p = self._progress
            self._progress = Progress(p.step, p.steps, text, p.scalars, p.elapsed, p.remaining)
        self.check()

    def preview_due(self) -> bool:
        """Whether it is time to make a preview (making one may be costly)."""
        return self._preview_every is not None and time.monotonic() - self._last_preview >= self._preview_every

    def preview(self, value: Any) -> None:
        """Offer a snapshot; it replaces one that nobody has taken. It must be a copy, never a live tensor."""
        self._last_preview = time.monotonic()
        with self._lock:
            self._preview = value

    def checkpoint_due(self) -> bool:
        """Whether it is time to save a checkpoint."""
        due = time.monotonic() - self._last_checkpoint >= self._checkpoint_every
        return self.checkpoint_path is not None and due

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint atomically, with the name of the method that it belongs to.

        The worker waits for it and so changes nothing that is being written; meanwhile it answers pause and cancel. A
        write that a cancel overtakes is finished all the same.
        """
        if self.checkpoint_path is not None:
            stamp = {_MADE_BY: self.method} if self.method else {}
            stamped = Checkpoint(checkpoint.arrays, {**checkpoint.state, **stamp})
            if self.cancelled:
                self._write(stamped)
            else:
                self._write_answering(stamped)
        self._last_checkpoint = time.monotonic()

    def _write(self, checkpoint: Checkpoint) -> None:
        from eigenform.io.checkpoints import write_checkpoint

        assert self.checkpoint_path is not None
        write_checkpoint(self.checkpoint_path, checkpoint)

    def _write_answering(self, checkpoint: Checkpoint) -> None:
        failures: list[BaseException] = []

        def write() -> None:
            try:
                self._write(checkpoint)
            except BaseException as failure:
                failures.append(failure)

        writer = threading.Thread(target=write, name="checkpoint")
        writer.start()
        while writer.is_alive():
            writer.join(0.05)
            self.check()
        if failures:
            raise failures[0]

    # -- the observer's side -----------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Ask the job to stop at its next step."""
        self._cancelled.set()

    def pause(self) -> None:
        """Ask the job to wait at its next step."""
        self._running.clear()

    def resume(self) -> None:
        """Let a paused job go on."""
        self._running.set()

    @property
    def paused(self) -> bool:
        """Whether a pause was asked for."""
        return not self._running.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether a cancel was asked for."""
        return self._cancelled.is_set()

    def progress(self) -> Progress:
        """The newest progress."""
        with self._lock:
            p = self._progress
        return Progress(p.step, p.steps, p.message, p.scalars, p.elapsed, p.remaining, self.paused)

    def history(self, since: int = 0) -> list[tuple[int, dict[str, float]]]:
        """``(step, scalars)`` of all steps that reported scalars, from entry ``since`` on."""
        with self._lock:
            return self._history[since:]

    def take_preview(self) -> Any:
        """The newest preview, once; None where there is no new one."""
        with self._lock:
            value, self._preview = self._preview, None
        return value


class Relay(JobContext):
    """For a method that is a part of another: hands on pause, cancel, messages and, where wanted, previews.

    Steps and checkpoints stay with the outer method.

    Parameters
    ----------
    outer : JobContext
        The context of the whole.
    previews : bool
        Whether previews of the part are shown.
    """

    def __init__(self, outer: JobContext, previews: bool = True) -> None:
        super().__init__()
        self.outer, self.previews = outer, previews

    def check(self) -> None:
        """As the outer context."""
        self.outer.check()

    def step(self, i: int, n: int, message: str | None = None, **scalars: float) -> None:
        """Only looks at pause and cancel."""
        self.outer.check()

    def message(self, text: str) -> None:
        """As the outer context."""
        self.outer.message(text)

    def preview_due(self) -> bool:
        """As the outer context."""
        return self.previews and self.outer.preview_due()

    def preview(self, value: Any) -> None:
        """As the outer context."""
        if self.previews:
            self.outer.preview(value)


def run(method: Method, inputs: Sequence[Any], params: Any, ctx: JobContext | None = None) -> Any:
    """Run a method here and now. The window, the command line and the tests all come through this function.

    Parameters
    ----------
    method : Method
        The record.
    inputs : sequence
        Values of the types ``method.inputs`` names.
    params : dataclass
        An instance of ``method.params_class()``.
    ctx : JobContext, optional
        A fresh one by default.

    Raises
    ------
    InputError
        Where the checkpoint to go on from is that of another method; and what the method itself raises.
    """
    ctx = ctx or JobContext()
    ctx.method = method.name
    made_by = ctx.restored.state.get(_MADE_BY) if ctx.restored is not None else None
    if made_by and made_by != method.name:
        raise InputError(f"The checkpoint was left by method {made_by!r}; {method.name!r} cannot go on from it.")
    target: Callable[..., Any] = load(method.target)
    return target(*inputs, params=params, ctx=ctx)
