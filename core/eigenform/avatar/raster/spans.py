"""Triangles to the pixels whose centres they cover, exactly and each pixel of a closed surface evenly.

Corners are snapped to a grid of 1/1024 of a pixel, where the arithmetic on them is exact in float64, and a triangle
covers the centres in the half-open set of scan conversion (a centre on an upper or left edge belongs to it, one on a
lower or right edge does not). Two triangles that share an edge therefore never both miss and never both claim a
centre, so the front and the back faces of a closed mesh come in equal numbers along every ray.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from eigenform.errors import InputError

_GRID = 1024.0
_REACH = 2.0**23  # snapped coordinates stay below it, so that products stay below 2^53
_MOST = 1 << 22  # covered centres handled at once


@dataclass(frozen=True)
class Hits:
    """Covered pixel centres, one entry for every pair of a face and a centre it covers.

    Parameters
    ----------
    pixel : (N,) int64
        ``(b * size + row) * size + column``.
    face : (N,) int64
        ``b * F + face``.
    z : (N,) float32
        Depth of the face there, growing toward the viewer.
    """

    pixel: torch.Tensor
    face: torch.Tensor
    z: torch.Tensor


def corners(ndc: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
    """(B, F, 3, 3) corners of the faces of each mesh of a batch.

    Parameters
    ----------
    ndc : (B, V, 3)
        Vertices.
    faces : (F, 3) or (B, F, 3) int64
        Shared, or one set a mesh.
    """
    if ndc.ndim != 3 or ndc.shape[2] != 3:
        raise InputError(f"vertices of shape {tuple(ndc.shape)} are not (batch, vertices, 3)")
    if faces.shape[-1:] != (3,) or faces.ndim not in (2, 3) or (faces.ndim == 3 and len(faces) != len(ndc)):
        raise InputError(f"faces of shape {tuple(faces.shape)} do not fit {len(ndc)} meshes")
    batch, count = ndc.shape[:2]
    if faces.ndim == 2:
        return ndc.index_select(1, faces.reshape(-1)).reshape(batch, -1, 3, 3)
    flat = (faces + torch.arange(batch, device=faces.device)[:, None, None] * count).reshape(-1)
    return ndc.reshape(-1, 3).index_select(0, flat).reshape(batch, -1, 3, 3)


def cover(triangles: torch.Tensor, size: int) -> Iterator[Hits]:
    """Pixel centres covered by triangles.

    Parameters
    ----------
    triangles : (B, F, 3, 3)
        Corners (x right, y up, z toward the viewer), the picture being [-1, 1]^2.
    size : int
        Pixels along a side.

    Yields
    ------
    Hits
        A few millions at a time; faces that cover no centre (also degenerate ones) are absent.
    """
    n_faces = triangles.shape[1]
    flat = triangles.detach().reshape(-1, 3, 3).double()
    if not torch.isfinite(flat).all():
        raise InputError("some vertices to draw are not finite numbers")
    half = size * _GRID / 2
    u = (flat[..., 0] * half).add_(half - _GRID / 2).round_().clamp_(-_REACH, _REACH)
    v = (flat[..., 1] * -half).add_(half - _GRID / 2).round_().clamp_(-_REACH, _REACH)
    first, last = _centres(v, size)
    left, right = _centres(u, size)
    area = (u[:, 1] - u[:, 0]) * (v[:, 2] - v[:, 0]) - (u[:, 2] - u[:, 0]) * (v[:, 1] - v[:, 0])
    kept = torch.nonzero((first < last) & (left < right) & (area != 0)).squeeze(1)
    if not len(kept):
        return
    table = _plane_table(u[kept], v[kept], flat[kept, :, 2], area[kept])
    first, rows = first[kept], (last - first)[kept].long()

    # One entry a face and row: the half-open interval of columns between its edges.
    item = torch.repeat_interleave(rows)
    line = _within(item, rows).double() + first.index_select(0, item)
    of_row = table.index_select(0, item)
    steps, shifts, bounds = of_row[:, 0:3], of_row[:, 3:6], of_row[:, 6:9]
    # Division of exact integers, one rounding: never over the next integer.
    cut = torch.addcmul(shifts, steps, line[:, None] * _GRID).div_(bounds).ceil_()
    rising = bounds > 0
    begin = torch.where(rising, 0.0, cut).amax(1).clamp_(min=0)
    end = torch.where(rising, cut, float(size)).amin(1).clamp_(max=size)
    counts = (end - begin).clamp_(min=0).long()
    origin = of_row[:, 9] + of_row[:, 11] * line
    slope, low, high = of_row[:, 10], of_row[:, 12], of_row[:, 13]
    face = kept.index_select(0, item)
    base = (torch.div(face, n_faces, rounding_mode="floor") * size + line.long()) * size
    begin_column = begin.long()
    for part in _parts(counts):
        row = torch.repeat_interleave(counts[part])
        column = _within(row, counts[part]) + begin_column[part].index_select(0, row)
        z = torch.addcmul(origin[part].index_select(0, row), slope[part].index_select(0, row), column.double())
        z = torch.minimum(torch.maximum(z, low[part].index_select(0, row)), high[part].index_select(0, row))
        yield Hits(base[part].index_select(0, row) + column, face[part].index_select(0, row), z.float())


def _centres(values: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Half-open range of the pixel centres between the least and the greatest of three snapped coordinates."""
    least = torch.minimum(torch.minimum(values[:, 0], values[:, 1]), values[:, 2])
    greatest = torch.maximum(torch.maximum(values[:, 0], values[:, 1]), values[:, 2])
    return (least / _GRID).ceil_().clamp_(min=0), (greatest / _GRID).ceil_().clamp_(max=size)


def _plane_table(u: torch.Tensor, v: torch.Tensor, z: torch.Tensor, area: torch.Tensor) -> torch.Tensor:
    """(K, 14): column bounds of the three edges as (step, shift, divisor), then the plane of z and its extent.

    Along the line at height ``p`` the edge from (u0, v0) to (u1, v1) bounds columns at
    ``((u1 - u0) p + v1 u0 - u1 v0) / (v1 - v0)``, the centres being at multiples of the grid; the divisor carries the
    side: above zero it ends the interval, below zero it begins it.
    """
    other_u, other_v = u.roll(-1, 1), v.roll(-1, 1)
    side = area.sign()[:, None]
    du, dv = (other_u - u) * side, (other_v - v) * side
    shift = (other_v * u - other_u * v) * side
    level = dv == 0  # such an edge is not met by a line between its ends: an interval of everything
    du, shift = du.masked_fill(level, 0.0), shift.masked_fill(level, _GRID * _REACH)
    dv = torch.where(level, 1.0, dv * _GRID)
    ab_u, ac_u, ab_v, ac_v = (u[:, 1] - u[:, 0]), (u[:, 2] - u[:, 0]), (v[:, 1] - v[:, 0]), (v[:, 2] - v[:, 0])
    ab_z, ac_z = z[:, 1] - z[:, 0], z[:, 2] - z[:, 0]
    along_u = (ab_z * ac_v - ac_z * ab_v) / area
    along_v = (ac_z * ab_u - ab_z * ac_u) / area
    at_zero = z[:, 0] - along_u * u[:, 0] - along_v * v[:, 0]
    planes = torch.stack([at_zero, along_u * _GRID, along_v * _GRID, z.amin(1), z.amax(1)], 1)
    return torch.cat([du, shift, dv, planes], 1)


def _within(item: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """0, 1, ... within each run of equal entries of ``item``, run ``i`` being ``counts[i]`` long."""
    starts = counts.cumsum(0) - counts
    return torch.arange(len(item), device=item.device) - starts.index_select(0, item)


def _parts(counts: torch.Tensor) -> Iterator[slice]:
    """Slices of the rows that hold at most a few million centres each."""
    ends = counts.cumsum(0)
    total = int(ends[-1]) if len(ends) else 0
    if total <= _MOST:
        yield slice(None)
        return
    begin = 0
    for level in range(_MOST, total + _MOST, _MOST):
        end = int(torch.searchsorted(ends, level, right=True))
        if end > begin:
            yield slice(begin, end)
        begin = max(begin, end)
