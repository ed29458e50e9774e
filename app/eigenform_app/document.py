"""The document: shapes and what hangs under them. It knows no widget.

Every change is an undo command (:mod:`eigenform_app.commands`); what a person merely looks at (the current item, the
mode) is view state and is not undoable. A *live* item shows what a running job has learned so far; it belongs to the
job, not to the document, and is neither saved nor undone.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from eigenform_app import kinds

KINDS: dict[str, type] = {k.name: k.cls for k in kinds.TABLE}


def kind_of(value: Any) -> str:
    """The kind of item a value makes, such as ``basis``."""
    return kinds.kind_of(value).name


def new_id() -> str:
    """A name for an item that no other item has."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, eq=False)
class Item:
    """One row of the outliner. ``display`` is a dataclass of display options, ``provenance`` is JSON-serialisable."""

    value: Any
    name: str
    kind: str
    id: str = field(default_factory=new_id)
    parent: str | None = None
    visible: bool = True
    display: Any = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    live: bool = False

    def replace(self, **changes: Any) -> Item:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


class Document(QObject):
    """All items in the order of the outliner, and the undo stack.

    Signals carry item ids: ``changed(id, what)`` where ``what`` is ``name``, ``visible``, ``display`` or ``value``;
    ``current_changed("")`` says that nothing is chosen.
    """

    added = Signal(str)
    removed = Signal(str)
    changed = Signal(str, str)
    current_changed = Signal(str)
    mode_changed = Signal(str, int)
    replaced = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo = QUndoStack(self)
        self._items: dict[str, Item] = {}
        self._order: list[str] = []
        self._modes: dict[str, int] = {}
        self._current = ""
        self.revision = 0

    # -- reading -----------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._items

    def __iter__(self) -> Iterator[Item]:
        return iter([self._items[i] for i in self._order])

    def __getitem__(self, item_id: str) -> Item:
        return self._items[item_id]

    def get(self, item_id: str) -> Item | None:
        """The item, or None."""
        return self._items.get(item_id)

    def items(self, kind: str | None = None, *, live: bool = True) -> list[Item]:
        """Items in order, of one kind, with or without live ones."""
        return [i for i in self if kind in (None, i.kind) and (live or not i.live)]

    def below(self, item_id: str | None) -> list[Item]:
        """What hangs directly under an item (under None: the shapes)."""
        return [i for i in self if i.parent == item_id]

    def family(self, item_id: str) -> list[Item]:
        """An item and everything under it, parents first."""
        found = [self._items[item_id]]
        for child in self.below(item_id):
            found += self.family(child.id)
        return found

    def ancestor(self, item_id: str, kind: str) -> Item | None:
        """The item itself or the nearest one above it that is of ``kind``."""
        item = self.get(item_id)
        while item is not None and item.kind != kind:
            item = self.get(item.parent) if item.parent else None
        return item

    def root(self, item_id: str) -> Item:
        """The item at the top of the branch that an item hangs in."""
        item = self._items[item_id]
        while item.parent is not None and item.parent in self._items:
            item = self._items[item.parent]
        return item

    def shown(self, item: Item) -> bool:
        """Whether an item is drawn: neither it nor anything it hangs under is hidden."""
        above = self.get(item.parent) if item.parent else None
        return item.visible and (above is None or self.shown(above))

    @property
    def current(self) -> Item | None:
        """The chosen item."""
        return self._items.get(self._current)

    def mode(self, item_id: str) -> int:
        """The mode shown of a basis."""
        return self._modes.get(item_id, 1)

    def modes(self) -> dict[str, int]:
        """The mode shown of each basis."""
        return {i: k for i, k in self._modes.items() if i in self._items}

    def unique_name(self, name: str) -> str:
        """``name``, with a number behind it where another item already has it."""
        taken = {i.name for i in self}
        if name not in taken:
            return name
        return next(f"{name} {n}" for n in range(2, len(taken) + 3) if f"{name} {n}" not in taken)

    # -- view state --------------------------------------------------------------------------------------------

    def set_current(self, item_id: str) -> None:
        """Choose an item ("" for none)."""
        item_id = item_id if item_id in self._items else ""
        if item_id != self._current:
            self._current = item_id
            self.current_changed.emit(item_id)

    def set_mode(self, item_id: str, k: int) -> None:
        """Show mode ``k`` of a basis, clamped to the modes there are."""
        item = self.get(item_id)
        if item is None or item.kind != "basis":
            return
        k = max(0, min(int(k), item.value.modes - 1))
        if k != self.mode(item_id):
            self._modes[item_id] = k
            self.mode_changed.emit(item_id, k)

    # -- live items ----------------------------------------------------------------------------------------------

    def put_live(self, item: Item) -> None:
        """Show or update what a running job has so far."""
        item = item.replace(live=True)
        if item.id in self._items:
            self._items[item.id] = item
            self.changed.emit(item.id, "preview")
        else:
            self.insert(item, count=False)

    def set_live_display(self, item_id: str, options: Any) -> None:
        """Change how a live item is drawn: it is looked at while it is learned, and nothing of it is undone."""
        item = self._items[item_id]
        if item.live and options != item.display:
            self._items[item_id] = item.replace(display=options)
            self.changed.emit(item_id, "display")

    def drop_live(self, item_id: str) -> None:
        """Take a live item away again."""
        item = self.get(item_id)
        if item is not None and item.live:
            self.take(item_id, count=False)

    # -- raw changes: called by commands only ----------------------------------------------------------------------

    def insert(self, item: Item, index: int | None = None, *, count: bool = True) -> None:
        """Put an item at ``index`` (at the end by default); one that is there as a live item takes its place."""
        if item.id in self._items:
            self._items[item.id] = item
            self.revision += count
            self.changed.emit(item.id, "value")
            return
        self._items[item.id] = item
        self._order.insert(len(self._order) if index is None else index, item.id)
        self.revision += count
        self.added.emit(item.id)

    def take(self, item_id: str, *, count: bool = True) -> tuple[Item, int]:
        """Remove an item; return it and where it stood."""
        index = self._order.index(item_id)
        item = self._items[item_id]
        if self._current == item_id:
            above = item.parent if item.parent in self._items else ""
            beside = next((i for i in reversed(self._order) if i != item_id and not self._items[i].parent), "")
            self.set_current(above or beside)
        del self._order[index]
        del self._items[item_id]
        self.revision += count
        self.removed.emit(item_id)
        return item, index

    def put(self, item: Item, what: str) -> None:
        """Replace an item by a changed copy."""
        self._items[item.id] = item
        self.revision += 1
        self.changed.emit(item.id, what)

    def reset(self, items: list[Item], modes: Mapping[str, int] | None = None, current: str = "") -> None:
        """Start anew with these items and an empty undo stack."""
        self.set_current("")
        for item in reversed(list(self)):
            self.take(item.id)
        self.undo.clear()
        self._modes = dict(modes or {})
        for item in items:
            self.insert(item)
        self.undo.setClean()
        self.replaced.emit()
        self.set_current(current if current in self._items else (items[0].id if items else ""))
