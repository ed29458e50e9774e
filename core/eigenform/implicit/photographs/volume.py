"""Volume rendering along rays: opacities of a signed distance field or an occupancy, and where to sample.

Depths ``z`` are (rays, samples) and ascend; signs: fields are negative inside. Sources: Wang et al., NeuS, 2021
(equations 10 to 13 and the hierarchical sampling of its section 3.2); Oechsle et al., UNISURF, 2021.
"""

from __future__ import annotations

import torch
from torch import Tensor

OCCUPANCY_SLOPE = 10.0
"""UNISURF's occupancy is ``sigmoid(-10 f)``."""


def near_far(origins: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    """Depths one before and one behind the point of each ray nearest to the origin; (rays, 1) each."""
    middle = -(origins * directions).sum(-1, keepdim=True)
    return middle - 1.0, middle + 1.0


def neus_opacity(field: Tensor, cosine: Tensor, lengths: Tensor, sharpness: Tensor | float) -> Tensor:
    """Opacity of sections of rays: ``(s_before - s_behind) / s_before`` with ``s = sigmoid(sharpness f)``.

    Parameters
    ----------
    field : tensor
        Signed distance at the middle of each section.
    cosine : tensor
        Slope of the field along the ray, at most zero.
    lengths : tensor
        Of the sections.
    sharpness : scalar
    """
    half = cosine * lengths * 0.5
    before = torch.sigmoid((field - half) * sharpness)
    behind = torch.sigmoid((field + half) * sharpness)
    return ((before - behind + 1e-5) / (before + 1e-5)).clamp(0.0, 1.0)


def annealed_cosine(slope: Tensor, anneal: float) -> Tensor:
    """The slope along a ray, from a softened form (``anneal`` 0) to the true one (1); at most zero."""
    soft, true = torch.relu(0.5 - 0.5 * slope), torch.relu(-slope)
    return -(soft * (1 - anneal) + true * anneal)


def occupancy(field: Tensor) -> Tensor:
    """Occupancy of a field after UNISURF, which is the opacity of a sample."""
    return torch.sigmoid(-OCCUPANCY_SLOPE * field)


def weights(opacity: Tensor) -> Tensor:
    """What each sample adds to its ray: its opacity times what passed all samples before it."""
    passed = torch.cumprod(1 - opacity + 1e-7, dim=-1)
    return opacity * torch.cat([torch.ones_like(passed[:, :1]), passed[:, :-1]], dim=-1)


def draw(edges: Tensor, share: Tensor, count: int) -> Tensor:
    """Depths (rays, count) at even quantiles of a histogram with ``edges`` (rays, n + 1) and ``share`` (rays, n)."""
    share = share + 1e-5
    total = torch.cumsum(share / share.sum(-1, keepdim=True), dim=-1)
    total = torch.cat([torch.zeros_like(total[:, :1]), total], dim=-1)
    at = (torch.arange(count, device=edges.device, dtype=edges.dtype) + 0.5) / count
    at = at.expand(len(edges), count).contiguous()
    above = torch.searchsorted(total, at, right=True).clamp(1, edges.shape[1] - 1)
    low, high = torch.gather(total, 1, above - 1), torch.gather(total, 1, above)
    start, end = torch.gather(edges, 1, above - 1), torch.gather(edges, 1, above)
    width = high - low
    inside = (at - low) / torch.where(width < 1e-5, torch.ones_like(width), width)
    return start + inside.clamp(0, 1) * (end - start)


def up_sample(z: Tensor, field: Tensor, inside: Tensor, sharpness: float, count: int) -> Tensor:
    """``count`` new depths where the field says that the surface is.

    Parameters
    ----------
    z, field : (rays, n) tensors
        Depths and the field there.
    inside : (rays, n) bool tensor
        Whether a sample lies in the region; sections outside count as empty.
    sharpness : float
        ``64 * 2^i`` in round ``i``.
    """
    length = z[:, 1:] - z[:, :-1]
    slope = (field[:, 1:] - field[:, :-1]) / (length + 1e-5)
    before = torch.cat([torch.zeros_like(slope[:, :1]), slope[:, :-1]], dim=-1)
    cosine = torch.minimum(slope, before).clamp(-1e3, 0.0) * (inside[:, 1:] | inside[:, :-1])
    middle = 0.5 * (field[:, 1:] + field[:, :-1])
    return draw(z, weights(neus_opacity(middle, cosine, length, sharpness)), count)


def first_crossing(z: Tensor, field: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where a ray first goes from outside to inside.

    Returns
    -------
    hit : (rays,) bool tensor
    index : (rays,) tensor
        The sample before the crossing.
    depth : (rays,) tensor
        By linear interpolation between the two samples; the last depth where there is none.
    """
    enters = (field[:, :-1] >= 0) & (field[:, 1:] < 0)
    hit = enters.any(dim=1)
    index = enters.float().argmax(dim=1)
    row = torch.arange(len(z), device=z.device)
    a, b = field[row, index], field[row, index + 1]
    share = a / (a - b).clamp_min(1e-12)
    depth = z[row, index] + share * (z[row, index + 1] - z[row, index])
    return hit, index, torch.where(hit, depth, z[:, -1])


def outside_sections(far: Tensor, count: int) -> Tensor:
    """Depths (rays, count) from ``far`` (rays, 1) to infinity, even in the inverse of the depth (NeRF++)."""
    share = torch.linspace(1e-3, 1 - 1 / (count + 1), count, device=far.device)
    return far.clamp_min(1e-3) / torch.flip(share, [0]) + 1 / count
