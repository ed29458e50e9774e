"""The list of the 23 keypoints: which are placed, which are hidden, which one is being worked on."""

from __future__ import annotations

import numpy as np
from eigenform.avatar import keypoints as names
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QBrush, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from eigenform_app import theme
from eigenform_app.panels.person_picture import SIDES, SURE
from eigenform_app.panels.widgets import Pane, text

HIDDEN = "Hidden: choose it, then click in the photograph"


class PersonPoints(Pane):
    """``chosen(index)`` is sent when a row is clicked."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Keypoints", parent)
        self.list = QListWidget()
        self.list.setAccessibleName("Keypoints")
        self.list.setUniformItemSizes(True)
        self.note = text("", "faint", wrap=True)
        inside = QVBoxLayout()
        inside.setSpacing(4)
        inside.addWidget(self.list, 1)
        inside.addWidget(self.note)
        self.body.addLayout(inside)
        self.setFixedWidth(158)
        for name in names.NAMES:
            row = QListWidgetItem(name.capitalize())
            row.setSizeHint(QSize(120, 22))
            self.list.addItem(row)
        self.list.currentRowChanged.connect(self._row)
        self._busy = False

    def show_points(self, keypoints: np.ndarray | None, index: int) -> None:
        """Which points of a view are seen, and which one is chosen."""
        self._busy = True
        seen = 0
        for i in range(len(names.NAMES)):
            there = keypoints is not None and keypoints[i, 2] > SURE
            seen += there
            row = self.list.item(i)
            row.setIcon(_dot(SIDES[names.side(i)] if there else None))
            row.setForeground(QBrush(theme.colour("text" if there else "faint")))
            sure = (
                f"{keypoints[i, 2]:.0%} sure" if keypoints is not None and there else "hidden: click in the photograph"
            )
            row.setToolTip(sure)
        self.list.setCurrentRow(index)
        if index < 0:
            self.list.clearSelection()
        missing = len(names.NAMES) - seen
        self.note.setText(f"{missing} hidden. Choose one, then click where it is." if missing else "")
        self.note.setVisible(bool(missing))
        self._busy = False

    def _row(self, index: int) -> None:
        if not self._busy:
            self.chosen.emit(index)


def next_hidden(keypoints: np.ndarray | None, after: int) -> int:
    """The hidden point that comes next in the list, -1 where all are seen."""
    if keypoints is None:
        return 0
    count = len(names.NAMES)
    order = [(after + 1 + k) % count for k in range(count)]
    return next((i for i in order if keypoints[i, 2] <= SURE), -1)


def _dot(colour: QColor | None) -> QIcon:
    pixmap = QPixmap(20, 20)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.colour("strong"))
    if colour is not None:
        painter.setBrush(colour)
    painter.drawEllipse(4, 4, 12, 12)
    painter.end()
    pixmap.setDevicePixelRatio(2.0)
    return QIcon(pixmap)
