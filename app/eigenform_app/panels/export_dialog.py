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

TITLES = {".obj": "Wavefront", ".ply": "Stanford polygons", ".stl": "Stereolithography", ".off": "Object file format",
          ".vtp": "VTK polygons", ".npz": "NumPy arrays with faces", ".npy": "NumPy array", ".csv": "Table",
          ".xyz": "Points as text", ".txt": "Points as text"}  # fmt: skip
HOLDS = {
    "mesh": (".obj", ".ply", ".stl", ".off", ".vtp", ".npz"),
    "cloud": (".ply", ".vtp", ".npz", ".npy", ".csv", ".xyz", ".txt"),
    "features": (".npz", ".npy", ".csv", ".txt"),
}
"""What each kind of shape can be written as without loss."""


def formats_for(item: Item) -> list[tuple[str, str, str]]:
    """``(format, suffix, title)`` of everything an item can be written as."""
    if item.kind == "basis":
        from eigenform.io.basis_files import FORMATS

        return [(f.name, f.ext, f.title) for f in FORMATS.values()]
    from eigenform.io.write import WRITERS

    kind = item.value.kind
    return [("", ext, TITLES.get(ext, ext[1:].upper())) for ext in WRITERS if ext in HOLDS[kind]]


class ExportDialog(QDialog):
    """``chosen(item id, path, format)`` is sent when the person presses Export."""

    chosen = Signal(str, str, str)

    def __init__(self, item: Item, folder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = item
        self.setWindowTitle(f"Export {item.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(520, 440)
        self.formats = QListWidget()
        self.formats.setAccessibleName("Format")
        for name, ext, title in formats_for(item):
            row = QListWidgetItem(f"{title}   {ext}")
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
        if path.is_dir():
            self.note.setText(f"{path} is a folder; name a file in it.")
            return
        self.chosen.emit(self.item.id, str(path), self.format()[0])
        self.accept()
