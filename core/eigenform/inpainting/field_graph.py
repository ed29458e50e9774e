"""Neighbourhoods on a mesh or cloud: edges, diffusion, practice holes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from eigenform.geometry.neighbours import knn

CLOUD_NEIGHBOURS = 8
"""Neighbours of a point where there are no faces."""


@dataclass
class Graph:
    """Vertices with the lengths of the edges between them.

    Attributes
    ----------
    points : (V, d) float64
        Centred, the longest side of the box 1.
    lengths : (V, V) csr_matrix
        Symmetric.
    """

    points: np.ndarray
    lengths: sp.csr_matrix

    @cached_property
    def diffusion(self) -> sp.csr_matrix:
        """(V, V) row-stochastic: the mean over a vertex and its neighbours."""
        ones = self.lengths.copy()
        ones.data = np.ones_like(ones.data)
        total = ones + sp.identity(len(self.points))
        return sp.csr_matrix(sp.diags(1 / np.asarray(total.sum(1)).ravel()) @ total)

    def smooth(self, values: np.ndarray, times: int) -> np.ndarray:
        """``values`` (V, c) after some steps of diffusion."""
        for _ in range(times):
            values = self.diffusion @ values
        return values

    def distance(self, sources: np.ndarray) -> np.ndarray:
        """(V,) length of the shortest path to any of ``sources``; infinite where there is none."""
        from scipy.sparse.csgraph import dijkstra

        return dijkstra(self.lengths, directed=False, indices=sources, min_only=True)


def make_graph(verts: np.ndarray, faces: np.ndarray) -> Graph:
    """The graph of a mesh's edges, or of the nearest neighbours of points."""
    longest = np.ptp(verts, axis=0).max()
    points = (verts - (verts.max(0) + verts.min(0)) / 2) / (longest if longest > 0 else 1.0)
    if len(faces):
        rows, columns = faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()
    else:
        near = knn(points, min(CLOUD_NEIGHBOURS, len(points) - 1))[1]
        rows, columns = np.repeat(np.arange(len(points)), near.shape[1]), near.ravel()
    keep = rows != columns
    pairs = np.unique(np.sort(np.stack([rows[keep], columns[keep]], 1), axis=1), axis=0)
    # an edge of no length would vanish from a sparse matrix
    span = np.maximum(np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1), 1e-9)
    one_way = sp.csr_matrix((span, (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    return Graph(points, sp.csr_matrix(one_way + one_way.T))


@dataclass
class FieldExercise:
    """A practice hole of a field: what may be looked at, and what is asked for. Both (V,) bool."""

    known: np.ndarray
    asked: np.ndarray
    regions: np.ndarray | None


def make_field_exercises(
    graph: Graph, known: np.ndarray, regions: np.ndarray | None, count: int, exams: int, seed: int
) -> list[FieldExercise]:
    """Round holes as deep as the field's own, ``count`` to train on and then ``exams`` that no other asks for.

    Labels stay as they are given in the field's hole; where some of those are 0, as many practice holes lose theirs.
    """
    rng = np.random.default_rng([seed, 13])
    hole = ~known
    depth = graph.distance(np.flatnonzero(known))[hole]
    edge = float(np.median(graph.lengths.data))
    reach = max(float(depth[np.isfinite(depth)].max(initial=0.0)), 1.5 * edge)
    unlabelled = 0.0 if regions is None else float((regions[hole] == 0).mean())
    wanted = float(np.clip(0.75 * hole.mean(), 0.05, 0.2)) * len(known)
    places = np.flatnonzero(known)
    reserved = np.zeros(len(known), bool)
    made = []
    for number in range(exams + count):
        hidden = np.zeros(len(known), bool)
        for _ in range(200):
            near = graph.distance(np.array([rng.choice(places)])) <= reach * rng.uniform(0.5, 1.2)
            if (hidden | near)[known].mean() < 0.6:
                hidden |= near & known
            if hidden.sum() >= wanted:
                break
        if not hidden.any():
            hidden[rng.choice(places, max(1, len(places) // 5), replace=False)] = True
        asked = hidden.copy()
        if number < exams:
            reserved |= hidden
        else:
            asked &= ~reserved
        labels = regions
        if regions is not None and rng.random() < unlabelled:
            labels = np.where(hidden, 0, regions)
        made.append(FieldExercise(known & ~hidden, asked, labels))
    return made[exams:] + made[:exams]
