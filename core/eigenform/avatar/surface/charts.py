"""Cut a figure into pieces that can be laid flat: each is seen whole along one of six directions.

A chart is a connected set of triangles of one limb whose normals point to one side of a box, projected onto that side.
Made in the rest pose, where limbs stand apart; triangles that cover each other all the same get charts of their own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from eigenform.geometry.normals import face_normals

DIRECTIONS = np.array([[0, -1, 0], [0, 1, 0], [1, 0, 0], [-1, 0, 0], [0, 0, 1], [0, 0, -1]], dtype=np.float64)
"""Front, back, left, right, top, bottom."""
PREFERENCE = np.array([1.0, 1.0, 0.9, 0.9, 0.75, 0.75])
"""Front and back are preferred: a photograph shows them."""
LEAST = 0.2
"""Cosine of a triangle to the direction of its chart at least, where another direction does better."""


class Charts(NamedTuple):
    """A cut surface.

    Attributes
    ----------
    chart : (F,) int64
        Chart of each triangle, 0 ... N - 1.
    flat : (F, 3, 2) float64
        Corners of the triangles in the plane of their chart, metres.
    """

    chart: np.ndarray
    flat: np.ndarray


def cut(verts: np.ndarray, faces: np.ndarray, limb: np.ndarray | None = None, rounds: int = 12) -> Charts:
    """Cut a closed surface into charts.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        At rest, metres.
    limb : (V,) int, optional
        A number for the limb of each vertex; charts do not cross from one to another.
    rounds : int
        How often borders are smoothed.
    """
    normals = face_normals(verts, faces)
    beside = adjacency(faces)
    limbs = np.zeros(len(faces), np.int64) if limb is None else np.sort(limb[faces], axis=1)[:, 1]
    side = _sides(normals, beside, rounds)
    label = side + 6 * limbs
    chart = _pieces(label, beside)
    chart = _absorbed(chart, side, normals, beside)
    side = _side_of_chart(chart, side)
    return Charts(chart, _projected(verts, faces, chart, side))


def adjacency(faces: np.ndarray) -> sp.csr_matrix:
    """(F, F) 1 where two triangles share an edge."""
    ends = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    key = ends[:, 0].astype(np.int64) * (int(faces.max()) + 1) + ends[:, 1]
    order = np.argsort(key, kind="stable")
    same = key[order][1:] == key[order][:-1]
    a, b = order[:-1][same] // 3, order[1:][same] // 3
    half = sp.csr_matrix((np.ones(len(a)), (a, b)), shape=(len(faces), len(faces)))
    return sp.csr_matrix(((half + half.T) > 0).astype(np.float64))


def _sides(normals: np.ndarray, beside: sp.csr_matrix, rounds: int) -> np.ndarray:
    """(F,) direction of each triangle; borders are short because neighbours vote."""
    smooth = normals
    for _ in range(6):
        smooth = smooth + beside @ smooth
        smooth = smooth / np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-9)
    score = smooth @ DIRECTIONS.T * PREFERENCE
    exact = normals @ DIRECTIONS.T
    allowed = exact > np.minimum(LEAST, exact.max(axis=1, keepdims=True) - 1e-9)
    score = np.where(allowed, score, -10.0)
    side = np.argmax(score, axis=1)
    for _ in range(rounds):
        votes = beside @ np.eye(6)[side]
        side = np.argmax(score + 0.5 * votes, axis=1)
    return side


def _pieces(label: np.ndarray, beside: sp.csr_matrix) -> np.ndarray:
    """(F,) connected sets of triangles of one label."""
    from scipy.sparse.csgraph import connected_components

    pairs = beside.tocoo()
    keep = label[pairs.row] == label[pairs.col]
    kept = sp.csr_matrix((np.ones(int(keep.sum())), (pairs.row[keep], pairs.col[keep])), shape=beside.shape)
    return connected_components(kept, directed=False)[1].astype(np.int64)


def _side_of_chart(chart: np.ndarray, side: np.ndarray) -> np.ndarray:
    """(N,) direction of each chart: that of most of its triangles."""
    count = np.zeros((int(chart.max()) + 1, 6))
    np.add.at(count, (chart, side), 1.0)
    return np.argmax(count, axis=1)


def _absorbed(
    chart: np.ndarray, side: np.ndarray, normals: np.ndarray, beside: sp.csr_matrix, small: int = 60
) -> np.ndarray:
    """Charts of few triangles joined to the neighbour with the longest border whose direction they face as well."""
    pairs = beside.tocoo()
    for _ in range(8):
        sides = _side_of_chart(chart, side)
        size = np.bincount(chart)
        n = len(size)
        across = chart[pairs.row] != chart[pairs.col]
        a, b = chart[pairs.row[across]], chart[pairs.col[across]]
        border = sp.csr_matrix((np.ones(len(a)), (a, b)), shape=(n, n))
        target = np.arange(n)
        for one in np.flatnonzero(size < small):
            row = slice(border.indptr[one], border.indptr[one + 1])
            mine = normals[chart == one]
            for other in border.indices[row][np.argsort(-border.data[row], kind="stable")]:
                if (
                    size[other] > size[one]
                    and target[other] == other
                    and (mine @ DIRECTIONS[sides[other]]).min() > 0.05
                ):
                    target[one] = other
                    break
        if (target == np.arange(n)).all():
            break
        chart = np.unique(target[chart], return_inverse=True)[1].astype(np.int64)
    return chart


def _projected(verts: np.ndarray, faces: np.ndarray, chart: np.ndarray, side: np.ndarray) -> np.ndarray:
    """(F, 3, 2) corners on the sides of the box, counter-clockwise as seen from outside."""
    right = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [1, 0, 0], [1, 0, 0]], dtype=np.float64)
    up = np.array([[0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 1, 0], [0, -1, 0]], dtype=np.float64)
    corners, along = verts[faces], side[chart]
    return np.stack(
        [np.einsum("fkd,fd->fk", corners, right[along]), np.einsum("fkd,fd->fk", corners, up[along])], axis=2
    )


def split_overlaps(charts: Charts, covered: np.ndarray, beside: sp.csr_matrix) -> Charts:
    """Charts in which the triangles ``covered`` (F,) bool, that lie over others, have charts of their own."""
    label = 2 * charts.chart + covered
    return Charts(_pieces(label, beside), charts.flat)
