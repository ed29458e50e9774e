"""Linear blend skinning: moving a surface with its bones, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from eigenform.avatar.figure.bridges import bridges, edge_list, leg_vertices
from eigenform.avatar.figure.diffusion import confidence, diffuse
from eigenform.avatar.figure.nearest import Contact, contact
from eigenform.errors import InputError
from eigenform.jobs import unwatched

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

MOST = 8
"""Bones that move one vertex, at most."""
LEAST = 3e-4
"""Weight that is not worth the time it takes to pose."""
_FLAT = 0.2
"""Determinant of a blend of rotations below which it would flatten what it moves, and its inverse blow it up."""


def bind(
    verts: np.ndarray,
    faces: np.ndarray,
    body_verts: np.ndarray,
    body_faces: np.ndarray,
    body_weights: tuple[np.ndarray, np.ndarray],
    transforms: np.ndarray,
    trunk: np.ndarray | None = None,
    ctx: JobContext | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rest vertices and skinning weights of a clothed surface around a posed body.

    Each vertex takes the weights of the body point below it, which are then spread over the surface: hardly where it
    lies on the body, widely where it floats, not at all from one part of the body to another that only touches it.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        The clothed surface, in the pose of the body, metres.
    body_verts, body_faces : (B, 3) float, (G, 3) int
        The posed body.
    body_weights : pair of (B, k) int and (B, k) float
        Its bones and weights at each vertex.
    transforms : (J, 4, 4) float
        Skinning transforms of the bones, from rest to the pose.
    trunk : (B,) bool, optional
        The vertices of the body proper; parts such as eyes that lie inside of it are left out.
    ctx : JobContext, optional
        Receives progress; a cancel is seen between steps and while the system is solved.

    Returns
    -------
    rest_verts : (V, 3) float64
        Skinning them with these weights and transforms gives ``verts`` back.
    weight_bones, weights : (V, k) int64, (V, k) float64
        At most 8 bones a vertex, falling; rows sum to 1.

    Raises
    ------
    InputError
        Where the surface has no triangles or the arrays do not fit.
    """
    verts, faces = np.asarray(verts, dtype=np.float64), np.asarray(faces, dtype=np.int64)
    body_faces = np.asarray(body_faces, dtype=np.int64)
    bones, amounts = (np.asarray(a) for a in body_weights)
    if not len(faces):
        raise InputError("A surface without triangles cannot be bound to a body; a mesh would work.")
    if bones.shape != amounts.shape or len(bones) != len(body_verts) or bones.max() >= len(transforms):
        raise InputError(f"Weights {amounts.shape} of {len(transforms)} bones do not fit {len(body_verts)} vertices.")
    check = unwatched if ctx is None else ctx.check
    if ctx is not None:
        ctx.message("Finding the body under the surface")
    if trunk is not None:
        body_faces = body_faces[np.asarray(trunk, dtype=bool)[body_faces].all(axis=1)]
    found = contact(verts, faces, body_verts, body_faces, check)
    nearest = carried(found, body_faces, bones, amounts, len(transforms))
    check()
    edges = edge_list(faces)
    body_verts = np.asarray(body_verts, dtype=np.float64)
    strongest_bone = np.take_along_axis(bones, amounts.argmax(axis=1)[:, None], axis=1)
    rest_body = unpose(body_verts, strongest_bone, np.ones((len(bones), 1)), transforms)
    crossing = bridges(verts, edges, found, body_verts, body_faces, leg_vertices(rest_body))
    held = confidence(verts, edges, found.distance, crossing)
    if ctx is not None:
        ctx.message("Spreading weights over the surface")
    spread = diffuse(verts, faces, nearest, held, crossing.cut, ctx)
    weight_bones, weights = strongest(spread, MOST, LEAST)
    weights = unfolded(weight_bones, weights, transforms)
    return unpose(verts, weight_bones, weights, transforms), weight_bones, weights


def carried(
    found: Contact, body_faces: np.ndarray, bones: np.ndarray, amounts: np.ndarray, count: int
) -> sp.csr_matrix:
    """Weights (V, J) of the points of the body that ``found`` names."""
    n, k = amounts.shape
    body = sp.csr_matrix((amounts.ravel(), (np.repeat(np.arange(n), k), bones.ravel())), shape=(n, count))
    rows = np.repeat(np.arange(len(found.triangle)), 3)
    corners = body_faces[found.triangle].ravel()
    return sp.csr_matrix((found.bary.ravel(), (rows, corners)), shape=(len(found.triangle), n)) @ body


def strongest(weights: np.ndarray, count: int, least: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """The ``count`` largest of dense weights (V, J), falling and summing to 1: bones (V, k) and weights (V, k).

    Those not above ``least`` become zero.
    """
    count = min(count, weights.shape[1])
    bones = np.argpartition(-weights, count - 1, axis=1)[:, :count]
    kept = np.take_along_axis(weights, bones, axis=1)
    order = np.argsort(-kept, axis=1, kind="stable")
    bones, kept = np.take_along_axis(bones, order, axis=1), np.take_along_axis(kept, order, axis=1)
    kept = np.where(kept > least, kept, 0.0)
    return np.where(kept > 0, bones, bones[:, :1]).astype(np.int64), kept / kept.sum(axis=1, keepdims=True)


def reduced(bones: np.ndarray, weights: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``count`` largest of weights (V, k), falling and summing to 1."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :count]
    kept = np.take_along_axis(weights, order, axis=1)
    return np.take_along_axis(bones, order, axis=1), kept / kept.sum(axis=1, keepdims=True)


def blended(bones: np.ndarray, weights: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Transform (V, 3, 4) of each vertex."""
    n, k = bones.shape
    matrix = sp.csr_matrix((weights.ravel(), bones.ravel(), np.arange(0, n * k + 1, k)), shape=(n, len(transforms)))
    return (matrix @ np.asarray(transforms, dtype=np.float64)[:, :3].reshape(-1, 12)).reshape(n, 3, 4)


def skin(rest_verts: np.ndarray, bones: np.ndarray, weights: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Posed vertices (V, 3): ``v = sum_k w_k T_k v_rest``."""
    found = blended(bones, weights, transforms)
    return np.einsum("vij,vj->vi", found[:, :, :3], rest_verts) + found[:, :, 3]


def unpose(verts: np.ndarray, bones: np.ndarray, weights: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Rest vertices (V, 3) that :func:`skin` takes to ``verts``.

    Raises
    ------
    InputError
        Where the blend of some vertex is singular; :func:`unfolded` weights have none.
    """
    found = blended(bones, weights, transforms)
    flat = np.abs(np.linalg.det(found[:, :, :3])) < 1e-3
    if flat.any():
        raise InputError(f"The bones turn {int(flat.sum())} vertices flat in this pose, so that it cannot be undone.")
    return np.linalg.solve(found[:, :, :3], (verts - found[:, :, 3])[:, :, None])[:, :, 0]


def unfolded(bones: np.ndarray, weights: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Weights whose blends can be undone: where bones turn far against each other, the strongest gets more.

    Blends of rotations with a determinant below 0.2 have their weights squared, renormalised, until it is above; at
    the limit one bone alone moves the vertex, rigidly.
    """
    weights = weights.copy()
    for _ in range(24):
        flat = np.linalg.det(blended(bones, weights, transforms)[:, :, :3]) < _FLAT
        if not flat.any():
            break
        sharper = weights[flat] ** 2
        sharper[:, 0] *= 1.0 + 1e-3  # two equal weights would stay equal
        weights[flat] = sharper / sharper.sum(axis=1, keepdims=True)
    return weights
