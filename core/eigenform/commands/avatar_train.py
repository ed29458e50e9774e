"""The verb ``avatar-train``: train a network of the avatar pillar and write its weights and model card."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from eigenform.avatar.networks.settings import TrainParams
from eigenform.commands.chosen import flags
from eigenform.commands.console import Console
from eigenform.commands.make import restored_from
from eigenform.device import peak_bytes
from eigenform.errors import Cancelled, InputError
from eigenform.jobs import JobContext
from eigenform.params import make


def run(args: argparse.Namespace, console: Console) -> int:
    """Train one network."""
    params = make(TrainParams, flags(args))
    folder = Path(args.out)
    card = folder / f"{params.network}.json"
    if card.exists() and not args.force:
        raise InputError(f"{card} exists already; --force overwrites it.")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; the weights go into a folder.")
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / f"{params.network}.checkpoint"
    restored = restored_from(checkpoint, args.resume)
    ctx = JobContext(preview_every=None, checkpoint_path=checkpoint, restored=restored, checkpoint_every=120.0)
    began = time.monotonic()
    from eigenform.avatar.networks.train import train

    try:
        with console.watching(ctx):
            done = train(params, ctx, folder)
    except Cancelled:
        kept = f"The checkpoint {checkpoint} is kept; --resume goes on from it." if checkpoint.exists() else ""
        raise Cancelled(kept) from None
    checkpoint.unlink(missing_ok=True)
    row = {"network": params.network, "seed": params.seed, "device": done.card["device"], "out": str(done.card_path)}
    curve = done.card["curve"]
    row |= {"loss": curve[-1][1] if curve else None, "seconds": time.monotonic() - began, "peak_bytes": peak_bytes()}
    console.result(row)
    console.say(f"{done.card_path}: {params.network} trained for {done.card['training']['steps']} steps.")
    return 0
