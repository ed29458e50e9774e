"""The surface of a field: its level set as a triangle mesh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.fields import ScalarField
from eigenform.jobs import JobContext, unwatched

LARGEST = 4096
"""Nodes along the longest side at most; numbers of edges then fit into 64 bits with room to spare."""


class Extraction(NamedTuple):
    """A level set.

    Attributes
    ----------
    verts : (V, 3) float64
        In input units, in the order of the grid's edges: the same whatever the tiles.
    faces : (F, 3) int64
        Outward.
    stats : dict
        ``resolution``, ``nodes`` (of the grid), ``stride`` (of the coarse grid), ``tiles``, ``evaluated`` (points),
        ``sweeps``, ``leaks`` (cells where the surface was left open; 0 but for fields without any smoothness) and
        ``predicted`` (bytes).
    """

    verts: np.ndarray
    faces: np.ndarray
    stats: dict[str, Any]


def grid_shape(box: np.ndarray, resolution: int) -> tuple[int, int, int]:
    """Nodes along each axis of ``box`` (2, 3): ``resolution`` along the longest side, cells nearly cubes."""
    side = np.asarray(box)[1] - np.asarray(box)[0]
    counts = np.maximum(2, np.rint((resolution - 1) * side / side.max()).astype(int) + 1)
    return int(counts[0]), int(counts[1]), int(counts[2])


def sample_grid(
    field: ScalarField, box: np.ndarray, resolution: int, check: Callable[[], None] = unwatched
) -> np.ndarray:
    """(nx, ny, nz) float32 values of ``field`` on a regular grid over ``box``, corners included."""
    from eigenform.implicit.tiles.lattice import CHUNK, by_axes

    shape = grid_shape(box, resolution)
    axes = [np.linspace(box[0, i], box[1, i], shape[i]) for i in range(3)]
    known = by_axes(field, axes[0], axes[1], axes[2], check)
    if known is not None:
        return known
    plane = np.stack([a.ravel() for a in np.meshgrid(axes[1], axes[2], indexing="ij")], axis=1)
    chunk = int(getattr(getattr(field, "inner", field), "chunk", CHUNK))
    out = np.empty((shape[0], len(plane)), dtype=np.float32)
    for i, x in enumerate(axes[0]):
        for start in range(0, len(plane), chunk):
            check()
            some = plane[start : start + chunk]
            out[i, start : start + chunk] = field.values(np.column_stack([np.full(len(some), x), some]))
    return out.reshape(shape)


def contour(samples: np.ndarray, box: np.ndarray, level: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Level set of samples over ``box``: ``verts`` (V, 3) float64 and ``faces`` (F, 3) int64, outward.

    Empty where the level is not crossed.
    """
    from skimage.measure import marching_cubes

    if not (samples.min() < level < samples.max()):
        return np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64)
    cell = (box[1] - box[0]) / (np.array(samples.shape) - 1)
    verts, faces, _, _ = marching_cubes(np.asarray(samples), level, allow_degenerate=False)
    return verts * cell + box[0], faces.astype(np.int64)


def extract_surface(
    field: ScalarField,
    box: np.ndarray,
    resolution: int,
    *,
    level: float = 0.0,
    ctx: JobContext | None = None,
    check: Callable[[], None] = unwatched,
    tile: int = 32,
    closed: bool = False,
    polish: int = 0,
) -> Extraction:
    """The level set of a field inside a box, at any resolution.

    A coarse grid finds where the level set can be; only there the field is evaluated, down to the fine grid, and
    marched tile by tile. The result does not depend on the tiles. Parts thinner than a coarse cell are found where the
    field declares how fast it changes (attribute ``lipschitz``), else where the coarse grid sees a change of sign.

    Parameters
    ----------
    field : ScalarField
        In input units.
    box : (2, 3) array
        Region, in input units.
    resolution : int
        Nodes along the longest side of the box.
    level : float
        The value on the surface, in input units.
    ctx : JobContext, optional
        Told the progress; waits and stops as it says.
    check : callable
        In place of ``ctx``: called often, raises to stop.
    tile : int
        Fine cells along a tile: 8, 16, 32 or 64.
    closed : bool
        Close the surface with flat caps where it leaves the box; otherwise it ends there, open.
    polish : int
        Times each vertex is moved along its edge of the grid towards the exact level set, at one evaluation each;
        with 0 it is where linear interpolation puts it.

    Returns
    -------
    Extraction
        ``(verts, faces, stats)``; empty where the level is not crossed.

    Raises
    ------
    InputError
        For a resolution or a box that is none, and where the field is not finite.
    NeedsMemory
        Before the fine grid is begun, where the surface would not fit.
    """
    from eigenform.implicit.tiles.band import Slab
    from eigenform.implicit.tiles.bound import coarse_slopes, declared_slope
    from eigenform.implicit.tiles.forecast import crossed_edges, peak_bytes
    from eigenform.implicit.tiles.lattice import Lattice, coarse_values
    from eigenform.implicit.tiles.polish import polish as polish_places
    from eigenform.implicit.tiles.sweep import sweep
    from eigenform.memory import require

    box = np.asarray(box, dtype=np.float64)
    if not 2 <= resolution <= LARGEST:
        raise InputError(f"The resolution of an extraction must be between 2 and {LARGEST}, not {resolution}.")
    if tile not in (8, 16, 32, 64):
        raise InputError(f"A tile has 8, 16, 32 or 64 cells along its side, not {tile}.")
    if box.shape != (2, 3) or not (box[1] > box[0]).all():
        raise InputError(f"The box {box.tolist()} holds nothing: its second corner must lie beyond its first.")
    check = ctx.check if ctx is not None else check
    walls = box
    if closed:
        field, box, level, resolution = _capped(field, box, level, resolution)
    nodes = grid_shape(box, resolution)
    declared = declared_slope(field)
    stride = coarse_stride(resolution, declared is not None)
    lattice = Lattice.over(box, nodes, stride, max(tile, stride))
    if ctx is not None:
        ctx.message("Looking for the surface")
    what, advice = f"Extracting a surface at {resolution} nodes", "ask for a lower resolution or a smaller box,"
    require(peak_bytes(lattice, 0), what, advice)
    coarse = coarse_values(field, lattice, level, check)
    edges, step = crossed_edges(coarse)
    predicted = peak_bytes(lattice, edges)
    require(predicted, what, advice)
    slopes = coarse_slopes(coarse, lattice.cell * stride, declared)
    scale = step / stride or float(np.abs(coarse).mean()) / stride
    slab = Slab(field, lattice, level, coarse, slopes, declared is None)

    def progress(done: int, of: int) -> None:
        if ctx is not None:
            ctx.step(done, of, "Extracting the surface")

    found = sweep(slab, scale, check, progress)
    if polish:
        if ctx is not None:
            ctx.message("Polishing the vertices")
        polish_places(field, level, box[0], lattice.cell, found.places, found.ends, polish, check)
    verts = found.places * lattice.cell + box[0]
    if closed:
        for wall in walls:  # vertices of the caps keep clear of the nodes by a thousandth of a cell
            verts = np.where(np.abs(verts - wall) < 2e-3 * lattice.cell, wall, verts)
    stats = {
        "resolution": resolution,
        "nodes": list(nodes),
        "stride": stride,
        "tiles": found.tiles,
        "evaluated": found.evaluated + int(np.prod([len(np.unique(a[::stride])) for a in lattice.axes])),
        "sweeps": found.sweeps,
        "leaks": found.leaks,
        "predicted": predicted,
    }
    return Extraction(verts, found.faces, stats)


def coarse_stride(resolution: int, declared: bool) -> int:
    """Fine cells along a coarse one: at least some 60 coarse cells, 120 where the field declares no slope."""
    stride = 1
    while stride < 16 and (resolution - 1) / (2 * stride) >= (60 if declared else 120):
        stride *= 2
    return stride


def _capped(field: ScalarField, box: np.ndarray, level: float, resolution: int) -> tuple[Any, np.ndarray, float, int]:
    """The field cut by the box, and a box one cell larger on all sides."""
    from eigenform.implicit.tiles.capped import CappedField

    cell = float((box[1] - box[0]).max()) / (resolution - 1)
    return CappedField(field, box, level), np.stack([box[0] - cell, box[1] + cell]), 0.0, resolution + 2
