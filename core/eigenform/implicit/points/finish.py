"""From the closed zero set of a solve to the surface that is shown: no stray parts, open where the points are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eigenform.implicit.points.boundary import (
    OPEN_AT,
    Gaps,
    cut,
    distances,
    gap_patches,
    with_islands,
    without_stray_parts,
)
from eigenform.jobs import unwatched

if TYPE_CHECKING:
    from eigenform.implicit.points.settings import GridParams


@dataclass(frozen=True, eq=False)
class Finished:
    """A surface and whether it was left open.

    Parameters
    ----------
    verts, faces : (V, 3) float64, (F, 3) int64
    open : bool
    share : float
        Of the area of the closed surface, cut away.
    """

    verts: np.ndarray
    faces: np.ndarray
    open: bool
    share: float


def finish(
    verts: np.ndarray,
    faces: np.ndarray,
    points: np.ndarray,
    params: GridParams,
    *,
    noise: float = 0.0,
    cell: float = 0.0,
    box: np.ndarray | None = None,
    check: Callable[[], None] = unwatched,
) -> Finished:
    """Leave out what no point asks for.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        Closed.
    points : (N, 3) float
        What the surface was fitted to.
    params : GridParams
        ``open``, ``trim`` and ``fill`` count here.
    noise, cell : float
        Of the points, and the side of a cell of the solve, in their units.
    box : (2, 3) array, optional
        What lies outside of it is cut away.
    check : callable, optional
        Called often; may raise to cancel.
    """
    if not len(faces):
        return Finished(verts, faces, False, 0.0)
    gaps = distances(verts, points, noise, check)
    verts, faces, left = without_stray_parts(verts, faces, gaps.distance, cell)
    distance, evidence = gaps.distance[left], gaps.evidence[left]
    check()
    found, share = False, 0.0
    if params.open != "closed" and len(faces):
        label = gap_patches(faces, distance, evidence, params.trim, 0.0 if params.open == "open" else OPEN_AT)
        label = _unfilled(verts, faces, distance, params, label, gaps)
        patch = label >= 0
        if patch.any():
            patch = with_islands(faces, distance, patch)
        area = np.linalg.norm(np.cross(*(verts[faces[:, i]] - verts[faces[:, 0]] for i in (1, 2))), axis=1)
        share = float(area[patch[faces].all(1)].sum() / max(area.sum(), 1e-300))
        found = bool(patch.any())
        if found:
            verts, faces = cut(verts, faces, distance, params.trim, patch)
    if box is not None:
        for axis in range(3):
            for sign, limit in ((1.0, box[1, axis]), (-1.0, -box[0, axis])):
                beyond = sign * verts[:, axis]
                if (beyond > limit).any():
                    found = True
                    verts, faces = cut(verts, faces, beyond, limit, beyond > limit)
    return Finished(verts, faces, found, share)


def _unfilled(
    verts: np.ndarray, faces: np.ndarray, distance: np.ndarray, params: GridParams, label: np.ndarray, gaps: Gaps
) -> np.ndarray:
    """The patches without those whose border is short enough to be filled."""
    if not params.fill or not (label >= 0).any():
        return label
    patch = label >= 0
    mixed = faces[patch[faces].any(1) & ~patch[faces].all(1)]
    length = np.zeros(label.max() + 1)
    for corner in range(3):
        # a border runs through a triangle about half as long as the edge across from its lone vertex
        a, b, c = (mixed[:, (corner + k) % 3] for k in range(3))
        lone = (patch[a] != patch[b]) & (patch[a] != patch[c])
        inside = np.where(patch[a], a, b)[lone]
        ends = []
        for other in (b, c):
            one, two = distance[a[lone]], distance[other[lone]]
            t = np.clip((params.trim - one) / np.where(one == two, 1.0, two - one), 0, 1)[:, None]
            ends.append(verts[a[lone]] * (1 - t) + verts[other[lone]] * t)
        np.add.at(length, label[inside], np.linalg.norm(ends[0] - ends[1], axis=1))
    filled = length < params.fill * gaps.usual
    return np.where(patch & filled[np.maximum(label, 0)], -1, label)
