"""The fine grid of an extraction, and the coarse grid nested in it that finds where the surface can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.fields import ScalarField

HALF = 0.56
"""Half the side of the cube of a frame."""

CHUNK = 16384
"""Points evaluated at a time, unless the field names another number: short enough to pause and cancel at once."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """Nodes of the fine grid over a box, and every ``stride``-th of them as the coarse grid.

    The number of cells of an axis is rounded up to whole tiles; the nodes beyond the box repeat its last one, and the
    cells between them are never marched.

    Attributes
    ----------
    nodes : tuple of int
        Nodes along each axis that lie in the box.
    stride : int
        Fine cells along a coarse cell; a power of two.
    tile : int
        Fine cells along a tile; a multiple of ``stride``.
    axes : tuple of arrays
        Coordinates of the nodes along each axis, padded.
    cell : (3,) array
        Size of a fine cell.
    """

    nodes: tuple[int, int, int]
    stride: int
    tile: int
    axes: tuple[np.ndarray, ...]
    cell: np.ndarray

    @classmethod
    def over(cls, box: np.ndarray, nodes: tuple[int, int, int], stride: int, tile: int) -> Lattice:
        """The lattice over ``box`` (2, 3) with the given number of nodes; no axis is padded by more than a tile."""
        axes = []
        for i, count in enumerate(nodes):
            padded = -(-(count - 1) // tile) * tile + 1
            line = np.linspace(box[0, i], box[1, i], count)
            axes.append(line[np.minimum(np.arange(padded), count - 1)])
        return cls(nodes, stride, tile, tuple(axes), (box[1] - box[0]) / (np.array(nodes) - 1))

    @property
    def padded(self) -> tuple[int, int, int]:
        """Nodes along each axis, those beyond the box counted."""
        return len(self.axes[0]), len(self.axes[1]), len(self.axes[2])

    @property
    def slabs(self) -> int:
        """Layers of tiles along the first axis."""
        return (self.padded[0] - 1) // self.tile


def evaluate(
    field: ScalarField, points: np.ndarray, level: float, check: Callable[[], None], chunk: int | None = None
) -> np.ndarray:
    """(N,) float32 of ``field - level``, never exactly 0, in chunks with ``check`` between them.

    A node that lies on the level set to the last bit counts as outside: the smallest positive number stands for 0.

    Raises
    ------
    InputError
        Where the field is not finite.
    """
    chunk = chunk or int(getattr(getattr(field, "inner", field), "chunk", CHUNK))
    out = np.empty(len(points), dtype=np.float32)
    for start in range(0, len(points), chunk):
        check()
        out[start : start + chunk] = field.values(points[start : start + chunk]) - level
    if not np.isfinite(out).all():
        where = points[np.argmin(np.isfinite(out))]
        raise InputError(f"The field has no finite value at {where.round(6).tolist()}: it cannot be extracted there.")
    out[out == 0] = np.finfo(np.float32).tiny
    return out


def by_axes(
    field: ScalarField, x: np.ndarray, y: np.ndarray, z: np.ndarray, check: Callable[[], None]
) -> np.ndarray | None:
    """(len(x), len(y), len(z)) float32 values on a grid, of a framed field that gives them axis by axis (``grid``).

    None for other fields, and beyond the cube of the frame, for which ``grid`` does not answer.
    """
    inner, frame = getattr(field, "inner", None), getattr(field, "frame", None)
    grid = getattr(inner, "grid", None)
    if grid is None or frame is None:
        return None
    axes = [(a - c) / frame.scale for a, c in zip((x, y, z), frame.centre, strict=True)]
    if max(np.abs(a).max() for a in axes) > HALF * (1 + 1e-9):
        return None
    return np.asarray(grid(*axes, check) * np.float32(frame.scale), dtype=np.float32)


def coarse_values(field: ScalarField, lattice: Lattice, level: float, check: Callable[[], None]) -> np.ndarray:
    """(a, b, c) float32 of ``field - level`` at the nodes of the coarse grid."""
    axes = [axis[:: lattice.stride] for axis in lattice.axes]
    x, y, z = (np.unique(axis) for axis in axes)
    known = by_axes(field, x, y, z, check)
    if known is not None and np.isfinite(known).all():
        out = np.asarray(known - np.float32(level), dtype=np.float32)
        out[out == 0] = np.finfo(np.float32).tiny
    else:
        out = np.empty((len(x), len(y), len(z)), dtype=np.float32)
        plane = np.stack([a.ravel() for a in np.meshgrid(y, z, indexing="ij")], axis=1)
        for i, at in enumerate(x):
            points = np.concatenate([np.full((len(plane), 1), at), plane], axis=1)
            out[i] = evaluate(field, points, level, check).reshape(out.shape[1:])
    # the nodes beyond the box repeat its last one
    return out[np.ix_(*(np.minimum(np.arange(len(a)), len(u) - 1) for a, u in zip(axes, (x, y, z), strict=True)))]
