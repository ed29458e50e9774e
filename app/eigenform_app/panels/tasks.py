"""The list of jobs: what waits, runs and is done, with time left, pause and cancel."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QProgressBar, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from eigenform_app import theme
from eigenform_app.panels.widgets import text
from eigenform_app.runner import Job, Runner

_STATES = {"queued": "waits", "running": "running", "done": "done", "failed": "failed", "cancelled": "cancelled"}
_ICONS = {"queued": ("tasks", "faint"), "running": ("run", "accent"), "done": ("done", "good"),
          "failed": ("error", "danger"), "cancelled": ("stop", "faint")}  # fmt: skip


def said(seconds: float) -> str:
    """A length of time in words, such as ``1 min 20 s``."""
    whole = round(seconds)
    if whole < 60:
        return f"{max(whole, 1)} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def standing(job: Job) -> str:
    """Where a job stands, in one line."""
    p = job.ctx.progress()
    if job.state == "running" and p.paused:
        return f"paused at step {p.step:,} of {p.steps:,}"
    if job.state == "running":
        parts = [p.message] if p.message else []
        if p.steps:
            parts.append(f"{p.step:,} of {p.steps:,}")
        if p.remaining is not None:
            parts.append(f"{said(p.remaining)} left")
        return ", ".join(parts) or "running"
    if job.state == "failed":
        return job.error
    return _STATES[job.state] + (f" in {said(p.elapsed)}" if job.state == "done" and p.elapsed >= 1 else "")


class _Row(QWidget):
    def __init__(self, job: Job, runner: Runner) -> None:
        super().__init__()
        self.job = job
        self.mark, self.words = text(""), text("", "muted")
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.pause, self.cancel = QToolButton(), QToolButton()
        self.pause.setToolTip("Pause or resume")
        self.cancel.setToolTip("Cancel")
        for made, caption in ((self.pause, "Pause or resume"), (self.cancel, "Cancel")):
            made.setAccessibleName(f"{caption} {job.title}")
        self.pause.clicked.connect(lambda: job.ctx.resume() if job.ctx.paused else job.ctx.pause())
        self.cancel.clicked.connect(lambda: runner.cancel(job))
        grid = QGridLayout(self)
        grid.setContentsMargins(4, 3, 4, 3)
        grid.setColumnStretch(1, 5)
        grid.setColumnStretch(2, 4)
        grid.setColumnMinimumWidth(0, 18)
        grid.setColumnMinimumWidth(3, 110)
        grid.setColumnMinimumWidth(4, 30)
        grid.setColumnMinimumWidth(5, 30)
        grid.addWidget(self.mark, 0, 0)
        title = text(job.title)
        title.setToolTip(job.title)
        for label in (title, self.words):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        grid.addWidget(title, 0, 1)
        grid.addWidget(self.words, 0, 2)
        grid.addWidget(self.bar, 0, 3)
        grid.addWidget(self.pause, 0, 4)
        grid.addWidget(self.cancel, 0, 5)
        self.refresh()

    def refresh(self) -> None:
        job, p = self.job, self.job.ctx.progress()
        self.words.setText(standing(job))
        self.words.setToolTip(job.error)
        name, tint = _ICONS[job.state]
        self.mark.setPixmap(theme.tinted(name, theme.colours()[tint], 15))
        self.bar.setVisible(job.state == "running")
        self.bar.setRange(0, p.steps or 1)
        self.bar.setValue(p.step)
        self.pause.setVisible(job.active and job.lane == "compute")
        self.pause.setIcon(theme.icon("run" if job.ctx.paused else "pause"))
        self.cancel.setVisible(job.active)
        self.cancel.setIcon(theme.icon("stop"))


class TasksPanel(QScrollArea):
    """One row a job, newest first."""

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runner = runner
        self.setWidgetResizable(True)
        self.setAccessibleName("Tasks")
        inside = QWidget()
        self._box = QVBoxLayout(inside)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self.empty = text("No task yet. Press R to learn a basis of the chosen shape.", "faint")
        self._box.addWidget(self.empty)
        self._box.addStretch(1)
        self.setWidget(inside)
        self.rows: dict[Job, _Row] = {}
        runner.submitted.connect(self._submitted)
        runner.progressed.connect(self._refresh)
        runner.finished.connect(self._refresh)

    @Slot(object)
    def _submitted(self, job: Job) -> None:
        if job.quiet:
            return
        self.empty.hide()
        row = self.rows[job] = _Row(job, self.runner)
        self._box.insertWidget(0, row)
        for old in [j for j in self.rows if j not in self.runner.jobs]:
            self.rows.pop(old).deleteLater()

    @Slot(object)
    def _refresh(self, job: Job) -> None:
        if (row := self.rows.get(job)) is not None and (self.isVisible() or not job.active):
            row.refresh()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()

    def refresh(self) -> None:
        """Draw all rows anew."""
        for row in self.rows.values():
            row.refresh()
