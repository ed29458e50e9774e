"""What the benchmarks share: meshes, runs and tables."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eigenform import jobs, registry
from eigenform.params import make
from eigenform.types import Basis, Shape

NINE = ("spot", "bunny", "fandisk", "koala", "hand", "cat", "nefertiti", "fish", "skull")


def mesh(name: str) -> Shape:
    """One of the test meshes, found through ``EIGENFORM_DATA``."""
    from eigenform.io.read import read_shape

    folder = Path(os.environ.get("EIGENFORM_DATA", "../shared/data")) / "meshes"
    if not folder.is_dir():
        sys.exit(f"There is no folder {folder}; set EIGENFORM_DATA to the folder that holds meshes/.")
    return read_shape(folder / f"{name}.obj")


def basis(method: str, shape: Shape, ctx: jobs.JobContext | None = None, **values: Any) -> tuple[Basis, float]:
    """A basis and the seconds it took."""
    record = registry.get(method)
    started = time.perf_counter()
    found = jobs.run(record, [shape], make(record.params_class(), values), ctx)
    return found, time.perf_counter() - started


def table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows with their keys as headings."""
    heads = list(rows[0])
    cells = [[_text(row.get(h)) for h in heads] for row in rows]
    widths = [max(len(h), *(len(c[i]) for c in cells)) for i, h in enumerate(heads)]
    for line in [heads, *cells]:
        print(line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True)), sep="  ")


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def mean_row(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The mean of every numeric column."""
    found: dict[str, Any] = {}
    for head, first in rows[0].items():
        values = [r[head] for r in rows if isinstance(r[head], float)]
        found[head] = sum(values) / len(values) if isinstance(first, float) else ("mean" if first else "")
    return found


def verdict(what: str, reached: bool) -> bool:
    """Print whether a target was reached."""
    print(f"{'reached' if reached else 'MISSED '}  {what}")
    return reached
