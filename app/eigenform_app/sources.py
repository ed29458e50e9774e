"""Which items a method would work on now: the chosen one, what it hangs under, what stands for another type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eigenform import registry
from eigenform.conversions import Conversion, conversion
from eigenform.errors import InputError
from eigenform.registry import Method

from eigenform_app import kinds
from eigenform_app.document import Document, Item


@dataclass(frozen=True)
class Source:
    """An input: an item, and how it is made what the method takes where it is something else."""

    item: Item
    conversion: Conversion | None = None

    def words(self) -> str:
        """What a form says it is."""
        return f"{self.item.name} ({self.conversion.word})" if self.conversion else self.item.name


def first_source(document: Document, method: Method) -> Source | None:
    """The first input: the nearest item at or above the chosen one that is of its type or stands for it.

    A method of the pillar that made an item starts from what that item was made from (a second reconstruction from the
    same points); a method of another pillar takes the item itself (the basis of a reconstruction is that of its mesh).
    A method that fills holes starts from the nearest item that has some: a result is whole.
    None as well for a method that makes something out of nothing.
    """
    if not method.inputs:
        return None
    chain = _upwards(document)
    if fills(method):
        chain = [i for i in chain if marked(i)] or chain
    for item in chain:
        if _is(item, method.inputs[0]):
            return Source(item)
        way = _way(item, method.inputs[0])
        if way is not None and _pillar(item) != method.pillar:
            return Source(item, way)
    found = ((item, _way(item, method.inputs[0])) for item in chain)
    return next((Source(item, way) for item, way in found if way is not None), None)


def fills(method: Method) -> bool:
    """Whether a method fills what is marked as missing."""
    return method.verb.startswith("inpaint")


def marked(item: Item) -> bool:
    """Whether something of an item is marked as missing."""
    mask = getattr(item.value, "mask", None)
    return mask is not None and bool(mask.any())


def candidates(document: Document, method: Method, first: Source | None) -> list[list[Item]]:
    """For each input after the first, the items that can be it, the newest first."""
    taken = first.item.id if first else ""
    newest = [i for i in reversed(document.items(live=False)) if i.id != taken]
    return [[i for i in newest if _is(i, name)] for name in method.inputs[1:]]


def lacking(method: Method, first: Source | None, others: Sequence[Any]) -> str:
    """A sentence on the input that is missing, empty where none is."""
    words = [kinds.BY_TYPE[name].word if name in kinds.BY_TYPE else name for name in method.inputs]
    if not words:
        return ""
    if first is None:
        return f"{method.title} needs {words[0]}: choose one first."
    missing = next((w for w, item in zip(words[1:], others, strict=True) if item is None), "")
    return f"{method.title} needs {missing} besides {first.item.name}: open or make one." if missing else ""


def _upwards(document: Document) -> list[Item]:
    """The chosen item and what it hangs under, without what a running job shows."""
    item, found = document.current, []
    while item is not None:
        found.append(item)
        item = document.get(item.parent) if item.parent else None
    return [i for i in found if not i.live]


def _is(item: Item, type_name: str) -> bool:
    return type_name in kinds.BY_TYPE and kinds.BY_TYPE[type_name].name == item.kind


def _way(item: Item, type_name: str) -> Conversion | None:
    return conversion(kinds.BY_NAME[item.kind].cls.__name__, type_name)


def _pillar(item: Item) -> str:
    try:
        return registry.get(str(item.provenance.get("method", ""))).pillar
    except InputError:
        return ""
