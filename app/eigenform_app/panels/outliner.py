"""The outliner: shapes and what hangs under them, with an eye to hide each one."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStackedLayout, QTreeWidget, QTreeWidgetItem, QWidget

from eigenform_app import commands, kinds, theme
from eigenform_app.document import Document, Item
from eigenform_app.panels.widgets import text

_ID = int(Qt.ItemDataRole.UserRole)


def icon_name(item: Item) -> str:
    """The icon that stands for an item."""
    kind = kinds.BY_NAME[item.kind]
    return kind.icon(item.value) if kind.icon else kind.mark


def summary(item: Item) -> str:
    """One line on what an item holds."""
    return kinds.BY_NAME[item.kind].summary(item.value)


class Outliner(QWidget):
    """A tree over the document. ``menu_wanted(id, global position)`` asks for the context menu."""

    menu_wanted = Signal(str, QPoint)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(14)
        self.tree.setAnimated(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setAccessibleName("Outliner")
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.tree.header().resizeSection(1, 30)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        triggers = QAbstractItemView.EditTrigger
        self.tree.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.empty = text("Drop a mesh, a point cloud or a picture here, or choose a sample.", "faint", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.tree)
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._busy = False

        document.added.connect(self._added)
        document.removed.connect(self._removed)
        document.changed.connect(self._changed)
        document.current_changed.connect(self._choose)
        self.tree.currentItemChanged.connect(self._chosen)
        self.tree.itemChanged.connect(self._edited)
        self.tree.itemClicked.connect(self._clicked)
        self.tree.customContextMenuRequested.connect(self._menu)

    def edit_name(self, item_id: str) -> None:
        """Start editing the name of an item in place."""
        if row := self._rows.get(item_id):
            self.tree.setFocus()
            self.tree.setCurrentItem(row, 0)
            self.tree.editItem(row, 0)

    def row(self, item_id: str) -> QTreeWidgetItem | None:
        """The row of an item."""
        return self._rows.get(item_id)

    def refresh(self) -> None:
        """Draw all rows anew, in the colours of the theme in use."""
        for item in self.document:
            self._paint(item)

    @Slot(str)
    def _added(self, item_id: str) -> None:
        self._busy = True
        item = self.document[item_id]
        row = QTreeWidgetItem()
        row.setData(0, _ID, item_id)
        above = self._rows.get(item.parent or "")
        siblings = [i.id for i in self.document.below(item.parent)]
        if above is None:
            self.tree.insertTopLevelItem(siblings.index(item_id), row)
        else:
            above.insertChild(siblings.index(item_id), row)
            self.tree.setAnimated(False)  # only what a person unfolds moves
            above.setExpanded(True)
            self.tree.setAnimated(True)
        self._rows[item_id] = row
        self._paint(item)
        self._stack.setCurrentWidget(self.tree)
        self._busy = False

    @Slot(str)
    def _removed(self, item_id: str) -> None:
        self._busy = True
        row = self._rows.pop(item_id)
        if (above := row.parent()) is not None:
            above.removeChild(row)
        else:
            self.tree.takeTopLevelItem(self.tree.indexOfTopLevelItem(row))
        self._busy = False
        if not self._rows:
            self._stack.setCurrentWidget(self.empty)

    @Slot(str, str)
    def _changed(self, item_id: str, what: str) -> None:
        if what == "visible":
            for item in self.document.family(item_id):
                self._paint(item)
        elif what in ("name", "value"):
            self._paint(self.document[item_id])

    def _paint(self, item: Item) -> None:
        busy, self._busy = self._busy, True
        row = self._rows[item.id]
        row.setText(0, item.name)
        row.setIcon(0, theme.icon(icon_name(item), kinds.BY_NAME[item.kind].tint))
        shown = self.document.shown(item)
        row.setIcon(1, theme.icon("eye" if item.visible else "eye-off", "muted" if shown else "faint"))
        row.setToolTip(0, f"{item.name}\n{summary(item)}")
        row.setToolTip(1, "Hide" if item.visible else "Show")
        row.setForeground(0, QBrush(theme.colour("text" if shown else "faint")))
        font = row.font(0)
        font.setItalic(item.live)
        row.setFont(0, font)
        flags = row.flags() | Qt.ItemFlag.ItemIsEditable
        row.setFlags(flags & ~Qt.ItemFlag.ItemIsEditable if item.live else flags)
        self._busy = busy

    @Slot(str)
    def _choose(self, item_id: str) -> None:
        self._busy = True
        self.tree.setCurrentItem(self._rows.get(item_id))  # type: ignore[arg-type]
        self._busy = False

    def _chosen(self, row: QTreeWidgetItem | None) -> None:
        if not self._busy and row is not None:
            self.document.set_current(row.data(0, _ID))

    def _edited(self, row: QTreeWidgetItem, column: int) -> None:
        if self._busy or column != 0:
            return
        item = self.document[row.data(0, _ID)]
        commands.rename(self.document, item.id, row.text(0))
        self._paint(self.document[item.id])

    def _clicked(self, row: QTreeWidgetItem, column: int) -> None:
        item = self.document[row.data(0, _ID)]
        if column == 1 and not item.live:
            commands.set_visible(self.document, item.id, not item.visible)

    def _menu(self, where: QPoint) -> None:
        if (row := self.tree.itemAt(where)) is not None:
            self.tree.setCurrentItem(row)
            self.menu_wanted.emit(row.data(0, _ID), self.tree.viewport().mapToGlobal(where))
