"""The zero set of spline coefficients, several samples a cell, in blocks that the surface goes through.

Between nodes the spline bends: triangles as long as a cell cut its corners by more than the fit is wrong. Values on a
block are sums along one axis after the other, which costs a few operations each; a block whose coefficients have one
sign holds no surface, for the weights of B-splines are positive and sum to 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.implicit.points.spline import centres, spacing, weights
from eigenform.jobs import unwatched

_BLOCK = 16
"""Cells along a block."""
_CLEAR = np.float32(1e-3)
"""Vertices keep this far from nodes, in samples: each then belongs to one edge of the grid, so that blocks can meet."""


def fine_mesh(
    coefficients: np.ndarray, factor: int, check: Callable[[], None] = unwatched
) -> tuple[np.ndarray, np.ndarray]:
    """The zero set with ``factor`` samples a cell.

    Parameters
    ----------
    coefficients : (R, R, R) float32
        In the frame, negative inside.
    factor : int
        Samples along the side of a cell.
    check : callable, optional
        Called for every block; may raise.

    Returns
    -------
    verts : (V, 3) float64
        In the frame.
    faces : (F, 3) int64
        Outward.
    """
    from skimage.measure import marching_cubes

    resolution = coefficients.shape[0]
    step = np.float32(spacing(resolution) / factor)
    pieces: list[tuple[np.ndarray, np.ndarray]] = []
    rims: list[np.ndarray] = []
    total = 0
    for first in _busy_blocks(coefficients):
        check()
        last = np.minimum(first + _BLOCK, resolution - 2)
        if (last <= first).any():
            continue
        x, y, z = (slice(a - 1, b + 2) for a, b in zip(first, last, strict=True))
        values = block_values(coefficients[x, y, z], factor)
        near = np.abs(values) < _CLEAR * step
        values[near] = np.where(values[near] < 0, -_CLEAR, _CLEAR) * step
        if values.min() > 0 or values.max() < 0:
            continue
        verts, faces, _, _ = marching_cubes(values, 0.0)
        rim = ((verts == 0) | (verts == np.array(values.shape) - 1)).any(1)
        rims.append(np.flatnonzero(rim) + total)
        pieces.append((verts + (first - 1.0) * factor, faces + total))
        total += len(verts)
    if not pieces:
        return np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64)
    verts = np.concatenate([v for v, _ in pieces])
    faces = np.concatenate([f for _, f in pieces]).astype(np.int64)
    verts, faces = _weld(verts, faces, np.concatenate(rims))
    axis = centres(resolution)
    return axis[1] + verts * (spacing(resolution) / factor), faces


def block_values(coefficients: np.ndarray, factor: int) -> np.ndarray:
    """Values from the second to the last but one centre of each axis, ``factor`` a cell.

    Sums are taken in a fixed order, so that blocks that share nodes have the very same numbers there.
    """
    out = coefficients
    for axis in range(3):
        here = np.moveaxis(out, axis, 0)
        cells = len(here) - 3
        fine = np.empty((cells * factor + 1, *here.shape[1:]), dtype=np.float32)
        for j in range(factor):
            t = j / factor
            near = 0 if t <= 0.5 else 1  # the cell whose centre is nearest
            a, b, c = (np.float32(w) for w in weights(np.array(t - near)))
            count = cells + 1 if j == 0 else cells
            fine[j::factor] = a * here[near : near + count] + b * here[near + 1 : near + 1 + count]
            fine[j::factor] += c * here[near + 2 : near + 2 + count]
        out = np.moveaxis(fine, 0, axis)
    return np.ascontiguousarray(out)


def _busy_blocks(coefficients: np.ndarray) -> list[np.ndarray]:
    """First cells of the blocks whose coefficients do not all have one sign."""
    resolution = coefficients.shape[0]
    starts = np.arange(1, resolution - 2, _BLOCK)
    inside = coefficients < 0
    # cells of a block, the one before and the two after it
    low, high = inside, inside
    for axis in range(3):
        spans = [slice(s - 1, min(s + _BLOCK + 2, resolution)) for s in starts]
        low = np.stack([np.moveaxis(low, axis, 0)[s].any(0) for s in spans])
        high = np.stack([np.moveaxis(high, axis, 0)[s].all(0) for s in spans])
        low, high = np.moveaxis(low, 0, axis), np.moveaxis(high, 0, axis)
    return list(starts[np.argwhere(low & ~high)])


def _weld(verts: np.ndarray, faces: np.ndarray, rim: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join the vertices ``rim`` that lie in the same place, and close up the numbers."""
    if len(rim):
        keys = np.ascontiguousarray(verts[rim]).view([("x", "f8"), ("y", "f8"), ("z", "f8")]).ravel()
        _, first, own = np.unique(keys, return_index=True, return_inverse=True)
        number = np.arange(len(verts))
        number[rim] = rim[first[own]]
        faces = number[faces]
    used = np.zeros(len(verts), dtype=bool)
    used[faces] = True
    return verts[used], (np.cumsum(used) - 1)[faces]
