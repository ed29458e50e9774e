"""From the world to the square picture and back (axes: :mod:`eigenform.figure_types`)."""

from __future__ import annotations

import torch


def to_view(vectors: torch.Tensor) -> torch.Tensor:
    """(..., 3) directions of the world (x, y, z) in view axes (right, up, toward the viewer) = (x, z, -y)."""
    x, y, z = vectors.unbind(-1)
    return torch.stack([x, z, -y], -1)


def from_view(vectors: torch.Tensor) -> torch.Tensor:
    """(..., 3) directions in view axes (right, up, toward the viewer) in those of the world: inverse of `to_view`."""
    right, up, toward = vectors.unbind(-1)
    return torch.stack([right, -toward, up], -1)


def to_ndc(verts: torch.Tensor, camera: torch.Tensor) -> torch.Tensor:
    """(B, V, 3) points of the picture: ``x = s X + t_x``, ``y = s Z + t_y``, ``z = -s Y``.

    Parameters
    ----------
    verts : (B, V, 3)
        Metres, Z up.
    camera : (B, 3)
        s (1/m), t_x, t_y.
    """
    scale = camera[..., None, :1]
    shift = torch.cat([camera[..., 1:], torch.zeros_like(camera[..., :1])], -1)[..., None, :]
    return to_view(verts) * scale + shift


def from_ndc(points: torch.Tensor, camera: torch.Tensor) -> torch.Tensor:
    """(B, V, 3) world points, metres, of points of the picture: inverse of :func:`to_ndc`."""
    scale = camera[..., None, :1]
    shift = torch.cat([camera[..., 1:], torch.zeros_like(camera[..., :1])], -1)[..., None, :]
    return from_view((points - shift) / scale)


def pixel_centres(size: int, like: torch.Tensor) -> torch.Tensor:
    """(size, size, 2) x and y in [-1, 1] of the centres, row 0 at the top, of the dtype and device of ``like``."""
    steps = (torch.arange(size, dtype=like.dtype, device=like.device) + 0.5) * (2.0 / size) - 1
    return torch.stack([steps[None, :].expand(size, size), -steps[:, None].expand(size, size)], -1)
