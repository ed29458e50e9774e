"""From the value a file holds to the type a method asks for, where nothing has to be invented."""

from __future__ import annotations

from typing import Any

import numpy as np

from eigenform.conversions import mesh_of_figure
from eigenform.errors import InputError
from eigenform.method import WORDS
from eigenform.types import Avatar, Basis, Body, Field, Image, ImplicitSurface, Photographs, Shape

_MAKERS = {
    "Basis": "`eigenform basis` makes one",
    "ImplicitSurface": "`eigenform implicit` makes one",
    "Field": "a shape with coloured vertices would work as well",
    "Image": "PNG, JPEG, BMP and TIFF would work",
    "Photographs": "`eigenform photographs` makes one of a mesh",
    "Body": "`eigenform body` makes one",
    "Person": "`eigenform person` makes one of a picture",
    "Avatar": "`eigenform avatar` makes one of a person",
}


def as_type(value: Any, wanted: str, where: str) -> Any:
    """``value`` as the type called ``wanted``.

    A basis, a field, an implicit surface, a body and an avatar carry a shape; photographs carry their sparse points;
    the colours of a shape are a field.

    Parameters
    ----------
    value : any of the types of :mod:`eigenform.types`
    wanted : str
        Name of one of these types.
    where : str
        The file, for errors.

    Raises
    ------
    InputError
        Where the value cannot be taken as such.
    """
    if type(value).__name__ == wanted:
        return value
    if wanted == "Shape":
        return _shape(value, where)
    if wanted == "Field" and isinstance(value, Shape) and value.colours is not None:
        return Field(value.verts, value.faces, value.colours, {"colours": True}, value.name)
    found, asked = WORDS[type(value).__name__], WORDS.get(wanted, wanted)
    hint = f"; {_MAKERS[wanted]}" if wanted in _MAKERS else ""
    raise InputError(f"{where} holds {found}, where {asked} is asked for{hint}.")


def _shape(value: Any, where: str) -> Shape:
    if isinstance(value, ImplicitSurface) and not len(value.faces):
        raise InputError(f"{where} holds an implicit surface without a mesh: its level {value.level:g} is not reached.")
    if isinstance(value, (Basis, ImplicitSurface)):
        return Shape(value.verts, value.faces, name=value.name, source=where)
    if isinstance(value, Field):
        coloured = bool(value.meta.get("colours")) and value.values.ndim == 2 and value.values.shape[1] == 3
        colours = np.clip(value.values, 0.0, 1.0) if coloured else None
        return Shape(value.verts, value.faces, name=value.name, colours=colours, source=where)
    if isinstance(value, (Body, Avatar)):
        return mesh_of_figure(value).replace(source=where)
    if isinstance(value, Photographs) and value.points is not None and len(value.points):
        return Shape(value.points, name=value.name, source=where)
    if isinstance(value, Photographs):
        raise InputError(f"{where} holds photographs without sparse points; those of COLMAP have them.")
    if isinstance(value, Image):
        raise InputError(f"{where} holds a picture, where a shape is asked for; a mesh or points would work.")
    raise InputError(f"{where} holds {WORDS[type(value).__name__]}, where a shape is asked for.")
