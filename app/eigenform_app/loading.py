"""Reading whatever a person drops on the window. No Qt: runs in a worker thread."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eigenform.errors import InputError
from eigenform.jobs import JobContext
from eigenform.types import Basis, Shape

from eigenform_app.document import Item
from eigenform_app.kinds import kind_of

SESSION = ".eigenform"
TEXTURES = {
    "bricks": "A picture of a wall: paint a hole (B), then fill it, or fit a network to it. 128 x 128 pixels.",
    "marble": "A picture of veins with no period: paint a hole (B), then fill it. 128 x 128 pixels.",
}
"""Samples that are pictures, with a sentence on each."""
PHOTOGRAPHS = {
    "photograph": "A photograph of a person that nobody is: drawn by code. Find the person, and make an avatar. "
    "512 x 512 pixels.",
}
"""Samples that lie beside the window as files, with a sentence on each."""


@dataclass(frozen=True)
class Loaded:
    """What a file held: a value, or a whole session (``items`` and ``state``)."""

    path: Path | None
    value: Any = None
    report: Mapping[str, Any] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    state: Mapping[str, Any] = field(default_factory=dict)


def suffixes() -> list[str]:
    """Suffixes of all files that open, without doubles."""
    from eigenform.io import files

    return [*files.suffixes(), SESSION]


def load_any(path: Path, ctx: JobContext) -> Loaded:
    """What the library reads of a file (of a shape, with its health report), or a session.

    Raises
    ------
    InputError
        One sentence on what was found and what would work.
    """
    from eigenform.io.files import read_any

    if path.suffix.lower() == SESSION:
        items, state = read_session(path)
        return Loaded(path, items=tuple(items), state=state)
    value = read_any(path, ctx)
    ctx.check()
    return Loaded(path, value, examine(value) if isinstance(value, Shape) else {})


def holds_photographs(folder: Path) -> bool:
    """Whether a folder is one set of photographs, not a collection of files."""
    from eigenform.implicit.photographs.files import is_photographs

    return is_photographs(folder)


def load_sample(name: str, ctx: JobContext) -> Loaded:
    """One of the built-in samples."""
    from eigenform.io.samples import make_sample

    ctx.message(f"Making {name}")
    if name in PHOTOGRAPHS:
        from eigenform.io.image_files import read_image

        return Loaded(None, read_image(Path(__file__).parent / "resources" / "samples" / f"{name}.jpg"))
    if name in TEXTURES:
        from eigenform.inpainting.textures import texture

        return Loaded(None, texture(name))
    shape = make_sample(name)
    ctx.check()
    return Loaded(None, shape, examine(shape))


def examine(shape: Shape) -> dict[str, Any]:
    """The health report of a shape with the repairs that would help: ``{"report": ..., "repairs": {name: words}}``."""
    from eigenform.io.health import REPAIRS, health

    report = health(shape)
    helpful = getattr(report, "repairs", None)
    names = list(helpful) if helpful is not None else list(REPAIRS)
    return {"report": report.as_dict(), "repairs": {n: repair_words(n, REPAIRS) for n in names}}


def repair_words(name: str, repairs: Any) -> str:
    """What a repair does, in the words of its table where it has some."""
    entry = repairs[name] if isinstance(repairs, Mapping) else name
    for words in (entry, getattr(entry, "title", None), getattr(entry, "words", None)):
        if isinstance(words, str) and words != name:
            return words
    return name.replace("_", " ").replace("-", " ").capitalize()


# -- sessions ----------------------------------------------------------------------------------------------------


def records(items: list[Item], photographs: bool = False) -> list[dict[str, Any]]:
    """Items as the records of :mod:`eigenform.io.project`.

    Without ``photographs`` grey stands for the pixels of people and of the pictures that they or avatars were found in.
    """
    from eigenform.avatar.privacy import without_pixels

    private = set() if photographs else people_in(items)
    return [
        {
            "id": item.id, "parent": item.parent, "kind": item.kind, "name": item.name, "visible": item.visible,
            "display": dataclasses.asdict(item.display) if item.display is not None else {},
            "value": without_pixels(item.value) if item.id in private else item.value,
            "provenance": dict(item.provenance),
        }
        for item in items
        if not item.live
    ]  # fmt: skip


def people_in(items: list[Item]) -> set[str]:
    """The ids of people, and of the pictures that they or avatars were found in."""
    figures = [i for i in items if i.kind in ("person", "avatar")]
    made_of = {one for i in figures for one in (i.parent, *i.provenance.get("inputs", ()))}
    joined = {one for i in figures for step in i.provenance.get("steps", ()) for one in step.get("inputs", ())}
    pictures = {i.id for i in items if i.kind == "image" and i.id in made_of | joined}
    return {i.id for i in figures if i.kind == "person"} | pictures


def read_session(path: Path) -> tuple[list[Item], dict[str, Any]]:
    """Items and view state of a session file."""
    from eigenform.io.project import read_project

    found, state = read_project(path)
    items = [
        Item(
            value=r["value"], name=r["name"], kind=r["kind"], id=r["id"], parent=r["parent"], visible=r["visible"],
            display=display_from(r["display"], r["value"]), provenance=r["provenance"],
        )
        for r in found
    ]  # fmt: skip
    return items, dict(state)


def kept_words(items: list[Item], photographs: bool) -> str:
    """What a session holds of people in photographs, in a sentence; empty where there is nothing to say."""
    from eigenform.types import Avatar

    avatars = [i.value for i in items if isinstance(i.value, Avatar)]
    coloured = any(a.texture is not None or a.colours is not None for a in avatars)
    if photographs or not (coloured or people_in(items)):
        return ""
    kept = " Textures of avatars, which show the person too, are in it." if coloured else ""
    return f"It holds no photographs of people.{kept}"


def display_from(saved: Mapping[str, Any], value: Any) -> Any:
    """Display options of ``value`` from a file; unknown or forbidden entries keep their defaults."""
    from eigenform.params import make, params_of

    cls, values = kind_of(value).display, {}
    for p in params_of(cls):
        if p.name in saved:
            try:
                values[p.name] = p.parse(saved[p.name])
            except InputError:
                continue
    return make(cls, values)


def shape_of(basis: Basis) -> Shape:
    """The shape that a basis stands on."""
    return Shape(basis.verts, basis.faces, name=basis.name or "shape")
