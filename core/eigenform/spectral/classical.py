"""The classical eigenbasis: a Laplacian and a shift-invert eigensolver. The reference for the other engines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform import native
from eigenform.errors import InputError
from eigenform.spectral.assemble import sample_density
from eigenform.types import Basis, Shape

if TYPE_CHECKING:
    from eigenform.jobs import JobContext
    from eigenform.spectral.settings import ClassicalParams

NAMES = {
    "mesh": "robust mesh Laplacian (intrinsic Delaunay)",
    "points": "robust point-cloud Laplacian (tufted)",
    "cotangent": "cotangent Laplacian, barycentric mass",
    "graph": "symmetric normalised graph Laplacian over nearest neighbours",
}
SIGN_RULE = "sum(mass * v^3) >= 0; below 1e-6 the correlation with x, then y, then z"


def solve(shape: Shape, *, params: ClassicalParams, ctx: JobContext) -> Basis:
    """The smallest eigenpairs of the shape's Laplacian, computed in a child process.

    Parameters
    ----------
    shape : Shape
        A mesh, a cloud, or points of any dimension; the latter get the normalised graph Laplacian, whose eigenvalues
        lie between 0 and 2 and whose mass sums to 1.
    params : ClassicalParams
    ctx : JobContext

    Returns
    -------
    Basis
        With ``stiffness``. A vertex that takes no part (unreferenced, or a repeat) has no mass and the nearest vertex's
        values.

    Raises
    ------
    InputError
        Where the operator does not fit the shape, there are too few vertices, or nothing has area.
    NeedsMemory
        Where the factor would not fit in memory.
    """
    from eigenform.memory import forecast, require
    from eigenform.provenance import describe

    started = time.perf_counter()
    operator = choose_operator(shape, params.operator)
    count = len(shape.verts)
    if params.modes > count:
        raise InputError(_too_few(count, params.modes))
    needed = forecast("classical", count, params, cloud=operator == "points")
    require(needed, f"The classical basis of {count:,} vertices")
    found = native.call(
        "eigenform.spectral.classical:compute",
        ctx,
        verts=shape.verts,
        faces=shape.faces,
        operator=operator,
        modes=params.modes,
        neighbours=params.neighbours,
        seed=params.seed,
    )
    ctx.step(3, 3, "Done")
    exact = operator != "graph"
    meta = describe(
        "classical",
        params,
        seconds=time.perf_counter() - started,
        operator=NAMES[operator],
        evals_scale="exact" if exact else "relative: normalised graph Laplacian, between 0 and 2",
        inner_product="mass",
        sign_rule=SIGN_RULE,
        loss=None,
        optimum=None,
        **found["info"],
    )
    return Basis(
        verts=shape.verts,
        faces=shape.faces,
        evecs=found["evecs"],
        evals=found["evals"],
        mass=found["mass"],
        density=sample_density(found["mass"]),
        meta=meta,
        stiffness=found["stiffness"],
        name="classical",
    )


def choose_operator(shape: Shape, asked: str) -> str:
    """Which operator to build: ``mesh``, ``points``, ``cotangent`` or ``graph``.

    Raises
    ------
    InputError
        Where the operator asked for needs faces, or three dimensions, that the shape lacks.
    """
    has_faces = len(shape.faces) > 0
    if asked in ("mesh", "cotangent") and not has_faces:
        raise InputError(f"{shape.name} has no faces, so operator {asked!r} does not apply; 'points' or 'auto' works.")
    if asked == "mesh" and shape.dimension not in (2, 3):
        raise InputError(f"Operator 'mesh' needs 2 or 3 dimensions, not {shape.dimension}; 'cotangent' works in any.")
    if asked == "cotangent" or asked == "mesh":
        return asked
    if asked == "auto" and has_faces:
        return "mesh" if shape.dimension in (2, 3) else "cotangent"
    return "points" if shape.dimension in (2, 3) else "graph"


def compute(
    verts: np.ndarray, faces: np.ndarray, operator: str, modes: int, neighbours: int, seed: int, ctx: Any = None
) -> dict[str, Any]:
    """The child's part: operator, modes, signs.

    Parameters
    ----------
    verts : (V, d) float
    faces : (F, 3) int
    operator : str
        As from :func:`choose_operator`.
    modes, neighbours, seed : int
        As in :class:`~eigenform.spectral.settings.ClassicalParams`.
    ctx : optional
        Gets ``step`` and ``message``.

    Returns
    -------
    dict
        ``evecs``, ``evals``, ``mass``, ``stiffness`` and ``info``, the particulars for ``meta``.
    """
    from eigenform.geometry.laplacian import normalised
    from eigenform.geometry.neighbours import knn
    from eigenform.spectral.eigensolver import smallest_modes
    from eigenform.spectral.signs import fix_signs

    ctx = ctx or native.ChildContext()
    ctx.step(0, 3, "Building the Laplacian")
    unit, radius = normalised(verts)
    if not 1e-140 < radius < 1e140:
        raise InputError(f"The shape's radius is {radius:.3g}, whose square is no number; rescale it first.")
    stiffness, mass, info = _build(verts, faces, operator, neighbours)
    kept = np.flatnonzero(mass > 0)
    if modes > len(kept):
        raise InputError(_too_few(len(kept), modes))
    inner = stiffness if len(kept) == len(verts) else stiffness[kept][:, kept]
    # in units of the shape's radius, so that tiny and huge shapes are solved alike; a graph's mass has no unit
    area_unit = 1.0 if operator == "graph" else radius**2
    ctx.step(1, 3, "Factorising")
    # a graph of many dimensions has a dense factor
    invert = operator != "graph" or verts.shape[1] == 1
    found = smallest_modes(inner, mass[kept] / area_unit, unit[kept], modes, seed=seed, invert=invert, ctx=ctx)
    ctx.step(2, 3, "Collecting")
    evecs = fix_signs(found.evecs, mass[kept], unit[kept]) / np.sqrt(area_unit)
    if len(kept) < len(verts):
        row = np.empty(len(verts), dtype=np.int64)
        row[kept] = np.arange(len(kept))
        left_out = np.flatnonzero(mass <= 0)
        row[left_out] = knn(unit[kept], 1, unit[left_out])[1][:, 0]
        evecs = evecs[row]
        info["left_out"] = len(left_out)
    info.update(
        components=found.components,
        residuals=found.residuals,
        normalisation={"centre": verts.mean(0), "radius": radius, "applied": "undone: all values are in input units"},
    )
    return {
        "evecs": evecs,
        "evals": found.evals / area_unit,
        "mass": mass,
        "stiffness": stiffness,
        "info": info,
    }


def _build(verts: np.ndarray, faces: np.ndarray, operator: str, neighbours: int) -> tuple[Any, np.ndarray, dict]:
    """Stiffness, mass and what is worth knowing about them."""
    from eigenform.geometry.laplacian import checked_cloud, cotangent, robust_mesh

    if operator == "points":
        stiffness, mass, check = checked_cloud(verts, neighbours)
        return stiffness, mass, {"mass_check": check}
    if operator == "graph":
        from eigenform.geometry.graph import normalised_graph

        # the tufted Laplacian needs 45 neighbours to be safe; a graph is sharper with a third of that
        used = max(neighbours // 3, 4)
        stiffness, mass = normalised_graph(verts, used)
        return stiffness, mass, {"graph_neighbours": used, "mass_check": None}
    stiffness, mass = (robust_mesh if operator == "mesh" else cotangent)(verts, faces)
    return stiffness, mass, {"mass_check": {"total": float(mass.sum())}}


def _too_few(count: int, modes: int) -> str:
    noun = "1 distinct vertex" if count == 1 else f"{count} distinct vertices"
    return f"The shape has {noun}, too few for {modes} modes; ask for at most {count}."
