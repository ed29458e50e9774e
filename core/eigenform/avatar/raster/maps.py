"""Pictures of a body that networks and fits look at."""

from __future__ import annotations

import torch

from eigenform.avatar.raster.normals import normal_columns, unit_columns
from eigenform.avatar.raster.project import to_ndc
from eigenform.avatar.raster.zbuffer import covered


def body_maps(verts: torch.Tensor, faces: torch.Tensor, camera: torch.Tensor, size: int) -> dict[str, torch.Tensor]:
    """Normals, depths and the silhouette of meshes, front and back, seen along +Y; differentiable.

    The back is seen *through* the mesh: one pixel of both sides is the same ray.

    Parameters
    ----------
    verts : (B, V, 3)
        Metres, Z up, facing -Y.
    faces : (F, 3) or (B, F, 3) int64
        Counter-clockwise from outside.
    camera : (B, 3)
        s, t_x, t_y.
    size : int
        Pixels along a side.

    Returns
    -------
    dict
        ``normal_front``, ``normal_back`` (B, S, S, 3) unit, view axes (right, up, toward the viewer), 0 outside;
        ``depth_front``, ``depth_back`` (B, S, S) metres toward the viewer (-Y), 0 outside; ``mask`` (B, S, S) bool.
    """
    seen = covered(to_ndc(verts, camera), faces, size)
    right, up, toward = _view(seen.blend(normal_columns(verts, faces)))
    normal_front, normal_back = seen.spread(unit_columns(torch.stack([right, up, toward])))
    depth_front, depth_back = seen.spread(seen.z)
    scale = camera[:, 0, None, None]
    mask = torch.zeros(seen.shape, dtype=torch.bool, device=verts.device)
    mask.view(-1)[seen.where] = True
    return {
        "normal_front": normal_front,
        "normal_back": normal_back,
        "depth_front": depth_front / scale,
        "depth_back": depth_back / scale,
        "mask": mask,
    }


def _view(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rows x, y, z of the world as right, up, toward the viewer."""
    return rows[0], rows[2], -rows[1]
