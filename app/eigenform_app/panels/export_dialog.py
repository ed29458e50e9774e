"""Choose a format and a file. The formats are those of the library's table."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from eigenform_app.document import Item
from eigenform_app.panels.outliner import summary
from eigenform_app.panels.widgets import button, text


def formats_for(item: Item) -> list[tuple[str, str, str]]:
    """``(format, suffix, title)`` of everything an item can be written as."""
    from eigenform.io.files import formats_of

    return formats_of(item.value)


class ExportDialog(QDialog):
    """``chosen(item id, path, format)`` is sent when the person presses Export.

    ``said`` is a word on what is written.
    """

    chosen = Signal(str, str, str)

    def __init__(self, item: Item, folder: str, parent: QWidget | None = None, said: str = "") -> None:
        super().__init__(parent)
        self.item = item
        self.setWindowTitle(f"Export {item.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(520, 440)
        self.formats = QListWidget()
        self.formats.setAccessibleName("Format")
        for name, ext, title in formats_for(item):
            row = QListWidgetItem(f"{title}   {ext}".rstrip())
            row.setSizeHint(QSize(100, 30))
            row.setData(int(Qt.ItemDataRole.UserRole), (name, ext))
            self.formats.addItem(row)
        self.path = QLineEdit(str(Path(folder) / item.name))
        self.path.setAccessibleName("File")
        self.note = text("", "danger", wrap=True)
        browse = button("Choose…")
        browse.clicked.connect(self._browse)
        where = QHBoxLayout()
        where.addWidget(self.path, 1)
        where.addWidget(browse)
        cancel, self.export = button("Cancel"), button("Export", "primary", "export")
        cancel.clicked.connect(self.reject)
        self.export.clicked.connect(self._accept)
        row_ = QHBoxLayout()
        row_.addStretch(1)
        row_.addWidget(cancel)
        row_.addWidget(self.export)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 16)
        box.setSpacing(9)
        box.addWidget(text(item.name, "heading"))
        box.addWidget(text(summary(item), "muted"))
        if said:
            box.addWidget(text(said, "muted", wrap=True))
        box.addWidget(text("Format", "muted"))
        box.addWidget(self.formats, 1)
        box.addWidget(text("File", "muted"))
        box.addLayout(where)
        box.addWidget(self.note)
        box.addLayout(row_)
        self.formats.currentRowChanged.connect(self._format_chosen)
        self.formats.setCurrentRow(0)

    def format(self) -> tuple[str, str]:
        """The format and its suffix."""
        row = self.formats.currentItem()
        name, ext = row.data(int(Qt.ItemDataRole.UserRole)) if row else ("", "")
        return name, ext

    def _format_chosen(self) -> None:
        path, ext = Path(self.path.text()), self.format()[1]
        known = {row_ext for _, row_ext, _ in formats_for(self.item)}
        stem = path.stem if path.suffix in known else path.name
        self.path.setText(str(path.with_name(stem + ext)))

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export", self.path.text(), f"*{self.format()[1]}")
        if name:
            self.path.setText(name)

    def _accept(self) -> None:
        path = Path(self.path.text()).expanduser()
        if not path.parent.is_dir():
            self.note.setText(f"There is no folder {path.parent}.")
            return
        if path.is_dir() and self.format()[1]:
            self.note.setText(f"{path} is a folder; name a file in it.")
            return
        self.chosen.emit(self.item.id, str(path), self.format()[0])
        self.accept()
