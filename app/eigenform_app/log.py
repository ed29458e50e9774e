"""The log: one rotating file, a copy for the log panel, and no exception that passes unseen."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from eigenform_app.home import state_folder

LOGGER = logging.getLogger("eigenform.studio")
_FORMAT = "%(asctime)s  %(levelname)-7s  %(name)s  %(message)s"


class RecentLines(logging.Handler):
    """Keeps the newest lines, to be read by the panel at its own pace (a handler may be called in any thread)."""

    def __init__(self, keep: int = 2000) -> None:
        super().__init__(logging.INFO)
        self.lines: deque[tuple[int, int, str]] = deque(maxlen=keep)
        self._count = 0
        self.setFormatter(logging.Formatter("%(asctime)s  %(levelname)-7s  %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record as ``(number, level, text)``."""
        self._count += 1
        self.lines.append((self._count, record.levelno, self.format(record)))

    def since(self, number: int) -> list[tuple[int, int, str]]:
        """The lines after line ``number``."""
        return [line for line in list(self.lines) if line[0] > number]


RECENT = RecentLines()


def log_path() -> Path:
    """The log file."""
    return state_folder() / "eigenform.log"


def start() -> Path:
    """Write warnings and messages of the program to the log file; return its path."""
    root = logging.getLogger("eigenform")
    stop()
    path = log_path()
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=2_000_000, backupCount=2, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
    root.addHandler(RECENT)
    root.setLevel(logging.INFO)
    return path


def stop() -> None:
    """Close the log file."""
    root = logging.getLogger("eigenform")
    for handler in list(root.handlers):
        root.removeHandler(handler)
        if handler is not RECENT:
            handler.close()


def install_hooks(show: Callable[[str, str], None]) -> None:
    """Send exceptions that nobody caught to the log and to ``show(sentence, details)``.

    ``show`` is called in the thread that failed; it must do no more than leave a note for the window.
    """

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        LOGGER.error("Unexpected failure\n%s", details)
        show(f"Something went wrong that should not have: {error or kind.__name__}. Your work is still here.", details)

    sys.excepthook = hook
    threading.excepthook = lambda args: hook(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
