"""Undo commands: the only way in which a document changes."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Basis
from PySide6.QtGui import QUndoCommand

from eigenform_app.document import Document, Item, new_id

_MERGE_DISPLAY = 1


class AddItem(QUndoCommand):
    """Add one item and choose it."""

    def __init__(self, document: Document, item: Item, choose: bool = True) -> None:
        super().__init__(f"Add {item.name}")
        self._document, self._item, self._choose = document, item.replace(live=False), choose
        self._index: int | None = None

    def redo(self) -> None:
        self._document.insert(self._item, self._index)
        if self._choose:
            self._document.set_current(self._item.id)

    def undo(self) -> None:
        self._item, self._index = self._document.take(self._item.id)


class DeleteItem(QUndoCommand):
    """Delete an item and everything under it."""

    def __init__(self, document: Document, item_id: str) -> None:
        super().__init__(f"Delete {document[item_id].name}")
        self._document, self._id = document, item_id
        self._taken: list[tuple[Item, int]] = []

    def redo(self) -> None:
        family = [item.id for item in self._document.family(self._id) if not item.live]
        self._taken = [self._document.take(i) for i in reversed(family)]

    def undo(self) -> None:
        for item, index in reversed(self._taken):
            self._document.insert(item, index)
        self._document.set_current(self._id)


class ChangeItem(QUndoCommand):
    """Change fields of an item. Quick changes of the display (a slider dragged) become one step of undo."""

    def __init__(self, document: Document, item_id: str, text: str, what: str, **changes: Any) -> None:
        super().__init__(text)
        self._document, self._id_, self._what, self._new = document, item_id, what, changes
        item = document[item_id]
        self._old = {name: getattr(item, name) for name in changes}

    def _apply(self, values: dict[str, Any]) -> None:
        self._document.put(self._document[self._id_].replace(**values), self._what)

    def redo(self) -> None:
        self._apply(self._new)

    def undo(self) -> None:
        self._apply(self._old)

    def id(self) -> int:
        return _MERGE_DISPLAY if self._what == "display" else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeItem) or other._id_ != self._id_ or other.text() != self.text():
            return False
        self._new = {**self._new, **other._new}
        return True


class FlipSign(QUndoCommand):
    """Multiply one mode by -1. Its own inverse, so no copy of the basis is kept."""

    def __init__(self, document: Document, item_id: str, k: int) -> None:
        super().__init__(f"Flip the sign of mode {k}")
        self._document, self._id_, self._k = document, item_id, k

    def redo(self) -> None:
        item = self._document[self._id_]
        basis: Basis = item.value
        evecs = np.array(basis.evecs)
        evecs[:, self._k] *= -1.0
        flips = set(item.provenance.get("flips", ())) ^ {self._k}
        provenance = {**item.provenance, "flips": sorted(flips)}
        self._document.put(item.replace(value=basis.replace(evecs=evecs), provenance=provenance), "value")

    def undo(self) -> None:
        self.redo()


def add(document: Document, item: Item, choose: bool = True) -> None:
    """Add an item."""
    document.undo.push(AddItem(document, item, choose))


def delete(document: Document, item_id: str) -> None:
    """Delete an item and what hangs under it."""
    document.undo.push(DeleteItem(document, item_id))


def rename(document: Document, item_id: str, name: str) -> None:
    """Give an item another name; an empty or unchanged one does nothing."""
    name = name.strip()
    if name and name != document[item_id].name:
        document.undo.push(ChangeItem(document, item_id, "Rename", "name", name=name))


def set_visible(document: Document, item_id: str, visible: bool) -> None:
    """Hide or show an item."""
    item = document[item_id]
    if visible != item.visible:
        text = f"{'Show' if visible else 'Hide'} {item.name}"
        document.undo.push(ChangeItem(document, item_id, text, "visible", visible=visible))


def show_only(document: Document, item_id: str) -> None:
    """Show an item with what it hangs under, and hide every other shape; one step of undo."""
    above = item_id
    chain = {above}
    while (parent := document[above].parent) is not None and parent in document:
        above = parent
        chain.add(parent)
    document.undo.beginMacro(f"Show only {document[item_id].name}")
    for item in document.items(live=False):
        if item.id in chain or item.parent is None:
            set_visible(document, item.id, item.id in chain)
    document.undo.endMacro()


def set_display(document: Document, item_id: str, options: Any) -> None:
    """Change how an item is drawn."""
    if options != document[item_id].display:
        document.undo.push(ChangeItem(document, item_id, "Change display", "display", display=options))


def replace_value(document: Document, item_id: str, value: Any, text: str, provenance: dict[str, Any]) -> None:
    """Put another value in an item, such as a repaired shape."""
    document.undo.push(ChangeItem(document, item_id, text, "value", value=value, provenance=provenance))


def flip_sign(document: Document, item_id: str, k: int) -> None:
    """Flip the sign of mode ``k`` of a basis."""
    document.undo.push(FlipSign(document, item_id, k))


def duplicate(document: Document, item_id: str) -> str:
    """Copy an item and everything under it (values are shared: they never change). Returns the new item's id."""
    new: dict[str, str] = {}
    document.undo.beginMacro(f"Duplicate {document[item_id].name}")
    for item in [i for i in document.family(item_id) if not i.live]:
        new[item.id] = new_id()
        parent = new.get(item.parent or "", item.parent)
        name = document.unique_name(f"{item.name} copy" if item.id == item_id else item.name)
        inputs = [new.get(i, i) for i in item.provenance.get("inputs", [])]
        provenance = {**item.provenance, "inputs": inputs} if inputs else item.provenance
        copy = item.replace(id=new[item.id], parent=parent, name=name, provenance=provenance)
        document.undo.push(AddItem(document, copy, choose=item.id == item_id))
    document.undo.endMacro()
    return new[item_id]
