"""Two implicit surfaces to one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.frame import Frame
from eigenform.types import ImplicitSurface

if TYPE_CHECKING:
    from eigenform.implicit.operations.settings import CombineParams
    from eigenform.jobs import JobContext

WORDS = {"union": "and", "intersection": "within", "difference": "without", "blend": "blended with"}


def run(first: ImplicitSurface, second: ImplicitSurface, *, params: CombineParams, ctx: JobContext) -> ImplicitSurface:
    """Union, intersection, difference or smooth blend of two fields, each read at its own level.

    Parameters
    ----------
    first, second : ImplicitSurface
        In the same units and place; ``difference`` takes the second away from the first.
    params : CombineParams
    ctx : JobContext

    Returns
    -------
    ImplicitSurface
        Of kind ``tree``, at level 0. Exact in sign and on its level set; elsewhere a bound of the distance, as
        :mod:`eigenform.implicit.operations.algebra` says.

    Raises
    ------
    InputError
        Where nothing is left: the boxes do not meet, or the intersection is empty.
    """
    from eigenform.implicit.operations.tree import tree

    radius = params.radius
    if params.operation == "blend" and radius == 0:
        radius = 0.1 * min(float((s.box[1] - s.box[0]).max()) for s in (first, second))
    box = combined_box(params.operation, first, second, radius)
    spec, arrays = tree(params.operation, [at_zero(s) for s in (first, second)], Frame.of_box(*box), radius=radius)
    name = f"{first.name} {WORDS[params.operation]} {second.name}"
    return finished("combine", params, spec, arrays, box, name, ctx, (first, second), radius / 4, radius=radius)


def combined_box(operation: str, first: ImplicitSurface, second: ImplicitSurface, radius: float) -> np.ndarray:
    """(2, 3) corners of what the result can reach; a blend bulges by at most a quarter of its radius."""
    if operation == "difference":
        return np.asarray(first.box)
    low, high = np.stack([first.box[0], second.box[0]]), np.stack([first.box[1], second.box[1]])
    if operation in ("union", "blend"):
        return np.stack([low.min(axis=0) - radius / 4, high.max(axis=0) + radius / 4])
    box = np.stack([low.max(axis=0), high.min(axis=0)])
    if not (box[1] > box[0]).all():
        raise InputError(
            f"{first.name} and {second.name} share nothing: their boxes do not meet, so that their intersection is "
            "empty; 'union' would hold both."
        )
    return box


def at_zero(surface: ImplicitSurface) -> tuple[Any, Any]:
    """``(spec, arrays)`` of the field of a surface, its level moved to 0."""
    from eigenform.implicit.operations.tree import tree

    if surface.level == 0:
        return surface.spec, surface.arrays
    frame = Frame.of_spec(surface.spec)
    return tree("level", [(surface.spec, surface.arrays)], frame, level=float(surface.level))


def finished(
    method: str,
    params: Any,
    spec: dict[str, Any],
    arrays: dict[str, np.ndarray],
    box: np.ndarray,
    name: str,
    ctx: JobContext,
    inputs: tuple[ImplicitSurface, ...],
    moved: float,
    **more: Any,
) -> ImplicitSurface:
    """Sample and extract a field, and put it together with its provenance and report card.

    Parts of the surface that lie nowhere near the shown surfaces of the ``inputs``, which the operation moves by up to
    ``moved``, are left out: they come from where a field was never asked to be right.
    """
    from eigenform.implicit.assemble import DISPLAY_RESOLUTION, assemble
    from eigenform.implicit.components import edge_length, keep_near
    from eigenform.implicit.extract import extract_surface, sample_grid
    from eigenform.implicit.fields import make_field
    from eigenform.implicit.report import report_card
    from eigenform.provenance import describe

    started = time.perf_counter()
    field = make_field(spec, arrays)
    ctx.message("Sampling the field")
    samples = sample_grid(field, box, DISPLAY_RESOLUTION, ctx.check)
    verts, faces, stats = extract_surface(field, box, params.resolution, ctx=ctx, polish=1)
    if not len(faces):
        raise InputError(f"Nothing is left: {name} has no surface in its box.")
    notes = [
        f"{i.name} is open; its field closes it beyond its points, and so does what is made of it."
        for i in inputs
        if (i.meta.get("boundary") or {}).get("open")
    ]
    if all(len(i.faces) for i in inputs):
        cell = float((box[1] - box[0]).max()) / params.resolution
        reach = abs(moved) * 1.5 + 3 * max(edge_length(i.verts, i.faces) for i in inputs) + cell
        verts, faces, dropped = keep_near(verts, faces, np.concatenate([i.verts for i in inputs]), reach)
        if dropped:
            notes.append(f"{dropped} stray {'part was' if dropped == 1 else 'parts were'} left out.")
    if not len(faces):
        raise InputError(f"Nothing is left: {name} has no surface near those it was made of.")
    report = report_card(verts, faces, check=ctx.check, resolution=params.resolution)
    seconds = time.perf_counter() - started
    meta = describe(method, params, seconds=seconds, report=report, extraction=stats, notes=notes, **more)
    meta["inputs"] = [i.name for i in inputs]
    return assemble(spec, arrays, box, name=name, meta=meta, samples=samples, mesh=(verts, faces))
