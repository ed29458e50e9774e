"""Finer meshes of the same surface."""

from __future__ import annotations

import numpy as np


def edges_of(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The undirected edges of a mesh.

    Returns
    -------
    edges : (E, 2) int64
        Lower vertex first, sorted.
    index : (F, 3) int64
        Row in ``edges`` of the edge opposite each corner.
    """
    faces = np.asarray(faces, dtype=np.int64)
    pairs = np.sort(np.stack([faces[:, [1, 2]], faces[:, [2, 0]], faces[:, [0, 1]]], axis=1).reshape(-1, 2), axis=1)
    span = int(faces.max()) + 1 if faces.size else 1
    keys, index = np.unique(pairs[:, 0] * span + pairs[:, 1], return_inverse=True)
    return np.stack([keys // span, keys % span], axis=1), index.reshape(-1, 3)


def subdivide(verts: np.ndarray, faces: np.ndarray, times: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Split every triangle into four at the midpoints of its edges.

    The old vertices stay first and where they were, so that values at them can be compared.

    Parameters
    ----------
    verts : (V, d) float
    faces : (F, 3) int
    times : int

    Returns
    -------
    verts : (V + E, d) float64
    faces : (4 F, 3) int64
    """
    verts, faces = np.asarray(verts, dtype=np.float64), np.asarray(faces, dtype=np.int64)
    for _ in range(times):
        edges, index = edges_of(faces)
        opposite = index + len(verts)
        a, b, c = faces.T
        bc, ca, ab = opposite.T
        verts = np.concatenate([verts, verts[edges].mean(1)])
        quads = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        faces = np.stack([np.stack(t, axis=1) for t in quads], axis=1).reshape(-1, 3)
    return verts, faces
