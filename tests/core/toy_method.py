"""A method for tests of the command line: no network, but steps, checkpoints, failures and noise on stdout."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import numpy as np
from eigenform import registry
from eigenform.errors import InputError
from eigenform.jobs import Checkpoint, JobContext
from eigenform.params import param
from eigenform.registry import Method
from eigenform.types import Basis, Shape


@dataclass(frozen=True)
class ToyParams:
    modes: int = param(3, "Number of modes.", low=1, high=10)
    seed: int = param(0, "Seed.", low=0, high=100)
    steps: int = param(3, "Steps.", low=0, high=100_000)
    pause: float = param(0.0, "Seconds a step takes.", low=0.0, unit="s")
    trouble: str = param("none", "What goes wrong.", choices=("none", "input", "crash", "noise", "memory"))


def run(shape: Shape, *, params: ToyParams, ctx: JobContext) -> Basis:
    """Orthonormal polynomials of the first coordinate; ``meta`` tells at which step the run began."""
    if params.trouble == "input":
        raise InputError("The toy was given bad input.")
    if params.trouble == "crash":
        raise RuntimeError("the toy broke")
    if params.trouble == "noise":
        print("a print in Python")
        os.write(1, b"a print in a native library\n")
    start = int(ctx.restored.state["step"]) if ctx.restored else 0
    try:
        for i in range(start, params.steps):
            ctx.step(i + 1, params.steps, "toying", loss=1.0 / (i + 1))
            time.sleep(params.pause)
    finally:
        if ctx.cancelled:
            ctx.save_checkpoint(Checkpoint({"none": np.zeros(1)}, {"step": ctx.progress().step}))
    mass = np.full(len(shape.verts), 1.0 / len(shape.verts))
    powers = np.vander(shape.verts[:, 0], params.modes, increasing=True)
    evecs = np.linalg.qr(powers * np.sqrt(mass)[:, None])[0] / np.sqrt(mass)[:, None]
    meta = {"method": "toy", "loss": 1.01, "optimum": 1.0, "device": "cpu", "began_at": start, "seed": params.seed}
    return Basis(shape.verts, shape.faces, evecs, np.arange(float(params.modes)), mass, meta=meta)


TOY = Method(
    name="toy",
    title="Toy",
    pillar="spectral",
    verb="basis",
    inputs=("Shape",),
    output="Basis",
    params="toy_method:ToyParams",
    target="toy_method:run",
    summary="For tests.",
)


def install() -> None:
    """Add the toy to the registry of this process."""
    registry.METHODS = (TOY, *(m for m in registry.METHODS if m.name != "toy"))
