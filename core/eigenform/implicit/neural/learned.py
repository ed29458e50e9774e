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
from eigenform.implicit.extract import contour
from eigenform.implicit.frame import Frame
from eigenform.implicit.neural import choices
from eigenform.implicit.neural.display import Display
from eigenform.implicit.neural.distil import Distillation
from eigenform.implicit.neural.eikonal import Eikonal
from eigenform.implicit.neural.frequency import choose, given
from eigenform.implicit.neural.labels import plain_labels, residual_labels, split_points
from eigenform.implicit.neural.model import HALF, Model, split
from eigenform.implicit.neural.networks import build
from eigenform.implicit.neural.settings import NeuralParams
from eigenform.implicit.neural.teacher import Teacher, oriented_points, solve
from eigenform.implicit.neural.training import Task, Trainer
from eigenform.implicit.report import report_card
from eigenform.jobs import Checkpoint, JobContext
from eigenform.memory import require
from eigenform.provenance import describe, json_safe
from eigenform.types import ImplicitSurface, Shape

BAND, REACH, OFFSET = 3.0, 1.0, 0.5
"""Of the correction, in cells of the grid solve: where it acts, how far it moves the surface, and how far from a point
its normal is used."""

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
        require(_forecast(self.kind, params, self.device, len(shape.verts)), f"Training {self.kind!r} on {shape.name}")
        self.cloud = oriented_points(shape, params)
        self.name = shape.name
        self.distil = params.training == "distil"
        self.residual = self.distil and params.residual
        restored = ctx.restored
        if restored is not None and restored.state.get("identity") != self._identity():
            raise InputError("The checkpoint belongs to a run with other parameters or another shape.")
        self.teacher = self._teacher(restored) if self.distil else None
        self.frame = self.teacher.frame if self.teacher else Frame.of_points(self.cloud.verts)
        self.box = self.teacher.box if self.teacher else self.frame.box(HALF)
        self.points = self.frame.to_unit(self.cloud.verts)
        self.normals = self._unit_normals()
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
        digest = hashlib.sha256(self.cloud.verts.tobytes())
        if self.cloud.normals is not None:
            digest.update(np.asarray(self.cloud.normals, dtype=np.float64).tobytes())
        return {"params": values, "points": digest.hexdigest(), "kind": self.kind}

    def _teacher(self, restored: Checkpoint | None) -> Teacher:
        if restored is None:
            return solve(self.cloud, self.params, self.ctx)
        stored = restored.state["teacher"]
        return Teacher(stored["spec"], split(restored.arrays, "base."), np.array(stored["box"]))

    def _unit_normals(self) -> np.ndarray | None:
        """Unit normals of the points; None where some are missing or of no length."""
        if self.cloud.normals is None:
            return None
        normals = np.asarray(self.cloud.normals, dtype=np.float64)
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        if not np.isfinite(normals).all() or not (length > 0).all():
            return None
        return normals / length

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
        teacher = self.teacher or solve(self.cloud, replace(self.params, teacher="64"), self.ctx)
        self.ctx.message("Choosing the frequency")
        usual = self._describe(1.0)
        field, race = teacher.field(), self._race if self.params.race else None
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
        assert self.teacher is not None
        base = self.teacher.field()
        cell = _cell(self.teacher)
        return Model(self.config, net, base, BAND * cell, REACH * cell)

    def _task(self, model: Model) -> Task:
        p, rng = self.params, np.random.default_rng(self.params.seed)
        batch = choices.batch(self.kind, p, self.device)
        if self.distil:
            assert self.teacher is not None
            self.ctx.message("Making labels")
            cell = _cell(self.teacher)
            if model.base is not None:
                made = residual_labels(self.points, self.normals, model.base, OFFSET * cell, rng, self.ctx.check)
            else:
                made = plain_labels(self.points, self.teacher.field(), rng, 1.0, self.ctx.check)
            return Distillation(made[0].to(self.device), made[1].to(self.device), batch, cell)
        train, test = split_points(len(self.points), rng)

        def tensor(x: np.ndarray) -> torch.Tensor:
            return torch.as_tensor(x, dtype=torch.float32, device=self.device)

        normals = None if self.normals is None else tensor(self.normals[train])
        return Eikonal(
            tensor(self.points[train] / HALF), normals, tensor(self.points[test] / HALF), batch,
            p.loss, p.divergence, p.seed,
        )  # fmt: skip

    # -- results -----------------------------------------------------------------------------------------------

    def _extra(self) -> Checkpoint:
        """What a checkpoint holds beside the state of the training."""
        state: dict[str, Any] = {"identity": self._identity(), "network": self.config, "fresh": self.fresh}
        arrays: dict[str, np.ndarray] = {}
        if self.teacher is not None:
            state["teacher"] = {"spec": dict(self.teacher.spec), "box": self.teacher.box.tolist()}
            arrays = {f"base.{k}": np.asarray(v) for k, v in self.teacher.arrays.items()}
        return Checkpoint(arrays, state)

    def _surface(self, model: Model, meta: dict[str, Any], resolution: int | None) -> ImplicitSurface:
        """The field as an implicit surface; its level set at ``resolution``, or at that of the display."""
        samples = self.display.samples(model, self.ctx.check)
        mesh = contour(samples, self.box)
        if resolution is not None:
            self.ctx.message("Extracting the surface")
            fine = Display(self.frame, self.box, resolution).samples(model, self.ctx.check)
            mesh = contour(fine, self.box)
        base_spec = self.teacher.spec if model.base is not None and self.teacher else None
        spec = {**model.describe(base_spec), **self.frame.spec()}
        arrays = {f"net.{k}": v.detach().cpu().numpy().copy() for k, v in model.net.state_dict().items()}
        if base_spec is not None and self.teacher:
            arrays |= {f"base.{k}": v for k, v in self.teacher.arrays.items()}
        return assemble(spec, arrays, self.box, name=self.name, meta=meta, samples=samples, mesh=mesh)

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
        _orient(best, self.points)
        meta = self._meta(trainer, stopped=trainer.reason)
        surface = self._surface(best, meta, p.resolution)
        ctx.message("Measuring the result")
        card = report_card(
            surface.verts, surface.faces, self.cloud.verts, self.cloud.normals, check=ctx.check,
            settings=json_safe(p), seed=p.seed, seconds=trainer.elapsed, resolution=p.resolution,
        )  # fmt: skip
        return surface.replace(meta={**meta, "seconds": trainer.elapsed, "report": card})


def _cell(teacher: Teacher) -> float:
    """The spacing of the grid solve's nodes, in the frame."""
    return 2 * HALF / (int(teacher.spec.get("resolution", 128)) - 1)


def _orient(model: Model, points: np.ndarray) -> None:
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
