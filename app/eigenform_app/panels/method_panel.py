"""The method's page of the inspector: which method, its form, run / pause / cancel, and how the run stands."""

from __future__ import annotations

from typing import Any

from eigenform import registry
from eigenform.registry import Method
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from eigenform_app import kinds, theme
from eigenform_app.panels.forms import ParamsForm
from eigenform_app.panels.gauge import Gauge
from eigenform_app.panels.inputs_row import InputsRow
from eigenform_app.panels.tasks import standing
from eigenform_app.panels.widgets import button, line, text
from eigenform_app.runner import Job


class MethodPanel(QWidget):
    """Forms are made when a method is first chosen, and keep their values.

    ``shared_edited(name, value)`` says that the person changed a parameter that :meth:`share` keeps the same.
    """

    run_wanted = Signal()
    pause_wanted = Signal()
    cancel_wanted = Signal()
    shared_edited = Signal(str, object)
    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = QComboBox()
        self.choice.setAccessibleName("Method")
        self.choice.setMaxVisibleItems(30)
        self.summary = text("", "muted", wrap=True)
        self._forms: dict[str, ParamsForm] = {}
        self._first: dict[str, Any] = {}
        self._shared: dict[str, Any] = {}
        self._applicable: set[str] | None = None
        self.inputs = InputsRow()
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inside = QWidget()
        self._inside_box = QVBoxLayout(self._inside)
        self._inside_box.setContentsMargins(0, 0, 6, 0)
        self._area.setWidget(self._inside)
        self._tints = ("", "")
        self.run = button("Run", "primary", "run", "Run the method on the chosen item  (R)")
        self.pause = button("Pause", "", "pause", "Pause or resume  (Space)")
        self.cancel = button("Cancel", "", "stop", "Stop the run  (Ctrl+.)")
        self.run.clicked.connect(self.run_wanted)
        self.pause.clicked.connect(self.pause_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.live = QCheckBox("Run again while values change")
        self.live.setToolTip("Each change runs the method again and replaces its last result on this item")
        self.live.setChecked(True)
        self.standing = text("", "muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.gauge = Gauge()
        self.ratio = text("", "strong")
        self._progress = self._progress_box()
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.run, 2)
        buttons.addWidget(self.pause, 1)
        buttons.addWidget(self.cancel, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 6, 0, 0)
        box.setSpacing(7)
        box.addWidget(self.choice)
        box.addWidget(self.summary)
        box.addWidget(self.inputs)
        box.addWidget(self._area, 1)
        box.addWidget(self.live)
        box.addWidget(line())
        box.addWidget(self._progress)
        box.addLayout(buttons)
        self.choice.currentIndexChanged.connect(self._show_form)
        self.fill()
        self.show_job(None)

    def _progress_box(self) -> QWidget:
        made = QWidget()
        box = QVBoxLayout(made)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        row = QHBoxLayout()
        row.addWidget(self.standing, 1)
        row.addWidget(self.ratio)
        box.addLayout(row)
        box.addWidget(self.bar)
        box.addWidget(self.gauge)
        return made

    def fill(self) -> None:
        """List the methods of the registry (again), under what they make."""
        chosen = self.choice.currentData()
        self.choice.blockSignals(True)
        self.choice.clear()
        methods = registry.methods()
        made = list(dict.fromkeys(m.output for m in methods))
        for output in made:
            if len(made) > 1:
                self._add_heading(kinds.BY_TYPE[output].heading)
            for method in (m for m in methods if m.output == output):
                self.choice.addItem(method.title, method.name)
                self.choice.setItemData(self.choice.count() - 1, method.summary, Qt.ItemDataRole.ToolTipRole)
        names = [m.name for m in methods]
        self.choice.setCurrentIndex(self.choice.findData(chosen if chosen in names else names[0]))
        self._applicable = None
        self.choice.blockSignals(False)
        self._show_form()

    def _add_heading(self, words: str) -> None:
        """A line of the list that cannot be chosen."""
        self.choice.addItem(words)
        row = self.choice.count() - 1
        font = self.choice.font()
        font.setBold(True)
        self.choice.setItemData(row, font, Qt.ItemDataRole.FontRole)
        model = self.choice.model()
        if isinstance(model, QStandardItemModel):
            model.item(row).setFlags(Qt.ItemFlag.NoItemFlags)

    def set_applicable(self, names: set[str]) -> None:
        """Let the methods that could run now stand out in the list; the others can still be read."""
        tints = (theme.colours()["text"], theme.colours()["faint"])
        if self._applicable == names and self._tints == tints:
            return
        self._applicable, self._tints = set(names), tints
        for row in range(self.choice.count()):
            name = self.choice.itemData(row)
            tint = "muted" if name is None else ("text" if name in names or not names else "faint")
            self.choice.setItemData(row, QBrush(theme.colour(tint)), Qt.ItemDataRole.ForegroundRole)
            if name is not None:
                mark = kinds.BY_TYPE[registry.get(name).output].mark
                self.choice.setItemIcon(row, theme.icon(mark, "accent" if name in names else "faint"))

    def share(self, name: str, value: Any) -> None:
        """Keep a parameter that is set elsewhere in the window (the crop box) the same in every form that has it."""
        self._shared[name] = value
        for form in self._forms.values():
            if name in form.params and form.values()[name] != value:
                form.set_values({name: value})

    def _form_edited(self, form: ParamsForm) -> None:
        self.edited.emit()
        values = form.values()
        for name, value in self._shared.items():
            if name in form.params and values[name] != value:
                self.shared_edited.emit(name, values[name])

    def set_start_values(self, values: dict[str, Any]) -> None:
        """Values that forms start with where they have such a parameter (the device preferred).

        Forms that still show what they started with follow; what the person chose stays.
        """
        before, self._first = self._first, values
        for form in self._forms.values():
            now = form.values()
            follow = {
                k: v for k, v in values.items() if k in form.params and now[k] == before.get(k, form.params[k].default)
            }
            form.set_values(follow)

    def method(self) -> Method:
        """The method chosen."""
        return registry.get(self.choice.currentData())

    def choose(self, name: str) -> None:
        """Choose a method by name."""
        self.choice.setCurrentIndex(self.choice.findData(name))

    def form(self) -> ParamsForm:
        """The form of the method chosen."""
        return self._forms[self.choice.currentData()]

    def _show_form(self) -> None:
        if self.choice.currentData() is None:
            return
        method = self.method()
        self.summary.setText(method.summary)
        self.summary.setToolTip(method.source)
        self.live.setVisible(method.live)
        if method.name not in self._forms:
            form = ParamsForm(method.params_class(), method.presets)
            form.set_values({k: v for k, v in {**self._first, **self._shared}.items() if k in form.params})
            form.changed.connect(lambda form=form: self._form_edited(form))
            self._forms[method.name] = form
            self._inside_box.addWidget(form)
        for name, form in self._forms.items():
            form.setVisible(name == method.name)

    def set_runnable(self, runnable: bool) -> None:
        """Whether there is something to run on."""
        self.run.setEnabled(runnable)

    def show_job(self, job: Job | None) -> None:
        """How the running job stands; None when there is none."""
        active = job is not None and job.active
        self.pause.setVisible(active)
        self.cancel.setVisible(active)
        self.run.setText("Queue" if active else "Run")
        self._progress.setVisible(active)
        if job is None or not active:
            return
        p = job.ctx.progress()
        self.standing.setText(standing(job))
        self.bar.setRange(0, p.steps or 1)  # a bar that runs to and fro would redraw the 3-D picture all the time
        self.bar.setValue(p.step)
        ratio = p.scalars.get("ratio")
        self.gauge.setVisible(ratio is not None)
        self.gauge.set_ratio(ratio)
        self.ratio.setText("" if ratio is None else f"{ratio:.4f}")
        word = "Resume" if p.paused else "Pause"
        if self.pause.text() != word:  # a new icon lays out and draws the whole inspector anew
            self.pause.setText(word)
            self.pause.setIcon(theme.icon("run" if p.paused else "pause"))
