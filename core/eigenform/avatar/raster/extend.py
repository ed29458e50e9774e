"""Continue a depth map beyond the body: every uncovered pixel takes the depth of the nearest covered one."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt

_MOST = 1 << 26  # comparisons at once


def extend_depth(depth: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Depth with the pixels outside the mask filled from the nearest pixel inside (Euclidean); differentiable.

    Parameters
    ----------
    depth : (..., S, S) float
        Read where the mask is true.
    mask : (..., S, S) bool
        Leading axes may be of length 1 or absent: ``extend_depth(torch.stack([front, back]), mask)`` searches once.

    Returns
    -------
    (..., S, S)
        The same inside; all 0 where a mask is empty.
    """
    size = depth.shape[-2] * depth.shape[-1]
    source = nearest_inside(mask).expand(depth.shape).reshape(-1, size)
    filled = depth.reshape(-1, size).gather(1, source).reshape(depth.shape)
    return torch.where(mask.flatten(-2).any(-1)[..., None, None], filled, torch.zeros_like(depth))


def nearest_inside(mask: torch.Tensor) -> torch.Tensor:
    """(..., H, W) int64: index ``row * W + column`` of the nearest true pixel (any of equally near ones).

    0 where a mask is empty.

    Exact on every device: SciPy's distance transform on the CPU, the two-pass minimum over columns and rows of
    Felzenszwalb and Huttenlocher ("Distance Transforms of Sampled Functions", 2012) elsewhere.
    """
    flat = mask.reshape(-1, *mask.shape[-2:])
    found = torch.stack([_by_scipy(one) for one in flat]) if mask.device.type == "cpu" else _by_rows(flat)
    return found.reshape(mask.shape)


def _by_scipy(mask: torch.Tensor) -> torch.Tensor:
    indices = distance_transform_edt(~mask.numpy(), return_distances=False, return_indices=True)
    # SciPy has an index of -1 where there is no pixel to point at.
    return torch.from_numpy((indices[0].astype(np.int64) * mask.shape[1]) + indices[1]).clamp_(min=0)


def _by_rows(mask: torch.Tensor) -> torch.Tensor:
    """The same of (N, H, W) masks by brute force over the columns, for devices that like that."""
    count, height, width = mask.shape
    rows = torch.arange(height, device=mask.device, dtype=torch.int32)[:, None]
    far = 4 * (height + width)
    above = torch.where(mask, rows, -far).cummax(1).values
    below = torch.where(mask, rows, far).flip(1).cummin(1).values.flip(1)
    nearest = torch.where(rows - above <= below - rows, above, below)  # row of the nearest true pixel of the column
    square = (nearest - rows).square().reshape(count * height, 1, width)
    columns = torch.arange(width, device=mask.device, dtype=torch.int32)
    apart = (columns[:, None] - columns[None, :]).square()  # (to, from)
    at_once = max(1, _MOST // (width * width))
    choice = torch.cat([(apart + part).argmin(2) for part in square.split(at_once)]).reshape(mask.shape)
    return nearest.gather(2, choice).clamp(0, height - 1).long() * width + choice
