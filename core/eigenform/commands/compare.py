"""``eigenform compare A B``: B is the reference and gives the mass."""

from __future__ import annotations

import argparse

from eigenform.commands.console import Console
from eigenform.commands.files import table
from eigenform.commands.paths import load_basis


def run(args: argparse.Namespace, console: Console) -> int:
    """Print how close basis A comes to basis B."""
    from eigenform.spectral.compare import compare

    report = compare(load_basis(args.a), load_basis(args.b)).as_dict()
    console.result(report, table(report))
    return 0
