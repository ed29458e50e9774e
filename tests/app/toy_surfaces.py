"""Methods on implicit surfaces that tests register: a ball that grows while it is trained, the union of two, a mesh."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from eigenform.implicit.assemble import assemble
from eigenform.jobs import JobContext
from eigenform.params import param
from eigenform.registry import Method
from eigenform.types import ImplicitSurface, Shape


def ball(radius: float = 0.6, nodes: int = 32, centre: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> ImplicitSurface:
    """A ball in the box [-1, 1] x [-1, 1] x [-1, 1] about ``centre``, known by its samples."""
    axes = np.linspace(-1.0, 1.0, nodes)
    x = np.stack(np.meshgrid(axes, axes, axes, indexing="ij"), axis=-1)
    samples = (np.linalg.norm(x, axis=-1) - radius).astype(np.float32)
    box = np.array([[-1.0] * 3, [1.0] * 3])
    spec = {"kind": "samples", "box": (box / 2).tolist(), "centre": list(centre), "scale": 2.0}
    made = assemble(spec, {"samples": samples / 2}, box + np.array(centre), samples=samples, name="ball")
    return made.replace(meta={"report": {"watertight": True, "components": 1, "genus": 0}})


@dataclass(frozen=True)
class BallParams:
    """How the ball grows."""

    steps: int = param(10, "Steps.", low=1, high=100_000)
    pause: float = param(0.01, "Sleep of a step.", low=0.0, high=10.0, unit="s")
    nodes: int = param(24, "Nodes along a side.", low=4, high=256)
    crop: str = param("", "Six numbers, least x y z then largest x y z; empty for no crop.", label="Crop box")


def grow(shape: Shape, *, params: BallParams, ctx: JobContext) -> ImplicitSurface:
    """A ball whose radius and topology of mesh change with every preview."""
    for i in range(params.steps):
        time.sleep(params.pause)
        if ctx.preview_due():
            ctx.preview(ball(0.3 + 0.4 * i / params.steps, params.nodes))
        ctx.step(i + 1, params.steps, "growing", loss=1.0 / (i + 1))
    made = ball(0.7, params.nodes)
    return made.replace(meta={**made.meta, "crop": params.crop, "points": len(shape.verts)})


@dataclass(frozen=True)
class UniteParams:
    """Of a union."""

    level: float = param(0.0, "Level of the result.", low=-10.0, high=10.0)


def unite(a: ImplicitSurface, b: ImplicitSurface, *, params: UniteParams, ctx: JobContext) -> ImplicitSurface:
    """The least of two fields on the grid of the first."""
    ctx.check()
    samples = np.minimum(a.samples, b.samples) - np.float32(params.level)
    spec = {**a.spec, "kind": "samples"}
    return assemble(spec, {"samples": samples / 2}, a.box, samples=samples, name="union")


METHODS = (
    Method(
        name="toy-ball", title="Toy ball", pillar="implicit", verb="implicit", inputs=("Shape",),
        output="ImplicitSurface", params="toy_surfaces:BallParams", target="toy_surfaces:grow",
        summary="A ball that grows.",
    ),
    Method(
        name="toy-union", title="Toy union", pillar="implicit", verb="implicit",
        inputs=("ImplicitSurface", "ImplicitSurface"), output="ImplicitSurface", params="toy_surfaces:UniteParams",
        target="toy_surfaces:unite", summary="Two in one.",
    ),
)  # fmt: skip
