"""Train a surface on photographs: volume rendering with quantised coordinates (CQ-NIR).

Source: Jiang, Hua and Han, ICCV 2023 (arXiv 2308.11025), on NeuS (Wang et al., 2021) and UNISURF (Oechsle et al.,
2021).
"""

from __future__ import annotations

import hashlib
import math
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from eigenform import device as devices
from eigenform.errors import Cancelled, InputError
from eigenform.implicit.photographs.estimate import foresee, words
from eigenform.implicit.photographs.networks import arrays_of, load_arrays
from eigenform.implicit.photographs.rendering import Rendered, Renderer
from eigenform.implicit.photographs.results import Results
from eigenform.implicit.photographs.scene import Scene, make_scene
from eigenform.implicit.photographs.settings import CqParams
from eigenform.jobs import Checkpoint, JobContext
from eigenform.optimiser_state import load_optimiser, optimiser_arrays
from eigenform.provenance import json_safe
from eigenform.types import ImplicitSurface, Photographs

GAUGE_EVERY = 25
"""Steps between two looks at the test photographs."""

CACHE_EVERY = 20
"""Steps after which the cached field is read anew."""

PUBLISHED_STEPS = 400_000
"""Of UNISURF: its interval shrinks over them, and over ours in the same shares."""

SHIFT = 0.005
"""Of UNISURF: how far apart two points are whose normals are to agree, along each axis."""

PREVIEW_SHARE = 0.2
"""Largest share of the time that previews may take."""

MEASURED = 6
"""Steps that the estimate of time is told after."""


def reconstruct(photographs: Photographs, *, params: CqParams, ctx: JobContext) -> ImplicitSurface:
    """The surface that explains a set of photographs.

    Reported while training: ``loss``, ``psnr`` (dB, on rays of the photographs kept for the test) and ``sharpness``.
    Previews are surfaces with a rendered view beside its photograph: ``arrays["rendered_view"]`` and
    ``arrays["photograph"]`` (H, W, 3) uint8, ``meta["comparison"]``.

    Returns
    -------
    ImplicitSurface
        Of kind ``neus``, in world units; ``meta["report"]`` has PSNR and SSIM of the photographs kept for the test.

    Raises
    ------
    InputError
        For cameras that see nothing, masks that agree on no volume, fewer than two photographs, or settings that would
        take more than an hour on a CPU (unless ``accept_slow``).
    """
    devices.leave_a_core()
    with devices.plain_memory_errors("Training on photographs", "fewer rays or samples, or coarser grids, would fit"):
        return Training(photographs, params, ctx).run()


class Training:
    """One run. Its state after a step: networks, optimiser, the cached field and the number of the step."""

    def __init__(self, photographs: Photographs, params: CqParams, ctx: JobContext) -> None:
        self.params, self.ctx = params, ctx
        self.started = time.perf_counter()
        self.device = devices.choose(params.device)
        self.scene: Scene = make_scene(photographs, params, self.device, ctx)
        self.renderer: Renderer = self.scene.renderer
        self.optimiser = self._optimiser()
        self.results = Results(self.scene, params, ctx)
        self.step = 0
        self.spent = 0.0
        self.curve: list[tuple[int, float, float]] = []
        self.loss, self.psnr = float("nan"), float("nan")
        self._preview_cost = 0.0

    def _optimiser(self) -> torch.optim.Optimizer:
        """Adam; the sharpness has a rate of its own, and feature grids a higher one than the layers behind them."""
        p, r = self.params, self.renderer
        sharp = list(r.sharpness.parameters())
        tables = [v for k, v in r.field.named_parameters() if k.startswith("tables")]
        known = {id(v) for v in [*sharp, *tables]}
        rest = [v for v in r.parameters() if id(v) not in known]
        layers = p.learning_rate * (0.3 if tables else 1.0)
        groups = [
            {"params": rest, "lr": layers},
            {"params": tables, "lr": p.learning_rate},
            {"params": sharp, "lr": p.sharpness_rate},
        ]
        groups = [g for g in groups if g["params"]]
        for group in groups:
            group["peak"] = group["lr"]
        return torch.optim.Adam(groups)

    # -- the schedule ------------------------------------------------------------------------------------------

    def _share(self) -> float:
        """How much of the run is over, by its steps or its seconds."""
        p = self.params
        used = self.spent / p.seconds if p.seconds else 0.0
        return min(1.0, max(self.step / max(p.steps, 1), used))

    def _rate(self) -> float:
        """Share of the highest learning rate: up in a line, then down along a cosine to 0.05."""
        p = self.params
        if self.step < p.warm_up:
            return (self.step + 1) / p.warm_up
        return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * self._share()))

    def _anneal(self) -> float:
        return min(1.0, self.step / self.params.anneal) if self.params.anneal else 1.0

    def _reach(self) -> float:
        """Half of UNISURF's interval: ``max(2 exp(-1.5e-5 it), 0.1)``, ``it`` in shares of the published run."""
        return max(2 * math.exp(-1.5e-5 * PUBLISHED_STEPS * self._share()), 0.1)

    # -- one step ----------------------------------------------------------------------------------------------

    def _train_step(self) -> float:
        """One gradient step, in blocks of rays so that a pause or cancel is heard on slow machines too."""
        p, r = self.params, self.renderer
        if r.cache is not None and self.step and self.step % CACHE_EVERY == 0:
            r.cache.renew(r.field, self.ctx.check)
        origins, directions, colours, cover = self.scene.pool.take(self.step, p.rays, p.one_image)
        generator = torch.Generator().manual_seed((p.seed * 7_000_003 + self.step) % (2**63 - 1))
        jitter = torch.rand(p.rays, 1, generator=generator).to(self.device)
        shifts = (torch.rand(p.rays, 3, generator=generator) * 2 - 1) * SHIFT
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * self._rate()
        self.optimiser.zero_grad(set_to_none=True)
        total = 0.0
        painted = None if cover is None or r.backdrop is not None else cover
        whole = float(p.rays if painted is None else painted.sum()) + 1e-5
        for start in range(0, p.rays, self.scene.block):
            part = slice(start, start + self.scene.block)
            found = r.render(origins[part], directions[part], jitter[part], self._anneal(), self._reach())
            off = (found.colour - colours[part]).abs().sum(dim=1)
            loss = (off if painted is None else off * painted[part]).sum() / whole
            share = len(origins[part]) / p.rays
            if cover is not None and p.mask_weight:
                seen = found.opacity.clamp(1e-3, 1 - 1e-3)
                loss = loss + p.mask_weight * share * F.binary_cross_entropy(seen, cover[part])
            loss = loss + share * self._prior(found, shifts[part].to(self.device))
            loss.backward()
            total += float(loss.detach())
            self.ctx.check()
        self.optimiser.step()
        self.step += 1
        return total

    def _prior(self, found: Rendered, shifts: Tensor) -> Tensor:
        """What is asked of the field itself: unit slope (NeuS), or smooth normals where rays hit (UNISURF)."""
        p, r = self.params, self.renderer
        zero = found.colour.new_zeros(())
        if p.variant == "neus":
            if not p.eikonal_weight or not len(found.slopes):
                return zero
            slopes = found.slopes
            if r.cache is not None:  # samples are near the surface alone: ask for the slope elsewhere too
                free = r.cache.centre + r.cache.half * (shifts / SHIFT)
                elsewhere = r.field(free, gradient=True)[2]
                assert elsewhere is not None
                slopes = torch.cat([slopes, elsewhere])
            return p.eikonal_weight * ((slopes.norm(dim=1) - 1) ** 2).mean()
        if not p.smoothness_weight or not len(found.surface):
            return zero
        near = found.surface + shifts[: len(found.surface)]
        both = r.quantiser(torch.cat([found.surface, near]))
        slope = r.field(both, gradient=True)[2]
        assert slope is not None
        one, other = F.normalize(slope, dim=1, eps=1e-6).chunk(2)
        return p.smoothness_weight * (one - other).norm(dim=1).mean()

    # -- the run -----------------------------------------------------------------------------------------------

    def run(self) -> ImplicitSurface:
        """Train to the end and give the surface."""
        ctx, p = self.ctx, self.params
        if ctx.restored is not None:
            self._restore(ctx.restored)
        elif p.steps:
            foresee(self)
        self._look()
        ctx.step(self.step, p.steps, "Training on photographs", psnr=self.psnr)
        if ctx.restored is None:
            self._preview()
        try:
            self._train()
        except Cancelled:
            ctx.save_checkpoint(self.checkpoint())
            raise
        ctx.message("Extracting the surface")
        return self.results.final(self.step, time.perf_counter() - self.started - ctx.waited, self.curve)

    def _train(self) -> None:
        """Take steps until they or the seconds are used up."""
        ctx, p = self.ctx, self.params
        began, before, first = time.perf_counter() - ctx.waited, self.spent, self.step
        message = "Training on photographs"
        while self.step < p.steps and not (p.seconds and self.spent >= p.seconds):
            self.loss = self._train_step()
            self.spent = before + time.perf_counter() - ctx.waited - began
            if not math.isfinite(self.loss):
                raise InputError(
                    f"Training diverged at step {self.step}; a learning rate below {p.learning_rate:g} would work."
                )
            if self.step - first == MEASURED:
                left = (self.spent - before) / MEASURED * (p.steps - self.step)
                left = min(left, p.seconds - self.spent) if p.seconds else left
                message = f"Training on photographs (about {words(left)} in all, measured on the first steps)"
            if self.step % GAUGE_EVERY == 0 or self.step == p.steps:
                self._look()
            ctx.step(
                self.step,
                p.steps,
                message,
                loss=self.loss,
                psnr=self.psnr,
                sharpness=float(self.renderer.sharpness().detach()),
            )
            self._preview()
            if ctx.paused and self.device == "cuda":
                torch.cuda.empty_cache()  # what the paused run does not need goes back to others
            if ctx.checkpoint_due():
                ctx.save_checkpoint(self.checkpoint())

    def _look(self) -> None:
        """Read the gauge: PSNR on fixed rays of the photographs kept for the test."""
        self.psnr = self.results.gauge()
        if not self.curve or self.curve[-1][0] != self.step:
            self.curve.append((self.step, self.psnr, self.loss))

    def _preview(self) -> None:
        """Offer a preview where one is due and previews have not cost too much."""
        running = time.perf_counter() - self.started
        if self.ctx.preview_due() and self._preview_cost <= PREVIEW_SHARE * running:
            began = time.perf_counter()
            self.ctx.preview(self.results.preview(self.step))
            self._preview_cost += time.perf_counter() - began

    # -- checkpoints -------------------------------------------------------------------------------------------

    def checkpoint(self) -> Checkpoint:
        """Everything needed to go on exactly here. Rays depend on the seed and the number of the step alone."""
        arrays = arrays_of(self.renderer, "net")
        arrays |= optimiser_arrays(self.optimiser)
        if self.renderer.cache is not None:
            arrays["cache"] = self.renderer.cache.grid.cpu().numpy().copy()
        state = {"step": self.step, "spent": self.spent, "curve": json_safe(self.curve), "loss": json_safe(self.loss)}
        return Checkpoint(arrays, {**state, **self._identity()})

    def _identity(self) -> dict[str, Any]:
        """What must agree for a checkpoint to be taken up: the photographs and every parameter that decides a step."""
        values = json_safe(self.params)
        for name in ("seconds", "device", "accept_slow", "resolution"):
            values.pop(name)
        views = self.scene.views
        digest = hashlib.sha256(views.images.tobytes())
        digest.update(np.ascontiguousarray(views.poses.round(9)).tobytes())
        return {"params": values, "photographs": digest.hexdigest()}

    def _restore(self, checkpoint: Checkpoint) -> None:
        """Take up a checkpoint of the same run."""
        if {k: checkpoint.state.get(k) for k in ("params", "photographs")} != self._identity():
            raise InputError("The checkpoint belongs to a run with other parameters or other photographs.")
        load_arrays(self.renderer, checkpoint.arrays, "net")
        load_optimiser(self.optimiser, checkpoint.arrays)
        if self.renderer.cache is not None:
            self.renderer.cache.grid = torch.from_numpy(np.array(checkpoint.arrays["cache"])).to(self.device)
        state = checkpoint.state
        self.step, self.spent = int(state["step"]), float(state["spent"])
        self.loss = float("nan") if state["loss"] is None else float(state["loss"])
        self.curve = [(int(a), float(b), float("nan") if c is None else float(c)) for a, b, c in state["curve"]]
