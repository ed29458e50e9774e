"""``eigenform info``: what a file holds, and its health."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from eigenform.commands.console import Console
from eigenform.commands.paths import load_any
from eigenform.jobs import JobContext
from eigenform.types import Basis, Shape

_LONG = 8


def run(args: argparse.Namespace, console: Console) -> int:
    """Print what one file holds: the health of a shape, the report of a surface, the size of a picture."""
    ctx = JobContext()
    lines: list[tuple[str, str]] = []
    with console.watching(ctx):
        value = load_any(args.file, ctx)
        if isinstance(value, Basis):
            value = Shape(value.verts, value.faces, name=value.name)
        if isinstance(value, Shape):
            from eigenform.io.health import health

            report = health(value).as_dict()
        else:
            from eigenform.commands.describe import describe

            report, lines = describe(value)
    shown = {k: v for k, v in report.items() if k not in ("report", "params")} | dict(lines)
    console.result(report, table(shown))
    return 0


def table(report: Mapping[str, Any]) -> str:
    """A report as aligned lines for a person; a list takes one line an entry."""
    width = max(len(name) for name in report)
    lines = []
    for name, value in report.items():
        label = name.replace("_", " ").ljust(width)
        if isinstance(value, (list, tuple)) and value and isinstance(value[0], str):
            lines += [f"{label if i == 0 else ' ' * width}  {text}" for i, text in enumerate(value)]
        else:
            lines.append(f"{label}  {_word(value)}")
    return "\n".join(lines)


def _word(value: Any) -> str:
    if value is None or value in ([], ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)) and len(value) > _LONG and all(isinstance(v, float) for v in value):
        return f"{value[0]:.4g}  {value[1]:.4g}  ...  {value[-1]:.4g} ({len(value)} values, all with --json)"
    if isinstance(value, (list, tuple)):
        return "  ".join(_word(v) for v in value)
    if isinstance(value, Mapping):
        return "  ".join(f"{k}: {_word(v)}" for k, v in value.items())
    return str(value)
