"""The loop that trains each network: AdamW, a moving average of the weights, checkpoints that go on exactly."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from eigenform.avatar.networks.settings import TrainParams
from eigenform.errors import Cancelled, InputError
from eigenform.jobs import Checkpoint, JobContext
from eigenform.optimiser_state import load_optimiser, optimiser_arrays

WEIGHT_DECAY = 1e-4
LARGEST_GRADIENT = 1.0
Forward = Callable[..., Any]
"""A network as a loss calls it: in bfloat16 where that is asked for, which the rest of the loss never is."""
_NOT_IDENTITY = ("steps", "seconds", "device", "half", "data")


class Task(ABC):
    """What one network learns: its module, its batches and its loss.

    Everything random in step ``i`` comes from a generator that is seeded by the run's seed and ``i``, so that a
    run that goes on from a checkpoint sees what it would have seen.
    """

    name: str
    architecture: dict[str, Any]

    @abstractmethod
    def prepare(self, ctx: JobContext) -> None:
        """Make what the batches are drawn from, where it is not there yet."""

    def initialise(self, network: nn.Module) -> None:
        """Set what a new network takes from the data, such as the scale of its inputs; nothing by default."""
        return

    @abstractmethod
    def loss(self, network: Forward, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        """The loss of step ``step``, on the device of the generator, and what to show of it."""

    @abstractmethod
    def card(self) -> dict[str, Any]:
        """What the model card says of the data."""


class Training:
    """One run."""

    def __init__(self, task: Task, network: nn.Module, params: TrainParams, device: str, ctx: JobContext) -> None:
        self.task, self.params, self.device, self.ctx = task, params, device, ctx
        self.net = network.to(device)
        if device != "mps":
            self.net = self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.net)
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), params.learning_rate, betas=(0.9, 0.98), weight_decay=WEIGHT_DECAY
        )
        self.half = bfloat16_helps(device) if params.half == "auto" else params.half == "on"
        self.step, self.seconds = 0, 0.0
        self.curve: list[tuple[int, float]] = []

    def run(self) -> nn.Module:
        """Take steps until they or the seconds are used up; the averaged network."""
        if self.ctx.restored is not None:
            self._restore(self.ctx.restored)
        try:
            self._run()
        except Cancelled:
            self.ctx.save_checkpoint(self.checkpoint())
            raise
        return self.average.eval()

    def _run(self) -> None:
        p, ctx = self.params, self.ctx
        before, began, waited = self.seconds, time.monotonic(), ctx.waited
        recent: list[float] = []
        while self.step < p.steps and not (p.seconds and self.seconds >= p.seconds):
            share = max(self.step / p.steps, self.seconds / p.seconds if p.seconds else 0.0)
            loss, shown = self._step(share)
            if not math.isfinite(loss):
                raise InputError(
                    f"Training diverged at step {self.step}; a learning rate below {p.learning_rate:g} would work."
                )
            recent.append(loss)
            self.seconds = before + time.monotonic() - began - (ctx.waited - waited)
            if self.step % 50 == 0:
                self.curve.append((self.step, float(np.mean(recent))))
                recent.clear()
            ctx.step(self.step, p.steps, f"Training the {self.task.name}", loss=loss, **shown)
            if ctx.checkpoint_due():
                ctx.save_checkpoint(self.checkpoint())

    def _step(self, share: float) -> tuple[float, dict[str, float]]:
        p = self.params
        rise = min(1.0, (self.step + 1) / p.warm_up) if p.warm_up else 1.0
        for group in self.optimiser.param_groups:
            group["lr"] = p.learning_rate * rise * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(share, 1.0))))
        generator = torch.Generator(self.device).manual_seed(p.seed * 1_000_003 + self.step)
        self.net.train()
        loss, shown = self.task.loss(self._forward, self.step, generator)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), LARGEST_GRADIENT)
        self.optimiser.step()
        self.step += 1
        keep = min(p.averaging, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for slow, fast in zip(self.average.state_dict().values(), self.net.state_dict().values(), strict=True):
                slow.lerp_(fast, 1 - keep)
        return float(loss.detach()), shown

    def _forward(self, *inputs: Tensor) -> Any:
        with torch.autocast(self.device, torch.bfloat16) if self.half else contextlib.nullcontext():
            return self.net(*inputs)

    @property
    def identity(self) -> dict[str, Any]:
        """What must agree for a checkpoint to be taken up."""
        values = dataclasses.asdict(self.params)
        return {name: value for name, value in values.items() if name not in _NOT_IDENTITY}

    def checkpoint(self) -> Checkpoint:
        """Everything needed to go on exactly here."""
        arrays: dict[str, np.ndarray] = {}
        for name, net in (("net", self.net), ("average", self.average)):
            arrays |= {f"{name}.{k}": v.detach().cpu().numpy().copy() for k, v in net.state_dict().items()}
        arrays |= optimiser_arrays(self.optimiser)
        state = {"step": self.step, "seconds": self.seconds, "curve": self.curve, "identity": self.identity}
        return Checkpoint(arrays, state)

    def _restore(self, checkpoint: Checkpoint) -> None:
        if checkpoint.state.get("identity") != self.identity:
            raise InputError("The checkpoint belongs to a training with other parameters.")
        arrays = {k: torch.from_numpy(np.array(v)) for k, v in checkpoint.arrays.items()}
        for name, net in (("net.", self.net), ("average.", self.average)):
            net.load_state_dict({k.removeprefix(name): v for k, v in arrays.items() if k.startswith(name)})
        load_optimiser(self.optimiser, checkpoint.arrays)
        self.step, self.seconds = int(checkpoint.state["step"]), float(checkpoint.state["seconds"])
        self.curve = [(int(a), float(b)) for a, b in checkpoint.state["curve"]]


def bfloat16_helps(device: str) -> bool:
    """Whether convolutions in bfloat16 are faster than in single precision on a device."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported()
    return device == "cpu" and bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())
