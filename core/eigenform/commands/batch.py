"""``eigenform batch FOLDER``: the same method on every file of a folder."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from eigenform import jobs
from eigenform.batch import SUMMARY, Batch, find_files, run_batch
from eigenform.commands.chosen import chosen, flags
from eigenform.commands.console import Console
from eigenform.commands.make import summary
from eigenform.commands.paths import load_shape, save, writing
from eigenform.device import choose
from eigenform.errors import Cancelled, InputError
from eigenform.jobs import JobContext
from eigenform.logs import record_failure

BATCH_FAILED = 3


def run(args: argparse.Namespace, console: Console) -> int:
    """Work through a folder; exit status 3 where a file failed."""
    method, params = chosen(args.output, args.method, args.preset, flags(args))
    choose(getattr(params, "device", "cpu"))
    out = Path(args.out).expanduser()
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; --out needs a folder.")
    batch = Batch(find_files(Path(args.folder).expanduser(), out), out, method, params, args.force)

    def make(path: Path, target: Path, ctx: JobContext) -> dict[str, Any]:
        with console.watching(ctx):
            shape = load_shape(str(path), ctx)
            value = jobs.run(method, [shape], params, ctx)
            save(value, target)
        row = summary(method, params, value, target, 0.0)
        return {**{k: row[k] for k in ("modes", "loss", "optimum", "ratio", "out")}, "vertices": len(value.verts)}

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
    lines = [f"{'file'.ljust(width)}  status   vertices  modes    ratio  seconds"]
    for row in rows:
        ratio = f"{row['ratio']:.4f}" if row.get("ratio") is not None else "-"
        seconds = f"{row['seconds']:.1f}" if row.get("seconds") is not None else "-"
        counts = f"{row.get('vertices') or '-':>8}  {row.get('modes') or '-':>5}"
        lines.append(f"{row['file'].ljust(width)}  {row['status']:<7}  {counts}  {ratio:>7}  {seconds:>7}")
    return "\n".join(lines)
