"""What a network learns from: points in a frame, and the grid solve it starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.fields import ScalarField, inner_field
from eigenform.implicit.frame import Frame
from eigenform.implicit.neural.labels import split_points
from eigenform.implicit.neural.model import HALF, split
from eigenform.implicit.neural.settings import NeuralParams
from eigenform.jobs import Checkpoint, JobContext, Relay
from eigenform.types import Shape

_FEWEST = 20


@dataclass(frozen=True, eq=False)
class Lesson:
    """Points (N, 3), unit normals where there are any, both of the frame, and the field of the grid solve.

    ``state`` says the rest: ``spec`` of the field (None without one), ``frame``, ``box`` in input units, ``open`` (the
    parameter of the grid solve of that name), ``noise`` in the frame, ``normals`` (where they come from).
    """

    points: np.ndarray
    normals: np.ndarray | None
    arrays: Mapping[str, np.ndarray]
    state: Mapping[str, Any]

    @property
    def frame(self) -> Frame:
        """The frame of points and field."""
        return Frame.of_spec(self.state["frame"])

    @property
    def box(self) -> np.ndarray:
        """(2, 3) region that is drawn, in input units."""
        return np.array(self.state["box"], dtype=np.float64)

    @property
    def spec(self) -> Mapping[str, Any]:
        """The ``spec`` of the grid solve's field."""
        found: Mapping[str, Any] = self.state["spec"]
        return found

    @property
    def cell(self) -> float:
        """Distance of two nodes of the grid solve, in the frame."""
        return 2 * HALF / (int(self.spec["resolution"]) - 1)

    def field(self) -> ScalarField:
        """The field of the grid solve, in the frame."""
        return inner_field(self.spec, self.arrays)

    def trimmed(self, verts: np.ndarray, faces: np.ndarray, check: Callable[[], None]) -> tuple[np.ndarray, np.ndarray]:
        """A level set in input units, without stray parts, and open where the grid solve found it open."""
        from eigenform.implicit.points.finish import finish
        from eigenform.implicit.points.settings import GridParams

        params = GridParams(open=self.state["open"])
        cell = self.cell if self.spec else HALF / 64
        noise = float(self.state["noise"])
        found = finish(self.frame.to_unit(verts), faces, self.points, params, noise=noise, cell=cell, check=check)
        return self.frame.to_input(found.verts), found.faces

    def checkpoint(self) -> Checkpoint:
        """Its part of a checkpoint."""
        arrays = {f"base.{k}": np.asarray(v) for k, v in self.arrays.items()} | {"points": self.points}
        if self.normals is not None:
            arrays["normals"] = self.normals
        return Checkpoint(arrays, {"lesson": dict(self.state)})

    @classmethod
    def restored(cls, found: Checkpoint) -> Lesson:
        """The inverse of :meth:`checkpoint`."""
        a = found.arrays
        return cls(np.array(a["points"]), a.get("normals"), split(a, "base."), found.state["lesson"])


def solved(shape: Shape, params: NeuralParams, ctx: JobContext) -> Lesson:
    """The grid solve of a shape without its held-out points; its surfaces are previewed while it refines."""
    from eigenform.implicit.points.grid import GridRun
    from eigenform.implicit.points.settings import GridParams
    from eigenform.params import make

    normals = "estimated" if params.normals == "ignore" else "auto"
    values = {"resolution": params.teacher, "seed": params.seed, "samples": params.samples, "normals": normals}
    run = GridRun(shape, make(GridParams, {**values, "crop": params.crop, "open": params.open}), Relay(ctx))
    # points that judge the network must not have been fitted by what it starts from, or it could never win
    weights = np.array(run.ready.weights, dtype=np.float64)
    weights[split_points(len(weights), np.random.default_rng(params.seed))[1]] = 0.0
    run.ready = replace(run.ready, weights=weights)
    spec, arrays = run.solve().packed()
    state = {
        "spec": spec, "frame": run.frame.spec(), "box": run.box().tolist(), "open": params.open,
        "noise": float(run.noise), "normals": run.ready.report,
    }  # fmt: skip
    return Lesson(np.array(run.points), np.array(run.normals), arrays, state)


def alone(shape: Shape, params: NeuralParams) -> Lesson:
    """Points without a grid solve, for the eikonal equation; normals where the shape has good ones.

    Raises
    ------
    InputError
        For a shape that is no surface in space, or has too few points.
    """
    from eigenform.implicit.points.inputs import cropped, parse_crop, points_of

    points, given = points_of(shape, params.samples, params.seed)
    points, given = cropped(points, given, parse_crop(params.crop))
    distinct = len(np.unique(points, axis=0))
    if distinct < _FEWEST:
        raise InputError(f"{shape.name} has {distinct} distinct points; a surface needs at least {_FEWEST}.")
    normals = None if params.normals == "ignore" else _unit(given, shape.name)
    frame = Frame.of_points(points)
    state = {
        "spec": None, "frame": frame.spec(), "box": frame.box(HALF).tolist(),
        "open": "open" if params.open == "open" else "closed",
        "noise": 0.0, "normals": {"used": normals is not None},
    }  # fmt: skip
    return Lesson(frame.to_unit(points), normals, {}, state)


def _unit(normals: np.ndarray | None, name: str) -> np.ndarray | None:
    """Normals of length 1.

    Raises
    ------
    InputError
        Where some have no length or are not finite.
    """
    if normals is None:
        return None
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    bad = ~(np.isfinite(normals).all(1) & (length[:, 0] > 0))
    if bad.any():
        raise InputError(
            f"{int(bad.sum()):,} of the {len(normals):,} normals of {name} are zero or not finite; "
            "'ignore' trains without normals, 'distil' mends them."
        )
    return np.asarray(normals / length)
