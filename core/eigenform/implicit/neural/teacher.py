"""Points of a shape, in the frame, and the grid solve that a network starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.geometry.sampling import surface_samples
from eigenform.implicit.fields import ScalarField, inner_field
from eigenform.implicit.frame import Frame
from eigenform.implicit.neural.settings import NeuralParams
from eigenform.jobs import JobContext
from eigenform.types import ImplicitSurface, Shape

_FEWEST = 20


@dataclass(frozen=True, eq=False)
class Teacher:
    """A frozen field and what it is made of."""

    spec: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    box: np.ndarray

    @property
    def frame(self) -> Frame:
        """The frame of its field."""
        return Frame.of_spec(self.spec)

    def field(self) -> ScalarField:
        """The field, in its frame."""
        return inner_field(self.spec, self.arrays)


def oriented_points(shape: Shape, params: NeuralParams) -> Shape:
    """The cloud to learn from: the points as they are, or samples of a mesh with the normals of its faces.

    Raises
    ------
    InputError
        For a shape that is no surface in space.
    """
    if shape.dimension != 3:
        raise InputError(f"A surface is learned from points in space; {shape.name} has {shape.dimension} coordinates.")
    if not len(shape.faces):
        found, normals = shape.verts, shape.normals
    else:
        found, normals = _mesh_samples(shape, params)
    if params.normals == "ignore":
        normals = None
    distinct = len(np.unique(found, axis=0)) if len(found) < 10 * _FEWEST else len(found)
    if distinct < _FEWEST:
        raise InputError(f"{shape.name} has {distinct} distinct points; a surface needs at least {_FEWEST}.")
    if not (np.ptp(found, axis=0).max() > 0):
        raise InputError(f"All points of {shape.name} lie in one place.")
    return Shape(found, name=shape.name, normals=normals, source=shape.source)


def _mesh_samples(shape: Shape, params: NeuralParams) -> tuple[np.ndarray, np.ndarray]:
    """Points spread by area over a mesh, and the normals of their faces."""
    from eigenform.implicit.report import nearest_on_mesh

    points = surface_samples(shape.verts, shape.faces, params.samples, params.seed)
    corners = shape.verts[shape.faces[nearest_on_mesh(shape.verts, shape.faces, points)[1]]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return points, normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)


def solve(cloud: Shape, params: NeuralParams, ctx: JobContext) -> Teacher:
    """The grid solve of a cloud; its surfaces are previewed while it refines."""
    from eigenform.implicit.points.grid import run
    from eigenform.implicit.points.settings import GridParams
    from eigenform.params import make

    ctx.message("Solving on the grid")
    values = {"resolution": params.teacher, "seed": params.seed}
    surface: ImplicitSurface = run(cloud, params=make(GridParams, values), ctx=_Relay(ctx))
    return Teacher(surface.spec, surface.arrays, surface.box)


class _Relay(JobContext):
    """Hands on pause, cancel, messages and previews of a part of a run, but not its steps and checkpoints."""

    def __init__(self, outer: JobContext) -> None:
        super().__init__()
        self.outer = outer

    def check(self) -> None:
        """As the outer context."""
        self.outer.check()

    def step(self, i: int, n: int, message: str | None = None, **scalars: float) -> None:
        """Only looks at pause and cancel."""
        self.outer.check()

    def message(self, text: str) -> None:
        """As the outer context."""
        self.outer.message(text)

    def preview_due(self) -> bool:
        """As the outer context."""
        return self.outer.preview_due()

    def preview(self, value: Any) -> None:
        """As the outer context."""
        self.outer.preview(value)
