"""``eigenform export BASIS OUT``: the same basis in another format."""

from __future__ import annotations

import argparse

from eigenform.commands.console import Console
from eigenform.commands.paths import basis_format, check_out, load_basis, save


def run(args: argparse.Namespace, console: Console) -> int:
    """Write a basis again, in the format that the flag or OUT's ending names."""
    out = check_out(args.out, args.force)
    name = basis_format(out, args.format)
    basis = load_basis(args.basis)
    save(basis, out, name)
    console.result({"format": name, "modes": basis.modes, "vertices": len(basis.verts), "out": str(out)})
    console.say(f"{out}: {basis.modes} modes at {len(basis.verts)} vertices, as {name}.")
    return 0
