"""Semantic-aware implicit inpainting of a field on a mesh or cloud, trained on its own known vertices."""

from __future__ import annotations

import hashlib
import math
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from eigenform import device as devices
from eigenform.geometry.normals import cloud_normals, vertex_normals
from eigenform.inpainting.appearance import Sheet
from eigenform.inpainting.field_graph import FieldExercise, make_field_exercises, make_graph
from eigenform.inpainting.field_guesses import NAMES, field_guesses
from eigenform.inpainting.field_semantic import FieldSemanticTraining, embed_field
from eigenform.inpainting.field_smooth import fill_fields
from eigenform.inpainting.graph_ensemble import GraphEnsemble, Layout
from eigenform.inpainting.inputs import check_regions, hole_of
from eigenform.inpainting.providers.field_statistics import FieldStatistics
from eigenform.inpainting.providers.labels import Labels
from eigenform.inpainting.providers.segments import segment
from eigenform.inpainting.settings import InpaintFieldParams
from eigenform.inpainting.training import Training
from eigenform.jobs import JobContext
from eigenform.provenance import describe, json_safe
from eigenform.types import Field


def run(field: Field, *, params: InpaintFieldParams, ctx: JobContext) -> Field:
    """Fill the hole of a field; known values stay as they are, bit for bit.

    Parameters
    ----------
    field : Field
        With ``mask``, True where the value is missing; what stands there is not looked at. Any number of columns, in
        any unit; they are scaled to the known range inside.
    params : InpaintFieldParams
    ctx : JobContext
        As for images; errors are in units of the known range.

    Returns
    -------
    Field
        Whole: nothing of it is missing. With ``regions`` where segments were found.

    Raises
    ------
    InputError
        Where nothing or nearly everything is missing, or the provider lacks what it needs.
    """
    devices.leave_a_core()
    with devices.plain_memory_errors("Inpainting", "a coarser mesh would fit"):
        return FieldInpainting(field, params, ctx).run()


class FieldInpainting:
    """One run: semantics, guesses, then the appearance function."""

    def __init__(self, field: Field, params: InpaintFieldParams, ctx: JobContext) -> None:
        self.field, self.params, self.ctx = field, params, ctx
        self.began = time.perf_counter()
        self.hole = hole_of(field)
        self.known = ~self.hole
        self.device = devices.choose(params.device)
        raw = np.asarray(field.values).reshape(len(field.verts), -1)
        self.low = raw[self.known].min(0)
        span = raw[self.known].max(0) - self.low
        self.span = np.where(span > 0, span, 1.0)
        self.flat = span == 0
        self.values = np.where(self.hole[:, None], 0.0, (raw - self.low) / self.span)
        if params.provider == "labels":
            check_regions(field)
        ctx.message("Finding neighbours")
        self.graph = make_graph(np.asarray(field.verts), np.asarray(field.faces))

    def run(self) -> Field:
        """Go through the stages and give the filled field."""
        ctx, p = self.ctx, self.params
        self._prepare_provider()
        labels = self.regions if p.provider != "statistics" else None
        self.exercises = make_field_exercises(self.graph, self.known, labels, p.exercises, p.exams, p.seed)
        ctx.message("Filling smoothly")
        scaled = self.field.replace(values=self.values, mask=None)
        self.smooth = fill_fields(scaled, [self.hole, *(~e.known for e in self.exercises)], ctx)
        if ctx.preview_due():
            ctx.preview(self._result(self.smooth["biharmonic 0"]))
        self._learn_semantics()
        self._collect()
        torch.manual_seed(p.seed + 1)
        channels, planes = self.values.shape[1], self.sheet.planes.shape[1]
        ensemble = GraphEnsemble(self.layout, planes, planes - channels - 1, len(NAMES) + channels, p.hidden)
        count = p.exercises
        self.training = Training(ensemble, NAMES, self.sheets[:count], self.sheets[count:], p, self._identity(), ctx)
        self.training.run(lambda: self._result(self._answer()))
        meta = describe(
            "inpaint-field",
            p,
            seconds=time.perf_counter() - self.began - ctx.waited,
            device=self.device,
            hole_share=float(self.hole.mean()),
            unreached=int(self.smooth["unreached"]),
            semantic_loss=self.semantic_loss,
            **self.training.report(),
        )
        return self._result(self._answer(), meta)

    def _prepare_provider(self) -> None:
        """Labels where there are any, and what describes the field."""
        p, f = self.params, self.field
        verts, faces = np.asarray(f.verts), np.asarray(f.faces)
        self.regions = None if f.regions is None else np.asarray(f.regions)
        if p.provider == "segments":
            self.ctx.message("Cutting the mesh into segments")
            self.regions = segment(verts, faces, p.segmentation, p.segments, p.angle, self.ctx)
        if p.provider == "statistics":
            normals = None
            if verts.shape[1] == 3:
                normals = vertex_normals(verts, faces) if len(faces) else cloud_normals(verts)
            self.statistics = FieldStatistics(self.graph, normals, self.values, self.known, p.embedding)
        else:
            self.labels = Labels(f.replace(regions=self.regions), p.embedding)

    def _describe(self, known: np.ndarray, regions: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """(V, q) embedding from what is known, and (V,) where to trust it."""
        if self.params.provider == "statistics":
            return self.statistics.describe(self.values, known)
        return self.labels.describe(self.values, known, regions)

    def _learn_semantics(self) -> None:
        """Train the semantic function, and embed the field and the exercises."""
        p, ctx = self.params, self.ctx
        self.layout = Layout(self.graph, self.device, ctx.check)
        truth = self._describe(self.known, self.regions)
        shown = [self._describe(e.known, e.regions) for e in self.exercises]
        training = FieldSemanticTraining(
            self.graph, self.layout, shown[: p.exercises], truth, p.hidden, p.seed, self.device
        )
        self.semantic_loss = math.nan
        if training.tasks and not truth[1].all():
            for i in range(p.semantic_steps):
                self.semantic_loss = training.step(i)
                ctx.step(i + 1, p.semantic_steps, "Learning semantics", semantic_loss=self.semantic_loss)
        net = training.net
        self.embedding = embed_field(net, self.graph, *truth, self.device, ctx.check)
        self.embeddings = [embed_field(net, self.graph, *s, self.device, ctx.check) for s in shown]

    def _collect(self) -> None:
        """Make all guesses, those for the field itself first."""
        ctx, n = self.ctx, len(self.exercises) + 1
        ctx.step(0, n, "Guessing")
        own = FieldExercise(self.known, self.hole, None)
        self.sheet = self._sheet(own, self.embedding, 0)
        self.sheets = []
        for i, e in enumerate(self.exercises):
            ctx.step(i + 1, n, "Guessing in practice holes")
            self.sheets.append(self._sheet(e, self.embeddings[i], i + 1))

    def _sheet(self, exercise: FieldExercise, embedding: np.ndarray, number: int) -> Sheet:
        """Everything as tensors: masked values, mask, guesses, notes and embedding of every vertex."""

        def tensor(x: np.ndarray) -> Tensor:
            return torch.as_tensor(np.ascontiguousarray(x), dtype=torch.float32, device=self.device)

        known = exercise.known
        made, notes = field_guesses(
            self.graph,
            self.values,
            known,
            embedding,
            self.smooth[f"harmonic {number}"],
            self.smooth[f"biharmonic {number}"],
            self.ctx.check,
        )
        shown = np.where(known[:, None], self.values, 0)
        stacked = np.moveaxis(made, 0, 1).reshape(len(known), -1)
        planes = np.concatenate([shown, known[:, None], stacked, notes, 0.5 * embedding], 1)
        places = torch.as_tensor(np.flatnonzero(exercise.asked), device=self.device)
        return Sheet(tensor(planes), places, tensor(self.values[exercise.asked]))

    def _answer(self) -> np.ndarray:
        """(V, C) scaled values with the hole filled by what is kept now."""
        filled = self.values.copy()
        filled[self.hole] = self.training.answer(self.sheet)
        return filled

    def _result(self, scaled: np.ndarray, meta: dict[str, Any] | None = None) -> Field:
        """The field in its own units, the known values as they were."""
        bounded = np.clip(scaled, -0.1, 1.1)
        if self.field.meta.get("colours"):
            inside = np.clip(bounded * self.span + self.low, 0, 1)
        else:
            inside = bounded * self.span + self.low
        inside = np.where(self.flat, self.low, inside)
        values = np.where(self.hole[:, None], inside, np.asarray(self.field.values).reshape(len(inside), -1))
        changes: dict[str, Any] = {"values": values.reshape(self.field.values.shape), "mask": None}
        if self.params.provider == "segments":
            changes["regions"] = self.regions
        return self.field.replace(**changes, meta={**self.field.meta, **(meta or {"preview": True})})

    def _identity(self) -> dict[str, Any]:
        """What must agree for a checkpoint to be taken up."""
        values = json_safe(self.params)
        for name in ("seconds", "device"):
            values.pop(name)
        digest = hashlib.sha256(self.values.tobytes() + self.hole.tobytes() + self.graph.points.tobytes())
        digest.update(b"" if self.regions is None else self.regions.tobytes())
        return {"params": values, "field": digest.hexdigest()}
