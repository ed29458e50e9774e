"""Unit normals of meshes and of point clouds."""

from __future__ import annotations

import numpy as np


def face_normals(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normal of each face, (F, 3), outward where faces run counter-clockwise; zero for a face without area."""
    a, b, c = (np.asarray(verts, dtype=np.float64)[faces[:, i]] for i in range(3))
    return _unit(np.cross(b - a, c - a))


def vertex_normals(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Area-weighted unit normals.

    Parameters
    ----------
    verts : (V, 3) float
    faces : (F, 3) int
        Counter-clockwise seen from outside.

    Returns
    -------
    (V, 3) float64
        Outward unit normals; zero at vertices that no face with area uses.
    """
    verts = np.asarray(verts, dtype=np.float64)
    verts = verts - verts.mean(0)
    a, b, c = (verts[faces[:, i]] for i in range(3))
    weighted = np.cross(b - a, c - a)
    corners = np.ravel(faces)
    total = [np.bincount(corners, np.repeat(weighted[:, i], 3), minlength=len(verts)) for i in range(3)]
    return _unit(np.stack(total, axis=1))


def cloud_normals(points: np.ndarray, neighbours: int = 12) -> np.ndarray:
    """Unit normals of a point cloud: the thinnest direction of each neighbourhood, consistently oriented.

    Orientation spreads over the minimum spanning tree of the neighbour graph from the outermost point of each
    component, which points away from the centroid (Hoppe et al. 1992).

    Parameters
    ----------
    points : (N, 3) float
    neighbours : int

    Returns
    -------
    (N, 3) float64
    """
    import scipy.sparse as sp
    from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree

    from eigenform.geometry.neighbours import knn

    points = np.asarray(points, dtype=np.float64)
    n = len(points)
    if n < 4:
        return np.zeros_like(points)
    _, index = knn(points, neighbours)
    local = points[index] - points[index].mean(1, keepdims=True)
    normals = np.linalg.eigh(np.einsum("nki,nkj->nij", local, local))[1][:, :, 0]
    rows = np.repeat(np.arange(n), index.shape[1])
    cols = index.ravel()
    # neighbours with parallel normals are the safest to spread along; the small constant keeps every edge in the tree
    cost = 1.0 + 1e-3 - np.abs(np.einsum("ij,ij->i", normals[rows], normals[cols]))
    half = minimum_spanning_tree(sp.csr_matrix((cost, (rows, cols)), shape=(n, n)))
    tree = sp.csr_matrix(half + half.T)
    away = points - points.mean(0)
    reach = np.einsum("ij,ij->i", away, away)
    count, labels = connected_components(tree, directed=False)
    order = np.lexsort((reach, labels))
    starts = order[np.searchsorted(labels[order], np.arange(count), side="right") - 1]
    for start in starts:
        if normals[start] @ away[start] < 0:
            normals[start] *= -1.0
        sequence, parents = breadth_first_order(tree, start, directed=False)
        for i in sequence[1:]:
            if normals[i] @ normals[parents[i]] < 0:
                normals[i] *= -1.0
    return normals


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length one; zero rows stay zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
