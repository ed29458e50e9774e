"""The grid that a preview shows, sampled cheaply: exactly near the surface, interpolated away from it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.implicit.frame import Frame
from eigenform.implicit.neural.labels import values_of
from eigenform.implicit.neural.model import Model
from eigenform.jobs import unwatched

_COARSE = 40
"""Nodes along the longest side below which a grid is sampled at every node."""


class Display:
    """Samples of a model over a box; what does not change between two previews is kept.

    Parameters
    ----------
    frame : Frame
    box : (2, 3) array
        In input units.
    resolution : int
        Cells along the longest side, about.
    """

    def __init__(self, frame: Frame, box: np.ndarray, resolution: int) -> None:
        self.frame, self.box = frame, np.asarray(box, dtype=np.float64)
        side = self.box[1] - self.box[0]
        halves = np.maximum(1, np.rint(resolution * side / side.max() / 2)).astype(int)
        self.shape: tuple[int, ...] = tuple(int(2 * n + 1) for n in halves)
        self._base: np.ndarray | None = None

    def samples(self, model: Model, check: Callable[[], None] = unwatched) -> np.ndarray:
        """(nx, ny, nz) float32 values in input units."""
        if model.base is None:
            return (self._refined(model, self.shape, check) * self.frame.scale).astype(np.float32)
        if self._base is None:
            self._base = self._base_samples(model, check)
        found = self._base.copy()
        near = np.flatnonzero(np.abs(self._base) < model.band)
        found.reshape(-1)[near] = model.values(
            self._places(self.shape, near), check, self._base.reshape(-1)[near].astype(np.float64)
        )
        return found * np.float32(self.frame.scale)

    def _axes(self, shape: tuple[int, ...]) -> list[np.ndarray]:
        """Coordinates of the nodes, in the frame."""
        low, high = self.frame.to_unit(self.box)
        return [np.linspace(low[i], high[i], shape[i]) for i in range(3)]

    def _places(self, shape: tuple[int, ...], flat: np.ndarray) -> np.ndarray:
        """(len(flat), 3) nodes of the frame with these flat numbers."""
        axes = self._axes(shape)
        return np.stack([a[i] for a, i in zip(axes, np.unravel_index(flat, shape), strict=True)], 1)

    def _base_samples(self, model: Model, check: Callable[[], None]) -> np.ndarray:
        """The frozen field at all nodes, in the frame."""
        grid = getattr(model.base, "grid", None)  # a field on a grid is sampled far faster axis by axis
        if grid is not None:
            return np.asarray(grid(*self._axes(self.shape), check), dtype=np.float32)
        assert model.base is not None
        count = int(np.prod(self.shape))
        out = np.empty(count, dtype=np.float32)
        for i in range(0, count, 1 << 18):
            rows = np.arange(i, min(i + (1 << 18), count))
            out[rows] = values_of(model.base, self._places(self.shape, rows), check)
        return out.reshape(self.shape)

    def _refined(self, model: Model, shape: tuple[int, ...], check: Callable[[], None]) -> np.ndarray:
        """Values of the frame at a grid: a grid of half the nodes, interpolated, then exact near the surface."""
        if max(shape) <= _COARSE or any(n % 2 == 0 for n in shape) or min(shape) < 9:
            return model.values(self._places(shape, np.arange(int(np.prod(shape)))), check).reshape(shape)
        half = tuple((n + 1) // 2 for n in shape)
        found = _doubled(self._refined(model, half, check))
        cell = float(((self.box[1] - self.box[0]) / (np.array(half) - 1)).max()) / self.frame.scale
        near = np.flatnonzero(np.abs(found) < 2 * cell)
        found.reshape(-1)[near] = model.values(self._places(shape, near), check)
        return found


def _doubled(samples: np.ndarray) -> np.ndarray:
    """(2 n - 1, ...) samples: those given, and means of neighbours between them."""
    for axis in range(3):
        moved = np.moveaxis(samples, axis, 0)
        out = np.empty((2 * len(moved) - 1, *moved.shape[1:]), dtype=samples.dtype)
        out[::2], out[1::2] = moved, (moved[1:] + moved[:-1]) / 2
        samples = np.ascontiguousarray(np.moveaxis(out, 0, axis))
    return samples
