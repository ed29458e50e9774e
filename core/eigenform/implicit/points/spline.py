"""Tensor-product quadratic B-splines on a cube of cells.

A grid of ``R`` cells an axis spans ``[-HALF, HALF]^3`` of the frame; coefficient ``i`` of an axis stands at the centre
of its cell, ``-HALF + (i + 1/2) h`` with ``h = 2 HALF / R``. Knots lie between cells, so that halving the cells gives
a space that holds the old one: prolongation is exact. The field is C1, its second derivatives are constant a cell and
axis pair.
"""

from __future__ import annotations

import numpy as np

HALF = 0.56
"""Half the side of the cube in the frame, in which the points reach from -0.5 to 0.5."""


def spacing(resolution: int) -> float:
    """Side of a cell of a grid of ``resolution`` cells an axis, in the frame."""
    return 2 * HALF / resolution


def centres(resolution: int) -> np.ndarray:
    """(R,) coordinates of the coefficients of one axis, in the frame."""
    return -HALF + (np.arange(resolution) + 0.5) * spacing(resolution)


def weights(t: np.ndarray, derivative: int = 0) -> np.ndarray:
    """Values of the three basis functions that are not zero.

    Parameters
    ----------
    t : (...) float
        Offset from the nearest coefficient in cells, in [-1/2, 1/2].
    derivative : int
        0, 1 or 2, by ``t``.

    Returns
    -------
    (..., 3) float64
        For the coefficient before, at and after; they sum to 1, and derivatives to 0.
    """
    t = np.asarray(t, dtype=np.float64)
    if derivative == 0:
        return np.stack([0.5 * (0.5 - t) ** 2, 0.75 - t * t, 0.5 * (0.5 + t) ** 2], -1)
    if derivative == 1:
        return np.stack([t - 0.5, -2 * t, t + 0.5], -1)
    return np.broadcast_to(np.array([1.0, -2.0, 1.0]), (*t.shape, 3))


def locate(points: np.ndarray, resolution: int) -> tuple[np.ndarray, np.ndarray]:
    """The cells of points.

    Parameters
    ----------
    points : (N, 3) float
        In the frame, within the cube.

    Returns
    -------
    cell : (N, 3) int64
        Kept one cell from the faces of the cube, so that the support never leaves the grid.
    offset : (N, 3) float64
        From the centre of that cell, in cells; beyond [-1/2, 1/2] only in the outermost layer.
    """
    place = (points + HALF) / spacing(resolution) - 0.5
    cell = np.clip(np.rint(place).astype(np.int64), 1, resolution - 2)
    return cell, place - cell


def support(cell: np.ndarray, resolution: int) -> np.ndarray:
    """(N, 27) flat indices of the coefficients that reach into cells (N, 3)."""
    step = np.arange(-1, 2)
    around = (step[:, None, None] * resolution + step[None, :, None]) * resolution + step[None, None, :]
    flat = (cell[:, 0] * resolution + cell[:, 1]) * resolution + cell[:, 2]
    return flat[:, None] + around.ravel()


def tensor_weights(offset: np.ndarray, order: tuple[int, int, int] = (0, 0, 0)) -> np.ndarray:
    """(N, 27) products of the weights of three axes, derived ``order`` times along each, in cells."""
    x, y, z = (weights(offset[:, a], order[a]) for a in range(3))
    return np.asarray((x[:, :, None, None] * y[:, None, :, None] * z[:, None, None, :]).reshape(-1, 27))


def prolong(coefficients: np.ndarray) -> np.ndarray:
    """The same field on a grid of half the spacing: (R, R, R) to (2R, 2R, 2R), of the dtype given.

    Along an axis a child lies a quarter of a cell from its parent: 3/4 of the parent and 1/4 of the neighbour on its
    side (Chaikin's corner cutting). At the faces of the cube the polynomial of the cell beside the outermost
    one goes on.
    """
    out = coefficients
    for axis in range(3):
        here = np.moveaxis(out, axis, 0)
        fine = np.empty((2 * len(here), *here.shape[1:]), dtype=out.dtype)
        fine[0::2][1:] = 0.75 * here[1:] + 0.25 * here[:-1]
        fine[1::2][:-1] = 0.75 * here[:-1] + 0.25 * here[1:]
        fine[0] = 1.5 * here[0] - 0.75 * here[1] + 0.25 * here[2]
        fine[-1] = 1.5 * here[-1] - 0.75 * here[-2] + 0.25 * here[-3]
        out = np.moveaxis(fine, 0, axis)
    return np.ascontiguousarray(out)


def node_values(coefficients: np.ndarray, midpoints: bool = False) -> np.ndarray:
    """The field at the centres of the cells, and with ``midpoints`` half way between them too.

    Returns
    -------
    (R, R, R) or (2R - 1, 2R - 1, 2R - 1) array
        Of the dtype given; from the first to the last centre of each axis.
    """
    out = coefficients
    for axis in range(3):
        here = np.moveaxis(out, axis, 0)
        size = len(here)
        fine = np.empty((2 * size - 1 if midpoints else size, *here.shape[1:]), dtype=out.dtype)
        at = fine[0::2] if midpoints else fine
        at[1:-1] = 0.75 * here[1:-1] + 0.125 * (here[:-2] + here[2:])
        # the outermost centres belong to the polynomial of the cell next to them, as in `locate`
        at[0] = 1.125 * here[0] - 0.25 * here[1] + 0.125 * here[2]
        at[-1] = 1.125 * here[-1] - 0.25 * here[-2] + 0.125 * here[-3]
        if midpoints:
            fine[1::2] = 0.5 * (here[:-1] + here[1:])
        out = np.moveaxis(fine, 0, axis)
    return np.ascontiguousarray(out)


def axis_matrix(places: np.ndarray, resolution: int) -> np.ndarray:
    """(M, R) float32 matrix that takes the coefficients of an axis to values at ``places`` (M,) within the cube."""
    place = (np.asarray(places, dtype=np.float64) + HALF) / spacing(resolution) - 0.5
    cell = np.clip(np.rint(place).astype(np.int64), 1, resolution - 2)
    found = np.zeros((len(place), resolution), dtype=np.float32)
    for k, w in enumerate(weights(place - cell).T):
        found[np.arange(len(place)), cell + k - 1] = w
    return found
