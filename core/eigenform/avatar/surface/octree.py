"""A field on a fine grid, evaluated only where its surface can be: coarse to fine, after ICON (33, 65, 129, 257).

On each level the nodes about cells with a change of sign are evaluated, and again about what those show, until the
surface is followed to its end. All other nodes keep a number interpolated from the level before: right in sign, and
that is all that marching asks of it. Parts thinner than a coarse cell are found by *seeds*, points near the surface.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from eigenform.jobs import unwatched

STRIDES = (8, 4, 2, 1)
"""Fine cells along a cell of each level."""

_CHUNK = 16384


class Grid(NamedTuple):
    """Values on a regular grid.

    Attributes
    ----------
    values : (nx, ny, nz) float32
        Negative inside.
    origin : (3,) float64
        The first node, metres.
    cell : float
        Spacing, metres.
    evaluated : int
        How often the field was asked.
    """

    values: np.ndarray
    origin: np.ndarray
    cell: float
    evaluated: int


def grid_over(low: np.ndarray, high: np.ndarray, resolution: int) -> tuple[np.ndarray, float, tuple[int, ...]]:
    """Origin, spacing and node counts of a grid about the box: ``resolution`` nodes along its longest side.

    All counts are one more than a multiple of the largest stride, so that the levels nest.
    """
    coarse = STRIDES[0]
    cells = max(coarse, (resolution - 1) // coarse * coarse)
    side = np.asarray(high, dtype=np.float64) - low
    cell = float(side.max()) / cells
    counts = np.maximum(1, np.ceil(side / (cell * coarse) - 1e-9)).astype(int) * coarse
    origin = (np.asarray(low) + high) / 2 - counts * cell / 2
    return origin, cell, tuple(int(c) + 1 for c in counts)


def evaluate(
    field: Callable[[np.ndarray], np.ndarray],
    low: np.ndarray,
    high: np.ndarray,
    resolution: int,
    seeds: np.ndarray | None = None,
    check: Callable[[], None] = unwatched,
    progress: Callable[[int, int], None] | None = None,
) -> Grid:
    """The field on the grid over a box, exact about its surface.

    Parameters
    ----------
    field : callable
        (N, 3) points in metres to (N,) values, negative inside.
    low, high : (3,) float
        The box, metres.
    resolution : int
        Nodes along the longest side.
    seeds : (M, 3) float, optional
        Points near the surface: cells about them are always looked into, but on the finest level.
    check, progress : callable
        Called between chunks; ``progress`` with the levels done and their number.
    """
    origin, cell, counts = grid_over(low, high, resolution)
    level: np.ndarray | None = None
    count = 0
    for number, stride in enumerate(STRIDES):
        shape = tuple((c - 1) // stride + 1 for c in counts)
        if level is None:
            values, known = np.zeros(shape, np.float32), np.zeros(shape, bool)
            fresh = np.ones(shape, bool)
        else:
            values, known = _doubled(level)
            fresh = _about_crossings(values) & ~known
            if seeds is not None and stride > 1:
                fresh |= _about_points((seeds - origin) / (cell * stride), shape) & ~known
        while fresh.any():
            where = np.argwhere(fresh)
            values[fresh] = _asked(field, origin + where * (cell * stride), check)
            count += len(where)
            known |= fresh
            fresh = _about_crossings(values) & ~known
        level = values
        if progress is not None:
            progress(number + 1, len(STRIDES))
    assert level is not None
    return Grid(level, origin, cell, count)


def _asked(field: Callable[[np.ndarray], np.ndarray], points: np.ndarray, check: Callable[[], None]) -> np.ndarray:
    out = np.empty(len(points), dtype=np.float32)
    for start in range(0, len(points), _CHUNK):
        check()
        out[start : start + _CHUNK] = field(points[start : start + _CHUNK])
    out[out == 0] = np.finfo(np.float32).tiny  # a node on the surface counts as outside
    return out


def _doubled(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values on the grid of half the spacing, and where they are those of the coarser grid itself."""
    for axis in range(3):
        values = np.moveaxis(values, axis, 0)
        finer = np.empty((2 * len(values) - 1, *values.shape[1:]), np.float32)
        finer[::2] = values
        finer[1::2] = (values[1:] + values[:-1]) / 2
        values = np.moveaxis(finer, 0, axis)
    known = np.zeros(values.shape, bool)
    known[::2, ::2, ::2] = True
    return np.ascontiguousarray(values), known


def _about_crossings(values: np.ndarray) -> np.ndarray:
    """Nodes of the cells that have corners of both signs, and of the cells about those."""
    inside = values < 0
    some, every = inside, inside
    for axis in range(3):
        first, last = [slice(None)] * 3, [slice(None)] * 3
        first[axis], last[axis] = slice(None, -1), slice(1, None)
        some = some[tuple(first)] | some[tuple(last)]
        every = every[tuple(first)] & every[tuple(last)]
    return _nodes_of(_wider(some & ~every))


def _about_points(places: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Nodes of the cells that hold points, given in cells, and of the cells about those."""
    cells = np.zeros(tuple(s - 1 for s in shape), bool)
    at = np.floor(places).astype(np.int64)
    within = ((at >= 0) & (at < cells.shape)).all(axis=1)
    cells[tuple(at[within].T)] = True
    return _nodes_of(_wider(cells))


def _wider(cells: np.ndarray) -> np.ndarray:
    """Cells and all that share a corner with them."""
    for axis in range(3):
        wider = cells.copy()
        first, last = [slice(None)] * 3, [slice(None)] * 3
        first[axis], last[axis] = slice(None, -1), slice(1, None)
        wider[tuple(first)] |= cells[tuple(last)]
        wider[tuple(last)] |= cells[tuple(first)]
        cells = wider
    return cells


def _nodes_of(cells: np.ndarray) -> np.ndarray:
    nodes = np.zeros(tuple(s + 1 for s in cells.shape), bool)
    for i in (0, 1):
        for j in (0, 1):
            for k in (0, 1):
                nodes[i : i + cells.shape[0], j : j + cells.shape[1], k : k + cells.shape[2]] |= cells
    return nodes
