"""Exact questions about points and the faces that lie before or behind them along the view, without a picture.

Points are sorted into square cells of the picture, faces are handed to every cell their box touches, and each pair of a
point and a face of its cell is tested. Counting the faces crossed between a point and the viewer, +1 for those that
turn their outside to the viewer and -1 for the others, gives the winding number of a closed surface around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from eigenform.avatar.raster.spans import check_vertices, columns, corner_indices
from eigenform.errors import InputError

_MOST = 1 << 21  # pairs tested at once


@dataclass(frozen=True)
class Crossings:
    """Pairs of a point and a face on the line through it along the view.

    Parameters
    ----------
    point, face : (N,) int64
    ahead : (N,) float64
        How far the face lies before the point, toward the viewer (negative: behind it).
    sign : (N,) float64
        +1 where the face turns its outside to the viewer, else -1.
    """

    point: torch.Tensor
    face: torch.Tensor
    ahead: torch.Tensor
    sign: torch.Tensor


def winding_at(points: torch.Tensor, ndc: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
    """(N,) int64 winding number of closed surfaces around points; above 0 inside the union of overlapping parts.

    Parameters
    ----------
    points : (N, 3)
        x right, y up, z toward the viewer, in the same axes as the vertices; they need not lie in the picture.
    ndc : (V, 3)
        Vertices.
    faces : (F, 3) int64
        Counter-clockwise from outside; every edge shared by two of them.
    """
    total = torch.zeros(len(points), dtype=torch.float64, device=points.device)
    for found in crossings(points, ndc, faces):
        total.index_add_(0, found.point, found.sign * (found.ahead > 0))
    return total.long()


def inside(points: torch.Tensor, ndc: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
    """(N,) bool: whether points lie in at least one of the closed, possibly overlapping parts of a mesh.

    The arguments are those of :func:`winding_at`; world coordinates do as well as those of a picture.
    """
    return winding_at(points, ndc, faces) > 0


def hidden(points: torch.Tensor, ndc: torch.Tensor, faces: torch.Tensor, tolerance: float) -> torch.Tensor:
    """(N,) bool: whether some face lies more than ``tolerance`` before a point on its line to the viewer."""
    total = torch.zeros(len(points), dtype=torch.float64, device=points.device)
    for found in crossings(points, ndc, faces):
        total.index_add_(0, found.point, (found.ahead > tolerance).double())
    return total > 0


def visibility(
    verts: torch.Tensor, faces: torch.Tensor, camera: torch.Tensor, tolerance: float = 0.004, side: str = "front"
) -> torch.Tensor:
    """(B, V) bool: which vertices the camera sees, by an exact test of each against every face.

    Parameters
    ----------
    verts : (B, V, 3)
        Metres, Z up.
    faces : (F, 3) or (B, F, 3) int64
    camera : (B, 3)
        Only its direction counts (parallel rays along the y axis); kept for the day it has a perspective.
    tolerance : float
        Metres: a face less than that before a vertex hides nothing.
    side : {"front", "back"}
        ``back`` looks from behind, along -Y.
    """
    if side not in ("front", "back"):
        raise InputError(f"side {side!r} is neither 'front' nor 'back'")
    toward = -verts[..., 1] if side == "front" else verts[..., 1]
    ndc = torch.stack([verts[..., 0], verts[..., 2], toward], -1).detach()
    sets = faces if faces.ndim == 3 else faces.expand(len(verts), -1, -1)
    return torch.stack([~hidden(one, one, some, tolerance) for one, some in zip(ndc, sets, strict=True)])


def crossings(points: torch.Tensor, ndc: torch.Tensor, faces: torch.Tensor) -> Iterator[Crossings]:
    """All pairs of a point and a face that its line along the view crosses, some millions of candidates at a time."""
    check_vertices(ndc[None])
    check_vertices(points[None])
    if not len(points) or not len(faces):
        return
    at = columns(points.detach()[None]).double()
    tri = columns(ndc.detach()[None]).double().index_select(1, corner_indices(faces, 1, len(ndc)).reshape(-1))
    x, y, z = tri.unflatten(1, (3, -1))
    low = at[:2].amin(1)
    cells = max(8, min(2048, int(2 * (len(points) + len(faces)) ** 0.5)))
    step = float((at[:2].amax(1) - low).amax()) * (1 + 1e-9) / cells or 1.0
    column, row = ((at[:2] - low[:, None]) / step).floor_().long()
    order = torch.argsort(row * cells + column)
    cell = (row * cells + column)[order]
    begins = torch.searchsorted(cell, torch.arange(cells * cells + 1, device=cell.device))
    first_column, columns_of = _range((x - low[0]) / step, cells)
    first_row, rows_of = _range((y - low[1]) / step, cells)

    # Each face and row of cells it touches: the points of those cells stand in one run of the sorted ones.
    touched = rows_of.masked_fill(columns_of == 0, 0)
    face = torch.repeat_interleave(touched)
    offset = torch.arange(len(face), device=face.device) - (touched.cumsum(0) - touched)[face]
    base = (first_row[face] + offset) * cells + first_column[face]
    start, stop = begins[base], begins[base + columns_of[face]]
    filled = torch.nonzero(stop > start).squeeze(1)
    face, start, counts = face[filled], start[filled], (stop - start)[filled]
    ends = counts.cumsum(0)
    total = int(ends[-1]) if len(ends) else 0
    cuts = torch.searchsorted(ends, torch.arange(_MOST, total + _MOST, _MOST, device=ends.device), right=True)
    begin = 0
    for end in [*cuts.tolist(), len(ends)]:
        if end > begin:
            yield _test(at, (x, y, z), order, face[begin:end], start[begin:end], counts[begin:end])
            begin = end


def _range(values: torch.Tensor, cells: int) -> tuple[torch.Tensor, torch.Tensor]:
    """First cell and number of cells touched by three coordinates a face, a hair wider than exact."""
    first = (values.amin(0) - 1e-6).floor().clamp(0, cells)
    last = (values.amax(0) + 1e-6).floor().clamp(-1, cells - 1)
    return first.long(), (last - first + 1).clamp(min=0).long()


def _test(
    at: torch.Tensor,
    corners: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    order: torch.Tensor,
    face: torch.Tensor,
    start: torch.Tensor,
    counts: torch.Tensor,
) -> Crossings:
    """Which candidates are crossings: half-open in y and at edges, so that neighbours never both claim a point."""
    run = torch.repeat_interleave(counts)
    within = torch.arange(len(run), device=run.device) - (counts.cumsum(0) - counts).index_select(0, run)
    point = order.index_select(0, start.index_select(0, run) + within)
    of_face = face.index_select(0, run)
    px, py = at[0].index_select(0, point), at[1].index_select(0, point)
    x, y, z = corners
    met = torch.ones(len(point), dtype=torch.bool, device=point.device)
    for place, values in ((py, y), (px, x)):
        least, greatest = values.amin(0), values.amax(0)
        met &= (place >= least.index_select(0, of_face)) & (place <= greatest.index_select(0, of_face))
    point, of_face, px, py = (part[met] for part in (point, of_face, px, py))
    ax, bx, cx = x.index_select(1, of_face)
    ay, by, cy = y.index_select(1, of_face)
    one = _right_of(ax, ay, bx, by, px, py)
    two = _right_of(bx, by, cx, cy, px, py)
    three = _right_of(cx, cy, ax, ay, px, py)
    # A horizontal line meets the outline of a triangle twice: to the left and to the right of a point within.
    hit = torch.nonzero(one ^ two ^ three).squeeze(1)
    point, of_face, px, py = point[hit], of_face[hit], px[hit], py[hit]
    ax, bx, cx = x.index_select(1, of_face)
    ay, by, cy = y.index_select(1, of_face)
    az, bz, cz = z.index_select(1, of_face)
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    area = torch.where(area == 0, 1e-300, area)
    second = ((px - ax) * (cy - ay) - (py - ay) * (cx - ax)) / area
    third = ((bx - ax) * (py - ay) - (by - ay) * (px - ax)) / area
    depth = (az + second * (bz - az) + third * (cz - az)).clamp(torch.minimum(torch.minimum(az, bz), cz), None)
    depth = torch.minimum(depth, torch.maximum(torch.maximum(az, bz), cz))
    return Crossings(point, of_face, depth - at[2].index_select(0, point), area.sign())


def _right_of(
    ax: torch.Tensor, ay: torch.Tensor, bx: torch.Tensor, by: torch.Tensor, px: torch.Tensor, py: torch.Tensor
) -> torch.Tensor:
    """Whether an edge spans the height of a point that lies to the right of it.

    Both faces of an edge evaluate it from the lower end to the upper one: the same numbers, the same answer.
    """
    upward = ay < by
    lx, ly = torch.where(upward, ax, bx), torch.where(upward, ay, by)
    hx, hy = torch.where(upward, bx, ax), torch.where(upward, by, ay)
    return (ly <= py) & (py < hy) & ((hx - lx) * (py - ly) < (px - lx) * (hy - ly))
