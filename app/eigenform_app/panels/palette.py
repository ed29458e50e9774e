"""The command palette: type a few letters of any action, press Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from eigenform_app import theme
from eigenform_app.actions import Action
from eigenform_app.panels.widgets import line, text


def score(query: str, words: str) -> float | None:
    """How well ``words`` match: letters of the query in order, best at the starts of words; None for no match."""
    words, at, total = words.lower(), 0, 0.0
    for letter in query.lower().replace(" ", ""):
        found = words.find(letter, at)
        if found < 0:
            return None
        total += 3.0 if found == at and at else 2.0 if found == 0 or words[found - 1] == " " else 0.5
        at = found + 1
    return total - 0.01 * len(words) + (5.0 if query.lower() in words else 0.0)


class Palette(QFrame):
    """Stands over the window until an action is chosen or Escape is pressed."""

    def __init__(self, actions: list[Action], made: dict[str, QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self._host = parent
        self.setObjectName("palette")
        self._actions, self._made = actions, made
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find an action")
        self.field.setAccessibleName("Find an action")
        self.list = QListWidget()
        self.list.setIconSize(QSize(17, 17))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 6, 10, 10)
        row = QHBoxLayout()
        mark = text("")
        mark.setPixmap(theme.tinted("search", theme.colours()["muted"], 18))
        row.addWidget(mark)
        row.addWidget(self.field, 1)
        box.addLayout(row)
        box.addWidget(line())
        box.addWidget(self.list)
        self.field.textChanged.connect(self.filter)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda: self.choose())
        self.hide()

    def open(self) -> None:
        """Show it in the upper middle of the window."""
        host = self._host
        width = min(560, host.width() - 40)
        height = min(420, host.height() - 100)
        self.setGeometry((host.width() - width) // 2, 64, width, height)
        self.field.clear()
        self.filter("")
        self.show()
        self.raise_()
        self.field.setFocus()

    def filter(self, query: str) -> None:
        """List what matches, the best first; actions that cannot be used now stand greyed at the end."""
        self.list.clear()
        rated = [(score(query, f"{a.text} {a.menu}"), n, a) for n, a in enumerate(self._actions) if a.id != "palette"]
        fitting = [(not self._made[a.id].isEnabled(), -rate, n, a) for rate, n, a in rated if rate is not None]
        for disabled, _, _, a in sorted(fitting, key=lambda entry: entry[:3]):
            action = self._made[a.id]
            row = QListWidgetItem(theme.icon(a.icon or "right", "faint" if disabled else "muted"), "")
            row.setData(int(Qt.ItemDataRole.UserRole), a.id)
            row.setToolTip(action.toolTip())
            self.list.addItem(row)
            self.list.setItemWidget(row, self._row(a, action, disabled))
            row.setSizeHint(QSize(100, 34))
        self.list.setCurrentRow(0)

    def _row(self, a: Action, action: QAction, disabled: bool) -> QWidget:
        row = QWidget()
        box = QHBoxLayout(row)
        box.setContentsMargins(4, 0, 6, 0)
        box.addWidget(text(a.text, "faint" if disabled else ""))
        box.addStretch(1)
        box.addWidget(text(a.menu, "faint"))
        if keys := action.shortcut().toString(QKeySequence.SequenceFormat.NativeText):
            box.addWidget(text(keys, "key"))
        return row

    def choose(self) -> None:
        """Close, then do what is marked."""
        row = self.list.currentItem()
        if row is None:
            return
        action = self._made[row.data(int(Qt.ItemDataRole.UserRole))]
        if action.isEnabled():
            self.close_palette()
            action.trigger()

    def close_palette(self) -> None:
        """Go away and give the focus back."""
        self.hide()
        self._host.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self.field:
            return False
        left = (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() in left:
            self.hide()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step:
                self.list.setCurrentRow(max(0, min(self.list.currentRow() + step, self.list.count() - 1)))
            elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.choose()
            elif event.key() == Qt.Key.Key_Escape:
                self.close_palette()
            else:
                return False
            return True
        return False
