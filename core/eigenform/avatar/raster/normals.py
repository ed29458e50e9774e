"""Normals of faces and vertices of batches of meshes, differentiable."""

from __future__ import annotations

import torch
from torch.nn.functional import normalize

from eigenform.avatar.raster.spans import corners


def face_normals(verts: torch.Tensor, faces: torch.Tensor, unit: bool = True) -> torch.Tensor:
    """(B, F, 3) normals of counter-clockwise triangles; with ``unit`` off their length is twice the area."""
    tri = corners(verts, faces)
    normal = torch.linalg.cross(tri[:, :, 1] - tri[:, :, 0], tri[:, :, 2] - tri[:, :, 0])
    return normalize(normal, dim=-1) if unit else normal


def vertex_normals(verts: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
    """(B, V, 3) unit normals: the sum of the adjacent faces' normals weighted by area; 0 at vertices without faces.

    Parameters
    ----------
    verts : (B, V, 3)
    faces : (F, 3) or (B, F, 3) int64
    """
    normal = face_normals(verts, faces, unit=False)
    total = torch.zeros_like(verts)
    if faces.ndim == 2:
        for corner in range(3):
            total = total.index_add(1, faces[:, corner], normal)
    else:
        flat = total.reshape(-1, 3)
        moved = faces + torch.arange(len(verts), device=faces.device)[:, None, None] * verts.shape[1]
        for corner in range(3):
            flat = flat.index_add(0, moved[:, :, corner].reshape(-1), normal.reshape(-1, 3))
        total = flat.reshape(verts.shape)
    return normalize(total, dim=-1, eps=1e-20)
