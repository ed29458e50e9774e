"""The network that sees a person: a mask and 23 keypoints of a square picture.

Heat maps after Newell et al. (ECCV 2016) with the coordinates read off by a local soft argmax: each keypoint is a
distribution over a grid at a quarter of the resolution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from eigenform.avatar.keypoints import MIRROR

SIZE = 256
"""Pixels along a side of the picture that the network sees."""
STRIDE = 4
"""Pixels of the picture along a side of a cell of the heat maps."""
WINDOW = 2
"""Cells on each side of the peak that the soft argmax and the confidence look at."""


@dataclass(frozen=True)
class Seen:
    """What the network sees in a square crop.

    ``mask`` (S, S) float32 in [0, 1]; ``keypoints`` (23, 3) float64: x right and y up in crop coordinates [-1, 1],
    then a confidence in [0, 1].
    """

    mask: np.ndarray
    keypoints: np.ndarray


def see(rgb: np.ndarray, network: nn.Module) -> Seen:
    """Mask and keypoints of a crop: the mean of what the network says of the picture and of its mirror image.

    Parameters
    ----------
    rgb : (S, S, 3) float32 in [0, 1] or uint8
        sRGB, row 0 at the top; S is :data:`SIZE`.
    network : module
        From :func:`eigenform.avatar.networks.weights.load` with the name ``finder``.

    Raises
    ------
    ValueError
        Where the crop is not square or not of the size that the network was trained on.
    """
    if rgb.shape != (SIZE, SIZE, 3):
        raise ValueError(f"the finder takes ({SIZE}, {SIZE}, 3) pixels, not {rgb.shape}")
    scaled = rgb.astype(np.float32) / 255 if rgb.dtype == np.uint8 else np.asarray(rgb, np.float32)
    device = next(network.parameters()).device
    picture = torch.as_tensor(scaled, device=device).permute(2, 0, 1)[None]
    with torch.no_grad():
        mask, heat = network(normalised(torch.cat([picture, picture.flip(3)])))
        masks, heats = torch.sigmoid(mask.float()), heat.float().flatten(2).softmax(2).view_as(heat)
        masks = (masks[:1] + masks[1:].flip(3)) / 2
        heats = (heats[:1] + heats[1:, list(MIRROR)].flip(3)) / 2
        keypoints = read_heat(torch.log(heats + 1e-20))
    return Seen(masks[0, 0].cpu().numpy(), keypoints[0].double().cpu().numpy())


def normalised(picture: Tensor) -> Tensor:
    """The input of the network: (B, 3, S, S) in [0, 1] with its mean grey taken away, so that exposure matters less."""
    return (picture - picture.mean((2, 3), keepdim=True)) * 4.0


def read_heat(heat: Tensor) -> Tensor:
    """(B, K, 3) keypoints of (B, K, s, s) logits: x, y in crop coordinates (y up), and a confidence.

    The confidence is the probability within the window around the peak.
    """
    batch, count, size, _ = heat.shape
    probability = heat.flatten(2).softmax(2)
    peak = probability.argmax(2)
    columns = torch.arange(size, device=heat.device)
    near_x = (columns - (peak % size)[..., None]).abs() <= WINDOW
    near_y = (columns - (peak // size)[..., None]).abs() <= WINDOW
    window = probability.view(batch, count, size, size) * (near_y[..., :, None] & near_x[..., None, :])
    mass = window.sum((2, 3)).clamp_min(1e-12)
    centres = (columns + 0.5) * (2.0 / size) - 1.0
    x = (window.sum(2) * centres).sum(2) / mass
    y = (window.sum(3) * centres).sum(2) / mass
    return torch.stack([x, -y, mass], 2)


def target_heat(keypoints: Tensor, size: int, sigma: float = 1.0) -> Tensor:
    """(B, K, size, size) distributions around (B, K, 2) keypoints in crop coordinates (y up); zero where outside.

    ``sigma`` is in cells.
    """
    centres = (torch.arange(size, device=keypoints.device) + 0.5) * (2.0 / size) - 1.0
    width = 2.0 * sigma / size
    x = torch.exp(-0.5 * ((centres - keypoints[..., :1]) / width).square())
    y = torch.exp(-0.5 * ((centres + keypoints[..., 1:2]) / width).square())
    heat = y[..., :, None] * x[..., None, :]
    inside = (keypoints.abs() < 1).all(-1)[..., None, None]
    return torch.where(inside, heat / heat.sum((2, 3), keepdim=True).clamp_min(1e-12), torch.zeros_like(heat))
