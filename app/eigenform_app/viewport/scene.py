"""What is in the viewport: items with their values, and what each view shows of them. No drawing here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from eigenform.types import Avatar, Basis, Body, Field, Image, ImplicitSurface, Person, Photographs, Shape

from eigenform_app.viewport.geometry import Geometry, geometry_of, same_place
from eigenform_app.viewport.layer_base import AnyLayer
from eigenform_app.viewport.layers_avatar import AvatarLayer
from eigenform_app.viewport.layers_basis import BasisLayer
from eigenform_app.viewport.layers_body import BodyLayer
from eigenform_app.viewport.layers_field import FieldLayer
from eigenform_app.viewport.layers_image import ImageLayer
from eigenform_app.viewport.layers_implicit import ImplicitLayer, implicit_geometry
from eigenform_app.viewport.layers_person import PersonLayer, person_geometry
from eigenform_app.viewport.layers_photographs import PhotographsLayer
from eigenform_app.viewport.layers_shape import ShapeLayer
from eigenform_app.viewport.posed import figure_geometry

Value = Shape | Basis | Field | ImplicitSurface | Image | Photographs | Body | Person | Avatar


@dataclass(frozen=True)
class Drawn:
    """How a type is drawn: its layer class, whether a layer of one value can go on with another, and what gives the
    geometry of a value."""

    layer: Callable[..., AnyLayer]
    takes: Callable[[Any, Any], bool]
    geometry: Callable[[Any], Geometry] = geometry_of


LAYERS: dict[type, Drawn] = {
    Shape: Drawn(ShapeLayer, ShapeLayer.takes),
    Basis: Drawn(BasisLayer, BasisLayer.takes),
    Field: Drawn(FieldLayer, FieldLayer.takes),
    ImplicitSurface: Drawn(ImplicitLayer, ImplicitLayer.takes, implicit_geometry),
    Image: Drawn(ImageLayer, ImageLayer.takes),
    Photographs: Drawn(PhotographsLayer, PhotographsLayer.takes),
    Body: Drawn(BodyLayer, BodyLayer.takes, figure_geometry),
    Person: Drawn(PersonLayer, PersonLayer.takes, person_geometry),
    Avatar: Drawn(AvatarLayer, AvatarLayer.takes, figure_geometry),
}


@dataclass(eq=False)
class Item:
    """One thing that can be drawn. Of items with the same ``place``, only one is: the active one, else the newest."""

    value: Value
    options: Any
    visible: bool
    geometry: Geometry
    mode: int = 1
    place: str = ""


@dataclass(frozen=True)
class Assignment:
    """What a view shows: one item, at a mode of its own or (None) at the item's; or the difference of two bases."""

    item: str
    mode: int | None = None
    minus: str | None = None


def make_layer(item: Item, dark: bool) -> AnyLayer:
    """The layer that draws an item: the class belongs to the type of its value."""
    made: AnyLayer = drawn(item.value).layer(item.value, item.geometry, item.options, dark)
    return made


def drawn(value: Value) -> Drawn:
    """The row of :data:`LAYERS` for the type of a value."""
    return next(row for cls, row in LAYERS.items() if isinstance(value, cls))


def rivals(a: Item, b: Item) -> bool:
    """Whether only one of two items can be drawn because both fill one place."""
    return a is b or (bool(a.place) and a.place == b.place) or same_place(a.value, b.value)


def difference_of(a: Basis, b: Basis, mode: int) -> Field:
    """``|a - b|`` of one mode of two bases on the same vertices, after the sign of ``b`` is made to agree with ``a``.

    Raises
    ------
    ValueError
        If the vertices differ in number or a mode is missing.
    """
    if len(a.verts) != len(b.verts):
        raise ValueError(f"The two bases stand on {len(a.verts)} and {len(b.verts)} vertices; they cannot be compared.")
    if mode >= min(a.modes, b.modes):
        raise ValueError(f"Mode {mode} is missing: the bases have {a.modes} and {b.modes} modes.")
    u, v = a.evecs[:, mode], b.evecs[:, mode]
    sign = -1.0 if float(np.sum(a.mass * u * v)) < 0 else 1.0
    return Field(a.verts, a.faces, np.abs(u - sign * v), name=f"|difference| of mode {mode}")


def make_item(value: Value, options: Any, visible: bool, mode: int = 1, place: str = "") -> Item:
    """An item with the geometry of its value."""
    return Item(value, options, visible, drawn(value).geometry(value), mode, place)
