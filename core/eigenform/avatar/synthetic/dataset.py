"""Samples in files: made by several processes, resumable, read back without unpickling.

``python -m eigenform.avatar.synthetic.dataset OUT --count N`` makes them from the command line.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.avatar.processes import spread
from eigenform.avatar.synthetic.streams import stratum_of
from eigenform.device import cores
from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

SHARD = 64
"""Samples in a file."""

FIRST_TRAINING_SEED = 1_000_000
"""Training seeds begin here; those below 1000 are held out."""


def generate(
    path: str | os.PathLike[str],
    count: int,
    first_seed: int = FIRST_TRAINING_SEED,
    size: int = 256,
    workers: int | None = None,
    ctx: JobContext | None = None,
) -> list[Path]:
    """Make ``count`` samples with consecutive seeds; files that exist are left as they are.

    Parameters
    ----------
    path : path
        Folder of the files ``people-<first seed of the file>.npz``; made where it is missing.
    count : int
        Rounded up to whole files of :data:`SHARD`.
    first_seed : int
        Of the first sample; the stratum follows from the seed (:func:`.streams.stratum_of`).
    size : int
        Pixels along a side.
    workers : int, optional
        Processes, each with one thread; by default one for each core.
    ctx : JobContext, optional
        Sees the progress; may pause and cancel.

    Returns
    -------
    list of path
        Their files in the order of the seeds.
    """
    from eigenform.jobs import JobContext

    workers = cores() if workers is None else workers
    if count < 1 or size < 16 or workers < 1 or first_seed < 0:
        raise InputError(f"Cannot make {count} samples of {size} pixels from seed {first_seed} with {workers} workers.")
    ctx = ctx or JobContext()
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(first_seed, first_seed + count, SHARD)
    files = [folder / f"people-{start:08d}.npz" for start in starts]
    missing = [(start, file) for start, file in zip(starts, files, strict=True) if not file.exists()]
    done = len(files) - len(missing)
    ctx.step(done * SHARD, len(files) * SHARD, "Making people")
    for _ in _made(missing, size, workers, ctx):
        done += 1
        ctx.step(done * SHARD, len(files) * SHARD, "Making people")
    return files


def _made(missing: list[tuple[int, Path]], size: int, workers: int, ctx: JobContext) -> Iterator[Path]:
    """Files as they get ready."""
    if not missing:
        return
    from eigenform.avatar.body.load import load_body

    load_body(ctx=ctx)  # prepared once, before the processes ask for it
    yield from spread(_write, [(*each, size) for each in missing], ctx, workers, apart=True)


def _write(start: int, file: Path, size: int) -> Path:
    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.synthetic.sample import make_sample

    model = load_body()
    seeds = range(start, start + SHARD)
    samples = [make_sample(seed, stratum_of(seed), size, model) for seed in seeds]
    write_shard(file, samples, seeds, [stratum_of(seed) for seed in seeds])
    return file


def write_shard(file: Path, samples: Sequence[dict[str, Any]], seeds: Sequence[int], strata: Sequence[str]) -> None:
    """Write samples to one file; see :func:`read` for its arrays."""
    arrays = {name: np.stack([packed(name, sample[name]) for sample in samples]) for name in STORED}
    arrays["seed"] = np.asarray(seeds, dtype=np.int64)
    arrays["stratum"] = np.asarray(strata, dtype="U8")
    with atomic_path(file) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


STORED = (
    "rgb", "mask", "normal_front", "normal_back", "depth_front", "depth_back", "shape", "rotations", "camera",
    "keypoints", "keypoints3d",
)  # fmt: skip
"""Arrays of :func:`.sample.make_sample` that are kept."""


def packed(name: str, value: np.ndarray) -> np.ndarray:
    """An array as it is stored."""
    if name.startswith("normal"):
        return np.rint(127 * value.astype(np.float32)).astype(np.int8)
    if name.startswith("depth"):
        return value.astype(np.float16)
    return value


def read(file: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The arrays of one file, the first axis counting its n samples.

    ``rgb`` (n, S, S, 3) uint8; ``mask`` (n, S, S) bool; ``normal_front``, ``normal_back`` (n, S, S, 3) int8, 127 times
    the unit normal in view axes; ``depth_front``, ``depth_back`` (n, S, S) float16, m toward the viewer from the root,
    0 outside the mask; ``shape`` (n, 6), ``rotations`` (n, M, 3) main bones, ``camera`` (n, 3), ``keypoints``
    (n, 23, 3), ``keypoints3d`` (n, 23, 3) float32; ``seed`` (n,) int64; ``stratum`` (n,) text.
    """
    try:
        with np.load(file, allow_pickle=False) as stored:
            missing = [name for name in (*STORED, "seed", "stratum") if name not in stored.files]
            if missing:
                raise InputError(f"{file} is not a file of samples: it has no {missing[0]}.")
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read samples from {file}: {error}.") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    from eigenform.jobs import JobContext

    parser = argparse.ArgumentParser(prog="python -m eigenform.avatar.synthetic.dataset", description=__doc__)
    parser.add_argument("out", type=Path, help="folder of the files")
    parser.add_argument("--count", type=int, default=SHARD)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--first-seed", type=int, default=FIRST_TRAINING_SEED)
    options = parser.parse_args(arguments)

    class Printed(JobContext):
        def step(self, i: int, n: int, message: str | None = None, **scalars: float) -> None:
            super().step(i, n, message, **scalars)
            left = self.progress().remaining
            tail = "" if left is None else f", {left / 60:.0f} min left"
            print(f"{i} of {n} samples{tail}", flush=True)

    try:
        generate(options.out, options.count, options.first_seed, options.size, options.workers, Printed())
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
