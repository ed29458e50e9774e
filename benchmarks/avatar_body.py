"""The body: preparing it, loading it, agreement with Anny, and the cost of a body in a pose.

    avatar_body.py [--prepare] [--repeats 20]

CPU-seconds on one thread, the least of the repeats. ``--prepare`` also prepares the arrays anew, in a folder of its
own, which takes half a minute on an idle machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch
from common import table, verdict
from eigenform.avatar.body import store
from eigenform.avatar.body.anny_body import AnnyBody
from eigenform.avatar.body.arrays import load_arrays
from eigenform.avatar.body.extract_default import largest_error
from eigenform.avatar.body.prepare import prepared
from eigenform.avatar.body.rotations import axis_angle_to_matrix


def seconds(what: Callable[[], Any], repeats: int) -> float:
    """The least CPU time of the repeats after one to warm up."""
    what()
    times = []
    for _ in range(repeats):
        began = time.process_time()
        what()
        times.append(time.process_time() - began)
    return min(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("--repeats", type=int, default=20)
    args = parser.parse_args()
    torch.set_num_threads(1)
    path = prepared()
    model = AnnyBody(load_arrays(path))
    arrays = store.read(path)
    assert arrays is not None
    rows = [{"what": "load and check the prepared body", "ms": 1e3 * seconds(lambda: AnnyBody(load_arrays(path)), 5)}]
    generator = torch.Generator().manual_seed(0)
    for batch in (1, 32):
        shape = torch.rand(batch, 6, generator=generator)
        turns = axis_angle_to_matrix(0.3 * torch.randn(batch, len(model.bones), 3, generator=generator))
        wanted = shape.clone().requires_grad_(), turns.clone().requires_grad_()

        def forward(shape: torch.Tensor = shape, turns: torch.Tensor = turns) -> None:
            with torch.no_grad():
                model(shape, turns)

        def both(sliders: torch.Tensor = wanted[0], turns: torch.Tensor = wanted[1]) -> None:
            model(sliders, turns).verts.sum().backward()

        rows.append({"what": f"forward, batch {batch}", "ms": 1e3 * seconds(forward, args.repeats)})
        rows.append({"what": f"forward and backward, batch {batch}", "ms": 1e3 * seconds(both, args.repeats)})
    with torch.no_grad():
        rest = model.rest(shape[:1])
        transforms = model.transforms(rest, turns[:1])
        parts = {
            "shape at rest": lambda: model.rest(shape[:1]),
            "transforms of 104 bones": lambda: model.transforms(rest, turns[:1]),
            "skinning of 13718 vertices": lambda: model.skin(rest.verts, transforms),
        }
        rows += [{"what": name, "ms": 1e3 * seconds(part, args.repeats)} for name, part in parts.items()]
    table(rows)
    load, error = rows[0]["ms"] / 1e3, 1e6 * largest_error(arrays)
    good = [
        verdict(f"loading: {load:.3f} s <= 1", load <= 1.0),
        verdict(
            f"largest distance from Anny, {len(arrays['answer_shape'])} bodies: {error:.2f} um <= 10", error <= 10.0
        ),
    ]
    if args.prepare:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["EIGENFORM_CACHE"] = folder
            began = sum(os.times()[2:4])  # of child processes
            size = prepared().stat().st_size / 1e6
            took = sum(os.times()[2:4]) - began
            good.append(verdict(f"preparing {size:.1f} MB: {took:.1f} s <= 60", took <= 60.0))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
