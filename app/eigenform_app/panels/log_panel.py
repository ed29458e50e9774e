"""The newest lines of the log, and where the file lies."""

from __future__ import annotations

import logging

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from eigenform_app.log import RECENT, log_path
from eigenform_app.panels.widgets import button, text


class LogPanel(QWidget):
    """Reads the recent lines twice a second while it is seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = QPlainTextEdit()
        self.lines.setObjectName("log")
        self.lines.setReadOnly(True)
        self.lines.setMaximumBlockCount(2000)
        self.lines.setAccessibleName("Log")
        where = text(str(log_path()), "faint", selectable=True)
        where.setMinimumWidth(60)  # a long path must not widen the window
        show = button("Open folder", "link", tip="Show the folder that holds the log file")
        show.clicked.connect(open_log_folder)
        row = QHBoxLayout()
        row.addWidget(text("Log file", "muted"))
        row.addWidget(where)
        row.addWidget(show)
        row.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(row)
        box.addWidget(self.lines, 1)
        self._last = 0
        self._timer = QTimer(self)
        self._timer.setInterval(500)
        self._timer.timeout.connect(self.refresh)

    def refresh(self) -> None:
        """Show the lines that came since."""
        for number, level, words in RECENT.since(self._last):
            self._last = number
            self.lines.appendPlainText(("! " if level >= logging.WARNING else "  ") + words)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: object) -> None:
        super().hideEvent(event)  # type: ignore[arg-type]
        self._timer.stop()


def open_log_folder() -> None:
    """Show the folder of the log file in the desktop's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_path().parent)))
