"""The verbs that make something: read what a method asks for, run it, write what it gives."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from eigenform import jobs
from eigenform.commands.chosen import chosen, flags
from eigenform.commands.console import Console
from eigenform.commands.deadline import deadline, limit_of
from eigenform.commands.outcome import sentence, summary
from eigenform.commands.paths import check_out, check_output, load_value, save
from eigenform.device import choose
from eigenform.errors import Cancelled, InputError
from eigenform.jobs import Checkpoint, JobContext
from eigenform.memory import require_for
from eigenform.method import WORDS
from eigenform.registry import Method


def run(args: argparse.Namespace, console: Console) -> int:
    """Make one result of one file, or of several."""
    method, params = chosen(args.output, args.method, args.preset, flags(args))
    files = list(args.file)
    _must_be_as_many(method, files)
    seconds = limit_of(method, flags(args))
    out = check_out(args.out, args.force, folder=method.output == "Photographs")
    check_output(method.output, out)
    choose(getattr(params, "device", "cpu"))
    checkpoint = checkpoint_of(out)
    ctx = JobContext(preview_every=None, checkpoint_path=checkpoint, restored=restored_from(checkpoint, args.resume))
    began = time.monotonic()
    try:
        with console.watching(ctx), deadline(ctx, seconds, method):
            value = make(method, params, files, out, ctx)
    except Cancelled:
        raise Cancelled(_where_to_go_on(checkpoint)) from None
    checkpoint.unlink(missing_ok=True)
    row = summary(method, params, value, out, time.monotonic() - began)
    console.result(row)
    console.say(sentence(row))
    return 0


def make(method: Method, params: Any, files: list[str], out: Path, ctx: JobContext) -> Any:
    """Read the inputs of ``method``, run it and write what it gives to ``out``."""
    inputs = [load_value(text, wanted, ctx) for text, wanted in zip(files, method.inputs, strict=True)]
    if method.output == "Basis":
        from eigenform.commands.paths import basis_format
        from eigenform.io.basis_files import check_dimension

        check_dimension(basis_format(out), inputs[0].dimension)
    require_for(method, inputs, params)
    value = jobs.run(method, inputs, params, ctx)
    save(value, out)
    return value


def checkpoint_of(out: Path) -> Path:
    """Where the checkpoint of a result lies while it is being made."""
    return out.with_name(out.name + ".checkpoint")


def _must_be_as_many(method: Method, files: list[str]) -> None:
    wanted = method.inputs
    if len(files) != len(wanted):
        words = " and ".join(WORDS.get(w, w) for w in wanted) or "nothing"
        raise InputError(f"Method {method.name} takes {words}, so {len(wanted)} FILE, not {len(files)}.")


def restored_from(path: Path, wanted: bool) -> Checkpoint | None:
    """The checkpoint to go on from, where one is wanted."""
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
