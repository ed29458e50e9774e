"""The narrow band of one slab of tiles: refined from the coarse grid down to the fine one.

Where the surface leaves the cells that the bound asked for, because the bound was only an estimate, the cells behind
the leak are added until none is left: what was found is always whole.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.implicit.fields import ScalarField
from eigenform.implicit.tiles.bound import SAFETY, can_cross
from eigenform.implicit.tiles.lattice import Lattice, evaluate

_CUBE = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), -1).reshape(-1, 3)
_NODES = np.stack(np.meshgrid([0, 1, 2], [0, 1, 2], [0, 1, 2], indexing="ij"), -1).reshape(-1, 3)
_BATCH = 32768
_UNKNOWN, _EXACT, _WANTED = 0, 1, 2


class Slab:
    """Values and active cells of ``tile`` layers of fine cells, used for one slab after another.

    The last plane of a slab is the first of the next, with the very same numbers, so that nothing can differ at a seam.
    """

    def __init__(
        self, field: ScalarField, lattice: Lattice, level: float, coarse: np.ndarray, slopes: np.ndarray, learn: bool
    ) -> None:
        self.field, self.lattice, self.level, self.learn = field, lattice, level, learn
        self.coarse, self.slopes = coarse, slopes
        _, ny, nz = lattice.padded
        self.values = np.empty((lattice.tile + 1, ny, nz), dtype=np.float32)
        self.state = np.zeros(self.values.shape, dtype=np.uint8)
        self.step = min(2, lattice.stride)
        half = (lattice.tile // self.step, (ny - 1) // self.step, (nz - 1) // self.step)
        self.active = np.zeros(half, dtype=bool)
        self._strides = np.array([ny * nz, nz, 1])
        self.index = -1
        self.evaluated = 0

    def load(self, index: int, extra: np.ndarray, check: Callable[[], None]) -> np.ndarray:
        """Refine slab ``index``.

        Parameters
        ----------
        index : int
            Slabs come in order, from 0.
        extra : (m, 3) int array
            Cells of ``active`` that are to be refined whatever the bound says.
        check : callable
            Called often.

        Returns
        -------
        (k, 3) int array
            Cells of the slab before this one that the surface enters though they were not active there.
        """
        s, tile = self.lattice.stride, self.lattice.tile
        before = self.active[-1].copy() if index else np.zeros(self.active.shape[1:], dtype=bool)
        if index:
            self.values[0], self.state[0] = self.values[-1], self.state[-1]
        self.state[1 if index else 0 :] = _UNKNOWN
        self.active[:] = False
        self.index = index
        first = index * tile // s
        self.values[::s, ::s, ::s] = self.coarse[first : first + tile // s + 1]
        self.state[::s, ::s, ::s] = _EXACT
        cells = self._coarse_cells(first, tile // s)
        while s > 2:
            self._sample(cells, s // 2, check)
            s //= 2
            cells = self._children(cells, s, check)
        self.active[tuple(cells.T // self.step)] = True
        self.active[tuple(extra.T)] = True
        new = np.argwhere(self.active) * self.step
        leaks = np.zeros((0, 3), dtype=np.int64)
        if self.step == 1:  # every node is known
            return leaks
        ghosts = np.argwhere(before)
        while True:
            self._sample(new, 1, check)
            found, behind = self._leaks(new, ghosts, before)
            leaks = np.concatenate([leaks, behind])
            if not len(found):
                return np.unique(leaks, axis=0)
            self.active[tuple(found.T)] = True
            new, ghosts = found * self.step, np.zeros((0, 2), dtype=np.int64)

    def _coarse_cells(self, first: int, count: int) -> np.ndarray:
        """(m, 3) fine index in the slab of the coarse cells that the level set can enter."""
        from eigenform.implicit.tiles.bound import corner_extremes

        low, high = corner_extremes(self.coarse[first : first + count + 1])
        s = self.lattice.stride
        if s == 1:
            return self._in_box(np.argwhere((low < 0) & (high > 0)))
        half = s * float(np.linalg.norm(self.lattice.cell)) / 2
        return self._in_box(np.argwhere(can_cross(low, high, self.slopes[first : first + count] * half)) * s)

    def _room(self) -> np.ndarray:
        """(3,) fine cells from the first node of the slab to the end of the box."""
        room = np.array(self.lattice.nodes) - 1
        room[0] -= self.index * self.lattice.tile
        return room

    def _in_box(self, cells: np.ndarray) -> np.ndarray:
        """Those of the cells (fine index of their first corner) that do not lie in the padding."""
        found: np.ndarray = cells[(cells < self._room()).all(axis=1)]
        return found

    def _sample(self, cells: np.ndarray, spacing: int, check: Callable[[], None]) -> None:
        """Evaluate the nodes, ``spacing`` apart, of cells that are two of them wide."""
        state = self.state.reshape(-1)
        offsets = _NODES * spacing @ self._strides
        for start in range(0, len(cells), _BATCH):
            check()
            at = (cells[start : start + _BATCH] @ self._strides)[:, None] + offsets
            state[at[state[at] == _UNKNOWN]] = _WANTED
        x, y, z = self.lattice.axes
        flat, base = self.values.reshape(-1), self.index * self.lattice.tile
        for plane in range(self.state.shape[0]):  # a plane at a time, so that the lists stay short
            wanted = np.flatnonzero(self.state[plane] == _WANTED)
            if len(wanted):
                j, k = np.divmod(wanted, self.state.shape[2])
                points = np.stack([np.full(len(wanted), x[base + plane]), y[j], z[k]], axis=1)
                at = wanted + plane * self._strides[0]
                flat[at] = evaluate(self.field, points, self.level, check)
                state[at] = _EXACT
                self.evaluated += len(wanted)

    def _children(self, cells: np.ndarray, size: int, check: Callable[[], None]) -> np.ndarray:
        """The cells of ``size`` inside of ``cells``, twice as wide, that the level set can enter."""
        kept = []
        corners = _CUBE * size @ self._strides
        lattice = self.lattice
        for start in range(0, len(cells), _BATCH):
            check()
            some = self._in_box((cells[start : start + _BATCH, None] + _CUBE * size).reshape(-1, 3))
            v = self.values.reshape(-1)[(some @ self._strides)[:, None] + corners]
            base = np.array([self.index * lattice.tile // lattice.stride, 0, 0])
            slope = self.slopes[tuple((some // lattice.stride + base).T)]
            if self.learn:
                cube = v.reshape(-1, 2, 2, 2)
                steep = [np.abs(np.diff(cube, axis=a + 1)).reshape(len(v), 4).max(axis=1) for a in range(3)]
                seen = np.sqrt(sum((d / (size * c)) ** 2 for d, c in zip(steep, lattice.cell, strict=True)))
                slope = np.maximum(slope, SAFETY * seen)
            half = size * float(np.linalg.norm(lattice.cell)) / 2
            kept.append(some[can_cross(v.min(axis=1), v.max(axis=1), slope * half)])
        return np.concatenate(kept) if kept else np.zeros((0, 3), dtype=np.int64)

    def _leaks(self, new: np.ndarray, ghosts: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inactive cells behind a face of a new active cell that the surface passes: in this slab, and in the last."""
        flat = self.values.reshape(-1)
        found, behind = [np.zeros((0, 3), dtype=np.int64)], [np.zeros((0, 3), dtype=np.int64)]
        cells = new // self.step
        count = np.minimum(self.active.shape, -(-self._room() // self.step))
        for axis in range(3):
            for side in (0, 1):
                other = cells.copy()
                other[:, axis] += 2 * side - 1
                inside = (other[:, axis] >= 0) & (other[:, axis] < count[axis])
                idle = np.zeros(len(cells), dtype=bool)
                idle[inside] = ~self.active[tuple(other[inside].T)]
                if axis == 0 and side == 0 and self.index:
                    idle |= ~inside & ~before[cells[:, 1], cells[:, 2]]
                face = _NODES[_NODES[:, axis] == 2 * side] @ self._strides
                there = np.flatnonzero(idle)
                v = flat[(new[there] @ self._strides)[:, None] + face]
                passed = other[there[(v.min(axis=1) < 0) & (v.max(axis=1) > 0)]]
                back = passed[:, 0] < 0
                found.append(passed[~back])
                behind.append(passed[back])
        idle = ~self.active[0][tuple(ghosts.T)]
        at = np.column_stack([np.zeros(len(ghosts), dtype=np.int64), ghosts])[idle]
        v = flat[(at * self.step @ self._strides)[:, None] + _NODES[_NODES[:, 0] == 0] @ self._strides]
        found.append(at[(v.min(axis=1) < 0) & (v.max(axis=1) > 0)])
        last = np.concatenate(behind)
        last[:, 0] = len(self.active) - 1
        return np.unique(np.concatenate(found), axis=0), last
