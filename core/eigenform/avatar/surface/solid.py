"""From values on a grid to one closed surface."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from eigenform.avatar.surface.octree import Grid
from eigenform.errors import InputError


def one_solid(values: np.ndarray) -> np.ndarray:
    """Values (nx, ny, nz), negative inside, with nothing inside but the largest piece, and no hollow in it.

    The rim of the grid is made outside, so that the surface closes before it.
    """
    from scipy.ndimage import label

    values = values.copy()
    near = np.float32(1e-4)
    for axis in range(3):
        for end in (0, -1):
            side = np.moveaxis(values, axis, 0)[end]
            np.copyto(side, np.maximum(side, near))
    pieces, number = label(values < 0)
    if not number:
        raise InputError("Nothing is inside of the surface: the maps do not fit the body.")
    if number > 1:
        largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
        stray = (pieces > 0) & (pieces != largest)
        values[stray] = np.maximum(-values[stray], near)
    outside, number = label(values >= 0)
    if number > 1:
        hollow = (outside > 0) & (outside != outside[0, 0, 0])
        values[hollow] = np.minimum(-values[hollow], -near)
    return values


def march_solid(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """The closed surface of :func:`one_solid`: ``verts`` (V, 3) metres and ``faces`` (F, 3), outward."""
    from eigenform.implicit.components import keep_components
    from eigenform.implicit.tiles.march import march

    values = one_solid(grid.values)
    shape = values.shape
    cells = np.ones(tuple(s - 1 for s in shape), bool)
    piece = march(values, cells, np.zeros(3, np.int64), (shape[0], shape[1], shape[2]), grid.cell)
    verts, faces, _ = keep_components(piece.places * grid.cell + grid.origin, piece.faces.astype(np.int64), "largest")
    return verts, faces


def smoother(faces: np.ndarray, count: int) -> sp.csr_matrix:
    """(V, V) the mean over a vertex and its neighbours."""
    i, j = faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()
    ones = sp.csr_matrix((np.ones(len(i)), (i, j)), shape=(count, count))
    ones = ((ones + ones.T) > 0).astype(np.float64) + sp.identity(count)  # type: ignore[operator]
    return sp.csr_matrix(sp.diags(1 / np.asarray(ones.sum(axis=1)).ravel()) @ ones)
