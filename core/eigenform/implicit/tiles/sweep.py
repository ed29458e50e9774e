"""All slabs of a lattice, one after another, and the welding of what they give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eigenform.implicit.tiles.band import Slab
from eigenform.implicit.tiles.march import Piece, march


@dataclass(frozen=True, eq=False)
class Swept:
    """Vertices in fine cells, triangles, and what it took; ``leaks`` counts cells that were left open.

    ``ends`` (V, 2) holds the values at the nodes of each vertex's edge.
    """

    places: np.ndarray
    faces: np.ndarray
    ends: np.ndarray
    evaluated: int
    tiles: int
    sweeps: int
    leaks: int


def sweep(slab: Slab, scale: float, check: Callable[[], None], progress: Callable[[int, int], None]) -> Swept:
    """Refine and march every slab, again where a later one found more of the surface in an earlier one.

    Parameters
    ----------
    slab : Slab
        Fresh.
    scale : float
        Typical change of the field along a fine edge.
    check : callable
        Called often.
    progress : callable
        Called with the slabs done and their number.
    """
    lattice = slab.lattice
    extras: dict[int, np.ndarray] = {}
    none = np.zeros((0, 3), dtype=np.int64)
    most = lattice.slabs + 4  # each sweep follows the surface back by a slab at least
    for sweeps in range(1, most + 1):
        pieces: list[Piece] = []
        tiles = leaks = 0
        for index in range(lattice.slabs):
            behind = slab.load(index, extras.get(index, none), check)
            if len(behind):
                leaks += len(behind)
                extras[index - 1] = np.unique(np.concatenate([extras.get(index - 1, none), behind]), axis=0)
            if not leaks or sweeps == most:  # what comes of a sweep that is to be repeated is not needed
                found = _march_slab(slab, scale, check)
                tiles += found[0]
                pieces.extend(found[1])
            progress(index + 1, lattice.slabs)
        if not leaks:
            break
    places, faces, ends = weld(pieces)
    return Swept(places, faces, ends, slab.evaluated, tiles, sweeps, leaks)


def _march_slab(slab: Slab, scale: float, check: Callable[[], None]) -> tuple[int, list[Piece]]:
    """The number of active tiles of a slab and the pieces of the surface in them."""
    lattice, step = slab.lattice, slab.step
    tile, per = lattice.tile, lattice.tile // step
    ny, nz = slab.active.shape[1] // per, slab.active.shape[2] // per
    busy = slab.active.reshape(per, ny, per, nz, per).any(axis=(0, 2, 4))
    # cells beyond the box are padding
    inside = [np.arange(count) for count in (tile, ny * tile, nz * tile)]
    keep = [i + (slab.index * tile if a == 0 else 0) < lattice.nodes[a] - 1 for a, i in enumerate(inside)]
    pieces = []
    for j, k in np.argwhere(busy):
        check()
        rows, columns = slice(j * tile, (j + 1) * tile + 1), slice(k * tile, (k + 1) * tile + 1)
        active = slab.active[:, j * per : (j + 1) * per, k * per : (k + 1) * per]
        cells = active.repeat(step, 0).repeat(step, 1).repeat(step, 2)
        cells = cells & keep[0][:, None, None] & keep[1][rows][:tile, None] & keep[2][columns][:tile]
        values = np.where(slab.state[:, rows, columns] == 1, slab.values[:, rows, columns], np.float32(1))
        if values.min() < 0:
            first = np.array([slab.index, j, k]) * tile
            piece = march(values, cells, first, lattice.nodes, scale)
            if len(piece.faces):
                pieces.append(piece)
    return int(busy.sum()), pieces


def weld(pieces: list[Piece]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``places``, ``faces`` and ``ends`` of pieces that meet in vertices with the same key; empties the list.

    Vertices come in the order of their keys, whatever tiles they were found in.
    """
    if not pieces:
        return np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64), np.zeros((0, 2), dtype=np.float32)
    counts = [len(p.keys) for p in pieces]
    keys = np.concatenate([p.keys for p in pieces])
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    del keys
    places, ends = np.empty((len(first), 3)), np.empty((len(first), 2), dtype=np.float32)
    faces = np.empty((sum(len(p.faces) for p in pieces), 3), dtype=np.int64)
    start = row = 0
    order = np.argsort(first, kind="stable")  # the vertices in the order in which they are met first
    met = first[order]
    pieces.reverse()
    for count in counts:
        piece = pieces.pop()  # let go of each as soon as it is copied
        own = slice(*np.searchsorted(met, [start, start + count]))
        places[order[own]], ends[order[own]] = piece.places[met[own] - start], piece.ends[met[own] - start]
        faces[row : row + len(piece.faces)] = inverse[start : start + count][piece.faces]
        start, row = start + count, row + len(piece.faces)
    return places, faces, ends
