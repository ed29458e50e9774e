"""Movements of a figure: which one, play and pause, how fast, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from eigenform_app import theme
from eigenform_app.panels.number_slider import NumberSlider, compact
from eigenform_app.panels.widgets import button, text

TICKS = 1000


class PosePlayer(QWidget):
    """Signals: ``clip_chosen(row)``, ``play_wanted(on)``, ``speed_changed(factor)``, ``loop_changed(on)``,
    ``scrubbed(share)`` in [0, 1], ``import_wanted()``, ``keep_wanted()`` and ``film_wanted()``.
    """

    clip_chosen = Signal(int)
    play_wanted = Signal(bool)
    speed_changed = Signal(float)
    loop_changed = Signal(bool)
    scrubbed = Signal(float)
    import_wanted = Signal()
    keep_wanted = Signal()
    film_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seconds = 0.0
        self.clips = QComboBox()
        self.clips.setAccessibleName("Movement")
        self.clips.setToolTip("The movement to play")
        self.clips.setMinimumWidth(60)
        self.clips.activated.connect(self.clip_chosen)
        self.bvh = button("Import BVH…", "link", tip="Take a movement from a BVH file of another skeleton")
        self.bvh.clicked.connect(self.import_wanted)
        self.play = button("Play", "primary", "run", "Play or pause the movement  (Shift+Space)")
        self.play.setCheckable(True)
        self.play.clicked.connect(self.play_wanted)
        self.loop = QCheckBox("Loop")
        self.loop.setChecked(True)
        self.loop.setToolTip("Begin again at the end")
        self.loop.toggled.connect(self.loop_changed)
        self.time = QSlider(Qt.Orientation.Horizontal)
        self.time.setRange(0, TICKS)
        self.time.setAccessibleName("Place in the movement")
        self.time.setToolTip("Place in the movement")
        self.time.valueChanged.connect(lambda at: self.scrubbed.emit(at / TICKS))
        self.clock = text("", "muted")
        self.clock.setMinimumWidth(78)
        self.clock.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.speed = NumberSlider("Speed of the movement", "Times as fast as it was recorded")
        compact(self.speed, 62)
        self.speed.box.setSuffix("×")
        self.speed.show_value(1.0, 0.1, 3.0)
        self.speed.changed.connect(lambda v: self.speed_changed.emit(max(0.1, v)))
        self.keep = button("Keep this pose", tip="The pose shown becomes that of the figure; a step of undo")
        self.keep.clicked.connect(self.keep_wanted)
        self.film = button("Film…", "", "film", "Save the movement as a film")
        self.film.clicked.connect(self.film_wanted)
        head = QHBoxLayout()
        title = text("Movement", "strong")
        title.setMinimumHeight(24)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.bvh)
        first = QHBoxLayout()
        first.addWidget(self.clips, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.play)
        row.addWidget(self.loop)
        row.addStretch(1)
        row.addWidget(self.clock)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setColumnStretch(1, 1)
        label = text("Speed", "muted")
        label.setBuddy(self.speed.slider)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.speed, 0, 1)
        last = QHBoxLayout()
        last.setSpacing(6)
        last.addWidget(self.keep, 2)
        last.addWidget(self.film, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        for made in (self.clips, self.play, self.keep, self.film):
            made.setProperty("compact", "true")
        box.addLayout(head)
        box.addLayout(first)
        box.addLayout(row)
        box.addWidget(self.time)
        box.addLayout(grid)
        box.addLayout(last)
        box.addStretch(1)

    def set_clips(self, names: Sequence[str], chosen: int) -> None:
        """The movements there are."""
        if list(names) != [self.clips.itemText(i) for i in range(self.clips.count())]:
            self.clips.clear()
            self.clips.addItems(list(names))
        self.clips.setCurrentIndex(chosen if 0 <= chosen < len(names) else -1)
        for widget in (self.clips, self.play, self.loop, self.time, self.speed, self.film):
            widget.setEnabled(bool(names))

    def show_time(self, seconds: float, total: float) -> None:
        """Where the movement stands."""
        self._seconds = total
        self.time.blockSignals(True)
        self.time.setValue(round(TICKS * seconds / total) if total > 0 else 0)
        self.time.blockSignals(False)
        self.clock.setText(f"{seconds:.2f} / {total:.2f} s" if total > 0 else "")

    def show_playing(self, playing: bool, moved: bool) -> None:
        """Whether it plays, and whether a pose of the movement is shown that could be kept."""
        self.play.setChecked(playing)
        word = "Pause" if playing else "Play"
        if self.play.text() != word:
            self.play.setText(word)
            name = "pause" if playing else "run"
            self.play.setIcon(theme.icon(name, "on_accent"))
            self.play.setProperty("icon_name", name)
        self.keep.setEnabled(moved)
