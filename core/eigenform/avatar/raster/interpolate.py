"""Attributes of vertices and faces at the pixels that see them."""

from __future__ import annotations

import torch


def interpolate(
    frag_ids: torch.Tensor, bary: torch.Tensor, attributes: torch.Tensor, faces: torch.Tensor
) -> torch.Tensor:
    """(B, S, S, C) attributes of vertices at the pixels, 0 where no face is seen; differentiable.

    Parameters
    ----------
    frag_ids : (B, S, S) int64
        Face of each pixel or -1 (``Fragments.front`` or ``.back``).
    bary : (B, S, S, 3) float
        Barycentric coordinates there.
    attributes : (B, V, C) or (1, V, C) or (V, C) float
        One row a vertex; without a batch of its own it is shared.
    faces : (F, 3) or (B, F, 3) int64
    """
    if attributes.ndim == 2:
        attributes = attributes[None]
    where, face, mesh = _covered(frag_ids)
    if faces.ndim == 3:
        face = face + mesh * faces.shape[1]
    index = faces.reshape(-1, 3).index_select(0, face)
    if len(attributes) > 1:
        index = index + mesh[:, None] * attributes.shape[1]
    channels = attributes.shape[-1]
    corner = attributes.reshape(-1, channels).index_select(0, index.reshape(-1)).reshape(-1, 3, channels)
    weights = bary.reshape(-1, 3).index_select(0, where)
    return _dense(frag_ids, where, (corner * weights[:, :, None]).sum(1))


def face_attribute(frag_ids: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """(B, S, S, C) attributes of faces at the pixels, 0 where no face is seen.

    Parameters
    ----------
    frag_ids : (B, S, S) int64
        Face of each pixel or -1.
    values : (F, C) or (B, F, C)
        One row a face.
    """
    where, face, mesh = _covered(frag_ids)
    if values.ndim == 3 and len(values) > 1:
        face = face + mesh * values.shape[1]
    return _dense(frag_ids, where, values.reshape(-1, values.shape[-1]).index_select(0, face))


def _covered(frag_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    flat = frag_ids.reshape(-1)
    where = torch.nonzero(flat >= 0).squeeze(1)
    mesh = torch.div(where, frag_ids.shape[1] * frag_ids.shape[2], rounding_mode="floor")
    return where, flat.index_select(0, where), mesh


def _dense(frag_ids: torch.Tensor, where: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    out = torch.zeros((frag_ids.numel(), rows.shape[1]), dtype=rows.dtype, device=rows.device)
    return out.index_copy(0, where, rows).reshape(*frag_ids.shape, rows.shape[1])
