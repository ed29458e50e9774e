"""Train a network of the avatar pillar, see what is known of each one, and choose whose weights are in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from eigenform_app.panels.forms import ParamsForm
from eigenform_app.panels.tasks import standing
from eigenform_app.panels.training_plot import TrainingPlot
from eigenform_app.panels.widgets import button, clear, text
from eigenform_app.runner import Job

SYNTHETIC = (
    "All of these networks learn from generated people: procedural bodies, clothes, light and backgrounds, and no "
    "photograph of anybody. Skin, hair and cloth of real photographs are new to them: expect plausible but softer "
    "results than the figures below, look at outline and keypoints, and correct them by hand where they are off."
)
WHAT = {
    "finder": "Outline and keypoints in a photograph",
    "lifter": "Pose and shape from keypoints",
    "clother": "Directions and offset of the clothes",
    "occupancy": "Inside or outside of the clothed surface",
    "icon7": "The published features, to compare with",
}
STANDING = {"own": "own weights in use", "shipped": "shipped weights in use", "": "no weights"}
SHORT = {"quick try": {"samples": 64, "steps": 60, "batch": 4}}


@dataclass(frozen=True)
class NetworkRow:
    """One network: whose weights are in use (``own``, ``shipped`` or "" for none), their model card, whether there are
    own weights that are set aside, and whether a training was stopped and can go on."""

    name: str
    used: str
    card: Mapping[str, Any]
    aside: bool = False
    stopped: bool = False


class AvatarTrainingDialog(QDialog):
    """Signals: ``train_wanted(params, resumed)``, ``pause_wanted()``, ``cancel_wanted()``, ``weights_wanted(name)`` for
    a file to choose, ``own_wanted(name, on)`` to use own weights or the shipped ones."""

    train_wanted = Signal(object, bool)
    pause_wanted = Signal()
    cancel_wanted = Signal()
    weights_wanted = Signal(str)
    own_wanted = Signal(str, bool)

    def __init__(self, params: type, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Avatar networks")
        self.resize(900, 620)
        self.rows: dict[str, NetworkRow] = {}
        self.list = QListWidget()
        self.list.setAccessibleName("Networks")
        self.list.setMinimumWidth(232)
        self.list.currentRowChanged.connect(self._chosen)
        self.form = ParamsForm(params, SHORT, hidden=("network",))
        self.honest = text(SYNTHETIC, "muted", wrap=True)
        self.title, self.what = text("", "heading"), text("", "muted", wrap=True)
        self.choose = button("Use weights from a file…", tip="A model card (.json) with its .safetensors beside it")
        self.own = button("Use the shipped weights", tip="Own weights are kept and can be taken again")
        self.choose.clicked.connect(lambda: self.weights_wanted.emit(self.network()))
        self.own.clicked.connect(lambda: self.own_wanted.emit(self.network(), self.own.property("own") is True))
        self.train = button("Train", "primary", "run", "A run in the Training tab; the window stays free")
        self.resume = button("Continue", "", "refresh", "Go on where the last training of this network was stopped")
        self.pause = button("Pause", "", "pause", "Pause or resume")
        self.cancel = button("Stop", "", "stop", "Stop; it can be continued")
        self.train.clicked.connect(lambda: self._train(False))
        self.resume.clicked.connect(lambda: self._train(True))
        self.pause.clicked.connect(self.pause_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.curve = TrainingPlot()
        self.curve.setAccessibleName("How its training went")
        self.curve.setFixedHeight(132)
        self.state, self.bar = text("", "muted"), QProgressBar()
        self.bar.setTextVisible(False)
        self._lay_out()
        self.show_job(None)

    def _lay_out(self) -> None:
        card = QWidget()
        self._card = QGridLayout(card)
        self._card.setContentsMargins(0, 0, 6, 0)
        self._card.setHorizontalSpacing(14)
        self._card.setVerticalSpacing(3)
        self._card.setColumnStretch(1, 1)
        inside = QWidget()
        box = QVBoxLayout(inside)
        box.setContentsMargins(0, 0, 8, 0)
        box.setSpacing(8)
        weights = QHBoxLayout()
        weights.addWidget(self.choose)
        weights.addWidget(self.own)
        weights.addStretch(1)
        for part in (self.title, self.what, card, self.curve):
            box.addWidget(part)
        box.addLayout(weights)
        box.addSpacing(6)
        box.addWidget(text("Train it anew", "heading"))
        box.addWidget(self.form)
        box.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        middle = QHBoxLayout()
        middle.setSpacing(18)
        middle.addWidget(self.list)
        middle.addWidget(area, 1)
        close = button("Close")
        close.clicked.connect(self.reject)
        last = QHBoxLayout()
        last.addWidget(self.state, 1)
        for made in (self.cancel, self.pause, self.resume, self.train, close):
            last.addWidget(made)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 18, 20, 16)
        outer.setSpacing(10)
        outer.addWidget(self.honest)
        outer.addLayout(middle, 1)
        outer.addWidget(self.bar)
        outer.addLayout(last)

    # -- showing -------------------------------------------------------------------------------------------------------

    def network(self) -> str:
        """The network chosen."""
        row = self.list.currentItem()
        return row.data(int(Qt.ItemDataRole.UserRole)) if row else ""

    def show_networks(self, rows: Sequence[NetworkRow]) -> None:
        """List the networks; the chosen one stays chosen."""
        chosen = self.network() or (rows[0].name if rows else "")
        self.rows = {row.name: row for row in rows}
        self.list.blockSignals(True)
        self.list.clear()
        for row in rows:
            made = QListWidgetItem(f"{row.name.capitalize()}\n{STANDING[row.used]}")
            made.setData(int(Qt.ItemDataRole.UserRole), row.name)
            made.setToolTip(WHAT.get(row.name, ""))
            self.list.addItem(made)
            if row.name == chosen:
                self.list.setCurrentItem(made)
        self.list.blockSignals(False)
        self._chosen()

    def _chosen(self, *_: object) -> None:
        row = self.rows.get(self.network())
        if row is None:
            return
        self.title.setText(row.name.capitalize())
        self.what.setText(f"{WHAT.get(row.name, '')}; {STANDING[row.used]}.")
        clear(self._card)
        for n, (name, words) in enumerate(card_rows(row.card)):
            label = text(name, "muted")
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._card.addWidget(label, n, 0)
            self._card.addWidget(text(words, wrap=True, selectable=True), n, 1)
        curve = [(int(step), {"loss": float(loss)}) for step, loss in row.card.get("curve", ())]
        self.curve.setVisible(len(curve) > 1)
        self.curve.clear()
        self.curve.extend(curve)
        own = row.used == "own"
        self.own.setVisible(own or row.aside)
        self.own.setProperty("own", not own)
        self.own.setText("Use the shipped weights" if own else "Use my own weights again")
        self.resume.setVisible(row.stopped)

    def show_job(self, job: Job | None) -> None:
        """How the training stands; None where none runs."""
        active = job is not None and job.active
        for widget in (self.pause, self.cancel, self.bar):
            widget.setVisible(active)
        self.train.setText("Queue" if active else "Train")
        self.resume.setEnabled(not active)
        self.state.setText(standing(job) if job is not None and active else "")
        if job is not None and active:
            p = job.ctx.progress()
            self.bar.setRange(0, p.steps or 1)
            self.bar.setValue(p.step)
            self.pause.setText("Resume" if p.paused else "Pause")

    def _train(self, resumed: bool) -> None:
        self.form.set_values({"network": self.network()})
        if not self.form.problem.text():
            self.train_wanted.emit(self.form.params_value(), resumed)


def card_rows(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A model card as rows of words."""
    if not card:
        return [("Weights", "None are installed: the stage that needs this network is done by hand, or train it here.")]
    training = card.get("training", {})
    rows = [("Parameters", f"{card.get('parameters', 0):,}")]
    for name, key in (
        ("Size", "architecture"),
        ("Learned from", "data"),
        ("Scores", "scores"),
        ("Baseline", "baseline"),
    ):
        if card.get(key):
            rows.append((name, said(card[key])))
    if training:
        steps, seconds = training.get("steps"), training.get("seconds")
        words = [f"{steps:,} steps" if steps else "", f"{seconds / 60:.0f} minutes" if seconds else ""]
        rows.append(("Training", ", ".join(w for w in (*words, str(card.get("device", ""))) if w)))
    for name, key in (("Limits", "limits"), ("Note", "note"), ("Date", "date"), ("Licence", "licence")):
        if card.get(key):
            rows.append((name, said(card[key])))
    return rows


def said(value: Any) -> str:
    """A value of a card in words."""
    if isinstance(value, Mapping):
        return "\n".join(f"{str(k).replace('_', ' ')}: {said(v).replace(chr(10), '; ')}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(said(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)
