"""Quadric height functions fitted to neighbourhoods as large as the noise asks for and the surface allows.

For each centre, neighbourhoods of growing size are fitted by least squares. A size is accepted while the points that it
adds lie about the fit no farther than the noise explains: across an edge, into another sheet or where the surface bends
more than a quadric does, they would lie farther. That is the rule of local polynomial fits with a varying bandwidth
(Lepski 1990; Goldenshluger and Nemirovski 1997), here with a test on residuals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from eigenform.jobs import unwatched

TERMS = 6
"""Coefficients of a quadric height function."""
LEAST = 16
"""Points of the smallest neighbourhood."""
GROWTH = 2**0.5
"""Ratio of the sizes of two neighbourhoods."""
SAME_SHEET = 0.3
"""A neighbour whose normal has a smaller cosine with that of the centre belongs to another sheet."""
_BLOCK = 512
"""Centres worked on at once, between two looks at a cancel."""


@dataclass(frozen=True, eq=False)
class Patches:
    """Fits of one block of centres.

    Parameters
    ----------
    members : (B, k) int64
        Neighbours of each centre, nearest first.
    local : (B, k, 3) float64
        Their coordinates in the frame of the centre, over ``reach``; the last one is the height.
    inside : (B, k) bool
        Those the fit was made with.
    frames : (B, 3, 3) float64
        Columns: two tangents and the normal of the frame.
    coefficients : (B, 6) float64
        Of ``1, u, v, u^2, u v, v^2``.
    inverse : (B, 6, 6) float64
        Inverse of the normal matrix: ``d^T inverse d`` is the variance of the fit over that of a point.
    reach : (B,) float64
        The distance of the farthest neighbour that was asked for.
    radius : (B,) float64
        The distance of the farthest one used, over ``reach``.
    excess : (B,) float64
        Residual variance over that of the noise.
    """

    members: np.ndarray
    local: np.ndarray
    inside: np.ndarray
    frames: np.ndarray
    coefficients: np.ndarray
    inverse: np.ndarray
    reach: np.ndarray
    radius: np.ndarray
    excess: np.ndarray


def sizes(largest: int) -> np.ndarray:
    """Neighbourhood sizes from 16 up to ``largest``, each root two times the one before."""
    count = max(1, int(np.floor(np.log(max(largest, LEAST) / LEAST) / np.log(GROWTH) + 1e-9)) + 1)
    return np.rint(LEAST * GROWTH ** np.arange(count)).astype(int)


def fit_patches(
    points: np.ndarray,
    normals: np.ndarray,
    centres: np.ndarray,
    noise: float,
    largest: int,
    *,
    check: Callable[[], None] = unwatched,
) -> Iterator[Patches]:
    """Fits about some of the points, in blocks.

    Parameters
    ----------
    points : (N, 3) float
    normals : (N, 3) float
        Oriented; they need not be accurate.
    centres : (M,) int
        Which points to fit about.
    noise : float
        Standard deviation of the points along the normal, in their units; above 0.
    largest : int
        Most points of a neighbourhood.
    check : callable, optional
        Called for each block; may raise to cancel.
    """
    tree = cKDTree(points)
    count = sizes(min(largest, len(points)))
    for start in range(0, len(centres), _BLOCK):
        check()
        yield _fit(points, normals, centres[start : start + _BLOCK], noise, count, tree)


def tangents(normals: np.ndarray) -> np.ndarray:
    """(N, 3, 3) orthonormal frames with the normals as their last column."""
    helper = np.where(np.abs(normals[:, :1]) < 0.6, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    u = np.cross(normals, helper)
    u /= np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1e-300)
    return np.stack([u, np.cross(normals, u), normals], axis=2)


def design(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """(..., 6) monomials ``1, u, v, u^2, u v, v^2``."""
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=-1)


def _fit(
    points: np.ndarray, normals: np.ndarray, centres: np.ndarray, noise: float, count: np.ndarray, tree: cKDTree
) -> Patches:
    """Fits about one block of centres."""
    middle, row = points[centres], np.arange(len(centres))
    distance, members = tree.query(middle, count[-1])
    distance, members = np.asarray(distance).reshape(len(centres), -1), np.asarray(members).reshape(len(centres), -1)
    reach = np.maximum(distance[:, -1], 1e-300)
    frames = tangents(normals[centres])
    local = np.matmul(points[members] - middle[:, None], frames) / reach[:, None, None]
    same = np.matmul(normals[members], normals[centres][:, :, None])[..., 0] > SAME_SHEET

    both = np.concatenate([design(local[..., 0], local[..., 1]), local[..., 2:]], axis=2) * same[..., None]
    ends = np.concatenate([[0], count])
    moments = np.empty((len(centres), len(count), TERMS + 1, TERMS + 1))
    for j in range(len(count)):
        part = both[:, ends[j] : ends[j + 1]]
        np.matmul(part.transpose(0, 2, 1), part, out=moments[:, j])
    np.cumsum(moments, axis=1, out=moments)
    used = moments[:, :, 0, 0]
    # each size in coordinates over its own radius, so that one small ridge suits all
    radius = np.maximum(distance[:, count - 1] / reach[:, None], 1e-12)
    scale = radius[:, :, None] ** np.array([0, 1, 1, 2, 2, 2])
    gram = moments[:, :, :TERMS, :TERMS] / (scale[:, :, :, None] * scale[:, :, None, :])
    gram += 1e-6 * used[:, :, None, None] * np.eye(TERMS)
    right = moments[:, :, :TERMS, TERMS] / scale
    inverse = np.linalg.inv(gram)
    found = np.matmul(inverse, right[..., None])[..., 0]
    square = moments[:, :, TERMS, TERMS] - (2 * found * right).sum(-1)
    square += (np.matmul(gram, found[..., None])[..., 0] * found).sum(-1)
    square = np.maximum(square, 0.0) * (reach[:, None] / noise) ** 2

    added = np.maximum(np.diff(used, axis=1, prepend=TERMS), 1.0)
    ring = np.diff(square, axis=1, prepend=0.0) / added
    # the second term is two standard deviations of a chi-squared variable over its mean
    fits = ring < 1.0 + 2.0 * np.sqrt(2.0 / added)
    size = np.maximum(np.cumprod(fits, axis=1).sum(axis=1) - 1, 0)
    scale = scale[row, size]
    return Patches(
        members,
        local,
        same & (np.arange(count[-1]) < count[size][:, None]),
        frames,
        found[row, size] / scale,
        inverse[row, size] / (scale[:, :, None] * scale[:, None, :]),
        reach,
        radius[row, size],
        square[row, size] / np.maximum(used[row, size] - TERMS, 1.0),
    )
