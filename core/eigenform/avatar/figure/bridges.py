"""Where a clothed surface leads from one part of the body to another that is far away along the skin.

Two very different things look so. Where an arm rests against the trunk, the surface of the figure runs from one onto
the other: weights must not flow across, or the arm is glued on. Where a skirt spans both legs, weights must flow across
widely, or it tears. They differ in how far the surface is from the body there; and between legs it takes less to be a
skirt than it takes elsewhere to be a cape, since sleeves and shirts are wide as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from eigenform.avatar.figure.nearest import Contact
from eigenform.geometry.sampling import farthest_points
from eigenform.geometry.subdivide import edges_of

_PATCHES = 900
FAR = 0.15
"""Metres along the skin from which on two neighbours on the cloth lie on different parts of the body."""
TOUCHING, TOUCHING_ABOVE = 0.025, 0.07
"""Metres from the body below which a surface between two parts of it is taken for two parts that touch: between the
legs, and elsewhere."""


@dataclass(frozen=True)
class Bridges:
    """Edges of the clothed surface that join distant parts of the body.

    Parameters
    ----------
    cut : (C, 2) int64
        Between parts that touch.
    span : (S, 2) int64
        Of cloth that spans a gap.
    length : (S,) float64
        Metres along the skin between the feet of each spanning edge.
    """

    cut: np.ndarray
    span: np.ndarray
    length: np.ndarray


def edge_list(faces: np.ndarray) -> np.ndarray:
    """The undirected edges (E, 2) of triangles, each once."""
    return np.asarray(edges_of(faces)[0], dtype=np.int64)


def edge_graph(verts: np.ndarray, edges: np.ndarray) -> sp.csr_matrix:
    """Symmetric graph (V, V) with the lengths of the edges."""
    length = np.maximum(np.linalg.norm(verts[edges[:, 0]] - verts[edges[:, 1]], axis=1), 1e-9)
    n = len(verts)
    half = sp.csr_matrix((length, (edges[:, 0], edges[:, 1])), shape=(n, n))
    return sp.csr_matrix(half.maximum(half.T))


def bridges(
    verts: np.ndarray,
    edges: np.ndarray,
    found: Contact,
    body_verts: np.ndarray,
    body_faces: np.ndarray,
    legs: np.ndarray,
) -> Bridges:
    """The bridges of a clothed surface.

    Parameters
    ----------
    verts, edges : (V, 3) float, (E, 2) int
        The clothed surface.
    found : Contact
        Of its vertices with the body.
    body_verts, body_faces : (B, 3) float, (G, 3) int
        The body that ``found`` speaks of.
    legs : (B,) bool
        Its vertices on hips and legs; see :func:`leg_vertices`.
    """
    corner = body_faces[found.triangle, found.bary.argmax(axis=1)]
    patch, between = skin_distances(body_verts, body_faces)
    skin = between[patch[corner[edges[:, 0]]], patch[corner[edges[:, 1]]]]
    own = np.linalg.norm(verts[edges[:, 0]] - verts[edges[:, 1]], axis=1)
    far = skin > FAR + 2.0 * own
    between_legs = legs[corner][edges].all(axis=1)
    loose = found.distance[edges].mean(axis=1) > np.where(between_legs, TOUCHING, TOUCHING_ABOVE)
    span = far & loose & np.isfinite(skin)
    return Bridges(edges[far & ~span], edges[span], skin[span])


def leg_vertices(rest: np.ndarray) -> np.ndarray:
    """Vertices (B,) of a body at rest (B, 3), standing with its arms away from it, that belong to hips and legs."""
    low, high = rest[:, 2].min(), rest[:, 2].max()
    middle = np.median(rest[:, 0])
    return (rest[:, 2] < low + 0.55 * (high - low)) & (np.abs(rest[:, 0] - middle) < 0.2 * (high - low))


def skin_distances(verts: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The patch (B,) of each vertex of a body, and distances (P, P) along the skin between patches, in metres.

    Patches are connected, about 4 cm wide on an adult; distances are between their middles along the graph of patches,
    some 10 % too long. Infinite between separate components.
    """
    from scipy.sparse.csgraph import dijkstra

    edges = edge_list(faces)
    graph = edge_graph(verts, edges)
    used = np.unique(faces)
    seeds = used[farthest_points(verts[used], min(_PATCHES, len(used)))]
    away, _, source = dijkstra(graph, directed=False, indices=seeds, min_only=True, return_predecessors=True)
    number = np.zeros(len(verts), dtype=np.int64)
    number[seeds] = np.arange(len(seeds))
    reached = source >= 0
    patch = np.where(reached, number[np.where(reached, source, seeds[0])], 0)
    a, b = patch[edges[:, 0]], patch[edges[:, 1]]
    other = a != b
    step = away[edges[:, 0]] + away[edges[:, 1]] + np.linalg.norm(verts[edges[:, 0]] - verts[edges[:, 1]], axis=1)
    low, high = np.minimum(a, b)[other], np.maximum(a, b)[other]
    order = np.lexsort((step[other], high, low))
    key = low[order] * len(seeds) + high[order]
    first = order[np.concatenate([[True], key[1:] != key[:-1]])] if len(order) else order
    coarse = sp.csr_matrix((step[other][first], (low[first], high[first])), shape=(len(seeds), len(seeds)))
    return patch, dijkstra(coarse, directed=False)
