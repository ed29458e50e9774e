"""Train networks such as those that ship in assets/weights, in the order in which they need each other, in one call.

    .venv/bin/python assets/train_avatar_networks.py --data /somewhere/people            # on this machine
    .venv/bin/python assets/train_avatar_networks.py --data /somewhere/people --plan gpu  # what a graphics card is for

They go to the folder ``weights`` beside the people, from where those that are better are copied to assets/weights.
Each is ``eigenform avatar-train`` with the values below, and goes on from its checkpoint after an interruption. Those
that ship were trained in several runs, each of which went on from the one before (``--start``) with people that were
new to it, the last ones on an H100 with all samples in its memory (finder, clother and lifter beside each other, 11
minutes); their cards list all of them. Scores on the held-out set are added to the cards by
``benchmarks/avatar_networks.py --write`` and ``benchmarks/avatar_surface.py --maps network --write``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

Stage = tuple[str, dict[str, object]]

PLANS: dict[str, tuple[Stage, ...]] = {
    "cpu": (
        ("lifter", {"steps": 12_000, "batch": 256, "seconds": 3000, "half": "off"}),
        ("finder", {"samples": 10_048, "steps": 100_000, "seconds": 10_800, "learning-rate": 1e-3}),
        ("clother", {"samples": 10_048, "steps": 100_000, "seconds": 8_700, "learning-rate": 1e-3}),
        ("occupancy", {"samples": 256, "steps": 3000, "seconds": 110, "batch": 4, "warm-up": 50, "half": "off"}),
        ("icon7", {"samples": 256, "steps": 3000, "seconds": 110, "batch": 4, "warm-up": 50, "half": "off"}),
    ),
    "gpu": (
        ("lifter", {"steps": 6000, "batch": 4096, "half": "off"}),
        ("finder", {"samples": 20_032, "steps": 15_000, "batch": 64, "averaging": 0.998}),
        ("clother", {"samples": 20_032, "steps": 15_000, "batch": 64, "averaging": 0.998}),
        ("occupancy", {"samples": 512, "steps": 10_000, "batch": 16, "half": "off"}),
        ("icon7", {"samples": 512, "steps": 10_000, "batch": 16, "half": "off"}),
    ),
}
"""Networks in their order. Values are flags of the verb."""


def main() -> int:
    """Train what is missing; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", required=True, type=Path, help="Folder of generated people; filled where it is not yet."
    )
    parser.add_argument("--plan", choices=sorted(PLANS), default="cpu")
    parser.add_argument("--only", nargs="*", help="Networks to train; by default all.")
    parser.add_argument("--out", type=Path, help="Folder of the networks, instead of DATA/weights.")
    args = parser.parse_args()
    out = args.out or args.data / "weights"
    for name, values in PLANS[args.plan]:
        if args.only and name not in args.only:
            continue
        if (out / f"{name}.json").exists():
            print(f"{out / name}.json is there already")
            continue
        if status := train(name, values, args.data, out):
            return status
    return 0


def train(name: str, values: dict[str, object], data: Path, out: Path) -> int:
    """Train one network; goes on from its checkpoint."""
    command = [sys.executable, "-m", "eigenform", "avatar-train", "--network", name, "--data", str(data)]
    command += ["--out", str(out), *(f"--{key}={value}" for key, value in values.items())]
    if (out / f"{name}.checkpoint").exists():
        command.append("--resume")
    environment = {**os.environ, "EIGENFORM_WEIGHTS": str(out)}  # the occupancy networks learn on this clother
    return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
