"""Samples of a surface and well-spread subsets of points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from eigenform.errors import InputError
from eigenform.jobs import unwatched

_BRUTE = 256  # selections after which a ball query is cheaper than measuring all distances


def surface_samples(verts: np.ndarray, faces: np.ndarray, count: int, seed: int | np.random.Generator) -> np.ndarray:
    """Points spread uniformly by area.

    Parameters
    ----------
    verts : (V, 3) float
    faces : (F, 3) int
    count : int
        Number of points.
    seed : int or Generator

    Returns
    -------
    (count, 3) float64
        In the units of ``verts``; the same whatever the order of vertices and faces.

    Raises
    ------
    InputError
        Where no face has area.
    """
    rng = np.random.default_rng(seed)
    a, b, c = _canonical_corners(verts, faces)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    pick = rng.choice(len(faces), size=count, p=area / area.sum())
    u, v = rng.random((2, count, 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    return a[pick] + u * (b - a)[pick] + v * (c - a)[pick]


def _canonical_corners(verts: np.ndarray, faces: np.ndarray) -> list[np.ndarray]:
    """Corners of the faces, in an order that depends on the surface alone and not on how the file numbers it.

    Faces are ordered by the distance of their centroid from the centroid of the surface and start at their farthest
    corner, so that the same seed gives the same samples after a permutation, a rotation or a change of scale.
    """
    corners = verts[faces]
    centroids = corners.mean(1)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    if not area.sum() > 0:
        raise InputError("All faces of this mesh have zero area, so it has no surface to take samples from.")
    middle = area @ centroids / area.sum()
    order = np.argsort(((centroids - middle) ** 2).sum(1), kind="stable")
    corners = corners[order]
    first = ((corners - middle) ** 2).sum(2).argmax(1)
    row = np.arange(len(corners))
    return [corners[row, (first + i) % 3] for i in range(3)]


def farthest_points(
    points: np.ndarray, count: int, start: int | None = None, check: Callable[[], None] = unwatched
) -> np.ndarray:
    """A farthest-point subset: each next point is the one farthest from those chosen.

    Parameters
    ----------
    points : (N, d) float
    count : int
        Number of points wanted; fewer come back where there are fewer distinct points.
    start : int, optional
        Index of the first point; by default the one farthest from the centroid.
    check : callable, optional
        Called now and then; may raise to cancel.

    Returns
    -------
    (count,) int64
        Indices in the order of choice.
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    if start is None:
        start = int(np.argmax(((points - points.mean(0)) ** 2).sum(1)))
    count = min(count, len(points))
    tree = cKDTree(points) if count > _BRUTE and points.shape[1] <= 8 else None
    chosen = np.empty(count, dtype=np.int64)
    nearest = np.full(len(points), np.inf)
    for i in range(count):
        chosen[i] = start
        if i % 32 == 0:
            check()
        if tree is not None and i >= _BRUTE:
            # only points closer to the new one than the present covering radius can change
            ball = np.asarray(tree.query_ball_point(points[start], np.sqrt(nearest[start]), return_sorted=False))
            nearest[ball] = np.minimum(nearest[ball], ((points[ball] - points[start]) ** 2).sum(1))
        else:
            np.minimum(nearest, ((points - points[start]) ** 2).sum(1), out=nearest)
        start = int(np.argmax(nearest))
        if nearest[start] == 0:
            return chosen[: i + 1]
    return chosen
