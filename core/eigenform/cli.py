"""The command line, generated from the registry.

A verb that makes something is an output type (``basis``); ``--method`` chooses a record of that verb; every parameter
of every record is a flag. Only :mod:`argparse`, the registry and the parameter classes are imported before a verb runs.

Exit status: 0 done, 1 a failure of ours (the log file is named), 2 bad input or usage, 3 some files of a batch failed,
130 cancelled.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from eigenform import __version__
from eigenform.avatar.networks.settings import TrainParams
from eigenform.device import limit_threads
from eigenform.errors import Cancelled, InputError
from eigenform.method import WORDS
from eigenform.params import Param, params_of
from eigenform.registry import Method, methods

DONE, FAILED, BAD_INPUT, BATCH_FAILED, CANCELLED = 0, 1, 2, 3, 130


class Parser(argparse.ArgumentParser):
    """A parser that answers bad usage with one sentence and no abbreviated flags."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs["allow_abbrev"] = False
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help).\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    limit_threads()
    from eigenform.commands.console import Console, open_closed_streams

    open_closed_streams()
    try:
        args = parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    console = Console(quiet=getattr(args, "quiet", False), as_json=getattr(args, "json", False))
    try:
        with console.guarded():
            status = _run(args, console, argv)
        console.flush()
    except KeyboardInterrupt:
        return _complain("Cancelled.", CANCELLED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader went away: nothing more to say
        return DONE
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _complain(f"Standard output cannot be written to: {error.strerror or error}.", FAILED)
    return status


def _run(args: argparse.Namespace, console: object, argv: Sequence[str] | None) -> int:
    try:
        handler = getattr(importlib.import_module(f"eigenform.commands.{args.module}"), "run")  # noqa: B009
        return int(handler(args, console) or DONE)
    except InputError as error:
        return _complain(str(error), BAD_INPUT)
    except (Cancelled, KeyboardInterrupt) as error:
        return _complain(f"Cancelled. {error}".strip(), CANCELLED)
    except Exception as error:
        from eigenform.logs import record_failure

        path = record_failure(error, " ".join(["eigenform", *(sys.argv[1:] if argv is None else argv)]))
        summary = " ".join(str(error).split())[:200] or "no message"
        return _complain(
            f"Something went wrong ({type(error).__name__}: {summary}); the details are in {path}.", FAILED
        )


def _complain(sentence: str, status: int) -> int:
    print("eigenform: " + " ".join(sentence.split()), file=sys.stderr, flush=True)
    return status


def parser() -> argparse.ArgumentParser:
    """The whole command line, built from the registry."""
    top = Parser(prog="eigenform", description="Learned geometry: eigenbases, implicit surfaces and pictures.")
    top.add_argument("--version", action="version", version=f"eigenform {__version__}")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    info = _verb(verbs, "info", "files", "What a file holds, and its health.", writes=False)
    info.add_argument("file", metavar="FILE", help=_INPUT)
    for verb in dict.fromkeys(m.verb for m in methods()):
        maker = _verb(verbs, verb, "make", _what(methods(verb)))
        some = "+" if all(m.inputs for m in methods(verb)) else "*"
        maker.add_argument("file", nargs=some, metavar="FILE", help=_INPUT)
        maker.add_argument("--out", required=True, metavar="OUT", help="File to write; its ending chooses the format.")
        maker.add_argument("--resume", action="store_true", help="Go on from OUT.checkpoint.")
        _method_flags(maker, methods(verb))
        maker.set_defaults(output=verb)
    evaluate = _verb(verbs, "evaluate", "evaluate", "Evaluate a trained basis on another shape.")
    evaluate.add_argument("basis", metavar="BASIS.npz")
    evaluate.add_argument("--on", required=True, metavar="FILE", help=_INPUT)
    evaluate.add_argument("--out", required=True, metavar="OUT")
    compare = _verb(
        verbs, "compare", "compare", "Compare a basis A with a reference B on the same vertices.", writes=False
    )
    compare.add_argument("a", metavar="A.npz")
    compare.add_argument("b", metavar="B.npz")
    export = _verb(verbs, "export", "export", "Write a basis, an implicit surface or a picture in another format.")
    export.add_argument("file", metavar="FILE", help="A basis, an implicit surface, a field or a picture.")
    export.add_argument("out", metavar="OUT")
    formats = "npz|diffusionnet|mat|ev|vtp|vtu|ply|csv, safetensors|vti|obj|stl|glb|off, png|jpeg"
    export.add_argument("--format", metavar="NAME", help=f"By default OUT's ending. One of {formats}.")
    batch = _verb(verbs, "batch", "batch", "Run a method on every file in a folder; goes on where it stopped.")
    batch.add_argument("folder", metavar="FOLDER")
    batch.add_argument("--out", required=True, metavar="DIR", help="Folder for the results and summary.csv.")
    _method_flags(batch, [m for m in methods() if len(m.inputs) == 1 and m.inputs[0] != "Photographs"])
    trainer = _verb(verbs, "avatar-train", "avatar_train", "Train a network for avatars; its weights go to OUT.")
    trainer.add_argument("--out", required=True, metavar="DIR", help="Folder for the weights and the model card.")
    trainer.add_argument("--resume", action="store_true", help="Go on from the checkpoint in OUT.")
    _flags(trainer, {p.name: [("", p)] for p in params_of(TrainParams)}, records=1)
    _verb(verbs, "methods", "listing", "List the methods and their parameters.", writes=False)
    samples = _verb(verbs, "samples", "listing", "List the built-in samples, or write one to a file.")
    samples.add_argument("name", nargs="?", metavar="NAME")
    samples.add_argument("out", nargs="?", metavar="OUT")
    samples.add_argument("--size", type=int, metavar="N", help="About how many vertices.")
    samples.add_argument("--seed", type=int, default=0, metavar="S")
    return top


_INPUT = "A mesh, points, a basis, an implicit surface, a picture, a folder of photographs, or sample:NAME."


def _what(records: Sequence[Method]) -> str:
    """What a verb does, from the types that its methods take and give."""
    inputs = dict.fromkeys(" and ".join(WORDS.get(i, i) for i in m.inputs) or "its parameters alone" for m in records)
    return f"Make {WORDS.get(records[0].output, records[0].output)} of {', or of '.join(inputs)}."


def _verb(
    verbs: argparse._SubParsersAction, name: str, module: str, text: str, writes: bool = True
) -> argparse.ArgumentParser:
    found: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
    found.set_defaults(module=module)
    found.add_argument("--json", action="store_true", help="One JSON object on standard output, nothing else.")
    found.add_argument("--quiet", action="store_true", help="No progress and no messages.")
    if writes:
        found.add_argument("--force", action="store_true", help="Overwrite what is there.")
    return found


def _method_flags(target: argparse.ArgumentParser, records: Sequence[Method]) -> None:
    """--method, --preset and one flag for each parameter of each record; absent flags leave no trace in args."""
    names = [m.name for m in records]
    target.add_argument("--method", default=names[0], metavar="|".join(names), help=f"By default {names[0]}.")
    presets = dict.fromkeys(["default", *(p for m in records for p in m.presets)])
    target.add_argument("--preset", default="default", metavar="|".join(presets), help="A named set of parameters.")
    owners: dict[str, list[tuple[str, Param]]] = {}
    for record in records:
        for p in params_of(record.params_class()):
            owners.setdefault(p.name, []).append((record.name, p))
    _flags(target, owners, len(records))
    for name, (meta, text) in _FOR_EVERY_METHOD.items():
        if name not in owners:
            target.add_argument(f"--{name}", dest=f"param_{name}", default=argparse.SUPPRESS, metavar=meta, help=text)


def _flags(target: argparse.ArgumentParser, owners: Mapping[str, Sequence[tuple[str, Param]]], records: int) -> None:
    """One flag for each parameter, which ``owners`` names with the records that have it."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for name, found in owners.items():
        last = found[-1][1]
        if last.group not in groups:
            groups[last.group] = target.add_argument_group(last.group)
        meta = "|".join(dict.fromkeys(c for _, p in found for c in p.choices)) or last.kind.upper()
        text = _help(found, everywhere=len(found) == records)
        groups[last.group].add_argument(
            last.flag, dest=f"param_{name}", default=argparse.SUPPRESS, metavar=meta, help=text
        )


_FOR_EVERY_METHOD = {
    "seconds": ("FLOAT", "Time limit: what is not done by then is stopped without a result (default none)."),
    "seed": ("INT", "Changes nothing: no random numbers are drawn."),
    "device": ("cpu", "Changes nothing: the CPU does the work."),
}
"""Flags that one line of a script can give to every method, where none of a verb has them."""


def _help(found: Sequence[tuple[str, Param]], everywhere: bool) -> str:
    unit = f" {found[-1][1].unit}" if found[-1][1].unit else ""
    defaults = {f"{p.default}{unit}" for _, p in found}
    if len(defaults) == 1:
        note = f"default {defaults.pop()}"
    else:
        note = ", ".join(f"{p.default}{unit} for {owner}" for owner, p in found)
    if not everywhere and found[0][1].name not in _FOR_EVERY_METHOD:
        note += "; only " + ", ".join(owner for owner, _ in found)
    return f"{found[0][1].help} ({note})".replace("%", "%%")
