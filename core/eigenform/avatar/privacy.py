"""Photographs of people, left out of what is kept: grey pixels stand for them until the file is read again.

``meta["blank"]`` says what was left out: of a person the numbers of the views, of a picture ``True``;
``meta["sources"]`` names the file of each view, ``meta["source"]`` that of a picture, where they are known.
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
    if height < 1 or width < 1 or height * width > MOST_PIXELS:
        raise InputError(f"a photograph of {width} x {height} pixels is not one that can be opened")
    return np.full((height, width, 3), GREY, dtype=np.uint8)


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
    pixels = np.full(value.pixels.shape, GREY / 255, dtype=np.float32)
    return value.replace(pixels=pixels, meta={**value.meta, "blank": True})


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


def sources_of(person: Person) -> list[str]:
    """The file of each view, empty where it is not known."""
    named = person.meta.get("sources") or ()
    found = [str(s) for s in named][: len(person.views)] if isinstance(named, (list, tuple)) else []
    return found + [""] * (len(person.views) - len(found))
