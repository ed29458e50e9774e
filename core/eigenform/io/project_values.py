"""Values of a session taken apart into arrays and what JSON can hold, and put together again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eigenform.avatar.privacy import grey_image, is_blank
from eigenform.io.basis_npz import basis_arrays, basis_from_arrays
from eigenform.io.field_files import field_arrays
from eigenform.io.figure_files import KINDS, figure_from, figure_parts
from eigenform.io.image_files import image_arrays
from eigenform.io.implicit_files import surface_arrays, surface_from
from eigenform.types import Avatar, Basis, Body, Field, Image, ImplicitSurface, Person, Photographs, Shape

_SHAPE = ("verts", "faces", "normals", "labels", "images", "colours")
_PHOTOGRAPHS = ("images", "intrinsics", "poses", "centre", "masks", "points")
Parts = tuple[dict[str, Any], dict[str, Any]]


def take_apart(value: Any) -> Parts:
    """The arrays of a value by name, and the rest as JSON can hold it.

    Raises
    ------
    TypeError
        For a value that a session cannot hold.
    """
    plain: dict[str, Any]
    if isinstance(value, Shape):
        plain = {"name": value.name, "source": value.source, "notes": list(value.notes)}
        return _present(value, _SHAPE), plain
    if isinstance(value, Basis):
        arrays = basis_arrays(value)
        if value.density is None:
            del arrays["density"]  # files for others hold a derived one, a session what there was
        return arrays, {"name": value.name, "meta": dict(value.meta)}
    if isinstance(value, Field):
        return field_arrays(value)
    if isinstance(value, ImplicitSurface):
        return surface_arrays(value)
    if isinstance(value, Image):
        arrays, plain = image_arrays(value)
        if is_blank(value):
            plain["size"] = list(arrays.pop("pixels").shape)
        return arrays, plain
    if isinstance(value, Photographs):
        plain = {"name": value.name, "meta": dict(value.meta), "radius": float(value.radius)}
        return _present(value, _PHOTOGRAPHS), plain
    if isinstance(value, (Body, Person, Avatar)):
        return figure_parts(value)
    raise TypeError(f"a session cannot hold a {type(value).__name__}")


def put_together(type_name: str, arrays: dict[str, Any], plain: Mapping[str, Any], where: str) -> Any:
    """What :func:`take_apart` took apart; None for a type that is not known. ``where`` is named in errors."""
    if type_name == "Basis":
        return basis_from_arrays(arrays, where).replace(meta=plain["meta"], name=plain["name"])
    if type_name == "ImplicitSurface":
        return surface_from(arrays, plain, where)
    if type_name == "Shape":
        return Shape(**arrays, **{**plain, "notes": tuple(plain["notes"])})
    if type_name in KINDS:
        return figure_from(type_name, arrays, plain, where)
    if type_name == "Image" and "size" in plain:
        plain = dict(plain)
        height, width, channels = (int(n) for n in plain.pop("size"))
        arrays = {**arrays, "pixels": grey_image(height, width, channels)}
    simple = {"Field": Field, "Image": Image, "Photographs": Photographs}
    return simple[type_name](**arrays, **plain) if type_name in simple else None


def _present(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {n: a for n in names if (a := getattr(value, n)) is not None}
