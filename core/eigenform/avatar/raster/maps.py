"""Pictures of a body that networks and fits look at."""

from __future__ import annotations

import torch
from torch.nn.functional import normalize

from eigenform.avatar.raster.interpolate import interpolate
from eigenform.avatar.raster.normals import vertex_normals
from eigenform.avatar.raster.project import to_ndc, to_view
from eigenform.avatar.raster.zbuffer import Fragments, rasterise


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
    return maps_of(rasterise(to_ndc(verts, camera), faces, size), verts, faces, camera)


def maps_of(
    fragments: Fragments, verts: torch.Tensor, faces: torch.Tensor, camera: torch.Tensor
) -> dict[str, torch.Tensor]:
    """The maps of :func:`body_maps` from fragments that are there already."""
    normals = to_view(vertex_normals(verts, faces))
    scale = camera[:, 0, None, None]
    front = interpolate(fragments.front, fragments.front_bary, normals, faces)
    back = interpolate(fragments.back, fragments.back_bary, normals, faces)
    return {
        "normal_front": normalize(front, dim=-1, eps=1e-6),
        "normal_back": normalize(back, dim=-1, eps=1e-6),
        "depth_front": fragments.front_z / scale,
        "depth_back": fragments.back_z / scale,
        "mask": fragments.front >= 0,
    }
