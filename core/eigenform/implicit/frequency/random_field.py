"""The field of a shape as bandlimited random features, and the error over the band."""

from __future__ import annotations

import dataclasses
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eigenform.implicit.assemble import assemble
from eigenform.implicit.extract import extract_surface
from eigenform.implicit.fields import ScalarField, field_of, make_field
from eigenform.implicit.frame import Frame
from eigenform.implicit.frequency.random_features import Fit, draw, fit
from eigenform.implicit.frequency.settings import RandomFeatureParams
from eigenform.implicit.report import report_card
from eigenform.jobs import JobContext, Relay, unwatched
from eigenform.memory import require
from eigenform.provenance import describe
from eigenform.types import ImplicitSurface, Shape

CLIP = 0.1
"""Distances are clipped here, relative to the longest box side: farther away only the sign counts."""

OFFSET = 0.01
SPACE_WEIGHT = 0.3
CURVE_FACTORS = (0.15, 0.25, 0.4, 0.6, 0.8, 1.0, 1.25, 1.6, 2.2, 3.0)
CURVE_UNITS = 1024
CURVE_POINTS = 24_000
DISPLAY = 64


@dataclasses.dataclass(frozen=True, eq=False)
class Labels:
    """Points (N, 3) of the frame, distances (N,) clipped at :data:`CLIP`, and weights (N,)."""

    points: np.ndarray
    values: np.ndarray
    weights: np.ndarray

    def some(self, count: int) -> Labels:
        """Every few of them, about ``count``."""
        step = max(1, len(self.points) // count)
        return Labels(self.points[::step], self.values[::step], self.weights[::step])


def labels(teacher: ScalarField, surface: np.ndarray, count: int, rng: np.random.Generator) -> Labels:
    """Training points of a field of the frame.

    Four fifths of ``count`` points lie on the surface and a little to both sides of it, along the gradient; half of
    ``count`` more are spread over the box, with less weight.

    Parameters
    ----------
    teacher : ScalarField
        The field to learn, in its frame.
    surface : (V, 3) array
        Points on its zero set.
    """
    on = surface[rng.integers(0, len(surface), count)]
    normal = teacher.gradients(on)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    off = on + normal * rng.choice([-OFFSET, OFFSET], count)[:, None]
    space = rng.uniform(-0.56, 0.56, (count // 2, 3))
    points = np.concatenate([on, off, space])
    weights = np.concatenate([np.ones(2 * count), np.full(len(space), SPACE_WEIGHT)])
    mixed = rng.permutation(len(points))
    points, weights = points[mixed], weights[mixed]
    return Labels(points, np.clip(teacher.values(points), -CLIP, CLIP), weights)


def held_out_error(found: Fit, test: Labels) -> float:
    """Weighted root mean square error, relative to the longest box side."""
    wrong = np.clip(found(test.points), -CLIP, CLIP) - test.values
    return float(np.sqrt(np.average(wrong**2, weights=test.weights)))


def band_curve(
    bands: Sequence[float],
    train: Labels,
    test: Labels,
    *,
    units: int = CURVE_UNITS,
    law: str = "gaussian",
    ridge: float = 1e-7,
    seed: int = 0,
    check: Callable[[], None] = unwatched,
) -> list[float]:
    """Held-out error for each band: first the error falls, then it rises again."""
    few = train.some(CURVE_POINTS)
    errors = []
    for band in bands:
        found = fit(draw(units, 3, band, law, seed), few.points, few.values, few.weights, ridge, check)
        errors.append(held_out_error(found, test))
    return errors


_Known = tuple[Labels, Labels, Frame, np.ndarray]
_known: weakref.WeakKeyDictionary[Shape, tuple[tuple[int, int], _Known]] = weakref.WeakKeyDictionary()
"""The distances taken last of each shape: a slider that is dragged asks for them again and again."""


def _distances(shape: Shape, samples: int, seed: int, ctx: JobContext) -> _Known:
    """Training points, test points, their frame and the box to draw, from a grid solve."""
    from eigenform.implicit.points.grid import run as solve
    from eigenform.implicit.points.settings import GridParams

    key = (samples, seed)
    if shape in _known and _known[shape][0] == key:
        return _known[shape][1]
    ctx.message("Solving for the distances")
    few = len(shape.verts) < 5000 and not len(shape.faces)  # a finer grid would know no more than so few points say
    values = GridParams(resolution="64" if few else "128", samples=samples, seed=seed)
    teacher = solve(shape, params=values, ctx=Relay(ctx, previews=False))
    frame = Frame.of_spec(teacher.spec)
    field = field_of(teacher).inner
    surface = frame.to_unit(teacher.verts)
    rng = np.random.default_rng(seed)
    found = labels(field, surface, samples, rng), labels(field, surface, 4000, rng), frame, teacher.box
    _known[shape] = key, found
    return found


def _curve(data: Labels, test: Labels, params: RandomFeatureParams, ctx: JobContext, began: float) -> dict[str, Any]:
    """The error over the band, from the middle outwards for as long as there is time."""
    units = min(CURVE_UNITS, params.units)
    errors: dict[float, float] = {}
    for factor in sorted(CURVE_FACTORS, key=lambda f: abs(np.log(f))):
        if params.seconds and time.monotonic() - began - ctx.waited > params.seconds:
            break
        band = params.band * factor
        errors[band] = band_curve(
            [band], data, test, units=units, law=params.law, ridge=params.ridge, seed=params.seed, check=ctx.check
        )[0]
        ctx.step(1 + len(errors), 2 + len(CURVE_FACTORS), f"Error at band {band:.3g}")
    bands = sorted(errors)
    return {"bands": bands, "errors": [errors[b] for b in bands], "units": units, "band": params.band} if bands else {}


def run(shape: Shape, *, params: RandomFeatureParams, ctx: JobContext) -> ImplicitSurface:
    """Fit random features to the distance field of a mesh or an oriented or unoriented cloud.

    Raises
    ------
    InputError
        Where the grid solve that gives the distances cannot use the shape.
    NeedsMemory
        Where the Gram matrix would not fit.
    """
    began = time.monotonic()
    require(8.0 * 4 * params.units**2 + 4.0 * 3 * 8192 * params.units, f"A fit of {params.units} random features")
    data, test, frame, box = _distances(shape, params.samples, params.seed, ctx)
    solved = fit(
        draw(params.units, 3, params.band, params.law, params.seed),
        data.points, data.values, data.weights, params.ridge, ctx.check,
    )  # fmt: skip
    error = held_out_error(solved, test)
    ctx.step(1, 2 + len(CURVE_FACTORS), "Solved", held_out=error)
    extra: dict[str, Any] = {"held_out": error, "ridge": solved.ridge}
    spec = {"kind": "random-features", **frame.spec()}
    arrays = {
        "frequencies": solved.features.frequencies,
        "phases": solved.features.phases,
        "coefficients": solved.coefficients,
    }
    rough = assemble(spec, arrays, box, name=shape.name, meta={"held_out": error}, resolution=DISPLAY, check=ctx.check)
    ctx.preview(rough)
    if params.curve:
        extra["u_curve"] = _curve(data, test, params, ctx, began)
    mesh = extract_surface(make_field(spec, arrays), box, params.resolution, check=ctx.check)
    extra["report"] = report_card(mesh.verts, mesh.faces, check=ctx.check, resolution=params.resolution)
    meta = describe("random-features", params, seconds=time.monotonic() - began, **extra)
    return rough.replace(verts=mesh.verts, faces=mesh.faces, meta=meta)
