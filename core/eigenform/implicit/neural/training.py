"""The training loop: steps, held-out error, best snapshot, pause, previews and checkpoints."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from eigenform.errors import Cancelled, InputError
from eigenform.implicit.neural.model import Model
from eigenform.jobs import Checkpoint, JobContext
from eigenform.optimiser_state import load_optimiser, optimiser_arrays

LOOK_EVERY = 10
"""Steps between two looks at the held-out error."""

TIMED = (3, 13)
"""The steps whose speed decides how many fit into a time budget; the first few also pay for what torch sets up."""

LAST_RATE = 0.05
"""Share of the peak learning rate that the last step has."""

PREVIEW_SHARE = 0.2
"""Largest share of the time that previews may take."""

WORTH = 5e-3
"""Relative fall of the held-out error that a snapshot needs to be kept: less may be chance, and counts as stalled."""


class Task(Protocol):
    """What is trained on."""

    def loss(self, model: Model, share: float, generator: torch.Generator) -> Tensor:
        """The loss of one step; all randomness comes from ``generator``."""

    def held_out(self, model: Model) -> float:
        """The error that decides which snapshot is kept, in the frame."""

    def to(self, device: str | torch.device) -> None:
        """Move all tensors."""


@dataclass(frozen=True)
class Settings:
    """``steps`` of the run, or the ``seconds`` of the whole of it (0: no limit), rate, clip, seed and patience."""

    steps: int
    seconds: float
    rate: float
    betas: tuple[float, float]
    epsilon: float
    clip: float
    patience: float
    seed: int


class Trainer:
    """Trains a model on a task; keeps the snapshot with the lowest held-out error.

    Its state after a step is the network, the best snapshot, the optimiser, the state of the random generator, the
    number of the step, the number of steps planned and the time used: :meth:`checkpoint` holds all of it.

    Parameters
    ----------
    model : Model
        On the device.
    task : Task
    settings : Settings
    ctx : JobContext
    show : callable
        ``show(model, trainer)`` offers a preview of the best snapshot.
    extra : Checkpoint
        What else belongs into a checkpoint.
    started : float
        ``time.perf_counter()`` at the start of the run, less the time waited.
    """

    def __init__(
        self,
        model: Model,
        task: Task,
        settings: Settings,
        ctx: JobContext,
        show: Callable[[Model, Trainer], None],
        extra: Checkpoint,
        started: float,
    ) -> None:
        self.model, self.task, self.settings, self.ctx = model, task, settings, ctx
        self.show, self.extra, self.started = show, extra, started
        self.best = self._twin()
        fused = model.device.type in ("cpu", "cuda")  # one pass over grids of millions of numbers
        self.optimiser = torch.optim.Adam(
            model.net.parameters(), lr=settings.rate, betas=settings.betas, eps=settings.epsilon, fused=fused
        )
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.step, self.loss = 0, float("nan")
        self.planned: int | None = None if settings.seconds else settings.steps
        self.held_out = self.start = self.least = task.held_out(model)
        self.improved = 0
        self.reason = "all steps taken"
        self.trace: list[tuple[int, float, float]] = []
        self._shown: float | None = None
        self._preview_cost, self._timer = 0.0, 0.0

    def _twin(self) -> Model:
        """The model with a copy of its network, which no step touches."""
        m = self.model
        return Model(m.config, copy.deepcopy(m.net).requires_grad_(False), m.base, m.band, m.reach, m.sign)

    @property
    def elapsed(self) -> float:
        """Seconds of the run, without those paused."""
        return time.perf_counter() - self.started - self.ctx.waited

    # -- the run -----------------------------------------------------------------------------------------------

    def run(self) -> Model:
        """Train to the end and give the best snapshot."""
        self._report()
        self._preview()
        try:
            while not self._finished():
                self._one_step()
        except Cancelled:
            self._save()
            raise
        return self.best

    def _finished(self) -> bool:
        """Whether there is nothing left to do, and why."""
        if self.planned is not None and self.step >= self.planned:
            return True
        if self.settings.seconds and self.elapsed > self.settings.seconds and self.step >= TIMED[1]:
            self.reason = "the time is used up"
            return True
        if self.planned and self.step - self.improved > max(self.settings.patience * self.planned, 2 * LOOK_EVERY):
            self.reason = "the held-out error has stalled"
            return self.settings.patience < 1
        return False

    def _one_step(self) -> None:
        share = self.step / self.planned if self.planned else 0.0
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.rate * LAST_RATE**share
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.task.loss(self.model, share, self.generator)
        loss.backward()
        if self.settings.clip:
            torch.nn.utils.clip_grad_norm_(self.model.net.parameters(), self.settings.clip)
        self.optimiser.step()
        self.step += 1
        self.loss = float(loss.detach())
        if not np.isfinite(self.loss):
            raise InputError(
                f"Training diverged at step {self.step}; a learning rate below {self.settings.rate:g} would work."
            )
        if self.step % LOOK_EVERY == 0 or self.step == self.planned:
            self._look()
        self._plan()
        self._report()
        self._preview()
        if self.ctx.checkpoint_due():
            self._save()

    def _plan(self) -> None:
        """Decide once how many steps fit into the time, from the speed of the first ones."""
        if self.planned is not None:
            return
        if self.step == TIMED[0]:
            self._timer = self.elapsed - self._preview_cost
        elif self.step >= TIMED[1]:
            if self._timer:
                one = (self.elapsed - self._preview_cost - self._timer) / (self.step - TIMED[0])
            else:  # taken up again before the plan was made
                one = self.elapsed / self.step
            left = (self.settings.seconds - self.elapsed) * (1 - PREVIEW_SHARE / 2)
            self.planned = self.step + max(1, int(left / one))

    def _look(self) -> None:
        """Read the held-out error and keep the network where it is the best so far."""
        self.held_out = self.task.held_out(self.model)
        if self.held_out < (1 - WORTH) * self.least:
            self.improved, self.least = self.step, self.held_out
            self.best.net.load_state_dict(self.model.net.state_dict())
        self.trace.append((self.step, self.loss, self.held_out))

    def _report(self) -> None:
        """Tell where the run stands; wait while paused, with nothing left on the graphics card."""
        ctx = self.ctx
        scalars = {"held_out": self.held_out, "best": self.least}
        if self.step:
            scalars["loss"] = self.loss
        if ctx.paused and self.model.device.type != "cpu":
            with self._off_the_device():
                ctx.check()
        ctx.step(self.step, TIMED[1] if self.planned is None else self.planned, "Training", **scalars)

    def _off_the_device(self) -> _Aside:
        return _Aside([self.model.net, self.best.net], self.optimiser, self.task, self.model.device)

    def _preview(self) -> None:
        """Offer the best snapshot where it is new, one is due and previews have not cost too much."""
        if self._shown == self.least or not self.ctx.preview_due():
            return
        if self._shown is not None and self._preview_cost > PREVIEW_SHARE * self.elapsed:
            return
        began = time.perf_counter()
        waited = self.ctx.waited
        self.show(self.best, self)
        self._shown = self.least
        self._preview_cost += time.perf_counter() - began - (self.ctx.waited - waited)

    # -- checkpoints -------------------------------------------------------------------------------------------

    def _save(self) -> None:
        self.ctx.save_checkpoint(self.checkpoint())

    def checkpoint(self) -> Checkpoint:
        """Everything needed to go on exactly here."""
        arrays = dict(self.extra.arrays)
        for name, net in (("net", self.model.net), ("best", self.best.net)):
            arrays |= {f"{name}.{k}": v.detach().cpu().numpy().copy() for k, v in net.state_dict().items()}
        arrays |= optimiser_arrays(self.optimiser)
        arrays["generator"] = self.generator.get_state().numpy().copy()
        state = {
            "step": self.step, "planned": self.planned, "elapsed": self.elapsed, "start": self.start,
            "least": self.least, "held_out": self.held_out, "improved": self.improved, "trace": self.trace,
            "loss": self.loss if np.isfinite(self.loss) else None,
        }  # fmt: skip
        return Checkpoint(arrays, {**self.extra.state, "training": state})

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on where a checkpoint was made."""
        arrays = {k: torch.from_numpy(np.array(v)) for k, v in checkpoint.arrays.items()}
        for name, net in (("net.", self.model.net), ("best.", self.best.net)):
            net.load_state_dict({k[len(name) :]: v for k, v in arrays.items() if k.startswith(name)})
        load_optimiser(self.optimiser, checkpoint.arrays)
        self.generator.set_state(arrays["generator"])
        s: Mapping[str, Any] = checkpoint.state["training"]
        self.step, self.improved = int(s["step"]), int(s["improved"])
        if self.settings.seconds:  # steps are planned once; with none given the number asked for holds
            self.planned = None if s["planned"] is None else int(s["planned"])
        self.start, self.least, self.held_out = (float(s[k]) for k in ("start", "least", "held_out"))
        self.loss = float("nan") if s["loss"] is None else float(s["loss"])
        self.trace = [(int(a), float(b), float(c)) for a, b, c in s["trace"]]
        self.started -= float(s["elapsed"])


class _Aside:
    """Moves networks, optimiser and labels to main memory, and back."""

    def __init__(self, nets: list[nn.Module], optimiser: torch.optim.Optimizer, task: Any, device: Any) -> None:
        self.nets, self.optimiser, self.task, self.device = nets, optimiser, task, device

    def _move(self, where: Any) -> None:
        for net in self.nets:
            net.to(where)
        for state in self.optimiser.state.values():
            for key, value in state.items():
                if isinstance(value, Tensor):
                    state[key] = value.to(where)
        for parameter in self.nets[0].parameters():
            parameter.grad = None
        self.task.to(where)

    def __enter__(self) -> None:
        self._move("cpu")
        if torch.device(self.device).type == "cuda":
            torch.cuda.empty_cache()

    def __exit__(self, *_: object) -> None:
        self._move(self.device)
