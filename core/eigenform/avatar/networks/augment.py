"""Random changes of pictures while training: position, size, colour. What a photograph may do to a person."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from eigenform.avatar.keypoints import MIRROR


def uniform(generator: torch.Generator, shape: tuple[int, ...], low: float, high: float) -> Tensor:
    """Even random numbers, on the device of the generator."""
    return low + (high - low) * torch.rand(shape, generator=generator, device=generator.device)


def chance(generator: torch.Generator, batch: int, share: float) -> Tensor:
    """(B, 1, 1, 1) true in a share of all pictures."""
    return uniform(generator, (batch, 1, 1, 1), 0.0, 1.0) < share


def recolour(rgb: Tensor, generator: torch.Generator) -> Tensor:
    """(B, 3, S, S) pictures in [0, 1] with other light: gains, gamma, saturation, grey ones, blur and noise.

    Here and below, pictures and generator are on one device.
    """
    batch = len(rgb)
    gamma = torch.exp(uniform(generator, (batch, 1, 1, 1), -0.4, 0.4))
    out = rgb.clamp(1e-4, 1).pow(gamma)
    grey = out.mean(1, keepdim=True)
    colour = uniform(generator, (batch, 1, 1, 1), 0.3, 1.4)
    colour = colour.masked_fill(chance(generator, batch, 0.1), 0.0)
    out = grey + (out - grey) * colour
    out = out * uniform(generator, (batch, 3, 1, 1), 0.8, 1.2) + uniform(generator, (batch, 1, 1, 1), -0.1, 0.1)
    blurred = functional.avg_pool2d(out, 3, 1, 1)
    out = torch.where(chance(generator, batch, 0.25), blurred, out)
    noise = uniform(generator, (batch, 1, 1, 1), 0.0, 0.04)
    return (out + noise * torch.randn(out.shape, generator=generator, device=out.device)).clamp(0, 1)


def move(rgb: Tensor, mask: Tensor, keypoints: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures seen larger, smaller, turned, shifted and mirrored, with their masks and keypoints.

    Parameters
    ----------
    rgb, mask : (B, 3, S, S), (B, 1, S, S)
    keypoints : (B, K, 2)
        Crop coordinates, y up. Those that leave the picture are beyond [-1, 1] afterwards.
    """
    batch = len(rgb)
    angle = uniform(generator, (batch,), -0.3, 0.3)
    zoom = torch.exp(uniform(generator, (batch,), -0.5, 0.35))
    shift = uniform(generator, (batch, 2), -0.15, 0.15) + (1 - zoom[:, None]).clamp_min(0) * uniform(
        generator, (batch, 2), -0.6, 0.6
    )
    flip = torch.where(chance(generator, batch, 0.5).flatten(), -1.0, 1.0)
    c, s = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    # new = forward @ old + shift
    forward = torch.stack([torch.stack([c * flip, -s], 1), torch.stack([s * flip, c], 1)], 1)
    moved = keypoints @ forward.transpose(1, 2) + shift[:, None]
    moved = torch.where((flip < 0)[:, None, None], moved[:, list(MIRROR)], moved)
    inverse = torch.linalg.inv(forward)
    offset = -(inverse @ shift[:, :, None])
    down = torch.tensor([[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]], device=rgb.device)  # y up to rows down
    theta = torch.cat([inverse, offset], 2) * down
    grid = functional.affine_grid(theta, list(rgb.shape), align_corners=False)
    rgb = functional.grid_sample(rgb, grid, padding_mode="border", align_corners=False)
    mask = functional.grid_sample(mask, grid, padding_mode="zeros", align_corners=False)
    return rgb, mask, moved


def occlude(rgb: Tensor, generator: torch.Generator, share: float = 0.15) -> Tensor:
    """A grey or coloured box before some pictures; the person goes on behind it."""
    batch, size = len(rgb), rgb.shape[-1]
    sides = uniform(generator, (batch, 2, 1), 0.08, 0.3)
    starts = uniform(generator, (batch, 2, 1), 0.0, 1.0) * (1 - sides)
    place = (torch.arange(size, device=rgb.device) + 0.5) / size
    within = (place >= starts) & (place < starts + sides)  # (B, 2, S): rows and columns of the box
    box = (within[:, 0, :, None] & within[:, 1, None, :])[:, None] & chance(generator, batch, share)
    return torch.where(box, uniform(generator, (batch, 3, 1, 1), 0.0, 1.0), rgb)
