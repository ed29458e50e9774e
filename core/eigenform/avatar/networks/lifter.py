"""The network that guesses pose and shape of a body from 23 keypoints of a picture.

It never sees a pixel and so knows no difference between generated and real pictures. Where a limb points to or from the
viewer is not in the keypoints: the network answers with what is most common, the fit and a person may flip it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from eigenform.avatar.body.rotations import matrix_to_axis_angle, six_d_to_matrix

POINTS, SHAPES = 23, 6
FEWEST = 6
"""Keypoints below which a pose is not guessed."""


@dataclass(frozen=True)
class Lifted:
    """``shape`` (6,) phenotypes in [0, 1]; ``rotations`` (M, 3) axis-angle of the main bones, local-ref."""

    shape: np.ndarray
    rotations: np.ndarray


class LifterNetwork(nn.Module):
    """A perceptron with residual blocks.

    Parameters
    ----------
    bones : int
        Main bones whose rotation it gives.
    width, blocks : int
        Of the hidden layers.
    """

    def __init__(self, bones: int = 24, width: int = 768, blocks: int = 4) -> None:
        super().__init__()
        self.bones = bones
        self.first = nn.Linear(POINTS * 3, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
            for _ in range(blocks)
        )
        self.last = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, bones * 6 + SHAPES))

    def forward(self, keypoints: Tensor) -> tuple[Tensor, Tensor]:
        """(B, M, 3, 3) rotations and (B, 6) phenotypes of (B, 23, 3) keypoints: x, y up, confidence."""
        x = self.first(arranged(keypoints).flatten(1))
        for block in self.blocks:
            x = x + block(x)
        answer = self.last(x)
        six = answer[:, : self.bones * 6].view(-1, self.bones, 6)
        start = torch.eye(3, device=x.device)[:, :2].T.reshape(6)
        return six_d_to_matrix(six + start), torch.sigmoid(answer[:, self.bones * 6 :])


def arranged(keypoints: Tensor) -> Tensor:
    """(B, 23, 3): moved to their mean and scaled to unit spread; unseen ones (confidence 0) are zero."""
    seen = keypoints[..., 2:].clamp(0, 1)
    weight = seen.sum(1, keepdim=True).clamp_min(1e-6)
    centre = (keypoints[..., :2] * seen).sum(1, keepdim=True) / weight
    moved = (keypoints[..., :2] - centre) * (seen > 0)
    spread = ((moved.square().sum(2, keepdim=True) * seen).sum(1, keepdim=True) / weight).clamp_min(1e-12).sqrt()
    return torch.cat([moved / spread, seen], 2)


def lift(keypoints: np.ndarray, network: nn.Module) -> Lifted:
    """Pose and shape of a body from keypoints.

    Parameters
    ----------
    keypoints : (23, 3)
        x right, y up (any scale and origin) and a confidence; 0 for what is not known.
    network : module
        From :func:`eigenform.avatar.networks.weights.load` with the name ``lifter``.

    Raises
    ------
    ValueError
        Where fewer than :data:`FEWEST` keypoints are known.
    """
    points = np.asarray(keypoints, np.float32)
    if (points[:, 2] > 0).sum() < FEWEST:
        raise ValueError(f"a pose needs at least {FEWEST} keypoints, {(points[:, 2] > 0).sum()} are known")
    device = next(network.parameters()).device
    with torch.no_grad():
        rotations, shape = network(torch.as_tensor(points, device=device)[None])
        vectors = matrix_to_axis_angle(rotations)[0]
    return Lifted(shape[0].double().cpu().numpy(), vectors.double().cpu().numpy())
