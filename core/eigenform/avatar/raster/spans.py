"""Triangles to the pixels whose centres they cover, exactly and each pixel of a closed surface evenly.

Corners are snapped to a grid of 1/1024 of a pixel, where the arithmetic on them is exact in float64, and a triangle
covers the centres in the half-open set of scan conversion (a centre on an upper or left edge belongs to it, one on a
lower or right edge does not). Two triangles that share an edge therefore never both miss and never both claim a
centre, so the front and the back faces of a closed mesh come in equal numbers along every ray.

Arrays hold one quantity a row ("columns"): on one core that is several times faster than one point a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from eigenform.errors import InputError

_GRID = 1024.0
_REACH = 2.0**23  # snapped coordinates stay below it, so that products stay below 2^53
_MOST = 1 << 22  # covered centres handled at once

_Edge = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


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
    turn : (N,) float64, optional
        Above zero where the face turns its outside to the viewer (it is its doubled area in snapped units), only
        when asked for.
    """

    pixel: torch.Tensor
    face: torch.Tensor
    z: torch.Tensor
    turn: torch.Tensor | None = None


def corner_indices(faces: torch.Tensor, batch: int, count: int) -> torch.Tensor:
    """(3, B * F) int64: where the corners of all faces of a batch lie among its ``batch * count`` vertices.

    Parameters
    ----------
    faces : (F, 3) or (B, F, 3) int64
        Shared, or one set a mesh.
    batch, count : int
        Meshes, and vertices of each.
    """
    if faces.shape[-1:] != (3,) or faces.ndim not in (2, 3) or (faces.ndim == 3 and len(faces) != batch):
        raise InputError(f"faces of shape {tuple(faces.shape)} do not fit {batch} meshes")
    if faces.ndim == 2 and batch == 1:
        return faces.t().contiguous()
    shift = torch.arange(batch, device=faces.device)[:, None] * count
    by_corner = faces.t()[:, None] if faces.ndim == 2 else faces.permute(2, 0, 1)
    return (by_corner + shift).reshape(3, -1)


def columns(points: torch.Tensor) -> torch.Tensor:
    """(C, B * V) of (B, V, C): one row a coordinate."""
    return points.reshape(-1, points.shape[-1]).t().contiguous()


def check_vertices(ndc: torch.Tensor) -> None:
    """Refuse what is not a batch of finite points."""
    if ndc.ndim != 3 or ndc.shape[2] != 3:
        raise InputError(f"vertices of shape {tuple(ndc.shape)} are not (batch, vertices, 3)")
    if not torch.isfinite(ndc).all():
        raise InputError("some vertices to draw are not finite numbers")


def cover(points: torch.Tensor, corners: torch.Tensor, n_faces: int, size: int, turn: bool = False) -> Iterator[Hits]:
    """Pixel centres covered by triangles.

    Parameters
    ----------
    points : (3, B * V)
        x right, y up, z toward the viewer, the picture being [-1, 1]^2; of all meshes of a batch.
    corners : (3, B * n_faces) int64
        Corners of the faces of the first mesh, then of the second, ...
    n_faces : int
        Faces a mesh.
    size : int
        Pixels along a side.
    turn : bool
        Whether to tell which way the faces are turned.

    Yields
    ------
    Hits
        A few millions at a time; faces that cover no centre (also degenerate ones) are absent.
    """
    half = size * _GRID / 2
    snapped = points.detach().double()
    u = (snapped[0] * half).add_(half - _GRID / 2).round_().clamp_(-_REACH, _REACH)
    v = (snapped[1] * -half).add_(half - _GRID / 2).round_().clamp_(-_REACH, _REACH)
    index = corners.reshape(-1)
    u, v = u.index_select(0, index).reshape(3, -1), v.index_select(0, index).reshape(3, -1)
    first, last = _centres(v, size)
    left, right = _centres(u, size)
    kept = torch.nonzero((first < last) & (left < right)).squeeze(1)
    z = snapped[2].index_select(0, corners.index_select(1, kept).reshape(-1)).reshape(3, -1)
    area, edges, plane = _table(u.index_select(1, kept), v.index_select(1, kept), z)
    first = first.index_select(0, kept)
    rows = (last.index_select(0, kept) - first).masked_fill_(area == 0, 0).long()

    # One entry a face and row: the half-open interval of columns between its edges.
    item = torch.repeat_interleave(rows)
    line = _within(item, rows).double().add_(first.index_select(0, item))
    scaled = line * _GRID
    begin, end = torch.zeros_like(line), torch.full_like(line, float(size))
    for step, shift, divisor, rising in edges:
        # Division of exact integers, one rounding: never over the next integer.
        cut = torch.addcmul(shift.index_select(0, item), step.index_select(0, item), scaled)
        cut = cut.div_(divisor.index_select(0, item)).ceil_()
        ends = rising.index_select(0, item)
        end = torch.minimum(end, cut.masked_fill(~ends, float(size)))
        begin = torch.maximum(begin, cut.masked_fill_(ends, 0.0))
    counts = (end - begin).clamp_(min=0).long()
    filled = torch.nonzero(counts).squeeze(1)
    item, line, begin, counts = (part.index_select(0, filled) for part in (item, line, begin, counts))
    at_zero, along_u, along_v, low, high = (part.index_select(0, item) for part in plane)
    origin = torch.addcmul(at_zero, along_v, line).addcmul_(along_u, begin)
    face = kept.index_select(0, item)
    base = line.long().mul_(size).add_(begin.long())
    if face.numel() and corners.shape[1] > n_faces:
        base += torch.div(face, n_faces, rounding_mode="floor") * (size * size)
    side = area.index_select(0, item).neg_() if turn else None
    for part in _parts(counts):
        row = torch.repeat_interleave(counts[part])
        within = _within(row, counts[part])
        depth = torch.addcmul(origin[part].index_select(0, row), along_u[part].index_select(0, row), within.double())
        depth = torch.minimum(torch.maximum(depth, low[part].index_select(0, row)), high[part].index_select(0, row))
        yield Hits(
            base[part].index_select(0, row).add_(within),
            face[part].index_select(0, row),
            depth.float(),
            None if side is None else side[part].index_select(0, row),
        )


def _centres(values: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Half-open range of the pixel centres between the least and the greatest of three snapped coordinates."""
    least = torch.minimum(torch.minimum(values[0], values[1]), values[2])
    greatest = torch.maximum(torch.maximum(values[0], values[1]), values[2])
    return least.div_(_GRID).ceil_().clamp_(min=0), greatest.div_(_GRID).ceil_().clamp_(max=size)


def _table(
    u: torch.Tensor, v: torch.Tensor, z: torch.Tensor
) -> tuple[torch.Tensor, list[_Edge], tuple[torch.Tensor, ...]]:
    """Of (3, K) corners: doubled areas; bounds (step, shift, divisor, whether it ends) of each edge; planes of z.

    Along the line at height ``p`` the edge from (u0, v0) to (u1, v1) bounds columns at
    ``((u1 - u0) p + v1 u0 - u1 v0) / (v1 - v0)``, the centres being multiples of the grid. A plane is z at pixel
    (0, 0), its slopes a column and a row, and the least and greatest z of the face.
    """
    ab_u, ac_u, ab_v, ac_v = u[1] - u[0], u[2] - u[0], v[1] - v[0], v[2] - v[0]
    area = ab_u * ac_v - ac_u * ab_v
    edges: list[_Edge] = []
    for one, two in ((0, 1), (1, 2), (2, 0)):
        du, dv = u[two] - u[one], v[two] - v[one]
        shift = v[two] * u[one] - u[two] * v[one]
        level = dv == 0  # such an edge is not met by a line between its ends: it bounds nothing
        ends = ((dv > 0) == (area > 0)) | level
        divisor = torch.where(level, 1.0, dv * _GRID)
        edges.append((du.masked_fill_(level, 0.0), shift.masked_fill_(level, _GRID * _REACH), divisor, ends))
    ab_z, ac_z = z[1] - z[0], z[2] - z[0]
    inverse = 1.0 / torch.where(area == 0, 1.0, area)
    along_u = (ab_z * ac_v - ac_z * ab_v) * inverse
    along_v = (ac_z * ab_u - ab_z * ac_u) * inverse
    at_zero = z[0] - along_u * u[0] - along_v * v[0]
    return area, edges, (at_zero, along_u * _GRID, along_v * _GRID, z.amin(0), z.amax(0))


def _within(item: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """0, 1, ... within each run of equal entries of ``item``, run ``i`` being ``counts[i]`` long."""
    starts = counts.cumsum(0).sub_(counts)
    return torch.arange(len(item), device=item.device).sub_(starts.index_select(0, item))


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
