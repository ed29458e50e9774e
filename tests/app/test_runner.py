"""Jobs: off the GUI thread, polled, cancelled, paused, in order."""

from __future__ import annotations

import sys
import threading
import time
import types

import pytest
from eigenform.errors import InputError
from eigenform_app.runner import Runner


@pytest.fixture
def runner(qapp):
    made = Runner()
    yield made
    made.shutdown()


def finish(runner, qtbot, job):
    qtbot.waitUntil(lambda: not job.active, timeout=10000)
    return job


def test_work_runs_elsewhere_and_results_arrive_here(runner, qtbot):
    seen = {}

    def work(ctx):
        seen["worker"] = threading.current_thread()
        return 42

    def done(job):
        seen["gui"], seen["result"] = threading.current_thread(), job.result

    finish(runner, qtbot, runner.submit("Think", work, done=done))
    assert seen["worker"] is not threading.main_thread()
    assert seen["gui"] is threading.main_thread()
    assert seen["result"] == 42


def test_lanes_run_side_by_side_and_one_lane_in_order(runner, qtbot):
    gate, order = threading.Event(), []
    runner.submit("Train", lambda ctx: gate.wait(10), lane="compute")
    second = runner.submit("Train again", lambda ctx: order.append("second"), lane="compute")
    loading = runner.submit("Load", lambda ctx: order.append("load"), lane="io")
    finish(runner, qtbot, loading)
    assert second.state == "queued"
    gate.set()
    finish(runner, qtbot, second)
    assert order == ["load", "second"]


def test_a_job_begins_while_another_thread_imports_torch(runner, qtbot, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))
    assert finish(runner, qtbot, runner.submit("Think", lambda ctx: 42, lane="compute")).outcome == "done"


def test_cancel_takes_effect_within_a_second(runner, qtbot):
    def work(ctx):
        for i in range(100_000):
            time.sleep(0.001)
            ctx.step(i, 100_000)

    job = runner.submit("Train", work, lane="compute")
    waiting = runner.submit("Wait", work, lane="compute")
    qtbot.waitUntil(lambda: job.ctx.progress().step > 5)
    began = time.monotonic()
    runner.cancel(waiting)
    runner.cancel(job)
    finish(runner, qtbot, job)
    finish(runner, qtbot, waiting)
    assert time.monotonic() - began < 1.0
    assert job.state == waiting.state == "cancelled"


def test_a_paused_job_stands_still(runner, qtbot):
    def work(ctx):
        for i in range(100_000):
            time.sleep(0.0005)
            ctx.step(i, 100_000)

    job = runner.submit("Train", work, lane="compute")
    qtbot.waitUntil(lambda: job.ctx.progress().step > 5)
    job.ctx.pause()
    qtbot.wait(50)
    step = job.ctx.progress().step
    qtbot.wait(120)
    assert job.ctx.progress().step <= step + 1
    job.ctx.resume()
    qtbot.waitUntil(lambda: job.ctx.progress().step > step + 5)
    job.ctx.cancel()
    finish(runner, qtbot, job)


def test_a_flood_of_steps_is_not_a_flood_of_signals(runner, qtbot):
    heard = []
    runner.progressed.connect(heard.append)

    def work(ctx):
        for i in range(20_000):
            ctx.step(i, 20_000, loss=float(i))

    job = finish(runner, qtbot, runner.submit("Train", work, lane="compute"))
    assert len(job.new_history()) == 20_000, "no step is lost"
    assert len(heard) < 500


def test_failures_become_sentences(runner, qtbot):
    def bad(ctx):
        raise InputError("cube.obj holds no faces; a mesh would work.")

    def ours(ctx):
        raise ZeroDivisionError("division by zero")

    def full(ctx):
        raise MemoryError

    jobs = [finish(runner, qtbot, runner.submit(n, w)) for n, w in (("Load", bad), ("Train", ours), ("Fill", full))]
    assert [j.state for j in jobs] == ["failed"] * 3
    assert jobs[0].error == "cube.obj holds no faces; a mesh would work."
    assert jobs[0].bad_input
    assert not jobs[0].details
    assert jobs[1].error == "Train failed: division by zero"
    assert "ZeroDivisionError" in jobs[1].details
    assert "memory" in jobs[2].error


def test_only_the_newest_preview_arrives(runner, qtbot):
    heard = []
    runner.previewed.connect(lambda job, value: heard.append(value))

    def work(ctx):
        for i in range(1000):
            ctx.preview(i)

    finish(runner, qtbot, runner.submit("Train", work, lane="compute"))
    assert heard[-1] == 999
    assert len(heard) < 100


def test_nothing_polls_when_nothing_runs(runner, qtbot):
    finish(runner, qtbot, runner.submit("Think", lambda ctx: None))
    assert not runner._timer.isActive()
