"""The smoothest continuation of a field into a hole, over a surface: harmonic and biharmonic.

The biharmonic fill minimises the integral of (Laplacian u)^2 with the robust Laplacian of the mesh or cloud; it is the
baseline on surfaces and one of the guesses of the semantic-aware method. Runs in a child process.
"""

from __future__ import annotations

import time

import numpy as np
import scipy.sparse as sp

from eigenform import native
from eigenform.inpainting.inputs import hole_of
from eigenform.inpainting.settings import InpaintFieldClassicalParams
from eigenform.jobs import JobContext
from eigenform.provenance import describe
from eigenform.types import Field


def run(field: Field, *, params: InpaintFieldClassicalParams, ctx: JobContext) -> Field:
    """Fill the hole of a field; known values stay as they are, bit for bit.

    Parameters
    ----------
    field : Field
        With ``mask``, True where the value is missing.
    params : InpaintFieldClassicalParams
    ctx : JobContext

    Returns
    -------
    Field
        Whole: nothing of it is missing. ``meta["unreached"]`` counts vertices with no known value on their part of the
        shape: they take that of the nearest known point in space.

    Raises
    ------
    InputError
        Where nothing, or nearly everything, is missing, or the shape has no Laplacian.
    """
    began = time.perf_counter()
    hole = hole_of(field)
    ctx.message(f"Filling {int(hole.sum()):,} vertices ({params.order})")
    found = fill_fields(field, [hole], ctx)
    filled = found[f"{params.order} 0"].reshape(field.values.shape)
    meta = describe("inpaint-field-classical", params, seconds=time.perf_counter() - began - ctx.waited)
    meta |= {"hole_share": float(hole.mean()), "unreached": int(found["unreached"])}
    values = np.where(_like(hole, filled), filled, field.values)
    return field.replace(values=values, mask=None, meta={**field.meta, **meta})


def _like(hole: np.ndarray, values: np.ndarray) -> np.ndarray:
    """``hole`` with as many axes as ``values``."""
    return hole if values.ndim == 1 else hole[:, None]


def fill_fields(field: Field, holes: list[np.ndarray], ctx: JobContext | None) -> dict[str, np.ndarray]:
    """Both fills for several holes, keys ``harmonic i`` and ``biharmonic i`` of (V, C) arrays, and ``unreached``."""
    return native.call(
        "eigenform.inpainting.field_smooth:solve",
        ctx,
        verts=np.asarray(field.verts),
        faces=np.asarray(field.faces),
        values=np.asarray(field.values).reshape(len(field.verts), -1),
        holes=np.stack(holes),
    )


def solve(verts: np.ndarray, faces: np.ndarray, values: np.ndarray, holes: np.ndarray) -> dict[str, np.ndarray]:
    """The child's side of :func:`fill_fields`; also what tests call.

    Parameters
    ----------
    verts : (V, d) float
    faces : (F, 3) int
        ``(0, 3)`` for a cloud.
    values : (V, C) float
    holes : (J, V) bool

    Returns
    -------
    dict
        See :func:`fill_fields`.
    """
    stiffness, bending = energies(verts, faces)
    found: dict[str, np.ndarray] = {}
    for i, hole in enumerate(holes):
        start, lost = _reachable(stiffness, verts, values, hole)
        solved = hole & ~lost
        found[f"harmonic {i}"] = _minimise(stiffness, start, solved)
        found[f"biharmonic {i}"] = _minimise(bending, start, solved)
        if i == 0:
            found["unreached"] = np.array(int(lost.sum()))
    return found


def energies(verts: np.ndarray, faces: np.ndarray) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """The quadratic forms ``L`` (harmonic) and ``L W L`` (biharmonic), W the inverse area, both without units."""
    from eigenform.geometry.graph import normalised_graph
    from eigenform.geometry.laplacian import robust_cloud, robust_mesh

    if len(faces):
        stiffness, mass = robust_mesh(verts, faces)
    elif verts.shape[1] in (2, 3):
        stiffness, mass = robust_cloud(verts)
    else:
        stiffness, mass = normalised_graph(verts)
        stiffness = stiffness * len(verts)
    used = mass > 0
    weight = np.zeros(len(mass))
    weight[used] = np.minimum(mass[used].mean() / mass[used], 1e3)
    # rows of boundary vertices stay: they say that slopes end at the rim, and without them any harmonic function would
    # cost nothing there
    bending = stiffness.T @ sp.diags(weight) @ stiffness
    return stiffness, sp.csr_matrix(bending)


def _reachable(
    stiffness: sp.csr_matrix, verts: np.ndarray, values: np.ndarray, hole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Values to start from, and the vertices that no known value reaches, which take the nearest one in space."""
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    count, part = connected_components(stiffness, directed=False)
    lost = hole & (np.bincount(part, ~hole, minlength=count)[part] == 0)
    start = np.where(hole[:, None], 0.0, values)
    if lost.any():
        known = np.flatnonzero(~hole)
        start[lost] = values[known[cKDTree(verts[known]).query(verts[lost])[1]]]
    return start, lost


def _minimise(form: sp.csr_matrix, start: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Minimise ``u' Q u`` over the hole with the rest of ``u`` held."""
    from scipy.sparse.linalg import splu

    result = start.copy()
    if hole.any():
        rows = form[hole]
        right = -rows[:, ~hole] @ start[~hole]
        inner = sp.csc_matrix(rows[:, hole])
        result[hole] = splu(inner, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(right)
    return result
