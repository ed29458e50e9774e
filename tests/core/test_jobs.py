"""The job protocol: progress, pause, cancel, previews, checkpoints, from two threads."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from eigenform.errors import Cancelled, InputError
from eigenform.jobs import Checkpoint, JobContext


def test_progress_history_and_remaining_time() -> None:
    ctx = JobContext()
    for i in range(1, 5):
        ctx.step(i, 10, "training", loss=1.0 / i)
        time.sleep(0.01)
    progress = ctx.progress()
    assert (progress.step, progress.steps, progress.message) == (4, 10, "training")
    assert progress.scalars == {"loss": 0.25}
    assert progress.remaining is not None
    assert 0.03 < progress.remaining < 1.0
    assert [i for i, _ in ctx.history()] == [1, 2, 3, 4]
    assert [i for i, _ in ctx.history(since=3)] == [4]


def test_a_message_keeps_the_numbers() -> None:
    ctx = JobContext()
    ctx.step(1, 2, "one", loss=3.0)
    ctx.message("two")
    assert ctx.progress().message == "two"
    assert ctx.progress().scalars == {"loss": 3.0}


def test_cancel_raises_at_the_next_step() -> None:
    ctx = JobContext()
    ctx.step(1, 2)
    ctx.cancel()
    with pytest.raises(Cancelled):
        ctx.step(2, 2)


def test_a_paused_job_waits_and_goes_on_and_can_be_cancelled() -> None:
    ctx = JobContext()
    reached = []

    def work() -> None:
        try:
            for i in range(10_000):
                ctx.step(i, 10_000)
                reached.append(i)
                time.sleep(0.001)
        except Cancelled:
            reached.append(-1)

    worker = threading.Thread(target=work)
    worker.start()
    time.sleep(0.05)
    ctx.pause()
    time.sleep(0.05)
    stood = len(reached)
    time.sleep(0.1)
    assert ctx.progress().paused
    assert len(reached) <= stood + 1
    ctx.resume()
    time.sleep(0.05)
    assert len(reached) > stood + 1
    ctx.pause()
    ctx.cancel()
    worker.join(2)
    assert not worker.is_alive()
    assert reached[-1] == -1


def test_time_spent_paused_is_not_counted() -> None:
    ctx = JobContext()
    ctx.pause()
    threading.Timer(0.3, ctx.resume).start()
    ctx.check()
    ctx.step(1, 1)
    assert ctx.progress().elapsed < 0.2


def test_only_the_newest_preview_is_kept_and_taken_once() -> None:
    ctx = JobContext(preview_every=60)
    assert ctx.preview_due()
    ctx.preview("old")
    ctx.preview("new")
    assert not ctx.preview_due()
    assert ctx.take_preview() == "new"
    assert ctx.take_preview() is None


def test_checkpoints_are_due_only_with_a_path_and_survive_a_round_trip(tmp_path: Path) -> None:
    from eigenform.io.checkpoints import read_checkpoint

    assert not JobContext(checkpoint_every=0.0).checkpoint_due()
    ctx = JobContext(checkpoint_path=tmp_path / "a.checkpoint", checkpoint_every=0.0)
    assert ctx.checkpoint_due()
    ctx.save_checkpoint(Checkpoint({"w": np.arange(3.0)}, {"step": 7, "name": "é"}))
    back = read_checkpoint(tmp_path / "a.checkpoint")
    assert back.state == {"step": 7, "name": "é"}
    np.testing.assert_array_equal(back.arrays["w"], [0.0, 1.0, 2.0])


def test_no_preview_is_due_where_nobody_looks() -> None:
    assert JobContext(preview_every=0.0).preview_due()
    assert not JobContext(preview_every=None).preview_due()


def test_pause_and_cancel_are_answered_while_a_checkpoint_is_written(tmp_path: Path) -> None:
    release, began = threading.Event(), threading.Event()

    class Slow(JobContext):
        def _write(self, checkpoint: Checkpoint) -> None:
            began.set()
            release.wait(10)
            super()._write(checkpoint)

    ctx = Slow(tmp_path / "run.checkpoint")
    outcome: list[str] = []

    def work() -> None:
        try:
            ctx.save_checkpoint(Checkpoint({"a": np.arange(3)}, {}))
            outcome.append("saved")
        except Cancelled:
            outcome.append("cancelled")

    worker = threading.Thread(target=work)
    worker.start()
    assert began.wait(5)
    ctx.cancel()
    worker.join(5)
    assert outcome == ["cancelled"]
    release.set()
    for thread in threading.enumerate():
        if thread.name == "checkpoint":
            thread.join(5)
    assert (tmp_path / "run.checkpoint").exists()


def test_a_write_that_fails_fails_the_job(tmp_path: Path) -> None:
    ctx = JobContext(tmp_path / "missing" / "run.checkpoint")
    with pytest.raises((OSError, InputError)):
        ctx.save_checkpoint(Checkpoint({"a": np.arange(3)}, {}))
