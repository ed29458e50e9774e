"""Train the appearance function on practice holes, and keep what does best on the exams."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from eigenform.errors import Cancelled, InputError
from eigenform.inpainting.appearance import Appearance, Sheet, prior_of, render
from eigenform.jobs import Checkpoint, JobContext
from eigenform.optimiser_state import load_optimiser, optimiser_arrays

EXAM_EVERY = 20
"""Steps between two exams."""

AVERAGE = 0.97
"""Decay of the running average of the weights, which is what is examined and kept."""

BATCH = 4096
"""Values asked for in one step, at most."""

PREVIEW_SHARE = 0.2
"""Largest share of the training time that previews may take."""


class Training:
    """The appearance function's training. Its state is the networks, the optimiser and the number of the step.

    Parameters
    ----------
    ensemble : nn.Module
        What the function is built on; see :class:`~eigenform.inpainting.appearance.Appearance`.
    names : sequence of str
        The guesses.
    exercises, exams : list of Sheet
        What is trained on, and what only decides what is kept.
    params : dataclass
        With ``steps``, ``seconds``, ``seed``, ``learning_rate``.
    identity : mapping
        JSON-serialisable: what must agree for a checkpoint to be taken up.
    ctx : JobContext
    """

    def __init__(
        self,
        ensemble: torch.nn.Module,
        names: Sequence[str],
        exercises: list[Sheet],
        exams: list[Sheet],
        params: Any,
        identity: Mapping[str, Any],
        ctx: JobContext,
    ) -> None:
        self.names, self.params, self.ctx, self.identity = tuple(names), params, ctx, dict(identity)
        self.exercises = [s for s in exercises if len(s.places)]
        self.exams = [s for s in exams if len(s.places)] or self.exercises[-1:]
        if not self.exercises:
            raise InputError("Too little is known around the hole to practise on; mark a smaller hole.")
        device, channels = self.exercises[0].planes.device, self.exercises[0].wanted.shape[1]
        net = Appearance(ensemble, channels, len(names), np.zeros(len(names))).to(device)
        errors = self._errors(net, self.exercises)
        net.prior.copy_(torch.as_tensor(prior_of(errors), dtype=torch.float32))
        self.scale = max(float(errors.min()), 1e-8)
        self.exam_errors = self._errors(net, self.exams)
        self.net, self.average, self.best = net, copy.deepcopy(net), copy.deepcopy(net)
        self.optimiser = torch.optim.Adam(net.parameters(), lr=params.learning_rate)
        self.step, self.best_loss = 0, math.inf
        self.curve: list[tuple[int, float]] = []

    @staticmethod
    def _errors(net: Appearance, sheets: list[Sheet]) -> np.ndarray:
        """Mean squared error of every guess over some sheets."""
        found = [((net.proposals(s.planes, s.places) - s.wanted[:, None]) ** 2).mean(2) for s in sheets]
        return torch.cat(found).double().mean(0).cpu().numpy()

    def _rate(self) -> float:
        """Warm-up over a tenth of the steps, then half a cosine."""
        t = self.step / max(self.params.steps, 1)
        return self.params.learning_rate * min(1.0, 10 * t + 0.1) * (0.5 + 0.5 * math.cos(math.pi * min(t, 1.0)))

    def _step(self) -> float:
        """One gradient step; everything random in it depends on its number alone."""
        sheet = self.exercises[self.step % len(self.exercises)]
        places, wanted = sheet.places, sheet.wanted
        if len(places) > BATCH:
            pick = np.random.default_rng([self.params.seed, 5, self.step]).choice(len(places), BATCH, replace=False)
            index = torch.as_tensor(pick, device=places.device)
            places, wanted = places[index], wanted[index]
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        self.optimiser.zero_grad(set_to_none=True)
        loss = ((self.net(sheet.planes, places) - wanted) ** 2).mean()
        (loss / self.scale).backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        with torch.no_grad():
            keep = min(AVERAGE, (1 + self.step) / (10 + self.step))
            for slow, fast in zip(self.average.parameters(), self.net.parameters(), strict=True):
                slow.lerp_(fast, 1 - keep)
        self.step += 1
        return float(loss.detach())

    def _examine(self) -> None:
        """Judge the averaged function on the exams; keep it where it is the best so far."""
        total, count = 0.0, 0
        for sheet in self.exams:
            found = render(self.average, sheet.planes, sheet.places, self.ctx.check)
            total += float(((found - sheet.wanted.cpu().numpy()) ** 2).sum())
            count += found.size
        loss = total / count
        self.curve.append((self.step, loss))
        if loss < self.best_loss:
            self.best_loss = loss
            self.best.load_state_dict(self.average.state_dict())

    def run(self, preview: Callable[[], Any]) -> None:
        """Take steps until they or the seconds are used up; ``preview()`` makes what there is to look at."""
        ctx, p = self.ctx, self.params
        if ctx.restored is not None:
            self._restore(ctx.restored)
        else:
            self._examine()
        try:
            self._run(preview)
        except Cancelled:
            ctx.save_checkpoint(self.checkpoint())
            raise
        if p.seconds and self.curve[-1][0] != self.step:
            self._examine()

    def _run(self, preview: Callable[[], Any]) -> None:
        ctx, p = self.ctx, self.params
        began, cost = time.perf_counter() - ctx.waited, 0.0
        while self.step < p.steps:
            loss = self._step()
            if not np.isfinite(loss):
                raise InputError(
                    f"Training diverged at step {self.step}; a learning rate below {p.learning_rate:g} would work."
                )
            if self.step % EXAM_EVERY == 0 or self.step == p.steps:
                self._examine()
            held_out = self.curve[-1][1]
            ctx.step(self.step, p.steps, "Training", loss=loss, held_out=held_out, psnr=psnr(held_out))
            spent = time.perf_counter() - ctx.waited - began
            if ctx.preview_due() and cost <= PREVIEW_SHARE * spent:
                start = time.perf_counter()
                ctx.preview(preview())
                cost += time.perf_counter() - start
            if ctx.checkpoint_due():
                ctx.save_checkpoint(self.checkpoint())
            if p.seconds and spent > p.seconds:
                return

    @property
    def kept(self) -> str:
        """What did best on the exams: the name of a guess, or ``function``."""
        if self.exam_errors.min() < self.best_loss:
            return self.names[int(self.exam_errors.argmin())]
        return "function"

    def answer(self, sheet: Sheet) -> np.ndarray:
        """(n, C) float32: what is kept now says at the places of a sheet."""
        kept = self.kept
        if kept == "function":
            return render(self.best, sheet.planes, sheet.places, self.ctx.check)
        return self.net.proposals(sheet.planes, sheet.places)[:, self.names.index(kept)].cpu().numpy()

    def report(self) -> dict[str, Any]:
        """What the result's ``meta`` says of the training."""
        scores = {name: psnr(float(e)) for name, e in zip(self.names, self.exam_errors, strict=True)}
        return {
            "kept": self.kept,
            "exam_psnr": {**scores, "function": psnr(self.best_loss)},
            "loss": min(self.best_loss, float(self.exam_errors.min())),
            "curve": self.curve,
            "steps": self.step,
        }

    def checkpoint(self) -> Checkpoint:
        """Everything needed to go on exactly here; what comes before the training is made anew from the seed."""
        arrays: dict[str, np.ndarray] = {}
        for name, net in (("net", self.net), ("average", self.average), ("best", self.best)):
            arrays |= {f"{name}.{k}": v.detach().cpu().numpy().copy() for k, v in net.state_dict().items()}
        arrays |= optimiser_arrays(self.optimiser)
        state = {"step": self.step, "curve": self.curve, "best_loss": self.best_loss}
        return Checkpoint(arrays, {**state, "identity": self.identity})

    def _restore(self, checkpoint: Checkpoint) -> None:
        """Take up a checkpoint of the same run."""
        if checkpoint.state.get("identity") != self.identity:
            raise InputError("The checkpoint belongs to a run with other parameters or another input.")
        arrays = {k: torch.from_numpy(np.array(v)) for k, v in checkpoint.arrays.items()}
        for name, net in (("net.", self.net), ("average.", self.average), ("best.", self.best)):
            net.load_state_dict({k.removeprefix(name): v for k, v in arrays.items() if k.startswith(name)})
        load_optimiser(self.optimiser, checkpoint.arrays)
        self.step, self.best_loss = int(checkpoint.state["step"]), float(checkpoint.state["best_loss"])
        self.curve = [(int(a), float(b)) for a, b in checkpoint.state["curve"]]


def psnr(error: float) -> float:
    """Peak signal-to-noise ratio in dB of a mean squared error on [0, 1]."""
    return -10 * math.log10(max(error, 1e-12))
