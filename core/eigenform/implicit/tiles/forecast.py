"""What an extraction will need, told from its coarse grid."""

from __future__ import annotations

import numpy as np

from eigenform.implicit.tiles.lattice import Lattice

_BASE = 230e6
"""Bytes of an interpreter with numpy, scipy and scikit-image loaded."""

_PER_VERTEX = 190.0
"""Bytes of a vertex and its two triangles while pieces are welded: places, keys, numbers, old and new; measured."""


def crossed_edges(coarse: np.ndarray) -> tuple[int, float]:
    """Edges of the coarse grid that the surface crosses, and the median change of the field along them."""
    count, steps = 0, []
    for axis in range(3):
        n = coarse.shape[axis]
        a, b = coarse.take(range(n - 1), axis), coarse.take(range(1, n), axis)
        crossed = (a < 0) != (b < 0)
        count += int(crossed.sum())
        steps.append(np.abs(a - b)[crossed])
    every = np.concatenate(steps)
    return count, float(np.median(every)) if len(every) else 0.0


def peak_bytes(lattice: Lattice, edges: int) -> int:
    """The peak memory of an extraction, in bytes.

    A surface crosses ``stride ** 2`` times as many edges of the fine grid as of the coarse one.
    """
    x, y, z = lattice.padded
    coarse = (x // lattice.stride + 1) * (y // lattice.stride + 1) * (z // lattice.stride + 1)
    slab = (lattice.tile + 1) * y * z * 5.5
    batch = 32768 * 27 * 8 * 3 + y * z * 40.0
    return int(_BASE + coarse * 24.0 + slab + batch + edges * lattice.stride**2 * _PER_VERTEX)
