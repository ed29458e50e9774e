"""DiffusionNet operator caches: ``.npz`` with frames, Laplacian and gradient operators (float32).

Keys: ``verts frames faces k_eig mass evals evecs`` and, for each of ``L gradX gradY``, the CSC parts
``_data _indices _indptr _shape``. A cache hit needs the same vertices and faces and at least ``k_eig`` modes.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import numpy as np

from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
from eigenform.types import Basis

if TYPE_CHECKING:
    import scipy.sparse as sp

_CLOUD_NEIGHBOURS = 30


def cache_name(verts: np.ndarray, faces: np.ndarray) -> str:
    """The file name DiffusionNet looks for: SHA-1 of the raw bytes of its float32 vertices, then its faces."""
    digest = hashlib.sha1(np.ascontiguousarray(verts, dtype=np.float32).tobytes())
    digest.update(np.ascontiguousarray(faces, dtype=np.int64).tobytes())
    return f"{digest.hexdigest()}_0.npz"


def write_basis_diffusionnet(basis: Basis, path: str | os.PathLike[str]) -> None:
    """Write the cache of a basis in 3-D.

    The Laplacian is the basis's own stiffness; where it has none (a basis learned from points), the cotangent
    Laplacian of the mesh or the robust one of the cloud.

    Raises
    ------
    InputError
        For points that are not in 3-D.
    """
    import scipy.sparse as sp

    if basis.verts.shape[1] != 3:
        raise InputError(f"DiffusionNet works in 3-D, not in {basis.verts.shape[1]} dimensions; npz would work.")
    frames = tangent_frames(_normals(basis))
    grad_x, grad_y = gradients(basis.verts, frames, _neighbour_pairs(basis))
    arrays = {
        "verts": basis.verts.astype(np.float32),
        "frames": frames.astype(np.float32),
        "faces": basis.faces,
        "k_eig": np.array(basis.modes),
        "mass": basis.mass.astype(np.float32),
        "evals": basis.evals.astype(np.float32),
        "evecs": basis.evecs.astype(np.float32),
    }
    for name, matrix in (("L", _stiffness(basis)), ("gradX", grad_x), ("gradY", grad_y)):
        csc = sp.csc_matrix(matrix).astype(np.float32)
        csc.sort_indices()
        parts = {"data": csc.data, "indices": csc.indices, "indptr": csc.indptr, "shape": np.array(csc.shape)}
        arrays |= {f"{name}_{key}": part for key, part in parts.items()}
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def tangent_frames(normals: np.ndarray) -> np.ndarray:
    """Orthonormal frames (V, 3, 3): two tangents and the normal, right-handed.

    The first tangent is the projection of the coordinate axis that is farthest from the normal.
    """
    axis = np.eye(3)[np.argmin(np.abs(normals), axis=1)]
    first = axis - np.einsum("ij,ij->i", axis, normals)[:, None] * normals
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.stack([first, np.cross(normals, first), normals], axis=1)


def gradients(verts: np.ndarray, frames: np.ndarray, pairs: np.ndarray) -> tuple[sp.csc_matrix, sp.csc_matrix]:
    """Gradient operators along the two tangents of each vertex, by least squares over its neighbours.

    At vertex i, with tangent offsets t_j of its neighbours, g minimises sum_j w_j (g . t_j - (f_j - f_i))^2 with
    w_j = 1/|t_j|^2, so that near neighbours decide. Exact for linear functions on a plane.

    Parameters
    ----------
    verts : (V, 3) float64
    frames : (V, 3, 3) float64
        As of :func:`tangent_frames`.
    pairs : (P, 2) int64
        Vertex and neighbour.

    Returns
    -------
    gradX, gradY : (V, V) sparse
    """
    import scipy.sparse as sp

    count = len(verts)
    i, j = pairs[:, 0], pairs[:, 1]
    offset = verts[j] - verts[i]
    t = np.stack([np.einsum("ij,ij->i", offset, frames[i, k]) for k in range(2)], axis=1)
    weight = 1.0 / np.maximum(np.einsum("ij,ij->i", offset, offset), np.finfo(float).tiny)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(i, weights=weight * values, minlength=count)

    xx, xy, yy = total(t[:, 0] ** 2), total(t[:, 0] * t[:, 1]), total(t[:, 1] ** 2)
    # A trace of regularisation keeps vertices whose neighbours lie in one direction finite.
    ridge = 1e-10 * (xx + yy) + np.finfo(float).tiny
    determinant = (xx + ridge) * (yy + ridge) - xy**2
    gx = weight * ((yy + ridge)[i] * t[:, 0] - xy[i] * t[:, 1]) / determinant[i]
    gy = weight * ((xx + ridge)[i] * t[:, 1] - xy[i] * t[:, 0]) / determinant[i]
    found = []
    for g in (gx, gy):
        diagonal = -np.bincount(i, weights=g, minlength=count)
        rows = np.concatenate([i, np.arange(count)])
        columns = np.concatenate([j, np.arange(count)])
        found.append(sp.csc_matrix((np.concatenate([g, diagonal]), (rows, columns)), shape=(count, count)))
    return found[0], found[1]


def _normals(basis: Basis) -> np.ndarray:
    from eigenform.geometry.normals import cloud_normals, vertex_normals

    if len(basis.faces):
        normals = vertex_normals(basis.verts, basis.faces)
    else:
        normals = cloud_normals(basis.verts)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 0, normals / np.where(length > 0, length, 1), np.array([0.0, 0.0, 1.0]))


def _neighbour_pairs(basis: Basis) -> np.ndarray:
    """One-ring neighbours on a mesh, nearest ones in a cloud."""
    if len(basis.faces):
        from eigenform.io.topology import edges

        ends = edges(basis.faces).ends
        return np.concatenate([ends, ends[:, ::-1]])
    from eigenform.geometry.neighbours import knn

    near = knn(basis.verts, min(_CLOUD_NEIGHBOURS, len(basis.verts) - 1))[1]
    return np.stack([np.repeat(np.arange(len(near)), near.shape[1]), near.ravel()], axis=1)


def _stiffness(basis: Basis) -> sp.spmatrix:
    if basis.stiffness is not None:
        return basis.stiffness
    if len(basis.faces):
        from eigenform.geometry.laplacian import cotangent

        return cotangent(basis.verts, basis.faces)[0]
    from eigenform import native

    return native.call("eigenform.geometry.laplacian:robust_cloud", points=basis.verts)[0]
