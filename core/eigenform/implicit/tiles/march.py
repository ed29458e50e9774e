"""Lewiner's marching cubes on one tile, its vertices named by the edge of the fine grid they lie on.

Which vertices exist and how triangles join them comes from scikit-image; where they lie is computed here in double
precision from the two values of their edge, so that it cannot depend on the tile they were found in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_FLAT, _STEEP = 1e-3, 16.0
NEAREST = 1e-3
"""A vertex keeps this share of its edge between itself and the nodes: no triangle is degenerate in single precision."""

_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if bin(a ^ b).count("1") == 1]
_CORNERS = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])


@dataclass(frozen=True, eq=False)
class Piece:
    """The surface in one tile: keys of the vertices, their place in fine cells, triangles of local numbers.

    ``ends`` (V, 2) holds the values at the two nodes of each vertex's edge; 0 for vertices inside of a cell.
    """

    keys: np.ndarray
    places: np.ndarray
    faces: np.ndarray
    ends: np.ndarray


def march(values: np.ndarray, cells: np.ndarray, first: np.ndarray, nodes: tuple[int, int, int], scale: float) -> Piece:
    """March the chosen cells of a tile.

    Parameters
    ----------
    values : (a + 1, b + 1, c + 1) float32
        The field minus the level, not 0 at any corner of a chosen cell.
    cells : (a, b, c) bool
        The cells to march.
    first : (3,) int
        Index of the tile's first node in the fine grid.
    nodes : tuple of int
        Nodes of the fine grid along each axis: numbers the edges.
    scale : float
        Typical change of the field along a fine edge.

    Returns
    -------
    Piece
        Empty where no chosen cell is crossed. Triangles are counter-clockwise seen from where the field is positive.
    """
    from skimage.measure import marching_cubes

    mask = np.zeros(values.shape, dtype=bool)
    mask[1:, 1:, 1:] = cells
    # The ambiguous cases are decided on bounded values: only so does every vertex keep clear of the nodes in the single
    # precision of scikit-image, and can be told by its edge. It is done node by node, hence alike in all tiles.
    bounded = np.copysign(np.clip(np.abs(values) / np.float32(scale), _FLAT, _STEEP), values)
    try:
        verts, faces, _, _ = marching_cubes(bounded, 0.0, mask=mask, allow_degenerate=True)
    except RuntimeError:  # its word for: no surface
        return Piece(np.zeros(0, dtype=np.int64), np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32), np.zeros((0, 2)))
    whole = np.abs(verts - np.rint(verts)) < 1e-5
    centre = whole.sum(axis=1) < 2
    axis = np.where(centre, 3, np.argmin(whole, axis=1))
    node = np.where(whole, np.rint(verts), np.floor(verts)).astype(np.int64)
    fraction, ends = _fractions(values, node, axis)
    at = node + first
    keys = ((at[:, 0] * nodes[1] + at[:, 1]) * nodes[2] + at[:, 2]) * 4 + axis
    return Piece(keys, at + fraction, faces.astype(np.int32), ends)


def _fractions(values: np.ndarray, node: np.ndarray, axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(V, 3) place of vertices from the first node of their edge, in cells, and (V, 2) values at its ends.

    Vertices of axis 3 lie inside of a cell: in the middle of all vertices of its edges.
    """
    out, ends = np.zeros(node.shape), np.zeros((len(node), 2), dtype=np.float32)
    edge = np.flatnonzero(axis < 3)
    step = np.eye(3, dtype=np.int64)[axis[edge]]
    v0 = values[tuple(node[edge].T)].astype(np.float64)
    v1 = values[tuple((node[edge] + step).T)].astype(np.float64)
    ends[edge, 0], ends[edge, 1] = v0, v1
    out[edge, axis[edge]] = np.clip(v0 / (v0 - v1), NEAREST, 1 - NEAREST)
    inner = np.flatnonzero(axis == 3)
    if len(inner):
        v = np.stack([values[tuple((node[inner] + c).T)] for c in _CORNERS], axis=1).astype(np.float64)
        total, count = np.zeros((len(inner), 3)), np.zeros((len(inner), 1))
        for a, b in _EDGES:
            crossed = (v[:, a] < 0) != (v[:, b] < 0)
            t = np.clip(v[:, a] / np.where(crossed, v[:, a] - v[:, b], 1.0), NEAREST, 1 - NEAREST)[:, None]
            total += np.where(crossed[:, None], (1 - t) * _CORNERS[a] + t * _CORNERS[b], 0.0)
            count += crossed[:, None]
        out[inner] = total / count
    return out, ends
