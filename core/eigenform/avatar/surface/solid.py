"""From values on a grid to one closed surface, and what is wrong with a surface that should be one."""

from __future__ import annotations

from typing import Any

import numpy as np

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


def volume(verts: np.ndarray, faces: np.ndarray) -> float:
    """Enclosed volume, positive where triangles run counter-clockwise seen from outside."""
    a, b, c = (verts[faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def topology(verts: np.ndarray, faces: np.ndarray) -> dict[str, Any]:
    """What there is to say of a mesh that should be one closed surface.

    Returns
    -------
    dict
        ``components``, ``open_edges``, ``nonmanifold_edges``, ``flat_faces`` (without area), ``genus`` (None where it is
        not closed and one), ``watertight``.
    """
    from eigenform.implicit.components import face_components

    ends = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, uses = np.unique(ends, axis=0, return_counts=True)
    number, _ = face_components(faces)
    opened, many = int((uses == 1).sum()), int((uses > 2).sum())
    a, b, c = (verts[faces[:, i]] for i in range(3))
    flat = int((np.linalg.norm(np.cross(b - a, c - a), axis=1) <= 0).sum())
    closed = opened == 0 and many == 0
    euler = len(np.unique(faces)) - len(uses) + len(faces)
    return {
        "components": number,
        "open_edges": opened,
        "nonmanifold_edges": many,
        "flat_faces": flat,
        "genus": (2 - euler) // 2 if closed and number == 1 else None,
        "watertight": closed,
    }


def body_inside(
    verts: np.ndarray, faces: np.ndarray, body: np.ndarray, margin: float = 0.005
) -> float:
    """Share of the vertices (V', 3) of a body that lie in the surface or less than ``margin`` metres outside of it."""
    from eigenform.avatar.surface.signed_body import SignedBody

    return float((SignedBody(verts, faces).nearest(body).distance < margin).mean())
