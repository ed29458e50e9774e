"""``eigenform methods`` and ``eigenform samples``: what there is."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from eigenform.commands.console import Console
from eigenform.commands.paths import check_out, save
from eigenform.errors import InputError
from eigenform.params import params_of
from eigenform.registry import Method, methods


def run(args: argparse.Namespace, console: Console) -> int:
    """List methods or samples, or write one sample."""
    if args.verb == "methods":
        records = [describe_method(m) for m in methods()]
        console.result({"methods": records}, "\n\n".join(_method_text(m) for m in methods()))
        return 0
    from eigenform.io.samples import NAMES, describe, make_sample

    if args.name is None:
        listed = [{"name": name, "description": describe(name)} for name in NAMES]
        width = max(map(len, NAMES))
        console.result({"samples": listed}, "\n".join(f"{name.ljust(width)}  {describe(name)}" for name in NAMES))
        return 0
    if args.out is None:
        raise InputError(f"`eigenform samples {args.name} OUT` needs the name of the file to write.")
    out = check_out(args.out, args.force)
    shape = make_sample(args.name, args.size, args.seed)
    save(shape, out)
    row = {"name": args.name, "kind": shape.kind, "vertices": len(shape.verts), "faces": len(shape.faces)}
    console.result({**row, "out": str(out)})
    console.say(f"{out}: {args.name}, {len(shape.verts)} vertices, {len(shape.faces)} faces.")
    return 0


def describe_method(method: Method) -> dict[str, Any]:
    """A record with its parameters, JSON-safe."""
    return {**dataclasses.asdict(method), "params": [dataclasses.asdict(p) for p in params_of(method.params_class())]}


def _method_text(method: Method) -> str:
    lines = [f"{method.name}: {method.title}", f"  {method.summary}", f"  Source: {method.source}"]
    if method.presets:
        lines.append(f"  Presets: {', '.join(['default', *method.presets])}")
    lines += [f"  {p.flag:<18} {p.help} (default {p.default})" for p in params_of(method.params_class())]
    return "\n".join(lines)
