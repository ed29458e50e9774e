"""Semantics from the shape: the segments that a mesh falls into."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from eigenform import native
from eigenform.errors import InputError
from eigenform.geometry.normals import face_normals
from eigenform.jobs import JobContext


def segment(
    verts: np.ndarray, faces: np.ndarray, kind: str, count: int, angle: float, ctx: JobContext | None
) -> np.ndarray:
    """(V,) int64 labels from 1 of the segments of a mesh.

    Parameters
    ----------
    verts, faces
        A mesh.
    kind : str
        ``spectral``: k-means on the low modes of the robust Laplacian; ``sharp-edges``: parts between edges of a large
        dihedral angle; ``components``: connected parts.
    count : int
        Segments of ``spectral``.
    angle : float
        Degrees from which an edge counts as sharp.
    ctx : JobContext, optional

    Raises
    ------
    InputError
        Where there are no faces, or all of them are one segment.
    """
    if not len(faces):
        raise InputError("Segments need a mesh, and there are no faces here; choose another provider.")
    if kind == "spectral":
        return native.call(
            "eigenform.inpainting.providers.segments:_spectral", ctx, verts=verts, faces=faces, count=count
        )
    labels = _by_edges(verts, faces, angle if kind == "sharp-edges" else 360.0)
    if labels.max() < 2:
        raise InputError(f"The mesh is one single segment by {kind}; choose another segmentation or provider.")
    return labels


def _by_edges(verts: np.ndarray, faces: np.ndarray, angle: float) -> np.ndarray:
    """Connected parts of the faces when sharp edges are cut; a vertex takes the label of its largest part."""
    from scipy.sparse.csgraph import connected_components

    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    owner = np.tile(np.arange(len(faces)), 3)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    edges, owner = edges[order], owner[order]
    same = (edges[1:] == edges[:-1]).all(1)
    a, b = owner[:-1][same], owner[1:][same]
    normals = face_normals(verts, faces)
    joined = np.einsum("ij,ij->i", normals[a], normals[b]) > np.cos(np.radians(min(angle, 180.0))) - 1e-9
    graph = sp.coo_matrix((np.ones(joined.sum()), (a[joined], b[joined])), shape=(len(faces), len(faces)))
    part = connected_components(graph, directed=False)[1]
    size = np.bincount(part)
    by_size = np.argsort(size[part], kind="stable")  # larger parts are written later and win
    labels = np.zeros(len(verts), dtype=np.int64)
    for corner in range(3):
        labels[faces[by_size, corner]] = part[by_size] + 1
    kinds = np.unique(labels[labels > 0])
    return np.where(labels > 0, np.searchsorted(kinds, labels) + 1, 0)


def _spectral(verts: np.ndarray, faces: np.ndarray, count: int) -> np.ndarray:
    """k-means on the low modes; runs in a child process."""
    from scipy.cluster.vq import kmeans2
    from scipy.sparse.linalg import eigsh

    from eigenform.geometry.laplacian import robust_mesh

    stiffness, mass = robust_mesh(verts, faces)
    used = np.flatnonzero(mass > 0)
    modes = min(count, len(used) - 2)
    inner = stiffness[used][:, used]
    area = sp.diags(mass[used])
    shift = -1e-3 * float(inner.diagonal().sum() / mass.sum()) / len(used)
    start = np.random.default_rng(0).standard_normal(len(used))
    vectors = eigsh(inner, modes, area, sigma=shift, v0=start)[1]
    vectors = vectors / np.sqrt((vectors**2 * mass[used, None]).sum(0))
    labels = kmeans2(vectors, count, minit="++", rng=np.random.default_rng(0))[1]
    found = np.zeros(len(verts), dtype=np.int64)
    found[used] = np.unique(labels, return_inverse=True)[1] + 1
    return found
