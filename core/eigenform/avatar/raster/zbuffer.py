"""Nearest and farthest surface at every pixel.

Visibility is decided without gradients; barycentric coordinates and depths are then recomputed from the vertices at the
winners, so derivatives flow through positions but not through what is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from eigenform.avatar.raster.spans import corners, cover

_LEAST, _GREATEST = -(2**63), 2**63 - 1


@dataclass(frozen=True)
class Fragments:
    """What each pixel sees, pixel (row, column) of mesh b being ``[b, row, column]``, row 0 at the top.

    Parameters
    ----------
    front, back : (B, S, S) int64
        Face nearest to and farthest from the viewer, -1 where nothing is hit.
    front_bary, back_bary : (B, S, S, 3) float
        Barycentric coordinates there, at least 0 and with sum 1; 0 where nothing is hit.
    front_z, back_z : (B, S, S) float
        Depth (toward the viewer); 0 where nothing is hit.
    """

    front: torch.Tensor
    back: torch.Tensor
    front_bary: torch.Tensor
    back_bary: torch.Tensor
    front_z: torch.Tensor
    back_z: torch.Tensor


def rasterise(ndc: torch.Tensor, faces: torch.Tensor, size: int) -> Fragments:
    """Nearest and farthest face at each pixel of a square picture, orthographic.

    Parameters
    ----------
    ndc : (B, V, 3) float
        Vertices: x right, y up, z toward the viewer; the picture shows [-1, 1]^2. Parts outside are clipped; depth
        is not.
    faces : (F, 3) or (B, F, 3) int64
        Triangles, any orientation; those of no area are skipped. Of faces at equal depth the one of the higher index
        wins in front and the one of the lower index at the back.
    size : int
        Pixels along a side.
    """
    triangles = corners(ndc, faces)
    front, back = visible_faces(triangles, size)
    front_bary, front_z = _at_pixels(triangles, front, size)
    back_bary, back_z = _at_pixels(triangles, back, size)
    return Fragments(front, back, front_bary, back_bary, front_z, back_z)


def visible_faces(triangles: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, size, size) int64 twice: the nearest and the farthest of (B, F, 3, 3) corners, -1 where there is none."""
    batch, n_faces = triangles.shape[:2]
    shape = (batch * size * size,)
    near = torch.full(shape, _LEAST, dtype=torch.int64, device=triangles.device)
    far = torch.full(shape, _GREATEST, dtype=torch.int64, device=triangles.device)
    for hits in cover(triangles, size):
        key = (_ordered(hits.z) << 32) | hits.face
        near.scatter_reduce_(0, hits.pixel, key, "amax")
        far.scatter_reduce_(0, hits.pixel, key, "amin")
    empty = near == _LEAST

    def face_of(key: torch.Tensor) -> torch.Tensor:
        return ((key & 0xFFFFFFFF) % max(n_faces, 1)).masked_fill_(empty, -1).reshape(batch, size, size)

    return face_of(near), face_of(far)


def _ordered(values: torch.Tensor) -> torch.Tensor:
    """Integers in the order of float32 values (sign and magnitude turned into two's complement)."""
    bits = values.view(torch.int32)
    return (bits ^ ((bits >> 31) & 0x7FFFFFFF)).long()


def _at_pixels(triangles: torch.Tensor, ids: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Barycentric coordinates (B, S, S, 3) and depth (B, S, S) at the pixel centres of the faces ``ids``."""
    batch, n_faces = triangles.shape[:2]
    where = torch.nonzero(ids.reshape(-1) >= 0).squeeze(1)
    mesh = torch.div(where, size * size, rounding_mode="floor")
    tri = triangles.reshape(-1, 9).index_select(0, ids.reshape(-1).index_select(0, where) + mesh * n_faces)
    column, row = where % size, torch.div(where, size, rounding_mode="floor") % size
    x = ((column.to(tri.dtype) + 0.5) * (2.0 / size) - 1)[:, None]
    y = (1 - (row.to(tri.dtype) + 0.5) * (2.0 / size))[:, None]
    to_x, to_y = tri[:, 0::3] - x, tri[:, 1::3] - y  # corners seen from the centre: keeps float32 accurate
    parts = to_x.roll(-1, 1) * to_y.roll(-2, 1) - to_x.roll(-2, 1) * to_y.roll(-1, 1)
    parts = (parts * parts.detach().sum(1, keepdim=True).sign()).clamp(min=0) + torch.finfo(tri.dtype).tiny
    bary = parts / parts.sum(1, keepdim=True)
    z = (bary * tri[:, 2::3]).sum(1)
    shape = (batch * size * size,)
    dense = torch.zeros((*shape, 3), dtype=tri.dtype, device=tri.device).index_copy(0, where, bary)
    depth = torch.zeros(shape, dtype=tri.dtype, device=tri.device).index_copy(0, where, z)
    return dense.reshape(batch, size, size, 3), depth.reshape(batch, size, size)
