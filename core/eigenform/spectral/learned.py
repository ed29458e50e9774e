"""Train a network whose columns span the smooth functions of a shape (Velich et al., arXiv 2512.01103)."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from eigenform import device as devices
from eigenform.errors import Cancelled, InputError
from eigenform.jobs import Checkpoint, JobContext
from eigenform.optimiser_state import load_optimiser, optimiser_arrays
from eigenform.provenance import describe, json_safe
from eigenform.spectral.assemble import assemble, shape_mass
from eigenform.spectral.draws import Draw, choose_samples, make_draw, normalisation, point_pool
from eigenform.spectral.interpolate import interpolate
from eigenform.spectral.loss import exact, nested_loss, orthonormal, ritz_loss, solve_last_layer, solve_on
from eigenform.spectral.model import Frame, Model, away_from_zero
from eigenform.spectral.networks import build
from eigenform.spectral.optimum import operator_words, optimum_value
from eigenform.spectral.readout import inverse_errors, log_spectrum
from eigenform.spectral.schedule import rate_factor
from eigenform.spectral.settings import LearnedParams
from eigenform.types import Basis, Shape

GAUGE_EVERY = 8
"""Steps between two looks at the gauge, loss / optimum on the fixed evaluation draw."""

PREVIEW_SHARE = 0.2
"""Largest share of the time that previews may take."""


def train(shape: Shape, *, params: LearnedParams, ctx: JobContext) -> Basis:
    """Learn an eigenbasis from points alone and evaluate it at every vertex.

    The untrained network with its last layer solved exactly is previewed first; training improves it. Reported while
    training: ``loss``, ``ratio`` (loss / optimum on the fixed evaluation draw) and ``captured`` (energy of the
    optimum's modes in the learned span).

    Parameters
    ----------
    shape : Shape
        A mesh (its faces serve to take area-uniform samples, nothing else), a cloud, or points of any dimension.
    params : LearnedParams
    ctx : JobContext
        Previews are :class:`Basis` objects at the shape's vertices.

    Returns
    -------
    Basis
        With the trained network.

    Raises
    ------
    InputError
        Bad parameters, an absent device, or fewer distinct points than modes.
    NeedsMemory
        Where the run would not fit.
    """
    from eigenform.memory import forecast, require

    needed = forecast("learned", len(shape.verts), params, mesh=shape.kind == "mesh")
    require(needed, f"Learning a basis on {len(shape.verts):,} points")
    devices.leave_a_core()
    with devices.plain_memory_errors("Training"):
        return Training(shape, params, ctx).run()


@dataclass
class _Batch:
    """A draw as tensors on the device."""

    draw: Draw
    points: Tensor
    marks: Tensor
    root: Tensor
    targets: Tensor


@dataclass
class _Gauge:
    """The newest look at the evaluation draw."""

    loss: float = float("nan")
    ratio: float = float("nan")
    captured: float = float("nan")
    trace: list[tuple[int, float]] = field(default_factory=list)


class Training:
    """One run. Its state after a step is the network, the optimiser and the number of the step: nothing else."""

    def __init__(self, shape: Shape, params: LearnedParams, ctx: JobContext) -> None:
        if params.inner_product == "learned" and params.last_layer != "qr":
            raise InputError("The learned inner product reads the first column, so it needs the 'qr' last layer.")
        self.shape, self.params, self.ctx = shape, params, ctx
        self.started = time.perf_counter()
        self.device = devices.choose(params.device)
        self.divide = params.inner_product == "learned"
        self.gauge = _Gauge()
        self.step = 0
        ctx.message("Taking samples")
        pool = point_pool(shape, params.seed, params.samples)
        centre, scale = normalisation(pool)
        self.pool = (pool - centre) / scale
        self.batches: list[_Batch] = []
        self._add_batch(0)
        first = self.batches[0].draw
        self.frame = Frame(centre, scale, first.points, first.diffusion.labels)
        self.draws = 1 if len(first.points) == len(self.pool) else params.draws
        self.optimum = optimum_value(first)
        self.config = self._network_config()
        self.net = build(self.config, params.seed).to(self.device)
        self._mass: np.ndarray | None = None
        self._preview_cost = 0.0

    # -- set-up ------------------------------------------------------------------------------------------------

    def _network_config(self) -> dict[str, Any]:
        """The JSON description the network is built from."""
        p = self.params
        extra = 1 if self.frame.components > 1 else 0
        columns = max(p.columns, p.modes + 2) if p.last_layer == "ritz" else p.modes
        common = {
            "dimension": self.shape.dimension + extra,
            "columns": columns,
            "hidden": p.hidden,
            "layers": p.layers,
        }
        if p.network == "transformer":
            return {"kind": "transformer", **common}
        direct = p.last_layer == "ritz"
        return {
            "kind": "coordinate",
            **common,
            "frequencies": p.frequencies,
            "bandwidth": p.bandwidth,
            "direct": direct,
        }

    def _add_batch(self, number: int) -> None:
        """Take draw ``number`` and put it on the device, in the place of the oldest one where there are enough."""
        p = self.params
        points = self.pool[choose_samples(self.pool, p.samples, p.seed, number, self.ctx.check)]
        draw = make_draw(points, p, number, p.inner_product, self.ctx)
        if number == 0:
            labels, components = draw.diffusion.labels, draw.diffusion.components
            lifted, labels = Frame(np.zeros(points.shape[1]), 1.0, points, labels).lifted(points, labels)
        else:
            lifted, labels = self.frame.lifted(points)
            components = self.frame.components
        marks = (labels[:, None] == np.arange(1, components)).astype(np.float32)

        def tensor(x: np.ndarray) -> Tensor:
            return torch.as_tensor(np.ascontiguousarray(x), dtype=torch.float32, device=self.device)

        # the uniform weight 1/N is a common factor of loss and optimum, so every choice shares one code path
        self.batches.append(_Batch(draw, tensor(lifted), tensor(marks), tensor(draw.root), tensor(draw.targets)))

    @cached_property
    def optimiser(self) -> torch.optim.Optimizer:
        """Made when the first step needs it: torch imports for more than a second on its first use."""
        p = self.params
        return torch.optim.AdamW(self.net.parameters(), lr=p.learning_rate, weight_decay=p.weight_decay)

    # -- one step ----------------------------------------------------------------------------------------------

    def _columns(self, batch: _Batch, mixed: bool = False) -> Tensor:
        """Plain columns on a batch, with the indicators of its components.

        Mixed precision serves the gradient steps alone: what is measured or kept is what the network gives when it is
        evaluated elsewhere.
        """
        kind = self.device.split(":")[0]
        with torch.autocast(kind, dtype=torch.bfloat16, enabled=mixed):
            found = self.net(batch.points)
        return torch.cat([found.float(), batch.marks], 1)

    def _loss(self, batch: _Batch, mixed: bool = False) -> Tensor:
        """The nested loss on a batch."""
        p, columns = self.params, self._columns(batch, mixed)
        if p.last_layer == "ritz":
            return ritz_loss(columns * batch.root, batch.targets, p.modes)[0]
        columns = columns[:, : p.modes]
        if not self.divide:
            # targets are weighted already, and the mean over probes is folded into them
            return nested_loss(columns * batch.root, batch.targets) * batch.targets.shape[1]
        mass = orthonormal(columns)[:, 0] ** 2 + 1e-12
        return nested_loss(columns, batch.targets, mass, error="plain") * batch.targets.shape[1]

    def _train_step(self) -> float:
        """One gradient step; its draw, learning rate and samples depend on the number of the step alone."""
        p = self.params
        if p.resample_every and self.step and self.step % p.resample_every == 0:
            self._resample(self.step // p.resample_every)
        batch = (
            self.batches[1 + self.step % (len(self.batches) - 1)]
            if p.resample_every
            else (self.batches[self.step % len(self.batches)])
        )
        for group in self.optimiser.param_groups:
            group["lr"] = p.learning_rate * rate_factor(p.schedule, self.step, p.steps)
        self.optimiser.zero_grad(set_to_none=True)
        loss = self._loss(batch, p.precision == "mixed")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), p.clip)
        self.optimiser.step()
        self.step += 1
        return float(loss.detach())

    def _resample(self, generation: int) -> None:
        """Replace the oldest training draw; draw 0 stays for the gauge."""
        self._add_batch(self.draws + generation)
        del self.batches[1]

    def _prepare_draws(self) -> None:
        """Take the draws trained on at the present step (after a restart these are not the first ones)."""
        p = self.params
        # with resampling, draw 0 serves the gauge alone and the others are trained on
        wanted = self.draws + (1 if p.resample_every else 0)
        generation = max(self.step - 1, 0) // p.resample_every if p.resample_every else 0
        for number in range(1, wanted):
            self._add_batch(generation + number)
            self.ctx.message(f"Taking samples ({number + 1} of {wanted})")

    def _look(self) -> None:
        """Read the gauge on the evaluation draw."""
        batch, p = self.batches[0], self.params
        with torch.no_grad():
            self.gauge.loss = float(self._loss(batch))
            columns = self._columns(batch)
            if p.last_layer == "ritz":
                _, last = solve_on(columns * batch.root, batch.targets, p.modes)
                frame = exact(columns * batch.root) @ last
            else:
                frame = orthonormal(exact(columns[:, : p.modes] * batch.root))
        overlap = batch.draw.vectors.T @ frame.cpu().numpy()
        self.gauge.captured = float((overlap**2).sum() / p.modes)
        self.gauge.ratio = self.gauge.loss / self.optimum
        if self.gauge.trace and self.gauge.trace[-1][0] == self.step:  # looked at already, before a restart
            self.gauge.trace.pop()
        self.gauge.trace.append((self.step, self.gauge.ratio))

    # -- results -----------------------------------------------------------------------------------------------

    def _last_layer(self) -> tuple[np.ndarray, np.ndarray]:
        """The last layer over all draws at hand, and the relative eigenvalues of its modes."""
        p = self.params
        gram, covariance = torch.zeros(()), torch.zeros(())
        stacked = []
        with torch.no_grad():
            for batch in self.batches:
                columns = exact(self._columns(batch) * batch.root)
                seen = columns.T @ exact(batch.targets)
                gram, covariance = gram + columns.T @ columns, covariance + seen @ seen.T
                stacked.append(columns.cpu().numpy())
            if p.last_layer == "ritz":
                last: np.ndarray = solve_last_layer(gram, covariance, p.modes)[1].cpu().numpy()
            else:
                corner = np.linalg.qr(np.concatenate(stacked)[:, : p.modes])[1]
                last = np.zeros((stacked[0].shape[1], p.modes))
                last[: p.modes] = np.linalg.inv(corner)
        if last.shape[1] < p.modes:
            raise InputError(
                f"The network's columns tell only {last.shape[1]} modes apart; fewer modes or a lower learning rate "
                "would work."
            )
        norms, diffused = np.zeros(p.modes), np.zeros(p.modes)
        for batch, weighted in zip(self.batches, stacked, strict=True):
            draw = batch.draw
            modes = weighted @ last / draw.root
            if self.divide:
                modes = modes / away_from_zero(modes[:, :1])
            modes = modes * draw.diffusion.root[:, None]
            diffused += np.einsum("ij,ij->j", modes, draw.diffusion.operator @ modes)
            norms += (modes**2).sum(0)
        if p.eigenvalues == "log-spectrum":
            return last, log_spectrum(diffused / norms)
        frame = np.linalg.qr(stacked[0] @ last)[0]
        return last, inverse_errors(self.batches[0].draw.targets, frame, p.eigenvalues)

    def result(self, preview: bool = False) -> Basis:
        """The basis as the network stands."""
        ctx, p = self.ctx, self.params
        last, rates = self._last_layer()
        order = np.argsort(rates, kind="stable")
        last, rates = last[:, order], rates[order]
        model = Model(self.net, self.config, self.frame, last, self.divide)
        columns = model.modes_at(self.shape.verts, ctx.check)
        points = self.frame.normalised(self.shape.verts)
        if self.divide:
            metric = columns[:, 0] ** 2
            columns = columns / away_from_zero(columns[:, :1])
        else:
            metric = interpolate(self.frame.anchors, self.batches[0].draw.diffusion.root ** 2, points, ctx.check)
        if self._mass is None:
            self._mass = shape_mass(self.shape, ctx.check)
        meta = describe(
            "learned",
            p,
            seconds=time.perf_counter() - self.started - ctx.waited,
            device=self.device,
            device_name=devices.describe(self.device),
            operator=operator_words(self.batches[0].draw),
            samples=len(self.frame.anchors),
            steps=self.step,
            normalisation={"centre": self.frame.centre, "scale": self.frame.scale},
            eigenvalues=p.eigenvalues,
            loss=self.gauge.loss,
            optimum=self.optimum,
            optimum_is="lower bound" if self.divide else "exact",
            ratio=self.gauge.ratio,
            captured=self.gauge.captured,
            curve=self.gauge.trace,
            network=model.description(),
            preview=preview,
        )
        return assemble(
            self.shape,
            columns,
            rates,
            self.frame.lifted(points)[1],
            meta,
            mass=self._mass,
            implicit_metric=metric,
            network=None if preview else model.arrays(),
            name="learned",
            check=ctx.check,
        )

    def _preview(self) -> None:
        """Offer a preview where one is due and previews have not cost too much."""
        running = time.perf_counter() - self.started
        if self.ctx.preview_due() and (self._preview_cost <= PREVIEW_SHARE * running):
            began = time.perf_counter()
            self.ctx.preview(self.result(preview=True))
            self._preview_cost += time.perf_counter() - began

    # -- the run -----------------------------------------------------------------------------------------------

    def run(self) -> Basis:
        """Train to the end and give the basis."""
        ctx, p = self.ctx, self.params
        if ctx.restored is not None:
            self._restore(ctx.restored)
        self._look()
        ctx.step(self.step, p.steps, "Training", loss=self.gauge.loss, ratio=self.gauge.ratio,
                 captured=self.gauge.captured)  # fmt: skip
        if ctx.restored is None and ctx.preview_due():
            ctx.preview(self.result(preview=True))
        self._prepare_draws()
        try:
            self._train()
        except Cancelled:
            ctx.save_checkpoint(self.checkpoint())
            raise
        ctx.message("Evaluating at every vertex")
        return self.result()

    def _train(self) -> None:
        """Take steps until they or the seconds are used up."""
        ctx, p = self.ctx, self.params
        began = time.perf_counter() - ctx.waited
        while self.step < p.steps:
            try:
                loss = self._train_step()
                if self.step % GAUGE_EVERY == 0 or self.step == p.steps:
                    self._look()
            except torch.linalg.LinAlgError:  # no decomposition of NaN
                loss = float("nan")
            if not (np.isfinite(loss) and np.isfinite(self.gauge.loss)):
                raise InputError(
                    f"Training diverged at step {self.step}; a learning rate below {p.learning_rate:g} would work."
                )
            ctx.step(self.step, p.steps, "Training", loss=loss, ratio=self.gauge.ratio, captured=self.gauge.captured)
            self._preview()
            if ctx.checkpoint_due():
                ctx.save_checkpoint(self.checkpoint())
            if p.seconds and time.perf_counter() - ctx.waited - began > p.seconds:
                self._look()
                break

    def checkpoint(self) -> Checkpoint:
        """Everything needed to go on exactly here."""
        arrays = {f"net.{k}": v.detach().cpu().numpy().copy() for k, v in self.net.state_dict().items()}
        arrays |= optimiser_arrays(self.optimiser)
        return Checkpoint(arrays, {"step": self.step, "curve": self.gauge.trace, **self._identity()})

    def _identity(self) -> dict[str, Any]:
        """What must agree for a checkpoint to be taken up: the shape and every parameter that decides a step."""
        values = json_safe(self.params)
        for name in ("steps", "seconds", "device"):  # a run may go on for longer or elsewhere
            values.pop(name)
        digest = hashlib.sha256(self.batches[0].draw.points.round(9).tobytes()).hexdigest()
        return {"params": values, "samples": digest, "scale": self.frame.scale}

    def _restore(self, checkpoint: Checkpoint) -> None:
        """Take up a checkpoint of the same run."""
        stored = {k: checkpoint.state.get(k) for k in ("params", "samples", "scale")}
        if stored != self._identity():
            raise InputError("The checkpoint belongs to a run with other parameters or another shape.")
        arrays = {k: torch.from_numpy(np.array(v)) for k, v in checkpoint.arrays.items()}
        self.net.load_state_dict({k[4:]: v for k, v in arrays.items() if k.startswith("net.")})
        load_optimiser(self.optimiser, checkpoint.arrays)
        self.step = int(checkpoint.state["step"])
        self.gauge.trace = [(int(a), float(b)) for a, b in checkpoint.state["curve"]]
