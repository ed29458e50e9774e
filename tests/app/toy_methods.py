"""Methods that tests register: a spectrum from a small dense matrix, with previews, checkpoints and failures."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from eigenform.errors import InputError
from eigenform.jobs import Checkpoint, JobContext
from eigenform.params import param
from eigenform.registry import Method
from eigenform.types import Basis, Shape


@dataclass(frozen=True)
class ToyParams:
    """Parameters of every kind."""

    modes: int = param(8, "Number of modes.", low=2, high=50)
    steps: int = param(10, "Steps.", low=0, high=100_000)
    pause: float = param(0.001, "Sleep of a step.", low=0.0, high=10.0, unit="s")
    flavour: str = param("plain", "A choice.", choices=("plain", "sweet"), group="More")
    loud: bool = param(False, "A switch.", group="More")
    fail: str = param("", "How to fail: input or crash.", group="More")


def basis_of(shape: Shape, modes: int, noise: float = 0.0) -> Basis:
    """Orthonormal functions: polynomials of the coordinates, orthogonalised with equal masses."""
    rng = np.random.default_rng(0)
    x = shape.verts - shape.verts.mean(axis=0)
    columns = [np.ones(len(x)), *(x[:, i % x.shape[1]] ** (1 + i // x.shape[1]) for i in range(modes - 1))]
    raw = np.stack(columns, axis=1) + noise * rng.normal(size=(len(x), modes))
    mass = np.full(len(x), 1.0 / len(x))
    q = np.linalg.qr(raw)[0] * np.sqrt(len(x))
    return Basis(
        shape.verts, shape.faces, q, np.arange(modes, dtype=float) ** 2, mass, meta={"method": "toy", "seed": 0}
    )


def train(shape: Shape, *, params: ToyParams, ctx: JobContext) -> Basis:
    """Take some steps, showing what is there so far."""
    if params.fail == "input":
        raise InputError("The toy was given something it cannot use; give it a sphere.")
    if params.fail == "crash":
        raise RuntimeError("the toy broke")
    start = int(ctx.restored.state["step"]) if ctx.restored else 0
    for i in range(start, params.steps):
        time.sleep(params.pause)
        noise = 1.0 - i / params.steps
        if ctx.preview_due():
            ctx.preview(basis_of(shape, params.modes, noise))
        if ctx.checkpoint_due():
            ctx.save_checkpoint(Checkpoint({"weights": np.zeros(3)}, {"step": i}))
        ctx.step(i + 1, params.steps, "training", loss=1.0 + noise, ratio=1.0 + noise)
    made = basis_of(shape, params.modes)
    return made.replace(meta={**made.meta, "started_at": start, "flavour": params.flavour})


METHODS = (
    Method(
        name="toy",
        title="Toy basis",
        pillar="spectral",
        verb="basis",
        inputs=("Shape",),
        output="Basis",
        params="toy_methods:ToyParams",
        target="toy_methods:train",
        summary="A basis of a moment.",
        presets={"long": {"steps": 5000}},
    ),
)
