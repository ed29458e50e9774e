"""Semantic-aware implicit inpainting of one image, trained on its own known pixels (after SAIR, arXiv 2310.09285)."""

from __future__ import annotations

import copy
import hashlib
import math
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from eigenform import device as devices
from eigenform.errors import Cancelled, InputError
from eigenform.inpainting.appearance import Appearance, Sheet, planes_of, prior_of, render
from eigenform.inpainting.exercises import make_exercises
from eigenform.inpainting.guesses import NAMES, Guesses, make_guesses, smooth_guesses
from eigenform.inpainting.inputs import hole_of
from eigenform.inpainting.providers import make_provider
from eigenform.inpainting.semantic import SemanticTraining, embed
from eigenform.inpainting.settings import InpaintParams
from eigenform.jobs import Checkpoint, JobContext
from eigenform.provenance import describe, json_safe
from eigenform.types import Image

EXAM_EVERY = 20
"""Steps between two exams."""

AVERAGE = 0.97
"""Decay of the running average of the weights, which is what is examined and kept."""

PREVIEW_SHARE = 0.2
"""Largest share of the time that previews may take."""


def run(image: Image, *, params: InpaintParams, ctx: JobContext) -> Image:
    """Fill the hole of an image; known pixels stay as they are, bit for bit.

    Parameters
    ----------
    image : Image
        With ``mask``, True where pixels are missing; what stands there is not looked at.
    params : InpaintParams
    ctx : JobContext
        Previews are the image with the hole as filled so far. Reported: ``loss`` (mean squared error on practice
        holes), ``held_out`` (the same on exams) and ``psnr`` of the exams.

    Returns
    -------
    Image
        ``meta["exam_psnr"]`` holds the PSNR in dB of every guess and of the function on the exams, ``meta["kept"]``
        what was kept.

    Raises
    ------
    InputError
        Where nothing or nearly everything is missing, or the provider lacks what it needs.
    """
    devices.leave_a_core()
    with devices.plain_memory_errors("Inpainting", "a smaller picture would fit"):
        return Inpainting(image, params, ctx).run()


class Inpainting:
    """One run. Its state is the stage, the networks, the optimiser and the number of the step."""

    def __init__(self, image: Image, params: InpaintParams, ctx: JobContext) -> None:
        self.image, self.params, self.ctx = image, params, ctx
        self.began = time.perf_counter()
        self.hole = hole_of(image)
        self.known = ~self.hole
        self.values = np.where(self.hole[..., None], 0, image.pixels).astype(np.float32)
        self.device = devices.choose(params.device)
        ctx.message("Describing what is known")
        shown = image.replace(pixels=self.values)
        self.provider = make_provider(params.provider, shown, self.known, params.embedding)
        regions = None if image.regions is None else np.asarray(image.regions)
        self.exercises = make_exercises(
            self.values,
            self.known,
            regions if self.provider.given_in_hole else None,
            params.exercises,
            params.exams,
            params.seed,
            self.provider.given_in_hole,
        )
        self.regions = regions
        self.step = 0
        self.best_loss = math.inf
        self.curve: list[tuple[int, float]] = []
        self._preview_cost = 0.0

    # -- stages ------------------------------------------------------------------------------------------------

    def run(self) -> Image:
        """Go through the stages and give the filled image."""
        ctx, p = self.ctx, self.params
        ctx.message("Smooth fills")
        pictures = [self.values, *(e.values for e in self.exercises)]
        smooth = smooth_guesses(pictures, [self.known, *(e.known for e in self.exercises)], ctx)
        if ctx.preview_due():
            ctx.preview(self._image(smooth[0]))
        self._learn_semantics()
        self._collect(smooth)
        torch.manual_seed(p.seed + 1)
        errors = self._errors(self.training)
        self.net = Appearance(
            self.values.shape[-1],
            len(NAMES),
            self.sheet.planes.shape[1] - self.values.shape[-1] * (len(NAMES) + 1) - 1 - self.width,
            self.width,
            p.hidden,
            prior_of(errors),
        ).to(self.device)
        self.average = copy.deepcopy(self.net)
        self.best = copy.deepcopy(self.net)
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=p.learning_rate)
        if ctx.restored is not None:
            self._restore(ctx.restored)
        else:
            self._examine()
        try:
            self._train()
        except Cancelled:
            ctx.save_checkpoint(self.checkpoint())
            raise
        return self.result()

    def _learn_semantics(self) -> None:
        """Train the semantic function and embed the picture and the exercises."""
        p, ctx = self.params, self.ctx
        truth = [self.provider.describe(e.values, e.real, e.regions) for e in self.exercises]
        embedding, valid = self.provider.describe(self.values, self.known, self.regions)
        self.width = embedding.shape[-1]
        count = p.exercises
        training = SemanticTraining(
            self.exercises[:count], truth[:count], self.provider, self.width, p.hidden, p.seed, self.device, 2e-3
        )
        self.semantic_loss = math.nan
        if training.needed and not valid.all():
            for i in range(p.semantic_steps):
                self.semantic_loss = training.step(i)
                ctx.step(i + 1, p.semantic_steps, "Learning semantics", semantic_loss=self.semantic_loss)
        self.semantics = training.net
        whole = self.known.shape
        self.embedding = embed(self.semantics, embedding, valid, (0, 0), whole, self.device, ctx.check)
        self.embeddings = []
        for e in self.exercises:
            shown, trusted = self.provider.describe(e.values, e.known, e.regions)
            self.embeddings.append(embed(self.semantics, shown, trusted, e.corner, whole, self.device, ctx.check))

    def _collect(self, smooth: list[np.ndarray]) -> None:
        """Make all guesses: those for the picture first, so that there is something to see."""
        ctx, n = self.ctx, len(self.exercises) + 1
        guesses = make_guesses(self.values, self.known, self.embedding, smooth[0], ctx.check)
        self.own = guesses
        places = np.argwhere(self.hole)
        self.sheet = self._sheet(self.values, self.known, guesses, self.embedding, places, self.values)
        if ctx.preview_due():
            ctx.preview(self._image(guesses.values[3]))
        sheets: list[Sheet] = []
        for i, e in enumerate(self.exercises):
            ctx.step(i + 1, n, "Guessing practice holes")
            made = make_guesses(e.values, e.known, self.embeddings[i], smooth[i + 1], ctx.check)
            sheets.append(self._sheet(e.values, e.known, made, self.embeddings[i], np.argwhere(e.asked), e.values))
        self.training, self.exams = sheets[: self.params.exercises], sheets[self.params.exercises :]

    def _sheet(
        self,
        values: np.ndarray,
        known: np.ndarray,
        guesses: Guesses,
        embedding: np.ndarray,
        places: np.ndarray,
        truth: np.ndarray,
    ) -> Sheet:
        def tensor(x: np.ndarray) -> Tensor:
            return torch.as_tensor(np.ascontiguousarray(x), dtype=torch.float32, device=self.device)

        planes = planes_of(values, known, guesses, embedding)
        return Sheet(tensor(planes), tensor(places), tensor(truth[places[:, 0], places[:, 1]]))

    # -- training ----------------------------------------------------------------------------------------------

    def _proposals(self, sheet: Sheet) -> Tensor:
        """(n, guesses, C) what the guesses say at the places of a sheet."""
        c = self.values.shape[-1]
        rows, columns = sheet.places[:, 0].long(), sheet.places[:, 1].long()
        planes = sheet.planes[0, c + 1 : c + 1 + c * len(NAMES)]
        return planes[:, rows, columns].T.reshape(-1, len(NAMES), c)

    def _errors(self, sheets: list[Sheet]) -> np.ndarray:
        """Mean squared error of every guess over some sheets."""
        found = [(self._proposals(s) - s.wanted[:, None]) ** 2 for s in sheets if len(s.places)]
        return torch.cat([f.mean(2) for f in found]).mean(0).double().cpu().numpy()

    def _rate(self) -> float:
        """Warm-up over a tenth of the steps, then half a cosine."""
        t = self.step / max(self.params.steps, 1)
        return self.params.learning_rate * min(1.0, 10 * t + 0.1) * (0.5 + 0.5 * math.cos(math.pi * min(t, 1.0)))

    def _train_step(self) -> float:
        """One gradient step; everything random in it depends on its number alone."""
        sheet = self.training[self.step % len(self.training)]
        places, wanted = sheet.places, sheet.wanted
        if len(places) > 4096:
            pick = np.random.default_rng([self.params.seed, 5, self.step]).choice(len(places), 4096, replace=False)
            index = torch.as_tensor(pick, device=self.device)
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

    @property
    def scale(self) -> float:
        """The error of the best guess, which makes the loss a ratio."""
        return max(float(self._errors(self.training).min()), 1e-8) if self._scale is None else self._scale

    _scale: float | None = None

    def _examine(self) -> None:
        """Judge the averaged function on the exams; keep it where it is the best so far."""
        total, count = 0.0, 0
        for sheet in self.exams:
            if len(sheet.places):
                found = render(self.average, sheet.planes, sheet.places, self.ctx.check)
                total += float(((found - sheet.wanted.cpu().numpy()) ** 2).sum())
                count += found.size
        loss = total / max(count, 1)
        self.curve.append((self.step, loss))
        if loss < self.best_loss:
            self.best_loss = loss
            self.best.load_state_dict(self.average.state_dict())

    def _train(self) -> None:
        """Take steps until they or the seconds are used up."""
        ctx, p = self.ctx, self.params
        self._scale = self.scale
        began = time.perf_counter() - ctx.waited
        while self.step < p.steps:
            loss = self._train_step()
            if not np.isfinite(loss):
                raise InputError(
                    f"Training diverged at step {self.step}; a learning rate below {p.learning_rate:g} would work."
                )
            if self.step % EXAM_EVERY == 0 or self.step == p.steps:
                self._examine()
            held_out = self.curve[-1][1]
            ctx.step(self.step, p.steps, "Training", loss=loss, held_out=held_out, psnr=_psnr(held_out))
            if ctx.preview_due() and self._preview_cost <= PREVIEW_SHARE * (time.perf_counter() - self.began):
                start = time.perf_counter()
                ctx.preview(self._image(self._answer()))
                self._preview_cost += time.perf_counter() - start
            if ctx.checkpoint_due():
                ctx.save_checkpoint(self.checkpoint())
            if p.seconds and time.perf_counter() - ctx.waited - began > p.seconds:
                self._examine()
                break

    # -- results -----------------------------------------------------------------------------------------------

    def _kept(self) -> tuple[str, np.ndarray]:
        """What did best on the exams: a guess or the function; with the errors of the guesses."""
        errors = self._errors(self.exams)
        if errors.min() < self.best_loss:
            return NAMES[int(errors.argmin())], errors
        return "function", errors

    def _answer(self) -> np.ndarray:
        """(H, W, C) the picture with its hole filled by what is kept now."""
        kept = self._kept()[0]
        if kept != "function":
            return self.own.values[NAMES.index(kept)]
        filled = self.values.copy()
        filled[self.hole] = render(self.best, self.sheet.planes, self.sheet.places, self.ctx.check)
        return filled

    def _image(self, filled: np.ndarray, meta: dict[str, Any] | None = None) -> Image:
        """The picture with the known pixels as they were and the hole within reach of the known colours."""
        seen = self.values[self.known]
        low, high = seen.min(0), seen.max(0)
        room = 0.1 * (high - low)
        inside = np.clip(filled, np.maximum(low - room, 0), np.minimum(high + room, 1))
        pixels = np.where(self.hole[..., None], inside, self.image.pixels).astype(np.float32)
        return self.image.replace(pixels=pixels, meta={**self.image.meta, **(meta or {"preview": True})})

    def result(self) -> Image:
        """The filled image with its provenance."""
        kept, errors = self._kept()
        scores = {name: _psnr(float(e)) for name, e in zip(NAMES, errors, strict=True)}
        meta = describe(
            "inpaint",
            self.params,
            seconds=time.perf_counter() - self.began - self.ctx.waited,
            device=self.device,
            hole_share=float(self.hole.mean()),
            kept=kept,
            exam_psnr={**scores, "function": _psnr(self.best_loss)},
            curve=self.curve,
            semantic_loss=self.semantic_loss,
            steps=self.step,
        )
        return self._image(self._answer(), meta)

    # -- checkpoints -------------------------------------------------------------------------------------------

    def checkpoint(self) -> Checkpoint:
        """Everything needed to go on exactly here; semantics and guesses are made anew, the same, from the seed."""
        arrays = {}
        for name, net in (("net", self.net), ("average", self.average), ("best", self.best)):
            arrays |= {f"{name}.{k}": v.detach().cpu().numpy().copy() for k, v in net.state_dict().items()}
        for i, state in self.optimiser.state_dict()["state"].items():
            arrays |= {f"optimiser.{i}.{k}": v.detach().cpu().numpy().copy() for k, v in state.items()}
        state = {"step": self.step, "curve": self.curve, "best_loss": self.best_loss, **self._identity()}
        return Checkpoint(arrays, state)

    def _identity(self) -> dict[str, Any]:
        """What must agree for a checkpoint to be taken up: the picture and every parameter that decides a step."""
        values = json_safe(self.params)
        for name in ("seconds", "device"):
            values.pop(name)
        digest = hashlib.sha256(self.values.tobytes() + self.hole.tobytes())
        digest.update(b"" if self.regions is None else self.regions.tobytes())
        return {"params": values, "picture": digest.hexdigest()}

    def _restore(self, checkpoint: Checkpoint) -> None:
        """Take up a checkpoint of the same run."""
        if {k: checkpoint.state.get(k) for k in ("params", "picture")} != self._identity():
            raise InputError("The checkpoint belongs to a run with other parameters or another picture.")
        arrays = {k: torch.from_numpy(np.array(v)) for k, v in checkpoint.arrays.items()}
        for name, net in (("net.", self.net), ("average.", self.average), ("best.", self.best)):
            net.load_state_dict({k.removeprefix(name): v for k, v in arrays.items() if k.startswith(name)})
        states: dict[int, dict[str, Tensor]] = {}
        for name, value in arrays.items():
            if name.startswith("optimiser."):
                _, index, key = name.split(".", 2)
                states.setdefault(int(index), {})[key] = value
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": states})
        self.step, self.best_loss = int(checkpoint.state["step"]), float(checkpoint.state["best_loss"])
        self.curve = [(int(a), float(b)) for a, b in checkpoint.state["curve"]]


def _psnr(error: float) -> float:
    """Peak signal-to-noise ratio in dB of a mean squared error on [0, 1]."""
    return -10 * math.log10(max(error, 1e-12))
