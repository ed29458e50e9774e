"""The verbs that make something: read a shape, run a method, write what it gives."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from eigenform import jobs
from eigenform.commands.chosen import chosen, flags
from eigenform.commands.console import Console
from eigenform.commands.paths import basis_format, check_out, load_shape, save
from eigenform.device import choose, peak_bytes
from eigenform.errors import Cancelled, InputError
from eigenform.jobs import Checkpoint, JobContext
from eigenform.registry import Method


def run(args: argparse.Namespace, console: Console) -> int:
    """Make one result of one shape."""
    method, params = chosen(args.output, args.method, args.preset, flags(args))
    from eigenform.io.basis_files import check_dimension

    out = check_out(args.out, args.force)
    if method.output == "Basis":
        basis_format(out)
    choose(getattr(params, "device", "cpu"))
    checkpoint = checkpoint_of(out)
    ctx = JobContext(preview_every=None, checkpoint_path=checkpoint, restored=_restored(checkpoint, args.resume))
    began = time.monotonic()
    try:
        with console.watching(ctx):
            shape = load_shape(args.file, ctx)
            if method.output == "Basis":
                check_dimension(basis_format(out), shape.dimension)
            value = jobs.run(method, [shape], params, ctx)
            save(value, out)
    except Cancelled:
        raise Cancelled(_where_to_go_on(checkpoint)) from None
    checkpoint.unlink(missing_ok=True)
    row = summary(method, params, value, out, time.monotonic() - began)
    console.result(row)
    console.say(sentence(row))
    return 0


def checkpoint_of(out: Path) -> Path:
    """Where the checkpoint of a result lies while it is being made."""
    return out.with_name(out.name + ".checkpoint")


def _restored(path: Path, wanted: bool) -> Checkpoint | None:
    if not wanted:
        return None
    if not path.exists():
        raise InputError(f"There is no checkpoint {path} to resume from.")
    from eigenform.io.checkpoints import read_checkpoint

    return read_checkpoint(path)


def _where_to_go_on(checkpoint: Path) -> str:
    if checkpoint.exists():
        return f"The checkpoint {checkpoint} is kept; the same command with --resume goes on from it."
    return "There is no checkpoint yet to go on from."


def summary(method: Method, params: Any, value: Any, out: Path, seconds: float) -> dict[str, Any]:
    """The JSON object of a finished run; None where a key has no meaning for the method."""
    meta = value.meta
    loss, optimum = meta.get("loss"), meta.get("optimum")
    return {
        "method": method.name,
        "modes": getattr(value, "modes", None),
        "samples": meta.get("samples", getattr(params, "samples", None)),
        "seed": getattr(params, "seed", None),
        "device": meta.get("device", "cpu"),
        "loss": loss,
        "optimum": optimum,
        "ratio": loss / optimum if loss is not None and optimum else None,
        "seconds": seconds,
        "peak_bytes": peak_bytes(),
        "out": str(out),
    }


def sentence(row: dict[str, Any]) -> str:
    """A finished run in one line for a person."""
    ratio = f", loss / optimum {row['ratio']:.4f}" if row["ratio"] is not None else ""
    return f"{row['out']}: {row['modes']} modes by {row['method']} in {row['seconds']:.1f} s{ratio}."
