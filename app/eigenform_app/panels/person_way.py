"""The way from a photograph to an avatar as a row of buttons, and how a running step stands."""

from __future__ import annotations

from collections.abc import Callable

from eigenform.method import Method
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QProgressBar, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from eigenform_app import theme
from eigenform_app.panels.tasks import standing
from eigenform_app.panels.widgets import Pane, button, set_role, text
from eigenform_app.person_steps import FIND, Step
from eigenform_app.runner import Job

ICONS = {
    "done": ("done", "good"),
    "old": ("refresh", "warning"),
    "next": ("run", "accent"),
    "later": ("right", "faint"),
}
TIPS = {
    "done": "Done; click to do it again",
    "old": "Something before it changed; click to do it again",
    "next": "Click to do it",
    "later": "Waits for the steps before it",
}


class PersonWay(Pane):
    """``step_wanted(method name)`` runs one method, ``all_wanted()`` all that is still to be done; ``cancel_wanted()``
    stops what runs."""

    step_wanted = Signal(str)
    all_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._steps = QHBoxLayout()
        self._steps.setSpacing(2)
        self.buttons: dict[int, QToolButton] = {}
        self._arrows: dict[int, QLabel] = {}
        self._shown: tuple[object, ...] = ()
        self.all = button("Make the avatar", "primary", "run", "Do all steps that are still to be done")
        self.all.clicked.connect(self.all_wanted)
        self.cancel = button("Cancel", "", "stop", "Stop the step  (Ctrl+.)")
        self.cancel.clicked.connect(self.cancel_wanted)
        self.more = QToolButton()
        self.more.setText("More")
        self.more.setToolTip("What else can be done with a person in photographs")
        self.more.setMenu(QMenu(self.more))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.words = text("", "muted")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self._steps.addStretch(1)
        below = QHBoxLayout()
        below.setSpacing(6)
        said = QVBoxLayout()
        said.setSpacing(3)
        said.addStretch(1)
        said.addWidget(self.words)
        said.addWidget(self.bar)
        said.addStretch(1)
        below.addLayout(said, 1)
        below.addWidget(self.more)
        below.addWidget(self.all)
        below.addWidget(self.cancel)
        self.body.addLayout(self._steps)
        self.body.addLayout(below)
        self.show_job(None, "")

    def show_steps(self, steps: list[Step], possible: bool) -> None:
        """The steps and their states; ``possible`` says that one may be started now."""
        shown = (tuple((s.number, s.state, tuple(m.name for m in s.methods)) for s in steps), possible, theme.is_dark())
        if shown == self._shown:
            return
        self._shown = shown
        for step in steps:
            self._show_step(step, possible)
        left = [s for s in steps if s.number > FIND and s.state != "done" and s.methods]
        self.all.setEnabled(possible and bool(left))

    def _show_step(self, step: Step, possible: bool) -> None:
        if step.number not in self.buttons:
            if self.buttons:
                self._arrows[step.number] = text("›", "faint")
                self._steps.insertWidget(self._steps.count() - 1, self._arrows[step.number])
            made = QToolButton()
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._steps.insertWidget(self._steps.count() - 1, made)
            self.buttons[step.number] = made
        made = self.buttons[step.number]
        icon, tint = ICONS[step.state]
        made.setText(step.title or "…")
        made.setIcon(theme.icon(icon, tint))
        for widget in (made, self._arrows.get(step.number)):
            if widget is not None:
                widget.setVisible(bool(step.methods))
        made.setEnabled(possible and bool(step.methods) and step.state != "later")
        said = step.methods[0].summary if step.methods else ""
        made.setToolTip(f"{said}\n{TIPS[step.state]}.")
        made.setAccessibleName(f"{step.title}: {step.state}")
        self._connect(made, step.methods)

    def _connect(self, made: QToolButton, methods: tuple[Method, ...]) -> None:
        made.disconnect(made)
        if methods:
            made.clicked.connect(self._runner(methods[0].name))
        if len(methods) > 1:
            menu = QMenu(made)
            for method in methods:
                menu.addAction(method.title, self._runner(method.name)).setToolTip(method.summary)
            menu.setToolTipsVisible(True)
            made.setMenu(menu)
            made.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)

    def show_further(self, methods: tuple[Method, ...], possible: bool) -> None:
        """The methods that stand beside the way."""
        menu = self.more.menu()
        if len(menu.actions()) != len(methods):
            menu.clear()
            menu.setToolTipsVisible(True)
            for method in methods:
                menu.addAction(f"{method.title}…", self._runner(f"?{method.name}")).setToolTip(method.summary)
        self.more.setVisible(bool(methods))
        self.more.setEnabled(possible)

    def show_job(self, job: Job | None, words: str, tone: str = "muted") -> None:
        """How a running step stands; without one, a hint in ``words``."""
        active = job is not None and job.active
        self.cancel.setVisible(active)
        self.all.setVisible(not active)
        self.bar.setVisible(active)
        set_role(self.words, "muted" if active else tone)
        if job is None or not active:
            self.words.setText(words)
            self.words.setToolTip(words)
            return
        p = job.ctx.progress()
        self.words.setText(f"{job.title}: {standing(job)}")
        self.bar.setRange(0, p.steps or 1)
        self.bar.setValue(p.step)

    def _runner(self, name: str) -> Callable[[], None]:
        return lambda: self.step_wanted.emit(name)
