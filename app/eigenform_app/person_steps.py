"""The way from a photograph to an avatar: which methods go it, and how far a person has come. No Qt.

What was done is written in the provenance of the item as ``steps``: ``{"method": ..., "params": ...}`` for a method,
``{"hand": ...}`` for what was set by hand. A step is out of date once something before it changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eigenform import registry
from eigenform.method import Method
from eigenform.types import Person

FIND, FIT, CLOTHE, SURFACE = 1, 2, 3, 4
TYPES = {
    FIND: (("Image",), "Person"),
    FIT: (("Person",), "Person"),
    CLOTHE: (("Person",), "Person"),
    SURFACE: (("Person",), "Avatar"),
}
"""Step to the types that its methods take and give."""

HAND = {"keypoints": FIT, "mask": FIT, "depth": CLOTHE}
"""What is set by hand to the first step that is out of date after it."""


@dataclass(frozen=True)
class Step:
    """One step. ``state`` is ``done``, ``old`` (something before it changed since), ``next``, or ``later``."""

    number: int
    methods: tuple[Method, ...]
    state: str

    @property
    def title(self) -> str:
        """What a button says."""
        return self.methods[0].title if self.methods else ""


def methods_of(step: int) -> tuple[Method, ...]:
    """The methods that make a step, the one offered first in front."""
    inputs, output = TYPES[step]
    return tuple(m for m in registry.methods() if m.step == step and m.inputs == inputs and m.output == output)


def whole_way() -> Method | None:
    """The method that goes the whole way from a photograph to an avatar."""
    return next((m for m in registry.methods() if m.inputs == ("Image",) and m.output == "Avatar"), None)


def further_methods() -> tuple[Method, ...]:
    """Methods that take a person alone and stand beside the way."""
    return tuple(m for m in registry.methods() if m.inputs == ("Person",) and not m.step)


def joining_method() -> Method | None:
    """The method that makes one person of two."""
    return next((m for m in registry.methods() if m.inputs == ("Person", "Person") and m.output == "Person"), None)


def steps_of(person: Person, provenance: Mapping[str, Any], avatar: str = "") -> list[Step]:
    """All steps with their states; ``avatar`` is that of the last one: empty, ``done`` or ``old``."""
    found = {
        FIND: all(v.mask is not None and v.keypoints is not None for v in person.views),
        FIT: all(v.verts is not None for v in person.views),
        CLOTHE: all("normal_front" in v.maps for v in person.views),
        SURFACE: bool(avatar),
    }
    old = (outdated(provenance) - {SURFACE}) | ({SURFACE} if avatar == "old" else set())
    made, open_ = [], True
    for number in TYPES:
        state = ("old" if number in old else "done") if found[number] else "later"
        if state != "done" and open_:
            state, open_ = ("old" if state == "old" else "next"), False
        made.append(Step(number, methods_of(number), state))
    return made


def outdated(provenance: Mapping[str, Any]) -> set[int]:
    """The steps before which something changed since they were made."""
    old: set[int] = set()
    for record in provenance.get("steps", ()):
        if "hand" in record:
            old |= {n for n in TYPES if n >= HAND.get(record["hand"], SURFACE)}
            continue
        number = next((m.step for m in registry.methods() if m.name == record.get("method")), 0)
        if number:
            old -= {number}
            old |= {n for n in TYPES if n > number}
    return old


def with_step(provenance: Mapping[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """Provenance with one more record; of what is set by hand again and again the last is kept."""
    steps = list(provenance.get("steps", ()))
    same = ("hand", "view")
    if steps and "hand" in record and all(steps[-1].get(k) == record.get(k) for k in same) and "limb" not in record:
        steps.pop()
    return {**provenance, "steps": [*steps, record]}


def rest_of_the_way(steps: list[Step]) -> list[Step]:
    """The steps that are still to be made, from the first that is not done on; finding the person is not among them."""
    first = next((n for n, s in enumerate(steps) if s.state != "done" and s.number > FIND), None)
    return [] if first is None else [s for s in steps[first:] if s.methods]
