"""What the window does without a person: take its own picture (``--shot``), or prove that it works (``--smoke``)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from eigenform import registry
from eigenform.params import make, params_of
from PySide6.QtCore import QCoreApplication, QObject, QTimer

from eigenform_app.runner import Job

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

SETTLE_MS = 400
SMOKE_SAMPLE = "sphere"
SMOKE_VALUES = {"modes": 9, "samples": 400, "steps": 20, "probe_count": 256}
SMOKE_SECONDS = 120


class Errand(QObject):
    """Runs without questions and quits with a status."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        window.ask = lambda sentence: "discard"
        window.runner.finished.connect(self._watch)

    def _watch(self, job: Job) -> None:
        if job.state == "failed":
            print(job.error, file=sys.stderr)
            if job.details:
                print(job.details, file=sys.stderr)
            self.quit(2 if job.bad_input else 1)

    def quit(self, status: int) -> None:
        """Close the window and end the program."""
        self.window.runner.finished.disconnect(self._watch)
        self.window.close_now()
        QCoreApplication.exit(status)

    def when_idle(self, do: Callable[[], None], settle: int = SETTLE_MS) -> None:
        """Call ``do`` once no job runs and the window has drawn what came of them."""

        def look() -> None:
            busy = [j for j in self.window.runner.active(quiet=True) if not j.info.get("idle")]
            if busy or not self.window.strip.ready:
                QTimer.singleShot(50, self, look)
            else:
                QTimer.singleShot(settle, self, do)

        QTimer.singleShot(0, self, look)


class Shot(Errand):
    """Load, optionally run the default method, write the window's picture, quit."""

    def __init__(self, window: MainWindow, files: Sequence[str], path: Path, run: bool) -> None:
        super().__init__(window)
        self.path, self._run = path, run
        window.files.open_paths(files)
        self.when_idle(self._loaded)

    def _loaded(self) -> None:
        if self._run and len(self.window.document):
            self.window.work.run()
            self.when_idle(self._write)
        else:
            self._write()

    def _write(self) -> None:
        from eigenform.io.atomic import atomic_path

        self.window.viewport.settle()
        try:
            with atomic_path(self.path) as temporary:
                if not self.window.grab().save(str(temporary), "PNG"):
                    raise OSError("the picture could not be written")
        except (OSError, ValueError) as error:
            print(f"{self.path}: {error}", file=sys.stderr)
            self.quit(2)
            return
        self.quit(0)


class Smoke(Errand):
    """Train a small basis of a sample; the viewport's picture must change from one mode to another."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        window.files.open_sample(SMOKE_SAMPLE, self._opened)
        QTimer.singleShot(SMOKE_SECONDS * 1000, self, self._too_late)

    def _opened(self, job: Job) -> None:
        method = registry.methods("basis")[0]
        known = {p.name for p in params_of(method.params_class())}
        values = {k: v for k, v in SMOKE_VALUES.items() if k in known}
        inputs = self.window.work.inputs_for(method)
        assert inputs is not None
        self.window.work.start(method, [s.item for s in inputs], make(method.params_class(), values))
        self.when_idle(self._first)

    def _first(self) -> None:
        item = self.window.views.basis()
        if item is None:
            print("No basis came of the training.", file=sys.stderr)
            self.quit(1)
            return
        self.window.document.set_mode(item.id, 1)
        before = self.window.viewport.grab_array(notes=False)
        self.window.document.set_mode(item.id, 4)
        after = self.window.viewport.grab_array(notes=False)
        changed = float(np.mean(np.any(before != after, axis=2)))
        print(f"Between two modes {changed:.0%} of the picture changed.", file=sys.stderr)
        self.quit(0 if changed > 0.02 else 1)

    def _too_late(self) -> None:
        print(f"No basis within {SMOKE_SECONDS} seconds.", file=sys.stderr)
        self.quit(1)
