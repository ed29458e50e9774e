"""The field of a grid solve: a quadratic B-spline with exact first and second derivatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.points.spline import HALF, axis_matrix, locate, prolong, spacing, support, tensor_weights
from eigenform.jobs import unwatched
from eigenform.memory import require

_CHUNK = 65_536
"""Points evaluated at once; 27 indices and weights are held for each."""


def pack(levels: list[tuple[np.ndarray, np.ndarray]], base: np.ndarray) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """``spec`` entries and ``arrays`` of a field.

    Parameters
    ----------
    levels : list of (index, value)
        For each halving of the base grid: flat indices (n,) and coefficients (n,) of its narrow band. Outside of it
        the coarser level holds.
    base : (R, R, R) array
        Coefficients of the coarsest level, everywhere.
    """
    arrays = {"base": np.asarray(base, dtype=np.float32)}
    for i, (index, value) in enumerate(levels, 1):
        arrays[f"index{i}"] = np.asarray(index, dtype=np.int32)
        arrays[f"value{i}"] = np.asarray(value, dtype=np.float32)
    return {"kind": "spline", "resolution": int(base.shape[0] << len(levels)), "levels": len(levels)}, arrays


def unpack(spec: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """(R, R, R) float32 coefficients on the finest grid.

    Raises
    ------
    InputError
        Where the arrays are not those of ``spec``.
    NeedsMemory
        Where the grid would not fit.
    """
    grid, levels = np.array(arrays["base"], dtype=np.float32), int(spec["levels"])
    if grid.ndim != 3 or len(set(grid.shape)) > 1 or (levels and f"index{levels}" not in arrays):
        raise InputError(f"A base of {grid.shape} and {levels} levels are no field of a grid solve.")
    require(10.0 * (grid.shape[0] << levels) ** 3, "This field", "open it on a larger machine,")
    for i in range(1, levels + 1):
        grid = prolong(grid)
        grid.reshape(-1)[arrays[f"index{i}"]] = arrays[f"value{i}"]
    return grid


class SplineField:
    """``spec["levels"]`` narrow bands over a base grid; distances and points are those of the frame.

    Beyond the cube the value at its nearest point plus the distance to it is given, which never changes the sign.
    """

    def __init__(self, spec: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self._set(unpack(spec, arrays))

    @classmethod
    def of_coefficients(cls, coefficients: np.ndarray) -> SplineField:
        """The field of (R, R, R) coefficients that are at hand, which are not copied."""
        field = cls.__new__(cls)
        field._set(coefficients)
        return field

    def _set(self, coefficients: np.ndarray) -> None:
        self.coefficients = coefficients
        self.resolution = int(coefficients.shape[0])
        self.spacing = spacing(self.resolution)

    def _sums(self, points: np.ndarray, orders: list[tuple[int, int, int]]) -> np.ndarray:
        """(len(orders), N) derivatives at points within the cube."""
        out = np.empty((len(orders), len(points)))
        flat = self.coefficients.reshape(-1)
        for start in range(0, len(points), _CHUNK):
            part = slice(start, start + _CHUNK)
            cell, offset = locate(points[part], self.resolution)
            near = flat[support(cell, self.resolution)].astype(np.float64)
            for row, order in enumerate(orders):
                scale = self.spacing ** -sum(order)
                out[row, part] = np.einsum("ij,ij->i", near, tensor_weights(offset, order)) * scale
        return out

    def values(self, points: np.ndarray) -> np.ndarray:
        """(N,) values at (N, 3) points."""
        points = np.asarray(points, dtype=np.float64)
        inside = np.clip(points, -HALF, HALF)
        return np.asarray(self._sums(inside, [(0, 0, 0)])[0] + np.linalg.norm(points - inside, axis=1))

    def gradients(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) derivatives."""
        points = np.asarray(points, dtype=np.float64)
        inside = np.clip(points, -HALF, HALF)
        found = self._sums(inside, [(1, 0, 0), (0, 1, 0), (0, 0, 1)]).T.copy()
        away = points - inside
        # moving along a clamped axis changes the distance to the cube alone
        length = np.linalg.norm(away, axis=1, keepdims=True)
        found[away != 0] = (away / np.maximum(length, 1e-300))[away != 0]
        return found

    def hessians(self, points: np.ndarray) -> np.ndarray:
        """(N, 3, 3) second derivatives within the cube, constant or linear in each cell; for curvatures."""
        inside = np.clip(np.asarray(points, dtype=np.float64), -HALF, HALF)
        xx, yy, zz, xy, xz, yz = self._sums(inside, [(2, 0, 0), (0, 2, 0), (0, 0, 2), (1, 1, 0), (1, 0, 1), (0, 1, 1)])
        return np.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], -1).reshape(-1, 3, 3)

    def grid(self, x: np.ndarray, y: np.ndarray, z: np.ndarray, check: Callable[[], None] = unwatched) -> np.ndarray:
        """(len(x), len(y), len(z)) float32 values on a grid within the cube, axis by axis: far cheaper than points."""
        first, second, third = (axis_matrix(np.clip(a, -HALF, HALF), self.resolution) for a in (x, y, z))
        r = self.resolution
        half = (first @ self.coefficients.reshape(r, -1)).reshape(len(x), r, r)
        out = np.empty((len(x), len(y), len(z)), dtype=np.float32)
        for i, plane in enumerate(half):
            if i % 16 == 0:
                check()
            out[i] = second @ plane @ third.T
        return out
