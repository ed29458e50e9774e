"""Many files, one method: resumable, and one bad file does not stop it.

``batch.json`` in the output folder records what each result was made from (content hash, method, all parameters), so
that a second run redoes only what changed. ``summary.csv`` is rewritten after every file, so that it is always whole.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eigenform.errors import Cancelled, InputError
from eigenform.jobs import JobContext
from eigenform.provenance import json_safe
from eigenform.registry import Method

MANIFEST, SUMMARY = "batch.json", "summary.csv"
_FACTS = ("vertices", "faces", "modes", "watertight", "components", "genus", "loss", "optimum", "ratio", "channels")
COLUMNS = ("file", "status", *_FACTS, "seconds", "out", "message")
SUFFIXES = {"Basis": ".npz", "ImplicitSurface": ".npz", "Field": ".npz", "Shape": ".ply", "Image": ".png"}
SUFFIXES |= {"Body": ".npz", "Person": ".npz", "Avatar": ".npz", "Photographs": ""}  # "" is a folder
"""Type of output to the ending of the files of a batch."""
Make = Callable[[Path, Path, JobContext], dict[str, Any]]


@dataclass(frozen=True)
class Batch:
    """What is to be done: files of one folder, a method, its parameters, and where results go."""

    files: tuple[Path, ...]
    out: Path
    method: Method
    params: Any
    force: bool = False
    suffix: str = ".npz"

    def outputs(self) -> dict[Path, Path]:
        """Where the result of each file goes; files that differ only in their ending keep it in the name."""
        stems = [p.stem.lower() for p in self.files]
        names = {p: p.stem if stems.count(p.stem.lower()) == 1 else p.name for p in self.files}
        return {p: self.out / (name + self.suffix) for p, name in names.items()}


@dataclass
class Report:
    """One row a file, with the columns of ``summary.csv``."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def count(self, status: str) -> int:
        """How many files ended as ``done``, ``skipped`` or ``failed``."""
        return sum(row["status"] == status for row in self.rows)


def find_files(folder: Path, out: Path | None = None, wanted: str = "Shape") -> tuple[Path, ...]:
    """The readable files of a folder by name, leaving out hidden ones and what a batch wrote itself.

    ``wanted`` is the type that the method takes; it decides which endings are looked for.

    Raises
    ------
    InputError
        Where the folder is missing or holds nothing readable.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.")
    known = _endings(wanted)
    found = (p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in known and not p.name.startswith("."))
    made = {SUMMARY}
    if out is not None and out.is_dir() and out.samefile(folder):  # results stand among the inputs
        made |= set(_read_manifest(out))
    files = tuple(sorted((p for p in found if p.name not in made), key=lambda p: p.name))
    if not files:
        raise InputError(f"{folder} holds no file that can be read; endings are {', '.join(sorted(known))}.")
    return files


def _endings(wanted: str) -> set[str]:
    """The endings, with their dots, of files that can hold a value of that type."""
    from eigenform.io import image_files
    from eigenform.io.read import EXTENSIONS

    if wanted == "Image":
        return set(image_files.EXTENSIONS)
    if wanted == "ImplicitSurface":
        return {".npz", ".safetensors", ".vti"}
    if wanted in ("Body", "Person", "Avatar"):
        return {".npz"}
    return {"." + ext.lower().lstrip(".") for ext in EXTENSIONS}


def run_batch(
    batch: Batch,
    make: Make,
    *,
    on_start: Callable[[Path, int, JobContext], None] = lambda path, i, ctx: None,
    on_row: Callable[[dict[str, Any]], None] = lambda row: None,
    on_crash: Callable[[Exception, Path], Any] | None = None,
) -> Report:
    """Work through the files; a bad one is recorded and left behind.

    Parameters
    ----------
    batch : Batch
        What is to be done.
    make : callable
        ``make(file, out, ctx) -> row`` reads, runs and writes one file.
    on_start, on_row : callable
        Told before and after each file.
    on_crash : callable, optional
        Told of an unforeseen exception, to log it; its answer is named in the row.

    Raises
    ------
    Cancelled
        Where the running job was cancelled; everything done so far is kept.
    """
    batch.out.mkdir(parents=True, exist_ok=True)
    manifest, report = _read_manifest(batch.out), Report()
    for i, (path, out) in enumerate(batch.outputs().items()):
        row: dict[str, Any] = {"file": path.name, "out": str(out), "message": ""}
        began = time.monotonic()
        try:
            key = _key(path, batch)
            known = manifest.get(out.name, {})
            if out.exists() and known.get("done") and known.get("key") == key and not batch.force:
                row |= {**known.get("row", {}), "status": "skipped"}
            else:
                _make_one(batch, make, on_start, (path, out, i), (key, manifest), row)
                row["seconds"] = time.monotonic() - began
                manifest[out.name] = {"key": key, "done": True, "row": json_safe(row)}
                _write_manifest(batch.out, manifest)
        except InputError as error:
            row |= {"status": "failed", "message": str(error)}
        except Exception as error:
            if isinstance(error, Cancelled):
                raise
            where = f" ({on_crash(error, path)})" if on_crash else ""
            row |= {"status": "failed", "message": f"{type(error).__name__}: {error}{where}"}
        report.rows.append(row)
        write_summary(batch.out / SUMMARY, report.rows)
        on_row(row)
    return report


def _make_one(batch: Batch, make: Make, on_start: Callable, job: tuple, record: tuple, row: dict[str, Any]) -> None:
    """Run one file; go on from its checkpoint where one of the very same run was left."""
    (path, out, i), (key, manifest) = job, record
    known = manifest.get(out.name)
    if out.exists() and known is None and not batch.force:
        raise InputError(f"{out} exists and was not made by this batch; --force overwrites it.")
    checkpoint = out.with_name(out.name + ".checkpoint")
    restored = None
    if checkpoint.exists() and known is not None and known.get("key") == key and not known.get("done"):
        from eigenform.io.checkpoints import read_checkpoint

        restored = read_checkpoint(checkpoint)
    manifest[out.name] = {"key": key, "done": False}
    _write_manifest(batch.out, manifest)
    ctx = JobContext(preview_every=None, checkpoint_path=checkpoint, restored=restored)
    on_start(path, i, ctx)
    row |= {**make(path, out, ctx), "status": "done"}
    checkpoint.unlink(missing_ok=True)


def write_summary(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write ``summary.csv`` (utf-8, comma, one row a file) atomically."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows({k: "" if v is None else v for k, v in row.items()} for row in rows)
    _write(path, text.getvalue())


def _key(path: Path, batch: Batch) -> dict[str, Any]:
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "method": batch.method.name, "params": json_safe(batch.params)}


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError:
        raise InputError(f"{path} is damaged; remove it, or use another folder for --out.") from None


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    _write(folder / MANIFEST, json.dumps(manifest, indent=1))


def _write(path: Path, text: str) -> None:
    from eigenform.io.atomic import atomic_path

    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="surrogateescape")
