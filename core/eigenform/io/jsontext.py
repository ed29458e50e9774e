"""JSON text of plain and NumPy values: what goes into meta strings, checkpoints and sessions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, PurePath):
        return str(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def dumps(value: Any, indent: int | None = None, ascii: bool = False) -> str:
    """``value`` as JSON text. NumPy scalars and arrays become numbers and lists, paths become strings.

    ``ascii`` writes other letters as escapes, for headers that some readers take for ASCII.
    """
    text = json.dumps(value, default=_plain, ensure_ascii=ascii, indent=indent)
    # a file name that is no UTF-8 is carried as lone surrogates, which no file can hold
    return text.encode("utf-8", "replace").decode("utf-8")
