"""Where an extracted surface ends: parts of it far from all points are no part of what was scanned.

A solve always closes its surface. Whether the points meant that is told by the closing membrane: it lies many
spacings from all points over a connected patch, which among points that cover the surface does not happen (a disc of
seven spacings about a place of a randomly sampled surface holds some thirty points on average).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from eigenform.jobs import unwatched

OPEN_AT = 7.0
"""A patch of the surface that somewhere is farther than this many spacings from all points is a gap in the points."""
STRAY_AT = 1.5
"""A component that stays farther than this many spacings from all points is asked for by none of them."""
SMALL = 0.02
"""Of the triangles of the largest component: a smaller one may be an artefact of the grid."""
_NEAR = 8
"""The spacing about a point is told from its distance to this neighbour."""
_AROUND = 12
"""Points about a vertex whose spacings count."""
_BLOCK = 65_536


@dataclass(frozen=True, eq=False)
class Gaps:
    """How far a surface lies from the points.

    Parameters
    ----------
    distance : (V,) float64
        From the nearest point, in spacings about that point.
    usual : float
        The median spacing, in the units of the points.
    evidence : (V,) float64
        As ``distance``, but in the largest spacing about any of the points around: what tells a gap from a place
        where points become sparse.
    """

    distance: np.ndarray
    usual: float
    evidence: np.ndarray


def point_spacing(points: np.ndarray, tree: cKDTree, check: Callable[[], None] = unwatched) -> np.ndarray:
    """(N,) expected distance of each point from its nearest neighbour, were its neighbourhood evenly random.

    On a surface the k-th neighbour lies at ``sqrt(k / (pi density))``, the nearest at a median of
    ``sqrt(log 2 / (pi density))``.
    """
    k = min(_NEAR, len(points) - 1)
    found = np.empty(len(points))
    for start in range(0, len(points), _BLOCK):
        check()
        found[start : start + _BLOCK] = np.asarray(tree.query(points[start : start + _BLOCK], k + 1)[0])[:, -1]
    return np.asarray(found * np.sqrt(np.log(2) / k))


def distances(verts: np.ndarray, points: np.ndarray, noise: float = 0.0, check: Callable[[], None] = unwatched) -> Gaps:
    """How far vertices (V, 3) lie from the points (N, 3).

    A standard deviation ``noise`` of the points about the surface is no distance, and where points lie sparser than
    usual they may lie as much sparser apart.
    """
    tree = cKDTree(points)
    spacing = point_spacing(points, tree, check)
    usual = float(np.median(spacing))
    distance = np.empty(len(verts))
    for start in range(0, len(verts), _BLOCK):
        check()
        part = slice(start, start + _BLOCK)
        away, index = tree.query(verts[part], workers=-1)
        distance[part] = np.maximum(away - 2 * noise, 0) / np.maximum(spacing[index], usual)
    evidence = distance.copy()
    far = np.flatnonzero(distance > STRAY_AT)
    for start in range(0, len(far), _BLOCK):
        check()
        rows = far[start : start + _BLOCK]
        away, index = tree.query(verts[rows], min(_AROUND, len(points)), workers=-1)
        away, index = np.reshape(away, (len(rows), -1)), np.reshape(index, (len(rows), -1))
        evidence[rows] = np.maximum(away[:, 0] - 2 * noise, 0) / np.maximum(spacing[index].max(1), usual)
    return Gaps(distance, usual, evidence)


def gap_patches(
    faces: np.ndarray, distance: np.ndarray, evidence: np.ndarray, trim: float, open_at: float = OPEN_AT
) -> np.ndarray:
    """(V,) the number of the gap a vertex lies in, -1 for none.

    A gap is a connected patch whose ``distance`` is beyond ``trim`` and whose ``evidence`` somewhere is beyond
    ``open_at``.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    beyond = distance > trim
    if not (beyond & (evidence > open_at)).any():
        return np.full(len(distance), -1)
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    ends = ends[beyond[ends].all(1)]
    size = len(distance)
    graph = coo_matrix((np.ones(len(ends), dtype=bool), (ends[:, 0], ends[:, 1])), shape=(size, size))
    count, label = connected_components(graph, directed=False)
    worst = np.zeros(count)
    np.maximum.at(worst, label[beyond], evidence[beyond])
    gone = beyond & (worst[label] > open_at)
    _, number = np.unique(label[gone], return_inverse=True)
    found = np.full(size, -1)
    found[gone] = number
    return found


def with_islands(faces: np.ndarray, distance: np.ndarray, patch: np.ndarray) -> np.ndarray:
    """The patch (V,) and the islands in it: what would be left of the surface without any point of its own."""
    from eigenform.io.topology import components

    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    count, label = components(len(patch), ends[~patch[ends].any(1)])
    least = np.full(count, np.inf)
    np.minimum.at(least, label, distance)
    return np.asarray(patch | (least > STRAY_AT)[label])


def cut(
    verts: np.ndarray, faces: np.ndarray, distance: np.ndarray, trim: float, patch: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The surface without the patch, triangles across its border cut where ``distance`` is ``trim``.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
    distance : (V,) float
    trim : float
    patch : (V,) bool
        Vertices beyond ``trim`` that go.

    Returns
    -------
    verts, faces
        Vertices that no triangle uses are left out.
    """
    excess = np.where(patch, np.maximum(distance - trim, 1e-9), np.minimum(distance - trim, -1e-9))
    gone = patch[faces]
    whole = faces[~gone.any(1)]
    mixed = faces[gone.any(1) & ~gone.all(1)]
    # turn each so that the vertex that differs from the other two comes first
    state = patch[mixed]
    alone_gone = state.sum(1) == 1
    first = np.where(alone_gone, state.argmax(1), (~state).argmax(1))
    turned = mixed[np.arange(len(mixed))[:, None], (first[:, None] + np.arange(3)) % 3]
    a, b, c = turned.T
    low = np.minimum(np.stack([a, a]), np.stack([b, c])).ravel()
    high = np.maximum(np.stack([a, a]), np.stack([b, c])).ravel()
    edge, index = np.unique(low * len(verts) + high, return_inverse=True)
    low, high = edge // len(verts), edge % len(verts)
    t = (excess[low] / (excess[low] - excess[high]))[:, None]
    new = verts[low] * (1 - t) + verts[high] * t
    ab, ac = index.reshape(2, -1) + len(verts)
    keeps_one = ~alone_gone
    pieces = [
        whole,
        np.stack([a, ab, ac], 1)[keeps_one],
        np.stack([ab, b, c], 1)[alone_gone],
        np.stack([ab, c, ac], 1)[alone_gone],
    ]
    return compact(np.concatenate([verts, new]), np.concatenate(pieces))


def compact(verts: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same triangles without the vertices that none of them uses."""
    used = np.zeros(len(verts), dtype=bool)
    used[faces] = True
    number = np.cumsum(used) - 1
    return verts[used], number[faces]


def without_stray_parts(
    verts: np.ndarray, faces: np.ndarray, distance: np.ndarray, cell: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The surface, and which of its vertices are left, without components that no point asks for.

    These are components that stay farther than :data:`STRAY_AT` spacings from all points, and small ones that lie
    within a few cells of the largest, whose points the rest explains to the accuracy of the grid. Components with
    points of their own stay: there may be several objects.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
    distance : (V,) float
        From the points, in spacings.
    cell : float
        Side of a cell, in the units of ``verts``.
    """
    from eigenform.io.topology import components

    count, label = components(len(verts), np.concatenate([faces[:, :2], faces[:, 1:]]))
    if count == 1:
        return verts, faces, np.ones(len(verts), dtype=bool)
    least = np.full(count, np.inf)
    np.minimum.at(least, label, distance)
    size = np.bincount(label[faces[:, 0]], minlength=count)
    keep = (least < STRAY_AT) & (size > 0)
    small = np.flatnonzero(keep & (size < SMALL * size.max()))
    if len(small):
        rest = cKDTree(verts[np.isin(label, np.flatnonzero(keep & (size >= SMALL * size.max())))])
        rows = np.flatnonzero(np.isin(label, small))
        away = np.zeros(count)
        np.maximum.at(away, label[rows], np.asarray(rest.query(verts[rows])[0]))
        keep[small[away[small] < 4 * cell]] = False
    used = keep[label]
    return *compact(verts, faces[used[faces[:, 0]]]), used
