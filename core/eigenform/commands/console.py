"""Standard output, standard error and signals of one command.

1. Standard output carries the result and nothing else. While a command works, file descriptor 1 points at standard
   error, so that a print inside a native library cannot spoil the JSON of a script.
2. A progress bar is drawn on a terminal only; elsewhere each new message is one line; ``--quiet`` draws nothing.
3. The first SIGINT or SIGTERM asks the running job to stop at its next step; a second one stops at once.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from eigenform.logs import log_file

if TYPE_CHECKING:
    from eigenform.jobs import JobContext, Progress


class Console:
    """What a command may say, and where."""

    def __init__(self, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet, self.as_json = quiet, as_json
        self._lines: list[str] = []
        self._job: JobContext | None = None
        self._bar_width = 0

    def say(self, text: str) -> None:
        """A message for the person, on standard error; nothing with ``--quiet``."""
        if not self.quiet:
            self._clear()
            print(text, file=sys.stderr, flush=True)

    def result(self, data: dict[str, Any], text: str = "") -> None:
        """The result: one JSON object with ``--json``, else ``text``. Kept until the work is over."""
        from eigenform.provenance import json_safe

        if self.as_json:
            self._lines.append(json.dumps(json_safe(data), ensure_ascii=False, allow_nan=False))
        elif text:
            self._lines.append(text)

    def flush(self) -> None:
        """Write the kept results to the real standard output."""
        for line in self._lines:
            data = _encoded(line + "\n", self.as_json)
            if hasattr(sys.stdout, "buffer"):
                sys.stdout.buffer.write(data)
            else:
                sys.stdout.write(line + "\n")
        sys.stdout.flush()
        self._lines.clear()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Keep standard output clean, warnings in the log, and signals readable while the block runs."""
        stdout = sys.stdout
        stdout.flush()
        saved = os.dup(1)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        try:
            with warnings_logged(), self._signals():
                yield
        finally:
            sys.stderr.flush()
            sys.stdout = stdout
            os.dup2(saved, 1)
            os.close(saved)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def handle(number: int, frame: FrameType | None) -> None:
            if self._job is None or self._job.cancelled:
                raise KeyboardInterrupt
            self._job.cancel()

        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def watching(self, ctx: JobContext) -> Iterator[None]:
        """Show a job's progress while the block runs, and let a signal cancel it."""
        self._job = ctx
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ctx, over), daemon=True)
        if not self.quiet:
            thread.start()
        try:
            yield
        finally:
            self._job = None
            over.set()
            if not self.quiet:
                thread.join()
                self._clear()

    def _watch(self, ctx: JobContext, over: threading.Event) -> None:
        terminal = sys.stderr.isatty()
        said = ""
        while not over.wait(0.1):
            progress = ctx.progress()
            if terminal:
                self._draw(progress)
            elif progress.message and progress.message != said:
                said = progress.message
                print(said, file=sys.stderr, flush=True)

    def _draw(self, progress: Progress) -> None:
        line = bar(progress)[: max(20, _columns() - 1)]
        sys.stderr.write("\r" + line.ljust(self._bar_width))
        sys.stderr.flush()
        self._bar_width = len(line)

    def _clear(self) -> None:
        if self._bar_width:
            sys.stderr.write("\r" + " " * self._bar_width + "\r")
            sys.stderr.flush()
            self._bar_width = 0


def _encoded(text: str, as_json: bool) -> bytes:
    """UTF-8. A file name that is none goes out as the bytes it came in; where JSON forbids that, as an escape."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return text.encode("utf-8", "backslashreplace") if as_json else data
    return data


def open_closed_streams() -> None:
    """Give a process whose parent closed standard output or error (``>&-``) a place to write to."""
    for number, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # the lowest free descriptor is taken, which is this one
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w" if number else "r", encoding="utf-8"))  # noqa: SIM115


@contextmanager
def warnings_logged() -> Iterator[None]:
    """Send Python warnings to the log file: they are for developers and would tear a progress bar."""
    handler = logging.FileHandler(log_file(), delay=True, encoding="utf-8")
    logger = logging.getLogger("py.warnings")
    logger.addHandler(handler)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        logger.removeHandler(handler)
        handler.close()


def bar(progress: Progress, width: int = 24) -> str:
    """One line: a bar, the steps, the scalars that the job reports, and the time left."""
    parts = []
    if progress.steps:
        full = round(width * min(1.0, progress.step / progress.steps))
        parts.append(f"[{'#' * full}{'.' * (width - full)}] {progress.step}/{progress.steps}")
    if progress.message:
        parts.append(progress.message)
    parts += [f"{name} {value:.4g}" for name, value in progress.scalars.items()]
    if progress.remaining is not None and progress.step < progress.steps:
        parts.append(f"{progress.remaining:.0f} s left")
    return "  ".join(parts)


def _columns() -> int:
    try:
        return os.get_terminal_size(2).columns
    except OSError:
        return 80
