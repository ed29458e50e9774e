"""Screened Poisson and ball pivoting as methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.frame import Frame
from eigenform.types import Shape

if TYPE_CHECKING:
    from eigenform.implicit.baselines.settings import BallPivotingParams, PoissonParams
    from eigenform.jobs import JobContext

_CHILD = "eigenform.implicit.baselines.child:"


def poisson(shape: Shape, *, params: PoissonParams, ctx: JobContext) -> Shape:
    """Screened Poisson reconstruction (Kazhdan and Hoppe, 2013), as open3d has it.

    Parameters
    ----------
    shape : Shape
        Points with or without normals, or a mesh, from which points are taken.
    params : PoissonParams
    ctx : JobContext

    Returns
    -------
    Shape
        In input units; ``notes`` say what was done to the points and what was trimmed.

    Raises
    ------
    InputError
        For points that span no surface, and where the child crashed, failed or took too long.
    """
    from eigenform.implicit.baselines.limited import limited_call
    from eigenform.implicit.components import select_faces

    points, normals, frame, notes = _prepared(shape, params, ctx)
    ctx.message(f"Screened Poisson at depth {params.depth}")
    verts, faces, density = limited_call(
        _CHILD + "poisson_reconstruction",
        "Screened Poisson",
        ctx,
        params.limit,
        points=points,
        normals=normals,
        depth=params.depth,
        point_weight=params.point_weight,
    )
    if params.trim > 0 and len(faces):
        kept = density >= np.quantile(density, params.trim)
        verts, faces = select_faces(verts, faces, kept[faces].all(axis=1))
        notes.append(f"Vertices with the least {params.trim:.0%} of density were left out.")
    return _result(shape, "Poisson", verts, faces, frame, notes)


def ball_pivoting(shape: Shape, *, params: BallPivotingParams, ctx: JobContext) -> Shape:
    """Ball pivoting (Bernardini et al., 1999), as open3d has it.

    The parameters, the result and the errors are those of :func:`poisson`; the mesh goes through the points.
    """
    from eigenform.implicit.baselines.limited import limited_call

    points, normals, frame, notes = _prepared(shape, params, ctx)
    first = params.radius / frame.scale or 1.5 * _spacing(points)
    ctx.message("Ball pivoting")
    verts, faces = limited_call(
        _CHILD + "ball_pivoting",
        "Ball pivoting",
        ctx,
        params.limit,
        points=points,
        normals=normals,
        radii=[first * 2**i for i in range(params.balls)],
    )
    return _result(shape, "ball pivoting", verts, faces, frame, notes)


def _prepared(shape: Shape, params: Any, ctx: JobContext) -> tuple[np.ndarray, np.ndarray, Frame, list[str]]:
    """Points and unit normals in the frame of their box, and what there is to say of them."""
    from eigenform.implicit.normals import prepare_normals
    from eigenform.implicit.points.inputs import points_of

    points, normals = points_of(shape, params.samples, params.seed)
    ctx.message("Looking at the points")
    if len(points) < 12:
        raise InputError(f"{shape.name} has {len(points)} points; a reconstruction needs at least 12.")
    frame = Frame.of_points(points)
    unit = frame.to_unit(points)
    if np.linalg.svd(unit - unit.mean(axis=0), compute_uv=False)[1] < 1e-9:
        raise InputError(
            f"All points of {shape.name} lie on a line or in one place; a surface needs points that spread."
        )
    given = normals if params.normals == "given" else None
    if given is not None and np.isfinite(given).all() and (np.linalg.norm(given, axis=1) > 0).all():
        return unit, given / np.linalg.norm(given, axis=1)[:, None], frame, []
    unit_normals, report = prepare_normals(unit, given, ctx.check)
    notes = [str(note) for note in report.get("notes", [])]
    if given is None:
        notes.append("Normals were estimated from the points.")
    return unit, unit_normals, frame, notes


def _spacing(points: np.ndarray) -> float:
    """The mean distance from a point to its nearest neighbour, repeated points left out."""
    from scipy.spatial import cKDTree

    away = np.asarray(cKDTree(points).query(points, 2)[0])[:, 1]
    return float(away[away > 0].mean())


def _result(shape: Shape, method: str, verts: np.ndarray, faces: np.ndarray, frame: Frame, notes: list[str]) -> Shape:
    """The mesh in input units."""
    from eigenform.implicit.components import select_faces

    if not len(faces):
        raise InputError(
            f"The points of {shape.name} gave no surface by {method}: are the normals or the radius right?"
        )
    verts, faces = select_faces(frame.to_input(verts), faces, np.ones(len(faces), dtype=bool))
    return Shape(verts, faces, name=f"{shape.name} ({method})", source=shape.source, notes=tuple(notes))
