"""Train the networks that ship in assets/weights, in the order in which they need each other: one call does it all.

    .venv/bin/python assets/train_avatar_networks.py --data /somewhere/people            # on this machine
    .venv/bin/python assets/train_avatar_networks.py --data /somewhere/people --plan gpu  # what a graphics card is for

Each is ``eigenform avatar-train`` with the values below, and goes on from its checkpoint after an interruption. Scores
on the held-out set are added to the cards by ``benchmarks/avatar_networks.py --write``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

WEIGHTS = Path(__file__).resolve().parent / "weights"

Stage = tuple[str, dict[str, object]]

PLANS: dict[str, tuple[Stage, ...]] = {
    "cpu": (
        ("lifter", {"steps": 12_000, "batch": 256, "learning-rate": 1.5e-3, "seconds": 1500, "half": "off"}),
        ("finder", {"samples": 6016, "steps": 100_000, "seconds": 2550, "learning-rate": 1e-3}),
        ("finder", {"samples": 6016, "first-seed": 1_003_008, "steps": 100_000, "seconds": 2250,
                    "learning-rate": 9e-4, "warm-up": 30}),
        ("clother", {"samples": 6016, "steps": 100_000, "seconds": 2150, "learning-rate": 1e-3}),
        ("clother", {"samples": 6016, "first-seed": 1_003_008, "steps": 100_000, "seconds": 2250,
                     "learning-rate": 9e-4, "warm-up": 30}),
        ("occupancy", {"samples": 256, "first-seed": 1_003_008, "steps": 3000, "seconds": 110, "batch": 4,
                       "warm-up": 50, "half": "off"}),
        ("icon7", {"samples": 256, "first-seed": 1_003_008, "steps": 3000, "seconds": 110, "batch": 4,
                   "warm-up": 50, "half": "off"}),
    ),
    "gpu": (
        ("lifter", {"steps": 60_000, "batch": 1024}),
        ("finder", {"samples": 50_048, "steps": 60_000, "batch": 64}),
        ("clother", {"samples": 50_048, "steps": 90_000, "batch": 64}),
        ("occupancy", {"samples": 6016, "steps": 20_000, "batch": 32}),
        ("icon7", {"samples": 6016, "steps": 20_000, "batch": 32}),
    ),
}  # fmt: skip
"""Stages in their order; a network that comes again goes on from its first stage. Values are flags of the verb."""


def main() -> int:
    """Train what is missing; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", required=True, type=Path, help="Folder of generated people; filled where it is not yet."
    )
    parser.add_argument("--plan", choices=sorted(PLANS), default="cpu")
    parser.add_argument("--only", nargs="*", help="Networks to train; by default all.")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    for index, (name, values) in enumerate(PLANS[args.plan]):
        if args.only and name not in args.only:
            continue
        again = any(earlier == name for earlier, _ in PLANS[args.plan][:index])
        last = all(later != name for later, _ in PLANS[args.plan][index + 1 :])
        out = args.out if last else args.data / f"stage-{index}"
        if (out / f"{name}.json").exists():
            print(f"{out / name}.json is there already")
            continue
        if status := train(name, values, args.data, out, args.data / f"stage-{index - 1}" if again else None):
            return status
    return 0


def train(name: str, values: dict[str, object], data: Path, out: Path, start: Path | None) -> int:
    """Run one stage; goes on from its checkpoint."""
    command = [sys.executable, "-m", "eigenform", "avatar-train", "--network", name, "--data", str(data)]
    command += ["--out", str(out), *(f"--{key}={value}" for key, value in values.items())]
    if start is not None:
        command += ["--start", str(start)]
    if (out / f"{name}.checkpoint").exists():
        command.append("--resume")
    environment = {**os.environ, "EIGENFORM_WEIGHTS": str(out)}  # the occupancy networks learn on this clother
    return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
