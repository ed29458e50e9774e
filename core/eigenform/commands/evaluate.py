"""``eigenform evaluate BASIS --on FILE``: a trained network at the vertices of another shape."""

from __future__ import annotations

import argparse
import time

from eigenform.commands.console import Console
from eigenform.commands.paths import basis_format, check_out, load_basis, load_shape, save
from eigenform.device import peak_bytes
from eigenform.errors import InputError
from eigenform.jobs import JobContext


def run(args: argparse.Namespace, console: Console) -> int:
    """Evaluate a basis elsewhere and write the result."""
    out = check_out(args.out, args.force)
    basis_format(out)
    basis = load_basis(args.basis)
    if not basis.network:
        method = basis.meta.get("method", "an unknown method")
        raise InputError(
            f"{args.basis} (made by {method}) holds no trained network; only a learned basis can be moved."
        )
    from eigenform.io.basis_files import check_dimension
    from eigenform.spectral.evaluate import evaluate

    ctx = JobContext()
    began = time.monotonic()
    with console.watching(ctx):
        shape = load_shape(args.on, ctx)
        check_dimension(basis_format(out), shape.dimension)
        ctx.message("Evaluating the network")
        result = evaluate(basis, shape, ctx)
        save(result, out)
    row = {"modes": result.modes, "vertices": len(result.verts), "seconds": time.monotonic() - began}
    console.result({**row, "peak_bytes": peak_bytes(), "out": str(out)})
    console.say(f"{out}: {result.modes} modes at {len(result.verts)} vertices in {row['seconds']:.1f} s.")
    return 0
