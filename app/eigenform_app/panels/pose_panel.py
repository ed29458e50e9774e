"""The tab in which a figure is shaped, posed and set in motion."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from eigenform_app.panels.body_sliders import BodySliders
from eigenform_app.panels.pose_bones import PoseBones
from eigenform_app.panels.pose_player import PosePlayer
from eigenform_app.panels.widgets import button, text

NOTHING = "Choose a body or an avatar: it is shaped, posed and set in motion here."


class PosePanel(QWidget):
    """Shape on the left (bodies alone), bones in the middle, movements on the right; words where there is no figure."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shape, self.bones, self.player = BodySliders(), PoseBones(), PosePlayer()
        self.empty = text(NOTHING, "faint", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.new = button("New body", "", "body", "A parametric body to shape and pose")
        blank = QWidget()
        box = QVBoxLayout(blank)
        box.addStretch(1)
        box.addWidget(self.empty)
        box.addWidget(self.new, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(1)
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(2, 2, 2, 0)
        row.setSpacing(16)
        for part, width, stretch in ((self.shape, 232, 6), (self.bones, 372, 9), (self.player, 222, 5)):
            part.setMinimumWidth(width)
            row.addWidget(part, stretch)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(blank)
        self._stack.addWidget(area)

    def show_words(self, words: str = NOTHING) -> None:
        """Words in the place of the sliders."""
        self.empty.setText(words)
        self.new.setVisible(words == NOTHING)
        self._stack.setCurrentIndex(0)

    def show_figure(self, shaped: bool) -> None:
        """The sliders; those of the shape where it can be changed."""
        self.shape.setVisible(shaped)
        self._stack.setCurrentIndex(1)

    def sliding(self) -> bool:
        """Whether the mouse holds a slider of shape or pose."""
        sliders = [*self.shape.sliders.values(), *self.bones.axes]
        return any(s.slider.isSliderDown() for s in sliders)

    @property
    def showing(self) -> bool:
        """Whether there is a figure."""
        return self._stack.currentIndex() == 1
