"""``eigenform batch FOLDER``: the same method on every file of a folder."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from eigenform import registry
from eigenform.batch import COLUMNS, SUFFIXES, SUMMARY, Batch, find_files, run_batch
from eigenform.commands.chosen import chosen, flags
from eigenform.commands.console import Console
from eigenform.commands.make import make as make_one
from eigenform.commands.outcome import summary
from eigenform.commands.paths import writing
from eigenform.device import choose
from eigenform.errors import Cancelled, InputError
from eigenform.jobs import JobContext
from eigenform.logs import record_failure

BATCH_FAILED = 3


def run(args: argparse.Namespace, console: Console) -> int:
    """Work through a folder; exit status 3 where a file failed."""
    method, params = chosen(registry.get(args.method).verb, args.method, args.preset, flags(args))
    if len(method.inputs) != 1:
        raise InputError(f"Method {method.name} takes {len(method.inputs)} files at once; a batch gives it one.")
    choose(getattr(params, "device", "cpu"))
    out = Path(args.out).expanduser()
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; --out needs a folder.")
    files = find_files(Path(args.folder).expanduser(), out, method.inputs[0])
    batch = Batch(files, out, method, params, args.force, SUFFIXES[method.output])

    def make(path: Path, target: Path, ctx: JobContext) -> dict[str, Any]:
        with console.watching(ctx):
            value = make_one(method, params, [str(path)], target, ctx)
        row = summary(method, params, value, target, 0.0)
        kept = {k: row[k] for k in COLUMNS if k in row and k != "seconds"}
        return {**kept, "vertices": len(value.verts)}

    def say_row(row: dict[str, Any]) -> None:
        console.say(f"  {row['status']}{': ' + row['message'] if row['message'] else ''}")

    with ExitStack() as stack:
        stack.enter_context(writing(out))
        try:
            report = run_batch(
                batch,
                make,
                on_start=lambda path, i, ctx: console.say(f"{i + 1}/{len(batch.files)} {path.name}"),
                on_row=say_row,
                on_crash=lambda error, path: record_failure(error, f"batch {path}"),
            )
        except Cancelled:
            raise Cancelled("The same command goes on where it stopped.") from None
    counts = {status: report.count(status) for status in ("done", "skipped", "failed")}
    data = {"method": method.name, "files": len(report.rows), **counts, "summary": str(out / SUMMARY)}
    console.result({**data, "results": report.rows})
    console.say(overview(report.rows))
    return BATCH_FAILED if counts["failed"] else 0


def overview(rows: list[dict[str, Any]]) -> str:
    """The summary table for a person."""
    width = max(len(row["file"]) for row in rows)
    basis = not any("watertight" in row or "channels" in row for row in rows)
    columns = {"vertices": 8, **({"modes": 5, "ratio": 7} if basis else {"faces": 8, "watertight": 10}), "seconds": 7}
    lines = ["  ".join(["file".ljust(width), "status ", *(name.rjust(n) for name, n in columns.items())])]
    for row in rows:
        cells = [_cell(name, row.get(name)).rjust(n) for name, n in columns.items()]
        lines.append("  ".join([row["file"].ljust(width), row["status"].ljust(7), *cells]))
    return "\n".join(lines)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.{4 if name == 'ratio' else 1}f}" if isinstance(value, float) else str(value)
