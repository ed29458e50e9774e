"""What the window knows of each type of value: one entry of a table a type. Panels look here and ask for no type."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eigenform.types import Avatar, Basis, Body, Field, Image, ImplicitSurface, Person, Photographs, Shape

from eigenform_app.display import (
    AvatarDisplay,
    BodyDisplay,
    DisplayOptions,
    ImageDisplay,
    ImplicitDisplay,
    PersonDisplay,
    PhotographsDisplay,
)


@dataclass(frozen=True)
class Kind:
    """One type of value.

    ``name`` is the kind of an item, ``word`` what a sentence calls it, ``heading`` what stands over the methods that
    make it, ``mark`` its icon, or that of ``icon(value)`` where values differ; ``summary(value)`` is one line on what
    it holds, ``display`` the class of its display options and ``first(value)`` those that differ from the defaults at
    first. ``tab`` is the bottom tab that shows it best. An item that is ``solid`` fills the place of what it hangs
    under: only one of them is drawn there. ``look`` is the axis along which it is looked at once it is opened, ``up``
    the axis that points up on the screen; where it is empty, that of what it hangs under. What is ``wide`` reaches far
    beyond what it was made from: the view is fitted to it once it is made.
    """

    name: str
    cls: type
    word: str
    heading: str
    mark: str
    summary: Callable[[Any], str]
    icon: Callable[[Any], str] | None = None
    display: type = DisplayOptions
    first: Callable[[Any], dict[str, Any]] = lambda value: {}
    tab: str = ""
    solid: bool = True
    tint: str = "muted"
    look: str = ""
    up: str = ""
    wide: bool = False


def _shape_summary(value: Shape) -> str:
    if value.kind == "mesh":
        return f"{len(value.verts):,} vertices, {len(value.faces):,} faces"
    return f"{len(value.verts):,} points in {value.dimension} dimensions"


def _basis_summary(value: Basis) -> str:
    return f"{value.modes} modes at {len(value.verts):,} vertices"


def _field_summary(value: Field) -> str:
    return f"{len(value.verts):,} values"


def _implicit_summary(value: ImplicitSurface) -> str:
    kind = str(value.spec.get("kind", "field")).replace("-", " ").replace("_", " ")
    if not len(value.faces):
        return f"{kind} field; no surface at level {value.level:g}"
    return f"{kind} field, drawn with {len(value.faces):,} faces"


def _image_summary(value: Image) -> str:
    h, w, channels = value.pixels.shape
    words = f"{w:,} × {h:,} pixels, {'grey' if channels == 1 else 'colour'}"
    return words if value.mask is None or not value.mask.any() else f"{words}, {value.mask.mean():.0%} missing"


def _photographs_summary(value: Photographs) -> str:
    n, h, w, _ = value.images.shape
    words = f"{n} photographs of {w:,} × {h:,} pixels"
    return words if value.points is None else f"{words}, {len(value.points):,} points"


def _body_summary(value: Body) -> str:
    facts = [f"{value.meta[name]:.{digits}f} {unit}"
             for name, digits, unit in (("height", 2, "m"), ("mass", 0, "kg"))
             if isinstance(value.meta.get(name), int | float)]  # fmt: skip
    clips = [f"{len(value.clips)} movement{'s' if len(value.clips) > 1 else ''}"] if value.clips else []
    return ", ".join([*facts, f"{len(value.verts):,} vertices", f"{len(value.skeleton.names)} bones", *clips])


def _person_summary(value: Person) -> str:
    n = len(value.views)
    h, w = value.views[0].pixels.shape[:2]
    words = f"{n} photographs" if n > 1 else f"a photograph of {w:,} × {h:,} pixels"
    done = [word for word, there in (
        ("keypoints", any(v.keypoints is not None for v in value.views)),
        ("outline", any(v.mask is not None for v in value.views)),
        ("body", any(v.verts is not None for v in value.views)),
        ("clothes", any(v.maps for v in value.views)),
    ) if there]  # fmt: skip
    return f"{words}; {', '.join(done) or 'nothing found yet'}"


def _avatar_summary(value: Avatar) -> str:
    words = f"{len(value.verts):,} vertices, {len(value.skeleton.names)} bones"
    if value.texture is not None:
        words += f", texture of {value.texture.shape[1]:,} × {value.texture.shape[0]:,}"
    elif value.colours is not None:
        words += ", coloured"
    return words if not value.clips else f"{words}, {len(value.clips)} movement{'s' if len(value.clips) > 1 else ''}"


def _avatar_first(value: Avatar) -> dict[str, Any]:
    if value.texture is not None and value.texture_coordinates is not None and value.texture_faces is not None:
        return {"colour": "texture"}
    return {"colour": "vertex colours" if value.colours is not None else "neutral"}


TABLE: tuple[Kind, ...] = (
    Kind("shape", Shape, "a shape", "Shapes", "shape", _shape_summary, lambda v: {"mesh": "shape"}.get(v.kind, v.kind)),
    Kind("basis", Basis, "a basis", "Eigenbases", "basis", _basis_summary, tab="modes", tint="accent"),
    Kind("field", Field, "a field", "Fields", "field", _field_summary),
    Kind("implicit", ImplicitSurface, "an implicit surface", "Implicit surfaces", "implicit", _implicit_summary,
         display=ImplicitDisplay, first=lambda v: {"level": float(v.level)}, tab="field", tint="accent"),
    Kind("image", Image, "an image", "Images", "picture", _image_summary, display=ImageDisplay, look="z",
         up="y"),
    Kind("photographs", Photographs, "photographs", "Photographs", "photographs", _photographs_summary,
         display=PhotographsDisplay, solid=False, wide=True),
    Kind("body", Body, "a body", "Bodies", "body", _body_summary, display=BodyDisplay, look="z", up="z",
         tab="pose"),
    Kind("person", Person, "a person in photographs", "People in photographs", "person", _person_summary,
         display=PersonDisplay, look="z", up="y"),
    Kind("avatar", Avatar, "an avatar", "Avatars", "avatar", _avatar_summary, display=AvatarDisplay,
         first=_avatar_first, look="z", up="z", tint="accent", tab="pose"),
)  # fmt: skip
BY_NAME: dict[str, Kind] = {k.name: k for k in TABLE}
BY_TYPE: dict[str, Kind] = {k.cls.__name__: k for k in TABLE}


def kind_of(value: Any) -> Kind:
    """The entry of the type of a value.

    Raises
    ------
    TypeError
        If a document cannot hold such a value.
    """
    for kind in TABLE:
        if isinstance(value, kind.cls):
            return kind
    raise TypeError(f"{type(value).__name__} is not a value that a document can hold")


def display_for(value: Any) -> Any:
    """The display options with which a value is first drawn."""
    kind = kind_of(value)
    return dataclasses.replace(kind.display(), **kind.first(value))
