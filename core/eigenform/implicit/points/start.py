"""The field the coarsest level starts from, and the bands of nodes that each level solves for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from eigenform.implicit.points.spline import centres, locate, spacing
from eigenform.jobs import unwatched

_CHUNK = 32_768
"""Nodes asked about at once, between two looks at a cancel."""

REACH = 3
"""Cells by which the band goes beyond the support of the points."""


def first_field(
    points: np.ndarray,
    normals: np.ndarray,
    sign: Any,
    resolution: int,
    neighbours: int,
    width: float,
    tree: cKDTree,
    check: Callable[[], None] = unwatched,
) -> np.ndarray:
    """A signed pseudo-distance at all nodes, in the frame.

    Near the points ``sum w_i n_i.(x - p_i) / sum w_i`` over the nearest of them, ``w_i = exp(-d_i^2 / (d_1^2 +
    width^2))``; beyond ``1.5 width`` its sign, and beyond ``3 width`` its size too, give way to the sign of a global
    solve and to the distance of the nearest point: a flipped normal then cannot start a stray sheet.

    Parameters
    ----------
    points, normals : (N, 3) float64
        In the frame.
    sign : object
        ``values(points)``, negative inside.
    resolution : int
        Nodes an axis.
    neighbours : int
        Points averaged over.
    width : float
        As above, in the frame.
    tree : cKDTree
        Of the points.
    check : callable
        Called often; may raise.

    Returns
    -------
    (R, R, R) float32 array
    """
    axis = centres(resolution)
    nodes = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    out = rough_distance(points, resolution)
    close = np.flatnonzero(out < 4 * spacing(resolution) + 3 * width)
    for start in range(0, len(close), _CHUNK):
        check()
        rows = close[start : start + _CHUNK]
        out[rows] = tree.query(nodes[rows], workers=-1)[0]
    side = np.concatenate([sign.values(nodes[i : i + _CHUNK]) for i in range(0, len(nodes), _CHUNK)])
    side = np.where(side < 0, -1.0, 1.0)
    near = np.flatnonzero(out < 3 * width)
    out *= side
    for start in range(0, len(near), _CHUNK):
        check()
        rows = near[start : start + _CHUNK]
        distance, index = tree.query(nodes[rows], min(neighbours, len(points)), workers=-1)
        distance, index = np.reshape(distance, (len(rows), -1)), np.reshape(index, (len(rows), -1))
        w = np.exp(-(distance**2) / (distance[:, :1] ** 2 + width**2))
        heights = np.einsum("nkd,nkd->nk", normals[index], nodes[rows, None] - points[index])
        local = (w * heights).sum(1) / w.sum(1)
        out[rows] = np.where(distance[:, 0] < 1.5 * width, local, np.abs(local) * side[rows])
    return out.reshape((resolution,) * 3).astype(np.float32)


def node_band(points: np.ndarray, resolution: int, coarse: np.ndarray | None = None, reach: int = REACH) -> np.ndarray:
    """Flat indices, ascending, of the nodes to solve for.

    They are the supports of the points, and the children of the nodes that ``coarse`` marks (so that a gap between
    points is refined with what surrounds it), widened ``reach`` times by one cell along each axis.

    Parameters
    ----------
    points : (N, 3) float64
        In the frame.
    resolution : int
        Nodes an axis.
    coarse : (R/2, R/2, R/2) bool array, optional
        Nodes of the coarser level whose cells the surface goes through.
    reach : int
    """
    marked = np.zeros((resolution,) * 3, dtype=bool)
    cell, _ = locate(points, resolution)
    marked[cell[:, 0], cell[:, 1], cell[:, 2]] = True
    for axis in range(3):
        marked = _widened(marked, (axis,))
    if coarse is not None:
        for i in range(8):
            marked[i >> 2 :: 2, i >> 1 & 1 :: 2, i & 1 :: 2] |= coarse
    for _ in range(reach):
        marked = _widened(marked, (0, 1, 2))
    for axis in range(3):  # the outermost layer stays as it is: without it nothing would hold the field there
        np.moveaxis(marked, axis, 0)[[0, -1]] = False
    return np.flatnonzero(marked)


def _widened(marked: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Nodes that are marked or have a marked neighbour along one of the axes."""
    out = marked.copy()
    for axis in axes:
        old, new = np.moveaxis(marked, axis, 0), np.moveaxis(out, axis, 0)
        new[1:] |= old[:-1]
        new[:-1] |= old[1:]
    return out


def median_spacing(tree: cKDTree, points: np.ndarray, neighbours: int = 5) -> tuple[float, np.ndarray]:
    """Median over the points of their mean distance to the nearest ``neighbours``, and that mean for each (N,)."""
    k = min(neighbours, len(points) - 1)
    found = np.asarray(tree.query(points, k + 1, workers=-1)[0])[:, 1:].mean(1)
    return float(np.median(found)), found


def rough_distance(points: np.ndarray, resolution: int) -> np.ndarray:
    """(R^3,) distance of each node from the mean of the points in the cell that is nearest among those with points.

    Within a cell's diagonal of the distance from the nearest point, at a small part of its cost.
    """
    from scipy.ndimage import distance_transform_edt

    cell, _ = locate(points, resolution)
    flat = (cell[:, 0] * resolution + cell[:, 1]) * resolution + cell[:, 2]
    count = np.bincount(flat, minlength=resolution**3)
    empty = (count == 0).reshape((resolution,) * 3)
    nearest = distance_transform_edt(empty, return_distances=False, return_indices=True).reshape(3, -1)
    index = (nearest[0] * resolution + nearest[1]) * resolution + nearest[2]
    total = np.zeros(resolution**3)
    axis = centres(resolution)
    for i in range(3):
        mean = np.bincount(flat, points[:, i], minlength=resolution**3)[index] / count[index]
        at = np.broadcast_to(axis.reshape([-1 if j == i else 1 for j in range(3)]), (resolution,) * 3).reshape(-1)
        total += (at - mean) ** 2
    return np.sqrt(total)
