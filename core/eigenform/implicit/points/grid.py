"""The method ``grid``: from points or a mesh to a signed distance field, with its surface after every level."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.frame import Frame
from eigenform.implicit.points.fine_mesh import fine_mesh
from eigenform.implicit.points.finish import Finished, finish
from eigenform.implicit.points.inputs import cropped, keep_thin_parts, parse_crop, points_of
from eigenform.implicit.points.noise import noise_from_normals
from eigenform.implicit.points.solution import GridSolution, solve_grid
from eigenform.implicit.points.spline import HALF, spacing
from eigenform.implicit.points.spline_field import SplineField

if TYPE_CHECKING:
    from eigenform.implicit.normals import Prepared
    from eigenform.implicit.points.settings import GridParams
    from eigenform.jobs import JobContext
    from eigenform.types import ImplicitSurface, Shape

__all__ = ["needed_memory", "run", "solve_grid"]

DISPLAY = 96
"""Nodes along the longest side of the samples that slices and the volume view read."""


def needed_memory(resolution: int, points: int) -> float:
    """Bytes a solve takes at its peak: coefficients, band and rows of the finest level."""
    unknowns = 1.5e6 * (resolution / 256) ** 2
    return 350e6 + 20.0 * resolution**3 + 350.0 * unknowns + 2500.0 * points


def run(shape: Shape, *, params: GridParams, ctx: JobContext) -> ImplicitSurface:
    """A signed distance field of a cloud or of points taken from a mesh, and its surface.

    Surfaces of the coarser levels are previewed as soon as they are solved.

    Parameters
    ----------
    shape : Shape
        A mesh or a cloud in three dimensions.
    params : GridParams
    ctx : JobContext

    Returns
    -------
    ImplicitSurface
        Of kind ``spline``; ``meta`` says what was measured and decided: ``noise``, ``normals``, ``boundary``,
        ``levels``, ``seconds_per_stage``, ``report``.

    Raises
    ------
    InputError
        For shapes in other dimensions, too few points, or a crop box without points.
    NeedsMemory
        Where the solve would not fit.
    """
    return GridRun(shape, params, ctx).result()


class GridRun:
    """One run: the points made ready, then a surface for each level."""

    def __init__(self, shape: Shape, params: GridParams, ctx: JobContext) -> None:
        from eigenform.implicit.normals import prepare_points
        from eigenform.memory import require

        self.shape, self.params, self.ctx = shape, params, ctx
        self.started = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.crop = parse_crop(params.crop)
        points, normals = points_of(shape, params.samples, params.seed)
        points, normals = cropped(points, normals, self.crop)
        require(needed_memory(int(params.resolution), len(points)), f"A grid solve at {params.resolution}")
        if params.normals == "given" and normals is None:
            raise InputError(f"{shape.name} has no normals; 'auto' or 'estimated' works.")
        if params.normals == "estimated":
            normals = None
        ctx.message("Looking at the points")
        # in a frame of their own: far coordinates and tiny units would cost digits
        rough = Frame.of_points(points)
        if not rough.scale > 1e-12 * max(1e-300, float(np.abs(rough.centre).max())):
            raise InputError(f"All points of {shape.name} lie in one place; a surface needs points that spread.")
        unit = rough.to_unit(points)
        self.ready: Prepared = prepare_points(unit, normals, noise=self._noise(unit, normals), check=ctx.check)
        inner = Frame.of_points(self.ready.points)
        self.normals = self.ready.normals
        if normals is not None and self.ready.report["normals"] == "given":
            self.normals = keep_thin_parts(self.ready.points, normals[self.ready.kept], self.normals)
        self.points = inner.to_unit(self.ready.points)
        self.noise = self.ready.residual / inner.scale
        self.frame = Frame(rough.to_input(inner.centre[None])[0], rough.scale * inner.scale)
        self.finished: Finished | None = None
        self._took("points")

    def _noise(self, points: np.ndarray, normals: np.ndarray | None) -> float | None:
        """The noise that was asked for; None where it is to be measured on points alone."""
        from eigenform.implicit.normals import estimate_noise

        p = self.params
        if p.noise != "auto":
            return p.noise_level / 100 if p.noise == "given" else 0.0
        if normals is None or len(points) < 20:
            return None
        return min(estimate_noise(points, check=self.ctx.check), noise_from_normals(points, normals))

    def _took(self, stage: str) -> None:
        """Write down the wall time since the stage before."""
        self.seconds[stage] = time.perf_counter() - self.started - sum(self.seconds.values())

    def solve(self) -> GridSolution:
        """The field; its levels are previewed while it refines."""
        trust = self.params.normal_weight * self.ready.normal_trust
        solution = solve_grid(
            self.points,
            self.normals,
            dataclasses.replace(self.params, normal_weight=trust),
            self.ctx,
            self._preview,
            noise=self.noise,
            confidence=self.ready.weights,
        )
        self._took("solve")
        return solution

    def result(self) -> ImplicitSurface:
        """Solve, extract, report."""
        solution = self.solve()
        self.ctx.message("Extracting the surface")
        surface = self.surface(solution, fine=True)
        self._took("surface")
        return self._with_report(surface, solution)

    def _preview(self, solution: GridSolution) -> None:
        """Show a level; the first one always, for it is what a person waits for."""
        if self.ctx.preview_due():
            self.ctx.preview(self.surface(solution))

    def surface(self, solution: GridSolution, fine: bool = False) -> ImplicitSurface:
        """The field of a level, its samples and its surface, trimmed where the points are open.

        ``fine`` asks for as many samples a cell as the parameters say; a preview takes few.
        """
        from eigenform.types import ImplicitSurface

        spec, arrays = solution.packed()
        spec |= self.frame.spec()
        box = self.box()
        verts, faces = self._mesh(solution, self._samples_a_cell(solution.resolution, fine))
        level = SplineField.of_coefficients(solution.coefficients)
        unit_box = self.frame.to_unit(box)
        side = unit_box[1] - unit_box[0]
        counts = np.maximum(2, np.rint((DISPLAY - 1) * side / side.max()).astype(int) + 1)
        x, y, z = (np.linspace(unit_box[0, i], unit_box[1, i], counts[i]) for i in range(3))
        samples = level.grid(x, y, z, self.ctx.check) * np.float32(self.frame.scale)
        meta = {"preview": True, "resolution": solution.resolution}
        return ImplicitSurface(spec, arrays, box, samples, verts, faces, 0.0, meta, self.shape.name)

    def box(self) -> np.ndarray:
        """What is drawn and extracted: the cube of the solve, and the crop box within it."""
        box = self.frame.box(HALF)
        if self.crop is None:
            return box
        return np.stack([np.maximum(box[0], self.crop[0]), np.minimum(box[1], self.crop[1])])

    def _samples_a_cell(self, resolution: int, fine: bool) -> int:
        """How finely a level is extracted."""
        if not fine:
            return 2 if resolution == 64 else 1
        return self.params.detail or max(1, min(4, 512 // resolution))

    def _mesh(self, solution: GridSolution, factor: int) -> tuple[np.ndarray, np.ndarray]:
        """The zero set in input units, without stray parts, open where the points are."""
        p = self.params
        verts, faces = fine_mesh(solution.coefficients, factor, self.ctx.check)
        self._took("mesh")
        box = None if self.crop is None else self.frame.to_unit(self.box())
        cell = spacing(solution.resolution)
        found = finish(verts, faces, self.points, p, noise=self.noise, cell=cell, box=box, check=self.ctx.check)
        self.finished = found
        return self.frame.to_input(found.verts), found.faces

    def _with_report(self, surface: ImplicitSurface, solution: GridSolution) -> ImplicitSurface:
        """The result with its provenance and report card."""
        from eigenform.implicit.report import report_card
        from eigenform.provenance import describe

        assert self.finished is not None
        p = self.params
        points = self.frame.to_input(self.points)
        card: dict[str, Any] = report_card(
            surface.verts,
            surface.faces,
            points,
            self.normals,
            check=self.ctx.check,
            resolution=str(solution.resolution),
        )
        self._took("report")
        meta = describe(
            "grid",
            p,
            seconds=time.perf_counter() - self.started,
            resolution=solution.resolution,
            noise=self.noise * self.frame.scale,
            normals=self.ready.report,
            boundary={
                "open": self.finished.open,
                "decided": p.open if p.open != "auto" else "automatically",
                "uncovered": self.finished.share,
                "trim": p.trim if self.finished.open else None,
            },
            levels=solution.info["levels"],
            seconds_per_stage={**self.seconds, **solution.info["seconds"]},
            report=card,
        )
        return surface.replace(meta=meta)
