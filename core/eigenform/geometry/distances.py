"""Distances on a mesh from one or several vertices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from eigenform.geometry.laplacian import cotangent
from eigenform.geometry.mass import edge_vectors, face_areas
from eigenform.geometry.subdivide import edges_of


def edge_distance(verts: np.ndarray, faces: np.ndarray, sources: int | Sequence[int]) -> np.ndarray:
    """Length of the shortest path along edges to the nearest source.

    Parameters
    ----------
    verts : (V, d) float
    faces : (F, 3) int
    sources : int or sequence of int

    Returns
    -------
    (V,) float64
        Never below the geodesic distance; infinite where no path leads.
    """
    from scipy.sparse.csgraph import dijkstra

    verts = np.asarray(verts, dtype=np.float64)
    a, b = edges_of(faces)[0].T
    lengths = np.linalg.norm(verts[a] - verts[b], axis=1)
    graph = sp.csr_matrix((lengths, (a, b)), shape=(len(verts), len(verts)))
    return dijkstra(graph, directed=False, indices=np.atleast_1d(sources), min_only=True)


def heat_distance(verts: np.ndarray, faces: np.ndarray, sources: int | Sequence[int], time: float = 1.0) -> np.ndarray:
    """Geodesic distance by the heat method (Crane, Weischedel and Wardetzky 2013).

    Parameters
    ----------
    verts : (V, d) float
        One connected mesh, every vertex in a face.
    faces : (F, 3) int
    sources : int or sequence of int
    time : float
        Diffusion time in squared mean edge lengths; larger is smoother.

    Returns
    -------
    (V,) float64
        Zero at the sources.
    """
    from scipy.sparse.linalg import splu

    from eigenform.geometry.dissection import nested_dissection

    verts, faces = np.asarray(verts, dtype=np.float64), np.asarray(faces, dtype=np.int64)
    stiffness, mass = cotangent(verts, faces)
    a, b = edges_of(faces)[0].T
    step = time * float(np.linalg.norm(verts[a] - verts[b], axis=1).mean()) ** 2
    order = nested_dissection(stiffness, verts)

    def solve(matrix: sp.spmatrix, right: np.ndarray) -> np.ndarray:
        permuted = sp.csc_matrix(matrix)[order][:, order]
        factor = splu(permuted, permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
        found = np.empty(len(right))
        found[order] = factor.solve(right[order])
        return found

    start = np.zeros(len(verts))
    start[np.atleast_1d(sources)] = 1.0
    heat = solve(sp.diags(mass) + step * stiffness, start)
    field = -_gradient(verts, faces, heat)
    length = np.linalg.norm(field, axis=1, keepdims=True)
    field = np.divide(field, length, out=np.zeros_like(field), where=length > 0)
    # the distance is the function whose gradient is nearest to the unit field; the shift makes the system definite
    shift = 1e-10 * stiffness.diagonal().mean() / mass.mean()
    distance = solve(stiffness + shift * sp.diags(mass), _divergence(verts, faces, field))
    return np.maximum(distance - distance[np.atleast_1d(sources)].min(), 0.0)


def _gradient(verts: np.ndarray, faces: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Gradient of a piecewise linear function on each face, (F, d)."""
    total = np.zeros((len(faces), verts.shape[1]))
    edges = edge_vectors(verts, faces)
    areas = face_areas(verts, faces)
    for i in range(3):
        total += values[faces[:, i], None] * _height(edges, areas, i)
    return total


def _divergence(verts: np.ndarray, faces: np.ndarray, field: np.ndarray) -> np.ndarray:
    """Integrated divergence at each vertex, (V,): the adjoint of the gradient, so that it equals L u for grad u."""
    edges = edge_vectors(verts, faces)
    areas = face_areas(verts, faces)
    total = np.zeros(len(verts))
    for i in range(3):
        share = areas * np.einsum("ij,ij->i", field, _height(edges, areas, i))
        total += np.bincount(faces[:, i], share, minlength=len(verts))
    return total


def _height(edges: tuple[np.ndarray, ...], areas: np.ndarray, corner: int) -> np.ndarray:
    """Gradient of the hat function of a corner: normal to the opposite edge, in the face, one over the height."""
    opposite, side = edges[corner], edges[(corner + 1) % 3]
    # side ends at the corner and starts on the opposite edge; taking away its part along that edge leaves the height
    square = np.einsum("ij,ij->i", opposite, opposite)[:, None]
    height = side - opposite * (np.einsum("ij,ij->i", side, opposite)[:, None] / np.where(square > 0, square, 1.0))
    length = np.einsum("ij,ij->i", height, height)[:, None]
    return np.divide(height, length, out=np.zeros_like(height), where=(length > 0) & (areas[:, None] > 0))
