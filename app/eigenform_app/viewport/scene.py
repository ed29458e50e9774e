"""What is in the viewport: items with their values, and what each view shows of them. No drawing here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from eigenform.types import Basis, Field, Shape

from eigenform_app.display import DisplayOptions
from eigenform_app.viewport.geometry import Geometry, geometry_of
from eigenform_app.viewport.layer import Layer
from eigenform_app.viewport.layers_basis import BasisLayer
from eigenform_app.viewport.layers_field import FieldLayer
from eigenform_app.viewport.layers_shape import ShapeLayer

Value = Shape | Basis | Field


@dataclass(eq=False)
class Item:
    """One thing that can be drawn."""

    value: Value
    options: DisplayOptions
    visible: bool
    geometry: Geometry
    mode: int = 1


@dataclass(frozen=True)
class Assignment:
    """What a view shows: one item, at a mode of its own or (None) at the item's; or the difference of two bases."""

    item: str
    mode: int | None = None
    minus: str | None = None


def make_layer(item: Item, dark: bool, mode: int) -> Layer:
    """The layer that draws an item: the class belongs to the type of its value."""
    if isinstance(item.value, Basis):
        return BasisLayer(item.value, item.geometry, item.options, dark, mode)
    if isinstance(item.value, Field):
        return FieldLayer(item.value, item.geometry, item.options, dark)
    return ShapeLayer(item.value, item.geometry, item.options, dark)


def same_place(a: Value, b: Value) -> bool:
    """Whether two values stand on the same vertices and faces, so that drawing both would make them fight."""
    return len(a.faces) == len(b.faces) and _equal(a.verts, b.verts)


def same_topology(a: Value, b: Value) -> bool:
    """Whether arrays of ``a`` can be overwritten by those of ``b``."""
    return a.verts.shape == b.verts.shape and _equal(a.faces, b.faces)


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    """Equality that costs nothing for two views of the same memory, as values of one document mostly are."""
    same = a.shape == b.shape and a.dtype == b.dtype and a.strides == b.strides and a.ctypes.data == b.ctypes.data
    return same or np.array_equal(a, b)


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


def make_item(value: Value, options: DisplayOptions, visible: bool, mode: int = 1) -> Item:
    """An item with the geometry of its value."""
    return Item(value, options, visible, geometry_of(value), mode)
