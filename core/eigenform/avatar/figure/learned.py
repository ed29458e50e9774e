"""Learning from several frames how a figure moves: the method ``learn-avatar``.

After SCANimate (Saito et al., CVPR 2021), made small: skinning weights are refined so that undoing and doing a pose
agree, and a network of some thousand numbers learns what the clothes do near bent joints. The result is the same kind
of avatar, still posed in milliseconds.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

import numpy as np
import torch

from eigenform import device as devices
from eigenform.avatar.figure.bridges import edge_list
from eigenform.avatar.figure.frames import Frame, frames_of_person
from eigenform.avatar.figure.learn_model import FigureModel
from eigenform.avatar.figure.learn_pairs import Pairs, distance, loss_of, match
from eigenform.avatar.figure.offset_field import PREFIX
from eigenform.avatar.figure.posing import pose
from eigenform.avatar.figure.settings import LearnParams
from eigenform.errors import Cancelled, InputError
from eigenform.figure_types import Avatar, Person
from eigenform.jobs import Checkpoint, JobContext
from eigenform.optimiser_state import load_optimiser, optimiser_arrays
from eigenform.provenance import describe, json_safe

_MATCH_AGAIN, _LOOK_EVERY, _LAST_RATE = 8, 100, 0.1
"""Visits of a frame between two searches for its correspondences; steps between two looks at the held-out error; share
of the rate that the last step has."""
_NODES_RATE = 5.0
"""What belongs to single nodes needs larger steps than a network that all share."""


def run(avatar: Avatar, person: Person, *, params: LearnParams, ctx: JobContext) -> Avatar:
    """The method ``learn-avatar``: the views of a person are the frames.

    Parameters
    ----------
    avatar : Avatar
        Made from that person, or on the same body.
    person : Person
        At least two views with fitted bodies and clothed normals, in different poses.
    params : LearnParams
    ctx : JobContext

    Raises
    ------
    InputError
        Where there are too few views, or one lacks its body or maps.
    """
    if len(person.views) < 2:
        raise InputError("Learning how clothes move needs at least two photographs of the person, in different poses.")
    ctx.message("Reading the views")
    return learn(avatar, frames_of_person(person, avatar, params.seed, ctx), params, ctx)


def learn(avatar: Avatar, frames: list[Frame], params: LearnParams, ctx: JobContext) -> Avatar:
    """Learn from frames; see :class:`LearnParams`.

    Reported while learning: ``loss`` and ``held_out``, the mean distance in millimetres of the points of held-out
    frames from the figure (of all frames where none is held out). ``meta["learned"]`` tells it before and after.
    """
    if not frames:
        raise InputError("There are no frames to learn from.")
    devices.leave_a_core()
    return _Run(avatar, frames, params, ctx).run()


class _Run:
    """One run."""

    def __init__(self, avatar: Avatar, frames: list[Frame], params: LearnParams, ctx: JobContext) -> None:
        self.params, self.ctx = params, ctx
        self.began = time.perf_counter() - ctx.waited
        bare = {name: a for name, a in avatar.arrays.items() if not name.startswith(PREFIX)}
        self.avatar = avatar.replace(arrays=bare)
        out = params.hold_out if params.hold_out and len(frames) >= params.hold_out > 1 else 0
        self.held = [f for i, f in enumerate(frames) if out and i % out == out - 1]
        self.frames = [f for i, f in enumerate(frames) if not out or i % out != out - 1]
        turning = np.max([np.abs(f.rotations).max(axis=1) for f in frames], axis=0) > 1e-3
        turning[0] = False  # turning the whole figure changes no cloth
        self.model = FigureModel(self.avatar, np.flatnonzero(turning), params.nodes, params.width, params.seed)
        self.model.change.requires_grad_(params.weights)
        self.model.sense.requires_grad_(params.offsets)
        self.model.layers.requires_grad_(params.offsets)
        self.edges = edge_list(np.asarray(avatar.faces))
        if not (params.weights or params.offsets):
            raise InputError("Nothing is to be learned: neither weights nor offsets are asked for.")
        model, asked = self.model, (params.weights, params.offsets, params.offsets)
        groups = [([model.change], _NODES_RATE), ([model.sense], _NODES_RATE), (list(model.layers.parameters()), 1.0)]
        self.rates = [share for (_, share), wanted in zip(groups, asked, strict=True) if wanted]
        self.optimiser = torch.optim.Adam(
            [{"params": p} for (p, _), wanted in zip(groups, asked, strict=True) if wanted], lr=params.rate
        )
        self.step = 0
        self.curves: dict[str, list[list[float]]] = {"loss": [], "held_out": []}
        self.start = self.least = np.inf
        self.best: dict[str, np.ndarray] = self.model.arrays()
        self.pairs: dict[int, Pairs] = {}
        if ctx.restored is not None:
            self._restore(ctx.restored)

    def run(self) -> Avatar:
        """Learn to the end and give the best figure."""
        ctx, steps = self.ctx, self.params.steps
        try:
            if not np.isfinite(self.start):
                ctx.message("Comparing the figure with the frames")
                self.start = self.least = self._held_out()
            while self.step < steps and not self._late():
                self._one_step(steps)
        except Cancelled:
            self._save()
            raise
        self.model.load(self.best)
        return self._result()

    def _late(self) -> bool:
        seconds = self.params.seconds
        return bool(seconds) and time.perf_counter() - self.began - self.ctx.waited > seconds

    def _one_step(self, steps: int) -> None:
        ctx, count = self.ctx, len(self.frames)
        number = self.step % count
        if number not in self.pairs or (self.step // count) % _MATCH_AGAIN == 0:
            self.pairs[number] = match(self.model, self.frames[number], np.asarray(self.avatar.faces))
            if not len(self.pairs[number].rows):
                raise InputError(
                    f"Frame {number + 1} lies nowhere near the figure in its pose: is it the same person and fit?"
                )
        rate = self.params.rate * _LAST_RATE ** (self.step / max(steps, 1))
        for group, share in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * share
        rng = np.random.default_rng([self.params.seed, self.step])
        self.optimiser.zero_grad(set_to_none=True)
        loss = loss_of(self.model, self.frames[number], self.pairs[number], self.edges, self.params.stiffness, rng)
        loss.backward()
        self.optimiser.step()
        self.step += 1
        value = float(loss.detach())
        if not np.isfinite(value):
            raise InputError(f"Learning diverged at step {self.step}; a lower learning rate would work.")
        if self.step % _LOOK_EVERY == 0 or self.step == steps:
            self._look()
        if self.step % 10 == 0:
            self.curves["loss"].append([self.step, value])
        ctx.step(self.step, steps, "Learning", loss=value, held_out=1e3 * self.least)
        if ctx.preview_due():
            ctx.preview(self._figure())
        if ctx.checkpoint_due():
            self._save()

    def _held_out(self) -> float:
        found = []
        for frame in self.held or self.frames:
            self.ctx.check()
            found.append(distance(self.model, frame, np.asarray(self.avatar.faces)))
        return float(np.mean(found))

    def _look(self) -> None:
        error = self._held_out()
        self.curves["held_out"].append([self.step, 1e3 * error])
        if error < self.least:
            self.least, self.best = error, self.model.arrays()

    # -- results -----------------------------------------------------------------------------------------------

    def _figure(self) -> Avatar:
        """The avatar as learned so far, in its pose."""
        weights = self.model.learned_weights()
        order = np.argsort(-weights, axis=1, kind="stable")
        arrays = dict(self.avatar.arrays)
        if self.params.offsets:
            arrays |= self.model.field().arrays()
        found = self.avatar.replace(
            weights=np.take_along_axis(weights, order, axis=1),
            weight_bones=np.take_along_axis(np.asarray(self.avatar.weight_bones), order, axis=1),
            arrays=arrays,
        )
        return pose(found, found.rotations)

    def _result(self) -> Avatar:
        figure = self._figure()
        seconds = time.perf_counter() - self.began - self.ctx.waited
        report = {
            "frames": len(self.frames),
            "held_out_frames": len(self.held),
            "distance_before_mm": 1e3 * self.start,
            "distance_after_mm": 1e3 * self.least,
            "steps": self.step,
            "curves": self.curves,
        }
        told = describe("learn-avatar", self.params, seconds=seconds, **report)
        return figure.replace(meta={**self.avatar.meta, "learned": told})

    # -- checkpoints -------------------------------------------------------------------------------------------

    def _identity(self) -> dict[str, Any]:
        """What must agree for a checkpoint to be taken up."""
        values = json_safe(self.params)
        values.pop("seconds")
        digest = hashlib.sha256(np.asarray(self.avatar.rest_verts).tobytes())
        for frame in (*self.frames, *self.held):
            digest.update(frame.points.tobytes() + frame.rotations.tobytes())
        return {"params": values, "data": digest.hexdigest()}

    def _save(self) -> None:
        arrays = {f"now.{name}": a for name, a in self.model.arrays().items()}
        arrays |= {f"best.{name}": a for name, a in self.best.items()} | optimiser_arrays(self.optimiser)
        for number, pairs in self.pairs.items():
            arrays |= {f"pairs.{number}": np.stack([pairs.rows, pairs.points, pairs.back])}
        state = {"identity": self._identity(), "step": self.step, "curves": self.curves}
        state |= {"start": self.start if np.isfinite(self.start) else None, "least": json_safe(self.least)}
        self.ctx.save_checkpoint(Checkpoint(arrays, state))

    def _restore(self, saved: Checkpoint) -> None:
        if saved.state.get("identity") != self._identity():
            raise InputError("The checkpoint belongs to a run with other parameters, or to another figure or frames.")
        arrays, state = saved.arrays, saved.state
        self.model.load({n.removeprefix("now."): a for n, a in arrays.items() if n.startswith("now.")})
        self.best = {n.removeprefix("best."): np.array(a) for n, a in arrays.items() if n.startswith("best.")}
        load_optimiser(self.optimiser, arrays)
        self.pairs = {int(n.removeprefix("pairs.")): Pairs(*a) for n, a in arrays.items() if n.startswith("pairs.")}
        self.step, self.curves = int(state["step"]), {k: list(v) for k, v in state["curves"].items()}
        if state["start"] is not None:
            self.start, self.least = float(state["start"]), float(state["least"])
