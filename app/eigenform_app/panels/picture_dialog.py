"""Choose the size and the file of a picture or a film."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from eigenform_app.panels.forms import ParamsForm
from eigenform_app.panels.widgets import button, text

SIZES = {"Full HD, 1920 × 1080": (1920, 1080), "4K, 3840 × 2160": (3840, 2160), "Square, 1024 × 1024": (1024, 1024),
         "Column of a paper, 1004 × 753": (1004, 753), "Small, 960 × 720": (960, 720)}  # fmt: skip


class PictureDialog(QDialog):
    """``suffixes`` maps each kind of file to the reason why it cannot be written ("" where it can)."""

    chosen = Signal(object, object)

    def __init__(
        self, title: str, cls: type, suffixes: Mapping[str, str], start: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(440, 360)
        self.form = ParamsForm(cls, show_presets=False)
        self.size_choice = QComboBox()
        self.size_choice.addItems(["Choose a size…", *SIZES])
        self.size_choice.setAccessibleName("Size")
        self.size_choice.activated.connect(self._size_chosen)
        self.kind = QComboBox()
        self.kind.setAccessibleName("Kind of file")
        for n, (suffix, reason) in enumerate(suffixes.items()):
            self.kind.addItem(suffix[1:].upper() + (f"  ({reason})" if reason else ""), suffix)
            model = self.kind.model()
            if reason and isinstance(model, QStandardItemModel):
                model.item(n).setEnabled(False)
                model.item(n).setToolTip(reason)
        self.kind.currentIndexChanged.connect(self._kind_chosen)
        self.reason = text("  ".join(r for r in suffixes.values() if r), "muted", wrap=True)
        self.reason.setVisible(bool(self.reason.text()))
        self.path = QLineEdit(str(start.with_name(start.name + next(iter(suffixes)))))
        self.path.setAccessibleName("File")
        self.note = text("", "danger", wrap=True)
        browse, cancel, self.save = button("Choose…"), button("Cancel"), button("Save", "primary")
        browse.clicked.connect(self._browse)
        cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._accept)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.addWidget(text("Size", "muted"), 0, 0)
        grid.addWidget(self.size_choice, 0, 1, 1, 2)
        grid.addWidget(text("Kind", "muted"), 2, 0)
        grid.addWidget(self.kind, 2, 1, 1, 2)
        grid.addWidget(text("File", "muted"), 3, 0)
        grid.addWidget(self.path, 3, 1)
        grid.addWidget(browse, 3, 2)
        grid.addWidget(self.form, 1, 0, 1, 3)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.save)
        box = QVBoxLayout(self)
        box.setContentsMargins(22, 18, 22, 16)
        box.setSpacing(10)
        box.addWidget(text(title, "heading"))
        box.addLayout(grid)
        box.addWidget(self.reason)
        box.addWidget(self.note)
        box.addStretch(1)
        box.addLayout(row)

    def _size_chosen(self) -> None:
        if (size := SIZES.get(self.size_choice.currentText())) is not None:
            self.form.set_values({"width": size[0], "height": size[1]})

    def _kind_chosen(self) -> None:
        self.path.setText(str(Path(self.path.text()).with_suffix(self.kind.currentData())))

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save", self.path.text(), f"*{self.kind.currentData()}")
        if name:
            self.path.setText(name)

    def _accept(self) -> None:
        path = Path(self.path.text()).expanduser()
        if path.suffix.lower() not in [self.kind.itemData(n) for n in range(self.kind.count())]:
            path = path.with_name(path.name + self.kind.currentData())
        if not path.parent.is_dir():
            self.note.setText(f"There is no folder {path.parent}.")
            return
        if not self.form.problem.text():
            self.chosen.emit(self.form.params_value(), path)
            self.accept()
