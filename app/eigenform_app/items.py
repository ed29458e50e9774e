"""What the menu Edit does with the chosen item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtWidgets import QApplication, QMenu

from eigenform_app import commands
from eigenform_app.document import Item
from eigenform_app.script import script

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow


class ItemController(QObject):
    """Each change is an undo command."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document = window, window.document
        window.outliner.menu_wanted.connect(self._menu)

    def _current(self) -> Item | None:
        item = self.document.current
        return None if item is None or item.live else item

    def rename(self) -> None:
        """Edit the name in the outliner."""
        if (item := self._current()) is not None:
            self.window.show_dock("left")
            self.window.outliner.edit_name(item.id)

    def duplicate(self) -> None:
        """Copy the item and what hangs under it."""
        if (item := self._current()) is not None:
            commands.duplicate(self.document, item.id)

    def toggle_visible(self) -> None:
        """Hide or show."""
        if (item := self._current()) is not None:
            commands.set_visible(self.document, item.id, not item.visible)

    def show_only(self) -> None:
        """Show the item and hide every other shape."""
        if (item := self._current()) is not None:
            commands.show_only(self.document, item.id)
            self.window.viewport.frame()

    def delete(self) -> None:
        """Delete the item and what hangs under it; jobs that work on it are cancelled. A live item: cancel its job."""
        current = self.document.current
        if current is None:
            return
        family = {i.id for i in self.document.family(current.id)}
        self.window.work.cancel_on(family)
        if not current.live:
            commands.delete(self.document, current.id)

    def copy_as_python(self) -> None:
        """The session as a script, on the clipboard."""
        QApplication.clipboard().setText(script(self.document))
        self.window.show_banner("The session is on the clipboard as a Python script.", "good", seconds=4)

    @Slot(str, QPoint)
    def _menu(self, item_id: str, where: QPoint) -> None:
        menu = QMenu(self.window)
        ids = ["rename", "duplicate", "toggle_visible", "show_only", "", "export", "copy_python", "", "delete"]
        if self.document[item_id].kind == "person":
            ids[:0] = ["edit_person", ""]
        for name in ids:
            if name:
                menu.addAction(self.window.actions_by_id[name])
            else:
                menu.addSeparator()
        menu.popup(where)
