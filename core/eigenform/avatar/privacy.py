"""Photographs of people, left out of what is kept: grey pixels stand for them until the file is read again.

``meta["blank"]`` says what was left out: of a person the numbers of the views, of a picture ``True``;
``meta["sources"]`` names the file of each view, ``meta["source"]`` that of a picture, where they are known.

Textures and colours of avatars, which were taken from photographs, are no part of this: they are the result that was
asked for, and whoever saves is told that they are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.figure_types import Person

GREY = 128
MOST_PIXELS = 100_000_000
"""Of one photograph in a file; what says more is damaged or means harm."""


def grey_pixels(height: int, width: int) -> np.ndarray:
    """(height, width, 3) uint8, all :data:`GREY`.

    Raises
    ------
    InputError
        Where that is no size of a photograph.
    """
    _must_be_a_size(height, width)
    return np.full((height, width, 3), GREY, dtype=np.uint8)


def grey_image(height: int, width: int, channels: int) -> np.ndarray:
    """(height, width, channels) float32 of the same grey, as the pixels of a picture; raises as :func:`grey_pixels`."""
    _must_be_a_size(height, width)
    return np.full((height, width, 1 if channels == 1 else 3), GREY / 255, dtype=np.float32)


def _must_be_a_size(height: int, width: int) -> None:
    if height < 1 or width < 1 or height * width > MOST_PIXELS:
        raise InputError(f"A photograph of {width} x {height} pixels is not one that can be opened.")


def blank_views(person: Person) -> tuple[int, ...]:
    """The numbers, from 0, of the views of a person whose pixels were left out."""
    found = person.meta.get("blank") or ()
    return tuple(i for i in found if isinstance(i, int) and 0 <= i < len(person.views))


def is_blank(value: Any) -> bool:
    """Whether pixels of a person or a picture were left out."""
    if isinstance(value, Person):
        return bool(blank_views(value))
    return getattr(value, "meta", {}).get("blank") is True


def without_pixels(value: Any) -> Any:
    """A person or a picture with grey in the place of its pixels; everything else stays."""
    if isinstance(value, Person):
        views = tuple(v.replace(pixels=grey_pixels(*v.pixels.shape[:2])) for v in value.views)
        return value.replace(views=views, meta={**value.meta, "blank": list(range(len(views)))})
    return value.replace(pixels=grey_image(*value.pixels.shape), meta={**value.meta, "blank": True})


def with_pixels(person: Person, found: Mapping[int, np.ndarray], sources: Sequence[str] = ()) -> Person:
    """A person with the photographs ``found`` (view number to (H, W, 3) uint8) in their places again.

    Raises
    ------
    InputError
        Where a photograph has another size than the view: what was found in it would not fit.
    """
    views = list(person.views)
    for i, pixels in found.items():
        h, w = views[i].pixels.shape[:2]
        if pixels.shape != (h, w, 3):
            at = f"{Path(sources[i]).name} has" if i < len(sources) and sources[i] else "The photograph has"
            raise InputError(
                f"{at} {pixels.shape[1]} x {pixels.shape[0]} pixels, but what is known of the person was "
                f"found in {w} x {h}; the same photograph would work."
            )
        views[i] = views[i].replace(pixels=pixels)
    blank = [i for i in blank_views(person) if i not in found]
    meta = {k: v for k, v in person.meta.items() if k != "blank"} | ({"blank": blank} if blank else {})
    return person.replace(views=tuple(views), meta=meta)


def read_pixels(path: str | Path, size: tuple[int, int]) -> np.ndarray:
    """The photograph in a file as it was when a view of ``size`` (H, W) was made of it, (H, W, 3) uint8.

    Raises
    ------
    InputError
        Where it cannot be read as a photograph.
    """
    from eigenform.avatar.photo.photograph import photograph
    from eigenform.io.image_files import read_image

    return photograph(read_image(path), max(size))[0]


def sources_of(person: Person) -> list[str]:
    """The file of each view, empty where it is not known."""
    named = person.meta.get("sources") or ([person.meta["source"]] if person.meta.get("source") else ())
    found = [str(s) for s in named][: len(person.views)] if isinstance(named, (list, tuple)) else []
    return found + [""] * (len(person.views) - len(found))
