"""Nearest and farthest surface at every pixel.

Visibility is decided without gradients; barycentric coordinates and depths are then recomputed from the vertices at the
winners, so derivatives flow through positions but not through what is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from eigenform.avatar.raster.spans import check_vertices, columns, corner_indices, cover

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


@dataclass(frozen=True)
class Covered:
    """The same for the P covered pixels only, front first, then back: what :class:`Fragments` is spread from.

    Parameters
    ----------
    where : (P,) int64
        ``(b * S + row) * S + column``, rising; front and back cover the same pixels.
    face : (2 P,) int64
        ``b * F + face``.
    corner : (3, 2 P) int64
        ``b * V + vertex``.
    bary : (3, 2 P) float
    z : (2 P,) float
    shape : tuple of int
        (B, S, S).
    n_faces : int
        F.
    """

    where: torch.Tensor
    face: torch.Tensor
    corner: torch.Tensor
    bary: torch.Tensor
    z: torch.Tensor
    shape: tuple[int, int, int]
    n_faces: int

    def spread(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Of (2 P,) or (C, 2 P): the front and the back picture, (B, S, S) or (B, S, S, C), 0 where nothing is hit."""
        front, back = values.unflatten(-1, (2, -1)).unbind(-2)
        return self._dense(front), self._dense(back)

    def _dense(self, values: torch.Tensor) -> torch.Tensor:
        total, rest = self.shape[0] * self.shape[1] * self.shape[2], values.shape[:-1]
        out = torch.zeros((total, *rest), dtype=values.dtype, device=values.device)
        return out.index_copy(0, self.where, values.t() if rest else values).reshape(*self.shape, *rest)

    def blend(self, attributes: torch.Tensor) -> torch.Tensor:
        """(C, 2 P) of (C, B * V) attributes of the vertices."""
        index = self.corner.reshape(-1)
        return (attributes.index_select(1, index).unflatten(1, (3, -1)) * self.bary).sum(1)


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
    return spread(covered(ndc, faces, size))


def spread(seen: Covered) -> Fragments:
    """Covered pixels as pictures."""
    local = seen.face % max(seen.n_faces, 1) if seen.shape[0] > 1 else seen.face
    front, back = seen.spread(local + 1)
    front_bary, back_bary = seen.spread(seen.bary)
    front_z, back_z = seen.spread(seen.z)
    return Fragments(front - 1, back - 1, front_bary, back_bary, front_z, back_z)


def covered(ndc: torch.Tensor, faces: torch.Tensor, size: int) -> Covered:
    """What the covered pixels see, of the arguments of :func:`rasterise`."""
    check_vertices(ndc)
    batch, n_faces = len(ndc), faces.shape[-2]
    points, corners = columns(ndc), corner_indices(faces, batch, ndc.shape[1])
    near = torch.full((batch * size * size,), _LEAST, dtype=torch.int64, device=ndc.device)
    far = torch.full_like(near, _GREATEST)
    for hits in cover(points, corners, n_faces, size):
        key = (_ordered(hits.z) << 32) | hits.face
        near.scatter_reduce_(0, hits.pixel, key, "amax")
        far.scatter_reduce_(0, hits.pixel, key, "amin")
    where = torch.nonzero(near != _LEAST).squeeze(1)
    face = torch.cat([near.index_select(0, where), far.index_select(0, where)]) & 0xFFFFFFFF
    corner = corners.index_select(1, face)
    bary, z = _at_centres(points, corner, where, size)
    return Covered(where, face, corner, bary, z, (batch, size, size), n_faces)


def _ordered(values: torch.Tensor) -> torch.Tensor:
    """Integers in the order of float32 values (sign and magnitude turned into two's complement)."""
    bits = values.view(torch.int32)
    return (bits ^ ((bits >> 31) & 0x7FFFFFFF)).long()


def _at_centres(
    points: torch.Tensor, corner: torch.Tensor, where: torch.Tensor, size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Barycentric coordinates (3, 2 P) and depth (2 P,) of the corners (3, 2 P) at the centres of ``where``, twice."""
    line = torch.div(where, size, rounding_mode="floor")
    column, row = where - line * size, line % size
    x = ((column.to(points.dtype) + 0.5) * (2.0 / size) - 1).repeat(2)
    y = (1 - (row.to(points.dtype) + 0.5) * (2.0 / size)).repeat(2)
    to_x, to_y, z = points.index_select(1, corner.reshape(-1)).unflatten(1, (3, -1))
    to_x, to_y = to_x - x, to_y - y  # corners seen from the centre: keeps float32 accurate
    first = to_x[1] * to_y[2] - to_x[2] * to_y[1]
    second = to_x[2] * to_y[0] - to_x[0] * to_y[2]
    third = to_x[0] * to_y[1] - to_x[1] * to_y[0]
    turn = (first + second + third).detach().sign()
    parts = (torch.stack([first, second, third]) * turn).clamp(min=0) + torch.finfo(points.dtype).tiny
    bary = parts / (parts[0] + parts[1] + parts[2])
    return bary, bary[0] * z[0] + bary[1] * z[1] + bary[2] * z[2]
