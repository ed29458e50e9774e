"""``eigenform export FILE OUT``: the same value in another format."""

from __future__ import annotations

import argparse

from eigenform.commands.console import Console
from eigenform.commands.paths import check_out, check_output, load_any, load_basis, save
from eigenform.types import Basis, Photographs, Shape


def run(args: argparse.Namespace, console: Console) -> int:
    """Write a basis, an implicit surface, a picture or a field again, in the format that OUT or the flag names."""
    out = check_out(args.out, args.force)
    value = load_any(args.file)
    if isinstance(value, (Shape, Photographs)):
        value = load_basis(args.file)  # says what was found and what would work
    name = check_output(type(value).__name__, out, args.format)
    save(value, out, name)
    if isinstance(value, Basis):
        console.result({"format": name, "modes": value.modes, "vertices": len(value.verts), "out": str(out)})
        console.say(f"{out}: {value.modes} modes at {len(value.verts)} vertices, as {name}.")
    else:
        console.result({"format": name, "vertices": len(value.verts), "faces": len(value.faces), "out": str(out)})
        console.say(f"{out}: {value.name}, as {name}.")
    return 0
