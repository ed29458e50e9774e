"""The preferences, as a form made from their dataclass."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from eigenform_app import preferences
from eigenform_app.home import cache_folder
from eigenform_app.panels.forms import ParamsForm
from eigenform_app.panels.widgets import button, text
from eigenform_app.preferences import Preferences


class PreferencesDialog(QDialog):
    """``chosen(preferences)`` is sent when the person presses Keep."""

    chosen = Signal(object)

    def __init__(self, now: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(440, 380)
        self.form = ParamsForm(Preferences, show_presets=False)
        self.form.set_values(dataclasses.asdict(now))
        reset, cancel, keep = button("Reset", "link"), button("Cancel"), button("Keep", "primary")
        forget = button("Forget recent files", "link")
        forget.clicked.connect(preferences.forget_recent)
        reset.clicked.connect(self.form.reset)
        cancel.clicked.connect(self.reject)
        keep.clicked.connect(self._keep)
        row = QHBoxLayout()
        row.addWidget(reset)
        row.addWidget(forget)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(keep)
        box = QVBoxLayout(self)
        box.setContentsMargins(22, 18, 22, 16)
        box.setSpacing(10)
        box.addWidget(text("Preferences", "heading"))
        box.addWidget(self.form, 1)
        box.addWidget(text(f"Cache: {cache_folder()}", "faint", wrap=True, selectable=True))
        box.addLayout(row)

    def _keep(self) -> None:
        if not self.form.problem.text():
            self.chosen.emit(self.form.params_value())
            self.accept()
