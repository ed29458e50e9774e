"""Method records. One record gives a method its menu entry, form, command-line value and documentation.

Targets and parameter classes are named by string, so that listing methods imports nothing heavy. Each pillar keeps its
own records.
"""

from __future__ import annotations

from eigenform.avatar.records import RECORDS as AVATAR
from eigenform.errors import InputError
from eigenform.implicit.records import RECORDS as IMPLICIT
from eigenform.inpainting.records import RECORDS as INPAINTING
from eigenform.method import Method, load
from eigenform.spectral.records import RECORDS as SPECTRAL

__all__ = ["METHODS", "Method", "get", "load", "methods"]

METHODS: tuple[Method, ...] = (*SPECTRAL, *IMPLICIT, *INPAINTING, *AVATAR)


def methods(verb: str | None = None) -> list[Method]:
    """All records, or those of one verb."""
    return [m for m in METHODS if verb in (None, m.verb)]


def get(name: str) -> Method:
    """The record called ``name``, or :class:`InputError`."""
    for method in METHODS:
        if method.name == name:
            return method
    raise InputError(f"There is no method {name!r}; there are {', '.join(m.name for m in METHODS)}.")
