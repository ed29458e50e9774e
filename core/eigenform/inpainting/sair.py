"""Semantic-aware implicit inpainting of one image, trained on its own known pixels (after SAIR, arXiv 2310.09285)."""

from __future__ import annotations

import hashlib
import math
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from eigenform import device as devices
from eigenform.inpainting.appearance import Sheet
from eigenform.inpainting.exercises import make_exercises
from eigenform.inpainting.guesses import NAMES, Guesses, make_guesses, smooth_guesses
from eigenform.inpainting.inputs import hole_of
from eigenform.inpainting.local_ensemble import LocalEnsemble
from eigenform.inpainting.providers import make_provider
from eigenform.inpainting.semantic import SemanticTraining, embed
from eigenform.inpainting.settings import InpaintParams
from eigenform.inpainting.training import Training
from eigenform.jobs import JobContext
from eigenform.provenance import describe, json_safe
from eigenform.types import Image


def run(image: Image, *, params: InpaintParams, ctx: JobContext) -> Image:
    """Fill the hole of an image; known pixels stay as they are, bit for bit.

    Parameters
    ----------
    image : Image
        With ``mask``, True where pixels are missing; what stands there is not looked at.
    params : InpaintParams
    ctx : JobContext
        Previews are the image with the hole as filled so far. Reported: ``loss`` (mean squared error on practice
        holes), ``held_out`` (the same on exams) and ``psnr`` of the exams in dB.

    Returns
    -------
    Image
        Whole: nothing of it is missing. ``meta["exam_psnr"]`` holds the PSNR in dB of every guess and of the function
        on the exams, ``meta["kept"]`` what was kept.

    Raises
    ------
    InputError
        Where nothing or nearly everything is missing, or the provider lacks what it needs.
    """
    devices.leave_a_core()
    with devices.plain_memory_errors("Inpainting", "a smaller picture would fit"):
        return Inpainting(image, params, ctx).run()


class Inpainting:
    """One run: semantics, guesses, then the appearance function."""

    def __init__(self, image: Image, params: InpaintParams, ctx: JobContext) -> None:
        self.image, self.params, self.ctx = image, params, ctx
        self.began = time.perf_counter()
        self.hole = hole_of(image)
        self.known = ~self.hole
        self.values = np.where(self.hole[..., None], 0, image.pixels).astype(np.float32)
        self.device = devices.choose(params.device)
        ctx.message("Describing what is known")
        self.provider = make_provider(params, image.replace(pixels=self.values), self.known, ctx.check)
        self.regions = None
        if image.regions is not None and self.provider.given_in_hole:
            self.regions = np.asarray(image.regions)
        self.exercises = make_exercises(
            self.values, self.known, self.regions, params.exercises, params.exams, params.seed
        )

    def run(self) -> Image:
        """Go through the stages and give the filled image."""
        ctx, p = self.ctx, self.params
        ctx.message("Filling smoothly")
        pictures = [self.values, *(e.values for e in self.exercises)]
        smooth = smooth_guesses(pictures, [self.known, *(e.known for e in self.exercises)], ctx)
        if ctx.preview_due():
            ctx.preview(self._image(smooth[0]))
        self._learn_semantics()
        self._collect(smooth)
        torch.manual_seed(p.seed + 1)
        channels, planes = self.values.shape[-1], self.sheet.planes.shape[1]
        ensemble = LocalEnsemble(planes, planes - channels - 1, len(NAMES) + channels, p.hidden)
        count = p.exercises
        self.training = Training(ensemble, NAMES, self.sheets[:count], self.sheets[count:], p, self._identity(), ctx)
        self.training.run(lambda: self._image(self._answer()))
        meta = describe(
            "inpaint",
            p,
            seconds=time.perf_counter() - self.began - ctx.waited,
            device=self.device,
            hole_share=float(self.hole.mean()),
            semantic_loss=self.semantic_loss,
            **self.training.report(),
        )
        return self._image(self._answer(), meta)

    def _learn_semantics(self) -> None:
        """Train the semantic function, and embed the picture and the exercises."""
        p, ctx = self.params, self.ctx
        embedding, valid = self.provider.describe(self.values, self.known, self.regions)
        self.width = embedding.shape[-1]
        shown = [self.provider.describe(e.values, e.known, e.regions) for e in self.exercises]
        training = SemanticTraining(self.exercises[: p.exercises], shown, self.provider, p, self.device)
        self.semantic_loss = math.nan
        if training.needed and not valid.all():
            for i in range(p.semantic_steps):
                self.semantic_loss = training.step(i)
                ctx.step(i + 1, p.semantic_steps, "Learning semantics", semantic_loss=self.semantic_loss)
        whole = self.known.shape
        self.embedding = embed(training.net, embedding, valid, (0, 0), whole, self.device, ctx.check)
        self.embeddings = [
            embed(training.net, *found, e.corner, whole, self.device, ctx.check)
            for e, found in zip(self.exercises, shown, strict=True)
        ]

    def _collect(self, smooth: list[np.ndarray]) -> None:
        """Make all guesses: those for the picture first, so that there is something to see."""
        ctx, n = self.ctx, len(self.exercises) + 1
        ctx.step(0, n, "Guessing")
        self.own = make_guesses(self.values, self.known, self.embedding, smooth[0], ctx.check)
        self.sheet = self._sheet(self.values, self.known, self.own, self.embedding, self.hole)
        if ctx.preview_due():
            ctx.preview(self._image(self.own.values[NAMES.index("exemplars")]))
        self.sheets = []
        for i, e in enumerate(self.exercises):
            ctx.step(i + 1, n, "Guessing in practice holes")
            made = make_guesses(e.values, e.known, self.embeddings[i], smooth[i + 1], ctx.check)
            self.sheets.append(self._sheet(e.values, e.known, made, self.embeddings[i], e.asked))

    def _sheet(
        self, values: np.ndarray, known: np.ndarray, guesses: Guesses, embedding: np.ndarray, asked: np.ndarray
    ) -> Sheet:
        """Everything as tensors: masked colours, mask, guesses, notes and embedding are planes of one picture."""

        def tensor(x: np.ndarray) -> Tensor:
            return torch.as_tensor(np.ascontiguousarray(x), dtype=torch.float32, device=self.device)

        stacked = np.moveaxis(guesses.values, 0, 2).reshape(*known.shape, -1)
        shown = np.where(known[..., None], values, 0)
        planes = np.concatenate([shown, known[..., None], stacked, guesses.notes, 0.5 * embedding], -1)
        return Sheet(tensor(np.moveaxis(planes, -1, 0)[None]), tensor(np.argwhere(asked)), tensor(values[asked]))

    def _answer(self) -> np.ndarray:
        """(H, W, C) the picture with its hole filled by what is kept now."""
        filled = self.values.copy()
        filled[self.hole] = self.training.answer(self.sheet)
        return filled

    def _image(self, filled: np.ndarray, meta: dict[str, Any] | None = None) -> Image:
        """The picture with the known pixels as they were and the hole within reach of the known colours."""
        seen = self.values[self.known]
        low, high = seen.min(0), seen.max(0)
        room = 0.1 * (high - low)
        inside = np.clip(filled, np.maximum(low - room, 0), np.minimum(high + room, 1))
        pixels = np.where(self.hole[..., None], inside, self.image.pixels).astype(np.float32)
        return self.image.replace(pixels=pixels, mask=None, meta={**self.image.meta, **(meta or {"preview": True})})

    def _identity(self) -> dict[str, Any]:
        """What must agree for a checkpoint to be taken up: the picture and every parameter that decides a step."""
        values = json_safe(self.params)
        for name in ("seconds", "device"):
            values.pop(name)
        digest = hashlib.sha256(self.values.tobytes() + self.hole.tobytes())
        digest.update(b"" if self.regions is None else self.regions.tobytes())
        return {"params": values, "picture": digest.hexdigest()}
