"""The session on disk while it is being edited, so that a crash loses nothing.

Each window has a folder under the state folder: ``autosave.eigenform``, and for every running job a description
(``ID.json``) and its newest checkpoint (``ID.checkpoint``). A lock file tells a window that lives from one that died.
A window that closes properly removes its folder.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal, Slot

from eigenform_app import loading
from eigenform_app.document import Document
from eigenform_app.home import state_folder
from eigenform_app.runner import Job, Runner

LOGGER = logging.getLogger("eigenform.studio")
FILE = "autosave.eigenform"


@dataclass(frozen=True)
class Crashed:
    """A session that did not close properly: its folder, its autosave (if any) and its jobs."""

    folder: Path
    project: Path | None
    jobs: tuple[dict[str, Any], ...]

    def words(self) -> str:
        """What there is to get back."""
        parts = ["a session"] if self.project else []
        for job in self.jobs:
            step = f" from step {job['step']:,}" if job.get("step") else ""
            parts.append(f"the job “{job['title']}”{step if job['checkpoint'] else ' (from its start)'}")
        return "Eigenform did not close properly last time. It kept " + " and ".join(parts) + "."


class SessionKeeper(QObject):
    """Saves by itself; finds what crashed windows left. ``keep_photographs`` keeps those of people as well."""

    saved = Signal()

    def __init__(
        self,
        document: Document,
        runner: Runner,
        view_state: Callable[[], dict[str, Any]],
        seconds: float,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document, self.runner, self._view_state = document, runner, view_state
        self.folder = state_folder() / "sessions" / uuid.uuid4().hex[:12]
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = QLockFile(str(self.folder / "lock"))
        self._lock.setStaleLockTime(0)
        self._lock.tryLock(0)
        self.keep_photographs = False
        self._saved_revision = document.revision
        self._saving: Job | None = None
        self._old: list[Path] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.save_if_changed)
        self.set_interval(seconds)
        runner.finished.connect(self._job_ended)

    def set_interval(self, seconds: float) -> None:
        """Look for changes this often (half the time asked for, so that a save is done by then)."""
        self._timer.start(max(500, int(seconds * 500)))

    # -- saving --------------------------------------------------------------------------------------------------

    @Slot()
    def save_if_changed(self) -> None:
        """Write the session in a worker, unless nothing changed or a save is under way."""
        if self._saving is not None or self.document.revision == self._saved_revision:
            return
        revision, path = self.document.revision, self.folder / FILE
        items = loading.records(list(self.document), self.keep_photographs)
        state = self._view_state()

        def write(ctx: Any) -> None:
            from eigenform.io.project import write_project

            write_project(path, items, state)

        def done(job: Job) -> None:
            self._saved_revision = revision
            for folder in self._old:
                shutil.rmtree(folder, ignore_errors=True)
            self._old.clear()
            self.saved.emit()

        def ended(job: Job) -> None:
            self._saving = None

        self._saving = self.runner.submit("Autosave", write, lane="save", done=done, ended=ended, quiet=True)

    def checkpoint_path(self, job_id: str) -> Path:
        """Where a job keeps its checkpoint."""
        return self.folder / f"{job_id}.checkpoint"

    def describe_job(self, job_id: str, description: dict[str, Any]) -> None:
        """Note a job that is about to run, and save the session it runs in."""
        path = self.folder / f"{job_id}.json"
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(description, ensure_ascii=False), encoding="utf-8")
        os.replace(temporary, path)
        self.save_if_changed()

    @Slot(object)
    def _job_ended(self, job: Job) -> None:
        if job.lane == "compute":
            (self.folder / f"{job.id}.json").unlink(missing_ok=True)
            if job.state != "failed":
                self.checkpoint_path(job.id).unlink(missing_ok=True)
            self.save_if_changed()

    # -- crashed sessions ------------------------------------------------------------------------------------------

    def crashed(self) -> list[Crashed]:
        """Sessions of windows that are no more, the newest first. Their folders are locked for this window."""
        found = []
        for folder in (state_folder() / "sessions").iterdir():
            if folder == self.folder or not folder.is_dir():
                continue
            lock = QLockFile(str(folder / "lock"))
            lock.setStaleLockTime(0)
            if not lock.tryLock(0):
                continue  # its window lives
            lock.unlock()
            project = folder / FILE
            jobs = tuple(self._read_jobs(folder))
            if project.exists():
                found.append(Crashed(folder, project, jobs))
            else:
                shutil.rmtree(folder, ignore_errors=True)  # nothing was ever loaded in it
        return sorted(found, key=lambda c: c.folder.stat().st_mtime, reverse=True)

    @staticmethod
    def _read_jobs(folder: Path) -> list[dict[str, Any]]:
        found = []
        for path in folder.glob("*.json"):
            try:
                job = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                LOGGER.warning("The description of a job in %s cannot be read: %s", path, error)
                continue
            checkpoint = folder / f"{job['id']}.checkpoint"
            job["checkpoint"] = str(checkpoint) if checkpoint.exists() else ""
            found.append(job)
        return found

    def take_over(self, crashed: Crashed) -> dict[str, Path]:
        """Move the checkpoints here; the old folder goes with the next autosave. Returns job id to checkpoint."""
        moved = {}
        for job in crashed.jobs:
            if job["checkpoint"]:
                target = self.checkpoint_path(job["id"])
                shutil.copy2(job["checkpoint"], target)
                moved[job["id"]] = target
        self._old.append(crashed.folder)
        return moved

    @staticmethod
    def forget(crashed: Crashed) -> None:
        """Throw a crashed session away."""
        shutil.rmtree(crashed.folder, ignore_errors=True)

    def close(self) -> None:
        """The window closes properly: nothing is left behind."""
        self._timer.stop()
        self._lock.unlock()
        shutil.rmtree(self.folder, ignore_errors=True)
