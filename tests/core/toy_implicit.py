"""Small methods over the newer types, for tests of the command line: a sphere about points, its union, a picture."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from eigenform.io.implicit_files import sampled_surface
from eigenform.jobs import Checkpoint, JobContext
from eigenform.params import param
from eigenform.provenance import describe
from eigenform.registry import Method
from eigenform.types import Field, Image, ImplicitSurface, Photographs, Shape


@dataclass(frozen=True)
class BallParams:
    resolution: int = param(16, "Nodes along a side.", low=4, high=64)
    seed: int = param(0, "Seed.", low=0, high=100)
    steps: int = param(2, "Steps.", low=0, high=100_000)
    pause: float = param(0.0, "Time a step takes.", low=0.0, unit="s")


@dataclass(frozen=True)
class JoinParams:
    operation: str = param("union", "What is done.", choices=("union", "difference"))


@dataclass(frozen=True)
class NoParams:
    pass


def ball(shape: Shape, *, params: BallParams, ctx: JobContext) -> ImplicitSurface:
    """The ball about the points that touches the outermost one."""
    start = int(ctx.restored.state["step"]) if ctx.restored else 0
    try:
        for i in range(start, params.steps):
            ctx.step(i + 1, params.steps, "blowing", loss=1.0 / (i + 1))
            time.sleep(params.pause)
    finally:
        if ctx.cancelled:
            ctx.save_checkpoint(Checkpoint({"none": np.zeros(1)}, {"step": ctx.progress().step}))
    middle = shape.verts.mean(axis=0)
    radius = float(np.linalg.norm(shape.verts - middle, axis=1).max())
    box = np.stack([middle - 1.3 * radius, middle + 1.3 * radius])
    axes = np.meshgrid(*[np.linspace(box[0, i], box[1, i], params.resolution) for i in range(3)], indexing="ij")
    samples = np.linalg.norm(np.stack(axes, axis=-1) - middle, axis=-1) - radius
    meta = describe("ball", params, seconds=0.0, device="cpu", began_at=start)
    return sampled_surface(samples, box, name="ball", meta=meta)


def join(a: ImplicitSurface, b: ImplicitSurface, *, params: JoinParams, ctx: JobContext) -> ImplicitSurface:
    """On the samples of ``a``, which must have the box of ``b``."""
    sign = 1.0 if params.operation == "union" else -1.0
    samples = np.minimum(a.samples, b.samples) if sign > 0 else np.maximum(a.samples, -b.samples)
    return sampled_surface(samples, a.box, name="joined", meta=describe("join", params))


def peel(surface: ImplicitSurface, *, params: BallParams, ctx: JobContext) -> Shape:
    return Shape(surface.verts, surface.faces, name=surface.name)


def grey(image: Image, *, params: NoParams, ctx: JobContext) -> Image:
    return image.replace(pixels=image.pixels.mean(axis=2, keepdims=True))


def fill(field: Field, *, params: NoParams, ctx: JobContext) -> Field:
    return field.replace(values=1.0 - field.values)


def snaps(shape: Shape, *, params: NoParams, ctx: JobContext) -> Photographs:
    poses = np.tile(np.eye(4), (2, 1, 1))
    poses[:, 2, 3] = -3.0
    k = np.tile(np.array([[40.0, 0, 20], [0, 40, 15], [0, 0, 1]]), (2, 1, 1))
    images = np.random.default_rng(0).integers(0, 256, (2, 30, 40, 3)).astype(np.uint8)
    return Photographs(images, k, poses, np.zeros(3), 1.0)


def count(photographs: Photographs, *, params: NoParams, ctx: JobContext) -> Shape:
    return Shape(np.arange(3.0 * len(photographs.images)).reshape(-1, 3))


def much(inputs: list, params: BallParams) -> float:
    return 1e15 if params.resolution == 64 else 1e3


def _record(name: str, verb: str, inputs: tuple[str, ...], output: str, params: str, forecast: str = "") -> Method:
    target, where = f"toy_implicit:{name}", f"toy_implicit:{params}"
    return Method(name, name.title(), "implicit", verb, inputs, output, where, target, "Toy.", forecast=forecast)


TOYS = (
    _record("ball", "implicit", ("Shape",), "ImplicitSurface", "BallParams", "toy_implicit:much"),
    _record("join", "implicit", ("ImplicitSurface", "ImplicitSurface"), "ImplicitSurface", "JoinParams"),
    _record("peel", "peel", ("ImplicitSurface",), "Shape", "BallParams"),
    _record("grey", "grey", ("Image",), "Image", "NoParams"),
    _record("fill", "fill", ("Field",), "Field", "NoParams"),
    _record("snaps", "snaps", ("Shape",), "Photographs", "NoParams"),
    _record("count", "count", ("Photographs",), "Shape", "NoParams"),
)
