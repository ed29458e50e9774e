"""The button beside a path in a form: a dialog to choose the file or the folder in place of typing it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QToolButton

from eigenform_app import theme

WORDS = {"file": "Choose a file…", "folder": "Choose a folder…", "either": "Choose a folder or a file…"}


class BrowseButton(QToolButton):
    """Fills a text with a chosen path; ``place`` is ``file``, ``folder``, or ``either``, which asks by a menu."""

    def __init__(self, line: QLineEdit, label: str, place: str) -> None:
        super().__init__()
        self.line, self.label = line, label
        self.setProperty("icon_name", "folder")
        self.setIcon(theme.icon("folder"))
        self.setIconSize(QSize(16, 16))
        self.setToolTip(WORDS[place])
        self.setAccessibleName(f"{label}: {WORDS[place]}")
        if place == "either":
            menu = QMenu(self)
            menu.addAction("Folder…", self.choose_folder)
            menu.addAction("File…", self.choose_file)
            self.setMenu(menu)
            self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        else:
            self.clicked.connect(self.choose_file if place == "file" else self.choose_folder)

    def choose_folder(self) -> None:
        """Ask for a folder, from the one that is named."""
        self._take(QFileDialog.getExistingDirectory(self.window(), self.label, self._start()))

    def choose_file(self) -> None:
        """Ask for a file, from the folder of the one that is named."""
        self._take(QFileDialog.getOpenFileName(self.window(), self.label, self._start())[0])

    def _start(self) -> str:
        """The nearest folder there is of the path in the text, empty for the one of last time."""
        words = self.line.text().strip()
        if not words:
            return ""
        path = Path(words).expanduser()
        return str(next((p for p in (path, *path.parents) if p.exists()), ""))

    def _take(self, name: str) -> None:
        if name:
            self.line.setText(name)
            self.line.editingFinished.emit()
