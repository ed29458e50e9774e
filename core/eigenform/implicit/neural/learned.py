"""Learn the field of a shape with a network: the method ``neural``."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from eigenform import device as devices
from eigenform.errors import InputError
from eigenform.implicit.assemble import DISPLAY_RESOLUTION, assemble
from eigenform.implicit.extract import contour, extract_surface
from eigenform.implicit.fields import FramedField
from eigenform.implicit.neural import choices
from eigenform.implicit.neural.display import Display
from eigenform.implicit.neural.distil import Distillation
from eigenform.implicit.neural.eikonal import Eikonal
from eigenform.implicit.neural.frequency import choose, given
from eigenform.implicit.neural.labels import plain_labels, residual_labels, split_points
from eigenform.implicit.neural.model import HALF, Model
from eigenform.implicit.neural.networks import build
from eigenform.implicit.neural.settings import NeuralParams
from eigenform.implicit.neural.teacher import Lesson, alone, solved
from eigenform.implicit.neural.training import Task, Trainer
from eigenform.implicit.report import report_card
from eigenform.jobs import Checkpoint, JobContext
from eigenform.memory import require
from eigenform.provenance import describe, json_safe
from eigenform.types import ImplicitSurface, Shape

BAND, REACH, OFFSET = 3.0, 1.0, 0.25
"""Of the correction, in cells of the grid solve: where it acts, how far it moves the surface, and how far from a point
its normal is used."""

WHOLE = 288
"""Cells along a side up to which a surface is extracted from one grid, faster than by tiles."""

RACE_STEPS = 100
"""Steps of each candidate that races."""


def train(shape: Shape, *, params: NeuralParams, ctx: JobContext) -> ImplicitSurface:
    """Learn a field from points or a mesh, live.

    Reported while training: ``loss``, ``held_out`` (error on what is not trained on, relative to the longest side of
    the box) and ``best`` (its lowest value; that snapshot is previewed and kept).

    Parameters
    ----------
    shape : Shape
        A cloud, with or without normals, or a mesh.
    params : NeuralParams
    ctx : JobContext
        Previews are :class:`ImplicitSurface` objects.

    Raises
    ------
    InputError
        Bad parameters, an absent device, or points that make no surface.
    NeedsMemory
        Where the run would not fit.
    """
    devices.leave_a_core()
    with devices.plain_memory_errors("Training", "a smaller network, batch or finest grid would fit"):
        return _Run(shape, params, ctx).run()


class _Run:
    """One run: its points, its teacher where it has one, and its trainer."""

    def __init__(self, shape: Shape, params: NeuralParams, ctx: JobContext) -> None:
        self.params, self.ctx = params, ctx
        self.started = time.perf_counter() - ctx.waited
        self.device = devices.choose(params.device)
        self.kind = choices.network_kind(params, self.device)
        if self.kind == "hash" and self.device == "cpu":
            ctx.message("A hash grid is slow on a CPU; feature grids learn the same far faster")
        require(
            _forecast(self.kind, params, self.device, len(shape.verts)),
            f"Training {self.kind!r} on {shape.name}",
            "ask for a smaller network, batch or grid,",
        )
        self.shape, self.name = shape, shape.name
        self.distil = params.training == "distil"
        self.residual = self.distil and params.residual
        restored = ctx.restored
        if restored is None:
            self.lesson = solved(shape, params, ctx) if self.distil else alone(shape, params)
        elif restored.state.get("identity") == self._identity():
            self.lesson = Lesson.restored(restored)
        else:
            raise InputError("The checkpoint belongs to a run with other parameters or another shape.")
        self.frame, self.box = self.lesson.frame, self.lesson.box
        self.fresh: dict[str, Any] | None = None
        self.config = restored.state["network"] if restored else self._config()
        if restored:
            self.fresh = restored.state.get("fresh")
        self.display = Display(self.frame, self.box, DISPLAY_RESOLUTION)

    # -- set-up ------------------------------------------------------------------------------------------------

    def _identity(self) -> dict[str, Any]:
        """What must agree for a checkpoint to be taken up: the points and what decides a step."""
        values = json_safe(self.params)
        for name in ("steps", "seconds", "device", "resolution", "patience"):
            values.pop(name)
        digest = hashlib.sha256(self.shape.verts.tobytes() + self.shape.faces.tobytes())
        if self.shape.normals is not None:
            digest.update(np.asarray(self.shape.normals, dtype=np.float64).tobytes())
        return {"params": values, "shape": digest.hexdigest(), "kind": self.kind}

    def _config(self) -> dict[str, Any]:
        """The network's description, its frequency chosen."""
        return self._describe(self._frequency() if self.kind in choices.FREQUENCIES else 0.0)

    def _describe(self, frequency: float) -> dict[str, Any]:
        """The network's description with this frequency."""
        zero, geometric = self.residual, not self.distil
        return choices.config(self.kind, self.params, self.device, frequency=frequency, zero=zero, geometric=geometric)

    def _frequency(self) -> float:
        """The number asked for, or the one that FreSh chooses for the field of a grid solve."""
        value = given(self.params.frequency)
        if value is not None:
            return value
        lesson = self.lesson if self.distil else solved(self.shape, replace(self.params, teacher="64"), self.ctx)
        self.ctx.message("Choosing the frequency")
        usual = self._describe(1.0)
        field, race = lesson.field(), self._race if self.params.race else None
        value, self.fresh = choose(self.kind, field, usual["hidden"], usual["layers"], race, self.ctx.check)
        return value

    def _race(self, frequency: float) -> float:
        """Held-out error of a short training with this frequency."""
        self.config = self._describe(frequency)
        model = self._model()
        settings = replace(choices.settings(self.kind, self.params, self.device), steps=RACE_STEPS, seconds=0.0)
        quiet = JobContext(preview_every=None)
        quiet.check = self.ctx.check  # type: ignore[method-assign]
        nothing = Checkpoint({}, {})
        trainer = Trainer(model, self._task(model), settings, quiet, lambda *_: None, nothing, self.started)
        trainer.run()
        return trainer.least

    def _model(self) -> Model:
        net = build(self.config, self.params.seed).to(self.device)
        if not self.residual:
            return Model(self.config, net)
        cell = self.lesson.cell
        return Model(self.config, net, self.lesson.field(), BAND * cell, REACH * cell)

    def _task(self, model: Model) -> Task:
        p, rng = self.params, np.random.default_rng(self.params.seed)
        batch = choices.batch(self.kind, p, self.device)
        if self.distil:
            self.ctx.message("Making labels")
            cell, points, check = self.lesson.cell, self.lesson.points, self.ctx.check
            if model.base is not None:
                made = residual_labels(points, self.lesson.normals, model.base, OFFSET * cell, rng, check)
            else:
                made = plain_labels(points, self.lesson.field(), rng, 1.0, check)
            return Distillation(made[0].to(self.device), made[1].to(self.device), batch, cell)
        points, normals = self.lesson.points, self.lesson.normals
        train, test = split_points(len(points), rng)

        def tensor(x: np.ndarray) -> torch.Tensor:
            return torch.as_tensor(x, dtype=torch.float32, device=self.device)

        directions = None if normals is None else tensor(normals[train])
        on, off = tensor(points[train] / HALF), tensor(points[test] / HALF)
        return Eikonal(on, directions, off, batch, p.loss, p.divergence, p.seed)

    # -- results -----------------------------------------------------------------------------------------------

    def _extra(self) -> Checkpoint:
        """What a checkpoint holds beside the state of the training."""
        lesson = self.lesson.checkpoint()
        own = {"identity": self._identity(), "network": self.config, "fresh": self.fresh}
        return Checkpoint(lesson.arrays, {**lesson.state, **own})

    def _surface(self, model: Model, meta: dict[str, Any], resolution: int | None) -> ImplicitSurface:
        """The field as an implicit surface; its level set at ``resolution``, or at that of the display."""
        samples = self.display.samples(model, self.ctx.check)
        mesh = contour(samples, self.box) if resolution is None else self._fine(model, resolution)
        base_spec = None if model.base is None else {**self.lesson.spec, **self.frame.spec()}
        spec = {**model.describe(base_spec), **self.frame.spec()}
        arrays = {f"net.{k}": v.detach().cpu().numpy().copy() for k, v in model.net.state_dict().items()}
        if base_spec is not None:
            arrays |= {f"base.{k}": v for k, v in self.lesson.arrays.items()}
        return assemble(spec, arrays, self.box, name=self.name, meta=meta, samples=samples, mesh=mesh)

    def _fine(self, model: Model, resolution: int) -> tuple[np.ndarray, np.ndarray]:
        """The level set at a resolution, trimmed."""
        self.ctx.message("Extracting the surface")
        if resolution <= WHOLE:
            found = contour(Display(self.frame, self.box, resolution).samples(model, self.ctx.check), self.box)
        else:
            verts, faces, _ = extract_surface(
                FramedField(model, self.frame), self.box, resolution + 1, check=self.ctx.check
            )
            found = verts, faces
        return self.lesson.trimmed(*found, self.ctx.check)

    def _meta(self, trainer: Trainer, **more: Any) -> dict[str, Any]:
        return describe(
            "neural",
            self.params,
            seconds=trainer.elapsed,
            device=self.device,
            device_name=devices.describe(self.device),
            network=self.config,
            parameters=sum(v.numel() for v in trainer.model.net.parameters()),
            residual=self.residual,
            normals=self.lesson.state["normals"],
            noise=self.lesson.state["noise"] * self.frame.scale,
            steps=trainer.step,
            steps_planned=trainer.planned,
            loss=trainer.loss,
            held_out=trainer.least,
            held_out_start=trainer.start,
            curve=trainer.trace,
            fresh=self.fresh,
            **more,
        )

    def _show(self, model: Model, trainer: Trainer) -> None:
        self.ctx.preview(self._surface(model, self._meta(trainer, preview=True), None))

    # -- the run -----------------------------------------------------------------------------------------------

    def run(self) -> ImplicitSurface:
        """Train to the end and give the surface."""
        ctx, p = self.ctx, self.params
        model = self._model()
        task = self._task(model)
        settings = choices.settings(self.kind, p, self.device)
        trainer = Trainer(model, task, settings, ctx, self._show, self._extra(), self.started)
        if ctx.restored is not None:
            trainer.restore(ctx.restored)
        best = trainer.run()
        _orient(best)
        meta = self._meta(trainer, stopped=trainer.reason)
        surface = self._surface(best, meta, p.resolution)
        ctx.message("Measuring the result")
        points = self.frame.to_input(self.lesson.points)
        card = report_card(
            surface.verts,surface.faces,points,self.lesson.normals, check=ctx.check,
            settings=json_safe(p), seed=p.seed, seconds=trainer.elapsed, resolution=p.resolution,
        )  # fmt: skip
        return surface.replace(meta={**meta, "seconds": trainer.elapsed, "report": card})


def _orient(model: Model) -> None:
    """Make the corners of the cube positive: without normals training may end with the sides exchanged."""
    if model.base is not None:
        return
    corners = np.array(np.meshgrid(*[[-HALF, HALF]] * 3)).reshape(3, -1).T
    if np.median(model.values(corners)) < 0:
        model.sign = -model.sign


def _forecast(kind: str, params: NeuralParams, device: str, count: int) -> float:
    """Bytes of main memory that a run takes at its peak."""
    base = 450e6
    if params.training == "distil":
        base += {"64": 0.4e9, "128": 0.9e9, "256": 2.2e9}[params.teacher] * max(0.3, min(count, 200_000) / 100_000)
    if device != "cpu":
        return base
    if kind == "grids":
        # weights, their copy, gradients, two moments, and a checkpoint of them
        base += 2 * 4 * 9 * 1.15 * params.finest**3
    batch = choices.batch(kind, params, device)
    wide = {"grids": 32, "hash": 64}.get(kind, params.hidden or 128)
    layers = params.layers or 3
    return base + 4.0 * batch * wide * layers * (30 if params.training == "eikonal" else 6)
