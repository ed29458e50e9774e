"""Closed triangle meshes of the zero set of a smooth function, with well-shaped triangles.

Naive surface nets: one vertex in every grid cell that the surface crosses, one quad around every grid edge that it
crosses; then the vertices slide along the surface towards the mean of their neighbours and are put back on it by
Newton steps. Source: Gibson, Constrained Elastic Surface Nets, MICCAI 1998.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.errors import InputError

_TRIES = 36

Implicit = Callable[[np.ndarray], np.ndarray]
"""(N, 3) points to (N,) values, negative inside."""


def implicit_mesh(
    f: Implicit, low: np.ndarray, high: np.ndarray, size: int, relax: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    """A mesh of ``f = 0`` with about ``size`` vertices, counter-clockwise seen from where ``f > 0``.

    Parameters
    ----------
    f : callable
        Smooth, negative inside; positive on the boundary of the box.
    low, high : (3,) float
        Corners of a box around the surface.
    size : int
        Wanted number of vertices; met within some per cent.
    relax : int
        Smoothing rounds.

    Returns
    -------
    verts : (V, 3) float64
    faces : (F, 3) int64
    """
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    spacing = float(np.prod(high - low) ** (1 / 3)) / 28
    # The count of a surface goes with one over the square of the spacing.
    spacing *= float(np.sqrt(len(_nets(f, low, high, spacing)[0]) / size))
    for attempt in range(_TRIES):
        verts, faces = _nets(f, low - 0.618 * attempt % 1 * spacing, high, spacing)
        if _is_manifold(faces):
            break
        # Two sheets met in one cell; a shifted grid parts them, and a finer one sooner or later.
        spacing *= 1.0 if attempt % 6 < 5 else 0.97
    else:
        raise InputError(f"{size} vertices are too few to tell the parts of this surface from each other.")
    for _ in range(relax):
        slope = _gradient(f, verts, 1e-3 * spacing)
        # The slope where a vertex came from serves for the small step back as well.
        verts = _stepped(f, _smoothed(verts, faces, slope), slope, spacing)
    return _project(f, _project(f, verts, spacing), spacing), faces


def _is_manifold(faces: np.ndarray) -> bool:
    """Whether every edge has one face on each side."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    return bool(np.all(np.unique(edges, axis=0, return_counts=True)[1] == 2))


def _nets(f: Implicit, low: np.ndarray, high: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    shape = np.ceil((high - low) / spacing).astype(int) + 1
    grid = np.stack(np.meshgrid(*(low[i] + spacing * np.arange(shape[i]) for i in range(3)), indexing="ij"), axis=-1)
    values = f(grid.reshape(-1, 3)).reshape(tuple(shape))
    inside = values < 0
    cells = tuple(shape - 1)
    total, count = np.zeros((*cells, 3)), np.zeros(cells)
    crossings = []
    for axis in range(3):
        a = [slice(None)] * 3
        b = [slice(None)] * 3
        a[axis], b[axis] = slice(None, -1), slice(1, None)
        crossed = np.argwhere(inside[tuple(a)] != inside[tuple(b)])
        crossings.append(crossed)
        u = values[tuple(a)][tuple(crossed.T)]
        v = values[tuple(b)][tuple(crossed.T)]
        points = crossed.astype(float)
        points[:, axis] += u / (u - v)
        others = [i for i in range(3) if i != axis]
        for shift in ((0, 0), (-1, 0), (0, -1), (-1, -1)):
            cell = crossed.copy()
            cell[:, others] += shift
            ok = ((cell >= 0) & (cell < cells)).all(axis=1)
            where = tuple(cell[ok].T)
            np.add.at(total, where, points[ok])
            np.add.at(count, where, 1)
    active = count > 0
    number = np.full(cells, -1, dtype=np.int64)
    number[active] = np.arange(int(active.sum()))
    verts = low + spacing * total[active] / count[active][:, None]
    return verts, _quads(crossings, inside, number, verts)


def _quads(crossings: list[np.ndarray], inside: np.ndarray, number: np.ndarray, verts: np.ndarray) -> np.ndarray:
    """Two triangles around every crossed grid edge, split along the shorter diagonal, facing the positive side."""
    faces = []
    for axis, crossed in enumerate(crossings):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        corner = []
        for i, j in ((-1, -1), (0, -1), (0, 0), (-1, 0)):
            cell = crossed.copy()
            cell[:, first] += i
            cell[:, second] += j
            corner.append(number[tuple(cell.T)])
        quad = np.stack(corner, axis=1)
        flip = ~inside[tuple(crossed.T)]
        quad[flip] = quad[flip][:, ::-1]
        d02 = np.linalg.norm(verts[quad[:, 0]] - verts[quad[:, 2]], axis=1)
        d13 = np.linalg.norm(verts[quad[:, 1]] - verts[quad[:, 3]], axis=1)
        usual = (d02 <= d13)[:, None, None]
        one = np.stack([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]], axis=1)
        two = np.stack([quad[:, [1, 2, 3]], quad[:, [1, 3, 0]]], axis=1)
        faces.append(np.where(usual, one, two).reshape(-1, 3))
    return np.concatenate(faces)


def _gradient(f: Implicit, points: np.ndarray, step: float) -> np.ndarray:
    columns = [f(points + step * e) - f(points - step * e) for e in np.eye(3)]
    return np.stack(columns, axis=1) / (2 * step)


def _project(f: Implicit, points: np.ndarray, spacing: float) -> np.ndarray:
    """One Newton step towards ``f = 0`` along the gradient, at most half a cell."""
    return _stepped(f, points, _gradient(f, points, 1e-3 * spacing), spacing)


def _stepped(f: Implicit, points: np.ndarray, g: np.ndarray, spacing: float) -> np.ndarray:
    step = (f(points) / np.maximum(np.einsum("ij,ij->i", g, g), 1e-12))[:, None] * g
    length = np.linalg.norm(step, axis=1, keepdims=True)
    return points - step * np.minimum(1.0, 0.5 * spacing / np.maximum(length, 1e-300))


def _smoothed(verts: np.ndarray, faces: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Each vertex half way to the mean of its neighbours, along the surface only."""
    a, b = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    total, degree = np.zeros_like(verts), np.bincount(a, minlength=len(verts))
    for i in range(3):
        total[:, i] = np.bincount(a, weights=verts[b, i], minlength=len(verts))
    move = 0.5 * (total / np.maximum(degree, 1)[:, None] - verts)
    n = slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-300)
    return verts + move - np.einsum("ij,ij->i", move, n)[:, None] * n
