"""The child process: values go through unchanged, errors keep their kind, a cancel kills at once."""

import os
import signal
import sys
import tempfile
import threading
import time

import numpy as np
import pytest
import scipy.sparse as sp
from eigenform import native
from eigenform.errors import Cancelled, InputError, NeedsMemory
from eigenform.jobs import JobContext

HERE = __name__


def give_back(**values):
    return values


def complain(kind):
    if kind == "input":
        raise InputError("The file has no points.")
    if kind == "memory":
        raise MemoryError
    raise KeyError("wrong")


def die(number):
    print("a dying wish", file=sys.stderr, flush=True)
    os.kill(os.getpid(), number)


def sleep(path, ctx):
    with open(path, "w", encoding="utf-8") as file:
        file.write(str(os.getpid()))
    for i in range(600):
        ctx.step(i, 600, "sleeping")
        time.sleep(0.05)


def threads():
    return os.environ["OMP_NUM_THREADS"]


def test_values_come_back_unchanged(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    matrix = sp.random(20, 20, 0.2, random_state=1, format="csc")
    sent = {"a": np.arange(6.0).reshape(2, 3), "b": [1, 2.5, "é", None, True], "c": {"x": (1, np.zeros(0, np.int32))}}
    back = native.call(f"{HERE}:give_back", matrix=matrix, **sent)
    np.testing.assert_array_equal(back["a"], sent["a"])
    assert back["b"] == sent["b"]
    assert back["c"]["x"][0] == 1
    assert back["c"]["x"][1].dtype == np.int32
    assert abs(back["matrix"] - matrix).max() == 0
    assert not list(tmp_path.iterdir())


def test_what_cannot_travel_is_refused_in_the_parent():
    with pytest.raises(TypeError, match="cannot be passed"):
        native.call(f"{HERE}:give_back", value=object())
    with pytest.raises(ValueError, match="pickle"):
        native.call(f"{HERE}:give_back", value=np.array([object()], dtype=object))


def test_the_child_imports_nothing_heavy_and_ignores_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise RuntimeError('shadowed')", encoding="utf-8")
    (tmp_path / "lib").mkdir()
    source = (
        "import sys\ndef heavy():\n    return [n for n in ('torch', 'scipy', 'vtk', 'open3d') if n in sys.modules]\n"
    )
    (tmp_path / "lib" / "probe_of_modules.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    monkeypatch.chdir(tmp_path)
    assert native.call("probe_of_modules:heavy") == []


def test_threads_are_limited():
    assert native.call(f"{HERE}:threads", threads=1) == "1"


def test_errors_keep_their_kind():
    with pytest.raises(InputError, match="no points"):
        native.call(f"{HERE}:complain", kind="input")
    with pytest.raises(NeedsMemory, match="ran out of memory"):
        native.call(f"{HERE}:complain", kind="memory")
    with pytest.raises(RuntimeError, match=r"KeyError: 'wrong'"):
        native.call(f"{HERE}:complain", kind="other")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_crash_is_one_sentence():
    with pytest.raises(RuntimeError, match=r"crashed with SIGSEGV.*a dying wish"):
        native.call(f"{HERE}:die", number=int(signal.SIGSEGV))
    with pytest.raises(NeedsMemory, match="memory ran out"):
        native.call(f"{HERE}:die", number=int(signal.SIGKILL))


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_cancel_kills_the_child_and_progress_is_passed_on(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ctx, seen, pid_file = JobContext(), [], tmp_path / "pid"

    def work():
        try:
            native.call(f"{HERE}:sleep", ctx, path=str(pid_file))
        except Cancelled:
            seen.append(time.monotonic())

    worker = threading.Thread(target=work)
    worker.start()
    deadline = time.monotonic() + 15
    while ctx.progress().message != "sleeping" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert ctx.progress().steps == 600
    pid = int(pid_file.read_text(encoding="utf-8"))
    assert alive(pid)
    asked = time.monotonic()
    ctx.cancel()
    worker.join(10)
    assert seen
    assert seen[0] - asked < 1.0
    assert not alive(pid)
    assert [p.name for p in tmp_path.iterdir()] == ["pid"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_pause_holds_the_child(tmp_path):
    ctx, pid_file = JobContext(), tmp_path / "pid"
    stopped = threading.Event()

    def work():
        try:
            native.call(f"{HERE}:sleep", ctx, path=str(pid_file))
        except Cancelled:
            stopped.set()

    worker = threading.Thread(target=work)
    worker.start()
    deadline = time.monotonic() + 15
    while ctx.progress().step < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    ctx.pause()
    time.sleep(0.4)
    before = ctx.progress().step
    time.sleep(0.4)
    assert ctx.progress().step == before
    ctx.cancel()
    assert stopped.wait(5)
    worker.join(5)


def test_a_frozen_program_starts_itself(monkeypatch):
    assert native._command()[:2] == [sys.executable, "-P"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert native._command() == [sys.executable, native.FROZEN_FLAG]
