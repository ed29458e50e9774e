"""One level of the grid solve: the normal equations of a narrow band, and conjugate gradients on them.

In cells of the level, with ``u = f / h``, minimised is

    sum_p a_p (w_p u(p)^2 + w_n |grad u(p) - n_p|^2) + smoothness * sum over nodes of (lap c)^2

with ``a_p`` one over the number of points in the cell of ``p``. The sum of the squared second differences along the
axes and of twice the mixed ones is, summed over all nodes, that of the squared 7-point Laplacian ``lap``; it is used in
that form because it has a third of the entries. Unknown is the change to the coefficients prolonged from the coarser
level; outside of the band they stay, which is what prevents stray sheets.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from eigenform.implicit.points.spline import locate, support, tensor_weights
from eigenform.jobs import unwatched


@dataclass(frozen=True)
class Weights:
    """Weights of one level: of values, normals and smoothness, and the bounds of the iteration."""

    values: float = 1.0
    normals: float = 0.05
    smoothness: float = 1e-4
    iterations: int = 30
    tolerance: float = 1e-3


def solve_band(
    coefficients: np.ndarray,
    points: np.ndarray,
    normals: np.ndarray,
    confidence: np.ndarray,
    band: np.ndarray,
    w: Weights,
    check: Callable[[], None] = unwatched,
) -> tuple[np.ndarray, dict[str, float]]:
    """New coefficients of the band.

    Parameters
    ----------
    coefficients : (R, R, R) float32
        The start, in cells (``f / h``); what lies outside of the band is the boundary condition.
    points : (N, 3) float64
        In the frame.
    normals : (N, 3) float64
        Unit, outward.
    confidence : (N,) float64
        A factor on both terms of each point.
    band : (n,) int64
        Flat indices, ascending, of the unknowns. The supports of all points lie within.
    w : Weights
    check : callable
        Called once an iteration; may raise.

    Returns
    -------
    values : (n,) float32
        In cells.
    info : dict
        ``iterations`` and ``residual``, relative.
    """
    resolution = coefficients.shape[0]
    flat = coefficients.reshape(-1)
    place = np.full(flat.size, -1, dtype=np.int32)
    place[band] = np.arange(len(band), dtype=np.int32)
    data, weight, target = data_rows(points, normals, confidence, resolution, place, w)
    check()
    lap, rest = smoothness_rows(flat, band, place, resolution, check)
    check()
    start = flat[band]
    smooth = np.float32(w.smoothness)

    right = data.T @ (weight * (target - data @ start)) - smooth * (lap.T @ rest)
    check()
    diagonal = squared(data).T @ weight + smooth * np.bincount(lap.indices, lap.data**2, minlength=len(band)).astype(
        np.float32
    )
    check()
    halves = []
    for i in (0, 1):
        halves.append((*_half(data, i), weight[_span(len(weight), i)], *_half(lap, i)))
        check()

    def part(half: int, x: np.ndarray) -> np.ndarray:
        rows, rows_t, row_weight, laps, laps_t = halves[half]
        return np.asarray(rows_t @ (row_weight * (rows @ x)) + smooth * (laps_t @ (laps @ x)))

    with ThreadPoolExecutor(1) as pool:  # the products let go of the interpreter: two cores share each of them

        def normal_matrix(x: np.ndarray) -> np.ndarray:
            other = pool.submit(part, 1, x)
            found = part(0, x)
            found += other.result()
            return found

        change, info = conjugate_gradients(normal_matrix, right, diagonal, w.iterations, w.tolerance, check)
    return start + change, info


def _span(rows: int, half: int) -> slice:
    """The first or the second half of rows, cut where a point's four rows end."""
    middle = rows // 8 * 4
    return slice(middle) if half == 0 else slice(middle, None)


def _half(matrix: sp.csr_matrix, half: int) -> tuple[sp.csr_matrix, sp.csc_matrix]:
    """Half of the rows of a matrix and their transpose, without a copy of the entries."""
    span = _span(matrix.shape[0], half)
    first, last, _ = span.indices(matrix.shape[0])
    pointer = matrix.indptr[first : last + 1]
    entries = slice(pointer[0], pointer[-1])
    shape = (last - first, matrix.shape[1])
    found = sp.csr_matrix((matrix.data[entries], matrix.indices[entries], pointer - pointer[0]), shape=shape)
    return found, found.T


def data_rows(
    points: np.ndarray,
    normals: np.ndarray,
    confidence: np.ndarray,
    resolution: int,
    place: np.ndarray,
    w: Weights,
) -> tuple[sp.csr_matrix, np.ndarray, np.ndarray]:
    """Rows of values and of three derivatives at the points: matrix (4N, n), weights (4N,), targets (4N,)."""
    cell, offset = locate(points, resolution)
    columns = place[support(cell, resolution)]
    n = len(points)
    entries = np.empty((n, 4, 27), dtype=np.float32)
    for row, order in enumerate([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]):
        entries[:, row] = tensor_weights(offset, order)
    index = np.repeat(columns, 4, axis=0).reshape(-1).astype(np.int32)
    pointer = np.arange(0, index.size + 1, 27, dtype=np.int32)
    matrix = sp.csr_matrix((entries.reshape(-1), index, pointer), shape=(4 * n, int(place.max()) + 1))
    flat = (cell[:, 0] * resolution + cell[:, 1]) * resolution + cell[:, 2]
    _, own, count = np.unique(flat, return_inverse=True, return_counts=True)
    share = confidence / count[own]
    weight = np.stack([share * w.values, *[share * w.normals] * 3], 1).reshape(-1).astype(np.float32)
    target = np.concatenate([np.zeros((n, 1)), normals], 1).reshape(-1).astype(np.float32)
    return matrix, weight, target


def smoothness_rows(
    flat: np.ndarray, band: np.ndarray, place: np.ndarray, resolution: int, check: Callable[[], None] = unwatched
) -> tuple[sp.csr_matrix, np.ndarray]:
    """The 7-point Laplacian at every node the band reaches, and its value at the start."""
    steps = np.array([-(resolution**2), -resolution, -1, 0, 1, resolution, resolution**2])
    marked = np.zeros(flat.size, dtype=bool)
    for step in steps:
        marked[np.clip(band + step, 0, flat.size - 1)] = True
    grid = marked.reshape((resolution,) * 3)
    for axis in range(3):  # the outermost nodes have no neighbour on one side
        np.moveaxis(grid, axis, 0)[[0, -1]] = False
    rows = np.flatnonzero(marked)
    near = rows[:, None] + steps
    stencil = np.array([1, 1, 1, -6, 1, 1, 1], dtype=np.float32)
    check()
    rest = flat[near] @ stencil
    check()
    columns = place[near]
    check()
    entries = np.where(columns >= 0, stencil, np.float32(0))
    pointer = np.arange(0, columns.size + 1, 7, dtype=np.int32)
    matrix = sp.csr_matrix(
        (entries.reshape(-1), np.maximum(columns, 0).reshape(-1), pointer), shape=(len(rows), len(band))
    )
    return matrix, rest


def squared(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """The matrix of squared entries, sharing its pattern."""
    return sp.csr_matrix((matrix.data**2, matrix.indices, matrix.indptr), shape=matrix.shape)


def conjugate_gradients(
    matrix: Callable[[np.ndarray], np.ndarray],
    right: np.ndarray,
    diagonal: np.ndarray,
    iterations: int,
    tolerance: float,
    check: Callable[[], None] = unwatched,
) -> tuple[np.ndarray, dict[str, float]]:
    """Solve ``matrix x = right`` from zero, preconditioned by the diagonal, to a relative residual of ``tolerance``."""
    inverse = 1 / np.maximum(diagonal, np.float32(1e-12))
    x, r = np.zeros_like(right), right.copy()
    z = inverse * r
    p = z.copy()
    rz = float(r @ z)
    first = float(np.linalg.norm(right))
    done, size = 0, first
    while done < iterations and size > tolerance * first:
        check()
        q = matrix(p)
        alpha = np.float32(rz / float(p @ q))
        x += alpha * p
        r -= alpha * q
        np.multiply(inverse, r, out=z)
        new = float(r @ z)
        p *= np.float32(new / rz)
        p += z
        rz, done, size = new, done + 1, float(np.linalg.norm(r))
    return x, {"iterations": float(done), "residual": size / first if first else 0.0}
