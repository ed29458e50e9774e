"""How the window shares the processor with a job: a rehearsal before the first run, fewer previews of slow frames."""

from __future__ import annotations

import sys

from conftest import run_toy
from eigenform import jobs, registry
from eigenform_app import work


def test_the_first_job_rehearses_the_method_once(window, qtbot, monkeypatch):
    done = []
    window.work.rehearsed = False
    monkeypatch.setattr(
        jobs, "run", lambda method, inputs, params, ctx: done.append((method.name, len(inputs[0].verts)))
    )
    window.runner.submit("Look", lambda ctx: None)
    qtbot.waitUntil(lambda: bool(done) and not window.runner.active(quiet=True))
    window.runner.submit("Look again", lambda ctx: None)
    qtbot.waitUntil(lambda: not window.runner.active(quiet=True))
    assert [name for name, _ in done] == ["toy"], "the chosen method, once"
    assert done[0][1] < 1000, "on next to nothing"
    assert not len(window.document), "it leaves nothing in the document"


def test_the_rehearsal_of_the_real_method_runs(qapp):
    from eigenform.jobs import JobContext

    work._rehearse(registry.get("learned"), JobContext())
    assert "torch" in sys.modules


def test_slow_frames_mean_fewer_previews(opened, qtbot, monkeypatch):
    shown = []
    opened.runner.previewed.connect(lambda job, value: shown.append(job))
    opened.work._time_redraw = lambda: None
    monkeypatch.setattr(work, "PREVIEW_SECONDS", 0.02)

    def count(cost, pause):
        opened.runner.redraw_seconds = cost
        shown.clear()
        run_toy(opened, qtbot, steps=60, pause=pause)
        return len(shown)

    for pause in (0.01, 0.04, 0.16):  # on a busy machine the window needs a slower job to show many of its previews
        quick, slow = (count(cost, pause) for cost in (0.0, 60.0))
        assert slow >= 1, "the first preview and the last always come"
        if quick > 3 * slow:
            break
    assert quick > 3 * slow


def test_showing_a_preview_is_timed(opened, qtbot):
    run_toy(opened, qtbot, steps=30, pause=0.005)
    qtbot.waitUntil(lambda: opened.runner.redraw_seconds > 0)
    assert opened.runner.redraw_seconds <= 0.4
