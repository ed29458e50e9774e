"""Run a function in a child process that can be killed.

ARPACK, sparse factorisations, open3d and robust_laplacian cannot be interrupted and can crash: in a child process a
cancel takes effect at once, a crash costs nothing but the call, and memory comes back to the system.

Arguments and results travel through a temporary folder as :mod:`eigenform.native_values` says. A target that takes an
argument ``ctx`` is given one with ``step`` and ``message``, which reach the caller's context.

``python -m eigenform.native FOLDER`` is the child's side.
"""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eigenform.device import THREAD_VARIABLES
from eigenform.errors import InputError, NeedsMemory
from eigenform.native_values import read_values, write_values
from eigenform.registry import load

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

FROZEN_FLAG = "--native-call"
"""First argument of a frozen program that is to call :func:`main` with the folder named by the second."""

_POLL = 0.05


def call(target: str, ctx: JobContext | None = None, *, threads: int | None = None, **kwargs: Any) -> Any:
    """The result of ``target(**kwargs)``, computed in a child process.

    Parameters
    ----------
    target : str
        ``module:function``; the child imports the module.
    ctx : JobContext, optional
        Polled every 50 ms: a cancel kills the child, a pause suspends it.
    threads : int, optional
        Threads of the child's linear algebra; by default all cores but one.
    **kwargs
        Arguments of the function, of the kinds that :mod:`eigenform.native_values` lists.

    Raises
    ------
    InputError, NeedsMemory
        As raised by the function; :class:`NeedsMemory` also where the child ran out of memory.
    RuntimeError
        One sentence where the function failed otherwise or the child died of a signal.
    Cancelled
        Where ``ctx`` was cancelled.
    """
    with tempfile.TemporaryDirectory(prefix="eigenform-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        write_values(folder, "call", {"target": target, "kwargs": kwargs})
        with (folder / "stderr.txt").open("wb") as log:
            child = subprocess.Popen(
                [*_command(), name],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(threads),
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            try:
                _wait(child, folder, ctx)
            finally:
                if child.poll() is None:
                    child.kill()
                    child.wait()
        if (folder / "result.json").is_file():
            return read_values(folder, "result")
        raise _failure(target, child.returncode, folder)


def _command() -> list[str]:
    """How to start the child; a frozen program has no interpreter, so its own main must pass the flag on to us."""
    if getattr(sys, "frozen", False):
        return [sys.executable, FROZEN_FLAG]
    return [sys.executable, "-P", "-m", "eigenform.native"]


def _environment(threads: int | None) -> dict[str, str]:
    """The child's environment: this process's import path, and a core left for the window."""
    env = dict(os.environ)
    env["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    env["PYTHONUTF8"] = "1"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = str(threads or max(1, cores - 1))
    for variable in THREAD_VARIABLES:
        if threads is not None:
            env[variable] = count
        else:
            env.setdefault(variable, count)
    return env


def _wait(child: subprocess.Popen[bytes], folder: Path, ctx: JobContext | None) -> None:
    """Wait for the child, passing progress on; raises :class:`Cancelled` from ``ctx.check``."""
    seen = 0
    while True:
        try:
            child.wait(_POLL)
            return
        except subprocess.TimeoutExpired:
            pass
        if ctx is None:
            continue
        if ctx.paused:
            _hold(child, ctx)
        ctx.check()
        seen = _pass_progress(folder / "progress.txt", seen, ctx)


def _hold(child: subprocess.Popen[bytes], ctx: JobContext) -> None:
    """Suspend the child for as long as the job is paused."""
    import psutil

    try:
        process = psutil.Process(child.pid)
        process.suspend()
        try:
            ctx.check()
        finally:
            process.resume()
    except psutil.Error:
        return  # it ended in the meantime


def _pass_progress(path: Path, seen: int, ctx: JobContext) -> int:
    """Give ``ctx`` the complete lines from byte ``seen`` on; returns where the next read starts."""
    if not path.is_file():
        return seen
    with path.open("rb") as file:
        file.seek(seen)
        text = file.read()
    end = text.rfind(b"\n") + 1
    for line in text[:end].splitlines():
        step, steps, message = json.loads(line)
        if steps:
            ctx.step(step, steps, message)
        else:
            ctx.message(message)
    return seen + end


def _failure(target: str, code: int, folder: Path) -> Exception:
    """The exception for a child that left no result."""
    what = target.split(":")[-1].strip("_").replace("_", " ")
    if (folder / "error.json").is_file():
        error = json.loads((folder / "error.json").read_text(encoding="utf-8"))
        known = {"InputError": InputError, "NeedsMemory": NeedsMemory}
        if error["kind"] in known:
            return known[error["kind"]](error["text"])
        if error["kind"] == "MemoryError":
            return NeedsMemory(f"The computation ({what}) ran out of memory: try fewer vertices or fewer modes.")
        failure = RuntimeError(f"The computation ({what}) failed: {error['kind']}: {error['text']}")
        failure.add_note(error["traceback"])
        return failure
    if code < 0 and -code == getattr(signal, "SIGKILL", 9):
        return NeedsMemory(
            f"The system ended the computation ({what}), most likely because memory ran out: "
            "try fewer vertices or fewer modes."
        )
    lines = (folder / "stderr.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    last = f" Its last words: {lines[-1].strip()}" if lines else ""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return RuntimeError(f"The computation ({what}) crashed with {name}; nothing else was lost.{last}")
    return RuntimeError(f"The computation ({what}) ended with status {code} and no result.{last}")


# -- the child's side ------------------------------------------------------------------------------------------------


class ChildContext:
    """What a target gets as ``ctx``: its progress is passed to the parent, which does the cancelling."""

    def __init__(self, folder: Path | None = None) -> None:
        self._path = None if folder is None else folder / "progress.txt"

    def step(self, i: int, n: int, message: str | None = None, **_: float) -> None:
        """Report that ``i`` of ``n`` steps are done."""
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([i, n, message]) + "\n")

    def message(self, text: str) -> None:
        """Say what is going on now."""
        self.step(0, 0, text)


def _die_with_parent() -> None:
    """Ask Linux to end this process when its parent dies, so that a killed window leaves no solver behind."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG


def main(folder: Path) -> int:
    """Run the call that lies in ``folder``; the exit status."""
    _die_with_parent()
    try:
        request = read_values(folder, "call")
        function, kwargs = load(request["target"]), request["kwargs"]
        if "ctx" in inspect.signature(function).parameters:
            kwargs["ctx"] = ChildContext(folder)
        write_values(folder, "result", function(**kwargs))
        return 0
    except Exception as error:
        # a subclass of InputError that this module does not know is still bad input
        kind = "InputError" if isinstance(error, InputError) else type(error).__name__
        kind = "NeedsMemory" if isinstance(error, NeedsMemory) else kind
        kind = "MemoryError" if isinstance(error, MemoryError) else kind
        text = {"kind": kind, "text": str(error), "traceback": traceback.format_exc()}
        part = folder / "error.part"
        part.write_text(json.dumps(text), encoding="utf-8")
        part.replace(folder / "error.json")
        return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
