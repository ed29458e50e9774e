"""Laplace operators of meshes and point clouds: stiffness L (positive semidefinite) and lumped mass.

``L u = lambda M u`` with eigenvalues >= 0. All functions centre and scale their input first, so that neither a distant
origin nor tiny or huge units cost digits; the mass comes back in the input's units. A vertex that takes no part
(unreferenced, or the repeat of an earlier point) has an empty row and no mass.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from eigenform.errors import InputError
from eigenform.geometry.mass import edge_vectors, face_areas, vertex_areas

FLAT = 1e-12
"""An area below this share of the squared size counts as none."""


def normalised(verts: np.ndarray) -> tuple[np.ndarray, float]:
    """``verts`` centred and scaled to radius one, and the radius; 1.0 where all coincide."""
    verts = np.asarray(verts, dtype=np.float64)
    centred = verts - verts[0]  # first remove a distant origin exactly, then average
    centred = centred - centred.mean(0)
    peak = float(np.abs(centred).max(initial=0.0))
    if peak == 0.0:
        return centred, 1.0
    centred = centred / peak  # squares of very small or large numbers would leave the range
    radius = float(np.sqrt(np.einsum("ij,ij->i", centred, centred).max()))
    return centred / radius, radius * peak


def clean_faces(faces: np.ndarray) -> np.ndarray:
    """Faces without those that name a vertex twice and without repeats of an earlier face, either way round."""
    faces = np.asarray(faces, dtype=np.int64)
    distinct = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    faces = faces[distinct]
    first = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)[1]
    return faces[np.sort(first)]


def robust_mesh(verts: np.ndarray, faces: np.ndarray) -> tuple[sp.csr_matrix, np.ndarray]:
    """The intrinsic Delaunay Laplacian of a mesh, manifold or not (Sharp and Crane 2020).

    Parameters
    ----------
    verts : (V, 3) float
    faces : (F, 3) int

    Returns
    -------
    stiffness : (V, V) csr_matrix
    mass : (V,) float64
        Sums to the area of the mesh.

    Raises
    ------
    InputError
        Where the mesh has no area or the operator cannot be built.
    """
    import robust_laplacian

    unit, radius, faces = _checked(verts, faces)
    used, compact = np.unique(faces, return_inverse=True)
    try:
        built, lumped = robust_laplacian.mesh_laplacian(_three(unit)[used], compact.reshape(-1, 3).astype(np.int64))
    except RuntimeError as error:
        raise InputError(f"The robust Laplacian of this mesh cannot be built ({error}); try 'points'.") from None
    areas = lumped.diagonal()
    # mollifying edge lengths adds a trace of area; the mesh's own area is the one to keep
    areas = areas * (face_areas(unit, faces).sum() / areas.sum())
    return _spread(built, areas * radius**2, used, len(verts))


def cotangent(verts: np.ndarray, faces: np.ndarray) -> tuple[sp.csr_matrix, np.ndarray]:
    """The cotangent Laplacian with barycentric mass, in any dimension.

    ``L_ij = -(cot a + cot b) / 2`` over the angles opposite edge ij; faces without area are left out.

    Parameters
    ----------
    verts : (V, d) float
    faces : (F, 3) int

    Returns
    -------
    stiffness : (V, V) csr_matrix
    mass : (V,) float64

    Raises
    ------
    InputError
        Where the mesh has no area.
    """
    unit, radius, faces = _checked(verts, faces)
    areas = face_areas(unit, faces)
    edges = edge_vectors(unit, faces)
    longest = np.max([np.einsum("ij,ij->i", e, e) for e in edges], axis=0)
    solid = areas > FLAT * longest
    faces, areas, edges = faces[solid], areas[solid], tuple(e[solid] for e in edges)
    n = len(unit)
    stiffness = sp.csr_matrix((n, n))
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        weight = -np.einsum("ij,ij->i", edges[j], edges[k]) / (4.0 * areas)
        stiffness = stiffness - sp.csr_matrix((weight, (faces[:, j], faces[:, k])), shape=(n, n))
    stiffness = stiffness + stiffness.T
    stiffness = stiffness - sp.diags(np.asarray(stiffness.sum(1)).ravel())
    return sp.csr_matrix(stiffness), vertex_areas(unit, faces) * radius**2


def robust_cloud(points: np.ndarray, neighbours: int = 45) -> tuple[sp.csr_matrix, np.ndarray]:
    """The tufted Laplacian of a point cloud (Sharp and Crane 2020); see :func:`checked_cloud` for its checks.

    Parameters
    ----------
    points : (N, 2) or (N, 3) float
    neighbours : int
        Below 40 it can lose much of the area of evenly spread points.

    Returns
    -------
    stiffness : (N, N) csr_matrix
    mass : (N,) float64
        Sums to an estimate of the area.

    Raises
    ------
    InputError
        Where the points do not spread over a surface, or the operator cannot be built.
    """
    unit, radius = normalised(_three(points))
    kept = np.sort(np.unique(np.round(unit, 12), axis=0, return_index=True)[1])
    distinct = unit[kept]
    if len(kept) < 4:
        raise InputError(f"A surface Laplacian needs at least 4 distinct points, and there are {len(kept)}.")
    spread = np.linalg.svd(distinct - distinct.mean(0), compute_uv=False)
    if spread[1] <= 1e-9 * spread[0]:
        raise InputError("All points lie on one line, so they have no area; a surface Laplacian needs a surface.")
    built, areas = _tufted(distinct, min(neighbours, len(kept) - 2))
    return _spread(built, areas * radius**2, kept, len(unit))


def checked_cloud(points: np.ndarray, neighbours: int = 45) -> tuple[sp.csr_matrix, np.ndarray, dict[str, Any]]:
    """:func:`robust_cloud` with its total mass compared with that of a larger neighbour count.

    At too few neighbours the tufted Laplacian of evenly spread points loses area and with it its eigenvalues; a larger
    count then reaches a plateau, and the first count on it is taken. Thin parts behave otherwise: their area grows with
    every count, as neighbourhoods reach through to the other side. Where three steps find no plateau, the count asked
    for is kept and the check says that totals do not agree.

    Returns
    -------
    stiffness, mass
        As from :func:`robust_cloud`.
    check : dict
        ``neighbours`` used, ``total``, ``second_neighbours``, ``second_total``, ``agrees`` (within 3 %).
    """
    most = max(len(points) - 2, 2)
    asked: tuple[Any, np.ndarray, int] | None = None
    current = (*robust_cloud(points, min(neighbours, most)), min(neighbours, most))
    for _ in range(3):
        count = min(int(np.ceil(1.35 * current[2])), most)
        following = (*robust_cloud(points, count), count) if count > current[2] else current
        total, other = float(current[1].sum()), float(following[1].sum())
        found = {"neighbours": current[2], "total": total, "second_neighbours": count, "second_total": other}
        if abs(total - other) <= 0.03 * max(total, other):
            return current[0], current[1], {**found, "agrees": True}
        if asked is None:
            asked, first = current, found
        current = following
    assert asked is not None
    return asked[0], asked[1], {**first, "agrees": False}


def _tufted(points: np.ndarray, neighbours: int) -> tuple[sp.csc_matrix, np.ndarray]:
    """Call robust_laplacian, moving the points by a trace of their spacing where it stumbles over a tie."""
    import robust_laplacian

    from eigenform.geometry.neighbours import knn

    reason = ""
    for attempt in range(4):
        moved = points
        if attempt:
            spacing = knn(points, 1)[0]
            noise = np.random.default_rng(attempt).standard_normal(points.shape)
            moved = points + 10.0 ** (attempt - 7) * spacing * noise
        try:
            built, lumped = robust_laplacian.point_cloud_laplacian(moved, n_neighbors=neighbours)
        except RuntimeError as error:
            reason = str(error).rsplit(" - ", 1)[-1]
            continue
        if np.isfinite(built.data).all() and lumped.diagonal().min() > 0:
            return built, lumped.diagonal()
        reason = "it is not finite"
    raise InputError(f"The point-cloud Laplacian cannot be built ({reason}); do the points lie on a surface?")


def _checked(verts: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Normalised vertices, their radius and clean faces, or :class:`InputError` where there is no area."""
    if not len(faces):
        raise InputError("There are no faces; the mesh Laplacian needs a mesh, 'points' works without.")
    faces = clean_faces(faces)
    used = np.unique(faces)
    unit = np.zeros(np.shape(verts))
    radius = 1.0
    if len(used):  # a stray vertex far away must not set the scale
        unit[used], radius = normalised(np.asarray(verts)[used])
    if not face_areas(unit, faces).sum() > FLAT:
        raise InputError("The mesh has no area: all its faces are degenerate.")
    return unit, radius, faces


def _three(points: np.ndarray) -> np.ndarray:
    """Points of the plane as points of space."""
    points = np.asarray(points, dtype=np.float64)
    if points.shape[1] == 2:
        return np.column_stack([points, np.zeros(len(points))])
    if points.shape[1] != 3:
        raise InputError(f"A robust Laplacian needs points in 3-D, not in {points.shape[1]} dimensions.")
    return points


def _spread(built: Any, areas: np.ndarray, used: np.ndarray, n: int) -> tuple[sp.csr_matrix, np.ndarray]:
    """An operator on ``used`` vertices as one on all ``n``."""
    mass = np.zeros(n)
    mass[used] = areas
    if len(used) == n:
        return sp.csr_matrix(built), mass
    coo = built.tocoo()
    return sp.csr_matrix((coo.data, (used[coo.row], used[coo.col])), shape=(n, n)), mass
