"""Sessions: saved, opened, kept by themselves, recovered after a crash, printed as a script."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import open_sphere, run_toy
from eigenform_app import commands, preferences
from eigenform_app.display import DisplayOptions
from eigenform_app.script import script, variable


def test_a_session_comes_back_as_it_was(opened, qtbot, tmp_path):
    window = opened
    basis = run_toy(window, qtbot)
    window.document.set_mode(basis, 3)
    commands.flip_sign(window.document, basis, 2)
    commands.rename(window.document, basis, "größer")
    commands.set_display(window.document, basis, DisplayOptions(opacity=0.5, isolines=7))
    window.views.set_layout(2)
    camera = window.viewport.camera()
    evecs = np.array(window.document[basis].value.evecs)
    path = tmp_path / "session ü.eigenform"
    assert window.modified
    with qtbot.waitSignal(window.runner.finished, timeout=10000):
        window.files.save_to(path)
    assert not window.modified
    assert path.name.removesuffix(".eigenform") in window.windowTitle()

    window.files.new_session()
    assert len(window.document) == 0
    with qtbot.waitSignal(window.runner.finished, timeout=10000):
        window.files.open_paths([path])
    item = window.document[basis]
    assert item.name == "größer"
    assert item.parent == window.document.items("shape")[0].id
    assert item.display == DisplayOptions(opacity=0.5, isolines=7)
    assert np.array_equal(item.value.evecs, evecs)
    assert window.document.mode(basis) == 3
    assert window.document.current.id == basis
    assert window.viewport.view_count == 2
    assert window.viewport.camera()["position"] == pytest.approx(camera["position"])
    assert not window.modified
    assert str(path) in preferences.recent_files()


def test_unsaved_work_is_asked_about(opened, qtbot):
    window, asked = opened, []
    window.ask = lambda sentence: asked.append(sentence) or "cancel"
    window.close()
    assert "unsaved work" in asked[0]
    assert window.isVisible()
    window.files.new_session()
    assert len(window.document) == 1, "cancel loses nothing"
    window.ask = lambda sentence: "discard"
    window.files.new_session()
    assert len(window.document) == 0
    asked.clear()
    window.ask = lambda sentence: asked.append(sentence) or "cancel"
    window.files.new_session()
    assert not asked, "there is nothing to lose"


def test_a_running_job_is_asked_about(opened, qtbot, tmp_path):
    window, asked = opened, []
    with qtbot.waitSignal(window.runner.finished, timeout=10000):
        window.files.save_to(tmp_path / "s.eigenform")
    panel = window.inspector.method
    panel.choose("toy")
    panel.form().set_values({"steps": 100_000})
    window.work.run()
    window.ask = lambda sentence: asked.append(sentence) or "cancel"
    window.close()
    assert asked == ["Closing would end a running job."]
    window.work.cancel()
    qtbot.waitUntil(lambda: window.work.running() is None, timeout=5000)


def test_autosave_writes_in_a_worker_and_goes_with_the_window(opened, qtbot):
    window = opened
    with qtbot.waitSignal(window.keeper.saved, timeout=10000):
        window.keeper.save_if_changed()
    path = window.keeper.folder / "autosave.eigenform"
    written = path.stat().st_mtime_ns
    window.keeper.save_if_changed()
    qtbot.wait(100)
    assert path.stat().st_mtime_ns == written, "nothing changed, nothing is written"
    assert window.keeper._timer.interval() <= 5000
    window.close_now()
    assert not window.keeper.folder.exists()


CRASH = """
import sys
import time
sys.path.insert(0, {tests!r})
import toy_methods
from eigenform import registry
registry.METHODS = (*toy_methods.METHODS, *registry.METHODS)
from eigenform import jobs
from eigenform_app import main, work
work_start = work.WorkController.start
def start(self, *args, **kwargs):
    job = work_start(self, *args, **kwargs)
    job.ctx._checkpoint_every = 0.2
    return job
work.WorkController.start = start
class Clock:  # slow after a while: the kill must not come too late
    slept = 0
    def sleep(self, seconds):
        self.slept += 1
        time.sleep(seconds if self.slept < 500 else 0.5)
toy_methods.time = Clock()
application = main.prepare(["crash"])
from eigenform_app.window import MainWindow
from PySide6.QtCore import QTimer
window = MainWindow()
window.show()
def train(job):
    window.inspector.method.form().set_values({{"steps": 2000, "pause": 0.002}})
    window.work.run()
window.files.open_sample("sphere", train)
application.exec()
"""


def test_kill_9_during_training_loses_nothing(window, qtbot, home):
    """The session and the last checkpoint of a window killed outright are offered to the next one, and go on."""
    code = CRASH.format(tests=str(Path(__file__).parent))
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "EIGENFORM_HOME": str(home)})
    sessions = home / "state" / "sessions"

    def ready():
        assert process.poll() is None, "the other window ended by itself"
        found = list(sessions.glob("*/*.checkpoint"))
        return found and (found[0].parent / "autosave.eigenform").exists() and list(found[0].parent.glob("*.json"))

    deadline = time.monotonic() + 200
    while not ready() and time.monotonic() < deadline:
        qtbot.wait(100)
    assert not window.keeper.crashed(), "a window that lives is not offered"
    qtbot.wait(300)
    process.send_signal(signal.SIGKILL)
    process.wait(100)

    window.offer_recovery()
    banner = window.banners.messages()[-1]
    assert "a session" in banner.words
    assert "Toy basis of sphere" in banner.words
    crashed = window.keeper.crashed()[0]
    job_id = crashed.jobs[0]["id"]
    assert json.loads((crashed.folder / f"{job_id}.json").read_text(encoding="utf-8"))["params"]["steps"] == 2000
    next(b for b in banner.findChildren(type(window.inspector.method.run)) if b.text() == "Restore").click()
    qtbot.waitUntil(lambda: job_id in window.document and not window.document[job_id].live, timeout=20000)
    assert window.document.items("shape")[0].name == "sphere"
    assert window.document[job_id].value.meta["started_at"] > 0, "it went on from the checkpoint, not from the start"
    qtbot.waitUntil(lambda: not crashed.folder.exists(), timeout=20000)


def test_a_crashed_session_can_be_thrown_away(window, qtbot, home):
    from eigenform.io.project import write_project

    folder = home / "state" / "sessions" / "old"
    folder.mkdir(parents=True)
    write_project(folder / "autosave.eigenform", [], {})
    (folder / "broken.json").write_text("{", encoding="utf-8")
    (crashed,) = window.keeper.crashed()
    assert crashed.jobs == ()
    window.keeper.forget(crashed)
    assert not folder.exists()


def test_copy_as_python_reproduces_the_session(window, qtbot, tmp_path):
    window.files.open_sample("sphere")
    qtbot.waitUntil(lambda: len(window.document) == 1, timeout=20000)
    shape = window.document.current
    assert shape is not None
    panel = window.inspector.method
    panel.choose("classical")
    panel.form().set_values({"modes": 6})
    window.work.run()
    qtbot.waitUntil(lambda: bool(window.document.items("basis", live=False)), timeout=60000)
    item = window.document.current
    commands.flip_sign(window.document, item.id, 2)
    commands.rename(window.document, item.id, "for: the 1st try")
    window.items.copy_as_python()
    words = script(window.document)
    assert "np.savez" not in words
    path, out = tmp_path / "session.py", tmp_path / "out.npz"
    name = variable("for: the 1st try", set())
    path.write_text(words + f"np.savez({str(out)!r}, evecs={name}.evecs, verts=sphere.verts)\n", encoding="utf-8")
    subprocess.run([sys.executable, str(path)], check=True, timeout=120)
    with np.load(out) as made:
        assert np.allclose(made["verts"], shape.value.verts)
        assert np.allclose(made["evecs"], window.document[item.id].value.evecs, atol=1e-6)


def test_preferences_and_recent_files_are_kept(window, qtbot, home):
    wishes = preferences.Preferences(theme="dark", device="cpu", threads=3, cache=64)
    window.set_preferences(wishes)
    assert preferences.load() == wishes
    assert window.runner.threads == 3
    (home / "config" / "preferences.json").write_text('{"theme": "purple", "threads": 2}', encoding="utf-8")
    assert preferences.load() == preferences.Preferences(threads=2), "what is not allowed falls back to its default"
    (home / "config" / "preferences.json").write_text("{", encoding="utf-8")
    assert preferences.load() == preferences.Preferences()
    for n in range(20):
        preferences.add_recent(f"/tmp/{n}.obj")
    preferences.add_recent("/tmp/15.obj")
    recent = preferences.recent_files()
    assert recent[:2] == ["/tmp/15.obj", "/tmp/19.obj"]
    assert len(recent) == preferences.KEEP_RECENT


def test_a_session_opens_after_its_originals_have_moved(window, qtbot, tmp_path):
    source = tmp_path / "a.obj"
    source.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\nf 1 3 4\nf 2 3 4\n", encoding="utf-8")
    for action in (lambda: window.files.open_paths([source]), lambda: window.files.save_to(tmp_path / "s.eigenform")):
        with qtbot.waitSignal(window.runner.finished, timeout=10000):
            action()
    source.unlink()
    window.files.new_session()
    with qtbot.waitSignal(window.runner.finished, timeout=10000):
        window.files.open_paths([tmp_path / "s.eigenform"])
    assert window.document.current.value.faces.shape == (4, 3)


def test_a_read_only_folder_is_a_sentence(window, qtbot, tmp_path):
    open_sphere(window, qtbot)
    missing = tmp_path / "no such folder" / "s.eigenform"
    with qtbot.waitSignal(window.runner.finished, timeout=10000):
        window.files.save_to(missing)
    assert window.banners.messages()[-1].tone == "error"
    assert window.modified


def test_the_preferred_device_starts_forms_but_overrides_nobody(window, qtbot):
    panel = window.inspector.method
    panel.choose("learned")
    assert panel.form().values()["device"] == "auto"
    window.set_preferences(preferences.Preferences(device="cpu"))
    assert panel.form().values()["device"] == "cpu"
    panel.form().set_values({"device": "cuda"})
    window.set_preferences(preferences.Preferences(device="mps"))
    assert panel.form().values()["device"] == "cuda"


def test_the_cache_is_kept_small(home):
    from eigenform_app.home import cache_folder, trim_cache

    for n in range(3):
        path = cache_folder() / f"{n}"
        path.write_bytes(b"x" * 600_000)
        os.utime(path, (1000 + n, 1000 + n))
    assert trim_cache(2) == 0
    assert trim_cache(1) == 2
    assert [p.name for p in cache_folder().iterdir()] == ["2"]
