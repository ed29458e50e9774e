"""Train the networks that ship in assets/weights, in the order in which they need each other: one call does it all.

    .venv/bin/python assets/train_avatar_networks.py --data /somewhere/people            # on this machine
    .venv/bin/python assets/train_avatar_networks.py --data /somewhere/people --plan gpu  # what a graphics card is for

Each is ``eigenform avatar-train`` with the values below, and goes on from its checkpoint after an interruption. Scores
on the held-out set are added to the cards by ``benchmarks/avatar_networks.py --write``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

WEIGHTS = Path(__file__).resolve().parent / "weights"

PLANS: dict[str, dict[str, dict[str, object]]] = {
    "cpu": {
        "lifter": {"steps": 8000, "batch": 256, "seconds": 1500},
        "finder": {"samples": 6016, "steps": 3200, "batch": 16, "seconds": 3000},
        "clother": {"samples": 6016, "steps": 3200, "batch": 16, "seconds": 3000},
        "occupancy": {"samples": 640, "steps": 3000, "batch": 8, "seconds": 600},
        "icon7": {"samples": 640, "steps": 3000, "batch": 8, "seconds": 600},
    },
    "gpu": {
        "lifter": {"steps": 60_000, "batch": 1024},
        "finder": {"samples": 50_048, "steps": 60_000, "batch": 64},
        "clother": {"samples": 50_048, "steps": 90_000, "batch": 64},
        "occupancy": {"samples": 6016, "steps": 20_000, "batch": 32},
        "icon7": {"samples": 6016, "steps": 20_000, "batch": 32},
    },
}
"""Parameters of :class:`eigenform.avatar.networks.settings.TrainParams` that differ from their defaults."""


def main() -> int:
    """Train what is missing; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="Folder of generated people; filled where it is not yet.")
    parser.add_argument("--plan", choices=sorted(PLANS), default="cpu")
    parser.add_argument("--only", nargs="*", choices=list(PLANS["cpu"]), help="By default all.")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    for name, values in PLANS[args.plan].items():
        if (args.only and name not in args.only) or (not args.only and (args.out / f"{name}.json").exists()):
            continue
        command = [sys.executable, "-m", "eigenform", "avatar-train", "--network", name, "--out", str(args.out)]
        command += ["--data", args.data, "--force"] + [f"--{key.replace('_', '-')}={value}" for key, value in values.items()]
        if (args.out / f"{name}.checkpoint").exists():
            command.append("--resume")
        if status := subprocess.run(command).returncode:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
