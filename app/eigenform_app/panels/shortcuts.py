"""The list of keyboard shortcuts, made from the actions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from eigenform_app.actions import MENUS, Action
from eigenform_app.panels.widgets import button, text

MOUSE = (
    ("Turn", "Left drag"), ("Move", "Middle drag"), ("Zoom", "Wheel"), ("Values at a point", "Click"),
    ("Read a field", "Rest the pointer"), ("Crop box", "Drag a handle"), ("Paint marks", "Left drag"),
)  # fmt: skip


class ShortcutsDialog(QDialog):
    """Menu by menu, in two columns."""

    def __init__(self, actions: list[Action], made: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(760, 600)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        groups: list[tuple[str, list[tuple[str, str]]]] = []
        for menu in MENUS:
            with_keys = [a for a in actions if a.menu == menu and a.shortcut]
            keys = [made[a.id].shortcut().toString(QKeySequence.SequenceFormat.NativeText) for a in with_keys]
            if with_keys:
                groups.append((menu, [(a.text.rstrip("…"), k) for a, k in zip(with_keys, keys, strict=True)]))
        groups.append(("Mouse in a view", list(MOUSE)))
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setSpacing(40)
        total = sum(len(rows) + 2 for _, rows in groups)
        sides: list[QVBoxLayout] = [QVBoxLayout(), QVBoxLayout()]
        used = 0
        for title, rows in groups:
            side = sides[0] if used < total / 2 else sides[1]
            used += len(rows) + 2
            heading = text(title, "heading")
            heading.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            side.addWidget(heading)
            grid = QGridLayout()
            grid.setVerticalSpacing(0)
            grid.setColumnStretch(0, 1)
            for n, (words, keys_said) in enumerate(rows):
                key = text(keys_said, "key")
                key.setFixedHeight(24)
                grid.addWidget(text(words), n, 0)
                grid.addWidget(key, n, 1, Qt.AlignmentFlag.AlignRight)
                grid.setRowMinimumHeight(n, 27)
            side.addLayout(grid)
            side.addSpacing(12)
        for side in sides:
            side.addStretch(1)
            columns.addLayout(side, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        close = button("Close", "primary")
        close.clicked.connect(self.accept)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 16)
        box.addWidget(area, 1)
        box.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
