"""Occupancy of a grid of cells from closed, possibly overlapping meshes, in one pass over their faces.

Every face adds +1 (outside away from the viewer) or -1 to the first cell before the depth at which it crosses a column
of cell centres; the cumulative sum toward the viewer is the winding number at each centre, exact there.
"""

from __future__ import annotations

import torch

from eigenform.avatar.raster.rays import inside, winding_at
from eigenform.avatar.raster.spans import check_vertices, columns, corner_indices, cover

__all__ = ["cell_centres", "inside", "occupancy", "winding", "winding_at"]


def winding(ndc: torch.Tensor, faces: torch.Tensor, size: int) -> torch.Tensor:
    """Winding numbers at the centres of a cube of cells, [-1, 1]^3.

    Parameters
    ----------
    ndc : (V, 3) or (B, V, 3)
        x right, y up, z toward the viewer.
    faces : (F, 3) or (B, F, 3) int64
        Counter-clockwise from outside, every edge shared by two of them. Parts may overlap.
    size : int
        Cells along a side.

    Returns
    -------
    (S, S, S) or (B, S, S, S) int8
        Entry ``[i, j, k]`` is at ``x = -1 + (i + .5) 2 / S`` and likewise y of j, z of k; 0 is outside.
    """
    single = ndc.ndim == 2
    batch_of = ndc[None] if single else ndc
    check_vertices(batch_of)
    batch = len(batch_of)
    x, y, z = columns(batch_of)
    # Drawn turned by a quarter, so that rows are x and columns are y, both rising.
    turned, corners = torch.stack([y, -x, z]), corner_indices(faces, batch, batch_of.shape[1])
    cube = torch.zeros((batch, size, size, size), dtype=torch.int8, device=ndc.device)
    for hits in cover(turned, corners, faces.shape[-2], size, turn=True):
        assert hits.turn is not None
        layer = (hits.z.double().add_(1).mul_(size / 2) - 0.5).ceil_().clamp_(0, size).long()
        change = hits.turn.sign().neg_().masked_fill_(layer == size, 0.0).to(torch.int8)
        cube.view(-1).index_add_(0, hits.pixel * size + layer.clamp_(max=size - 1), change)
    cube.cumsum_(3)
    return cube[0] if single else cube


def occupancy(ndc: torch.Tensor, faces: torch.Tensor, size: int) -> torch.Tensor:
    """(S, S, S) or (B, S, S, S) bool: whether cell centres lie in at least one closed part (see :func:`winding`)."""
    return winding(ndc, faces, size) > 0


def cell_centres(size: int, like: torch.Tensor) -> torch.Tensor:
    """(S, S, S, 3) centres of the cells of :func:`winding`, of the dtype and device of ``like``."""
    steps = (torch.arange(size, dtype=like.dtype, device=like.device) + 0.5) * (2.0 / size) - 1
    return torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), -1)
