"""What a triangle mesh is made of: edges, components, boundary loops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Edges:
    """Undirected edges of a mesh.

    Parameters
    ----------
    ends : (E, 2) int64
        Vertices, the smaller first.
    faces : (E,) int64
        How many faces share the edge.
    balance : (E,) int64
        Faces that run along it from the smaller vertex, less those that run against it; 0 where two neighbours agree.
    """

    ends: np.ndarray
    faces: np.ndarray
    balance: np.ndarray


def edges(faces: np.ndarray) -> Edges:
    """The edges of ``faces`` (F, 3)."""
    directed = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    along = np.where(directed[:, 0] < directed[:, 1], 1, -1)
    low, high = directed.min(axis=1), directed.max(axis=1)
    base = int(faces.max(initial=0)) + 1
    every = low * base + high
    order = np.argsort(every, kind="stable")
    ordered = every[order]
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    key = ordered[begins]
    balance = np.add.reduceat(along[order], begins) if len(begins) else np.zeros(0, dtype=np.int64)
    return Edges(np.stack([key // base, key % base], axis=1), np.diff(np.append(begins, len(ordered))), balance)


def components(count: int, ends: np.ndarray) -> tuple[int, np.ndarray]:
    """Connected components of a graph with ``count`` vertices.

    Returns
    -------
    number : int
    label : (count,) int
    """
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    graph = sp.coo_matrix((np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), shape=(count, count))
    number, label = connected_components(graph.tocsr(), directed=False)
    return int(number), label


def boundary_loops(faces: np.ndarray) -> list[np.ndarray]:
    """Closed rings of boundary edges, each a list of vertices in the direction that a filling face would take.

    Where a vertex has several boundary edges going out, the walk takes any of them; each edge is in one loop.
    """
    directed = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    base = int(faces.max(initial=0)) + 1
    key = directed.min(axis=1) * base + directed.max(axis=1)
    _, where, count = np.unique(key, return_inverse=True, return_counts=True)
    onward: dict[int, list[int]] = {}
    for start, end in directed[count[where] == 1]:
        onward.setdefault(int(end), []).append(int(start))  # a filling face runs against its neighbour
    loops = []
    while onward:
        start = next(iter(onward))
        ring, here = [], start
        while here in onward:
            ring.append(here)
            ends = onward[here]
            following = ends.pop()
            if not ends:
                del onward[here]
            here = following
            if here == start:
                break
        loops.append(np.array(ring, dtype=np.int64))
    return loops
