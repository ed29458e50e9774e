"""Normals of faces and vertices of batches of meshes, differentiable."""

from __future__ import annotations

import torch
from torch.nn.functional import normalize

from eigenform.avatar.raster.spans import columns, corner_indices


def face_normals(verts: torch.Tensor, faces: torch.Tensor, unit: bool = True) -> torch.Tensor:
    """(B, F, 3) normals of counter-clockwise triangles; with ``unit`` off their length is twice the area."""
    corners = corner_indices(faces, *verts.shape[:2])
    normal = torch.stack(_doubled(columns(verts), corners), 1).reshape(len(verts), -1, 3)
    return normalize(normal, dim=-1) if unit else normal


def vertex_normals(verts: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
    """(B, V, 3) unit normals: the sum of the adjacent faces' normals weighted by area; 0 at vertices without faces.

    Parameters
    ----------
    verts : (B, V, 3)
    faces : (F, 3) or (B, F, 3) int64
    """
    return normal_columns(verts, faces).t().reshape(verts.shape)


def normal_columns(verts: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
    """(3, B * V): :func:`vertex_normals`, one row a coordinate."""
    corners = corner_indices(faces, *verts.shape[:2])
    points = columns(verts)
    index = corners.reshape(-1)
    sums = [torch.zeros_like(points[0]).index_add(0, index, part.repeat(3)) for part in _doubled(points, corners)]
    return unit_columns(torch.stack(sums))


def unit_columns(rows: torch.Tensor) -> torch.Tensor:
    """(3, N) vectors, one row a coordinate, brought to length 1; 0 stays 0."""
    square = rows[0].square() + rows[1].square() + rows[2].square()
    return rows * square.clamp(min=1e-36).rsqrt()


def _doubled(points: torch.Tensor, corners: torch.Tensor) -> list[torch.Tensor]:
    """x, y and z, each (B * F,), of the cross products of edges: normals with twice the area as their length."""
    at = points.index_select(1, corners.reshape(-1)).unflatten(1, (3, -1))
    (ax, ay, az), (bx, by, bz) = at[:, 1] - at[:, 0], at[:, 2] - at[:, 0]
    return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
