"""What the lifter learns: poses and shapes that are drawn anew in every step, from their keypoints alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from eigenform.avatar.body.rotations import axis_angle_to_matrix
from eigenform.avatar.networks.keypoint_rig import KeypointRig
from eigenform.avatar.networks.settings import TrainParams
from eigenform.avatar.networks.training import Task
from eigenform.jobs import JobContext

SHAPES = 1024
"""Bodies that are posed; their shapes are drawn once."""
PLACE_WEIGHT, SHAPE_WEIGHT = 4.0, 1.0
NOISE = 0.03
"""Largest standard deviation of keypoints, in units of their spread (about 0.4 m)."""


class LifterTask(Task):
    """Distance of rotation matrices, distance in space of joints and keypoints, distance of sliders."""

    name = "lifter"

    def __init__(self, params: TrainParams) -> None:
        from eigenform.avatar.body.bones import MAIN

        self.params = params
        self.architecture: dict[str, Any] = {"bones": len(MAIN)}

    def prepare(self, ctx: JobContext) -> None:
        """Load the body and tabulate its keypoints."""
        from eigenform.avatar.body.load import load_body
        from eigenform.avatar.synthetic.poses import random_pose

        self.random_pose = random_pose
        model = load_body("anny", ctx)
        ctx.message("Tabulating keypoints")
        _, shapes = random_pose(np.random.default_rng(self.params.seed), SHAPES, "any")
        self.rig = KeypointRig(model, torch.as_tensor(shapes, dtype=torch.float32))
        self.shapes = torch.as_tensor(shapes, dtype=torch.float32)

    def loss(self, network: nn.Module, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        """See the class."""
        device, count = next(network.parameters()).device, self.params.batch
        rng = np.random.default_rng((self.params.seed, step))
        poses, _ = self.random_pose(rng, count, "any")
        index = torch.from_numpy(rng.integers(0, SHAPES, count))
        wanted = axis_angle_to_matrix(torch.as_tensor(poses, dtype=torch.float32))
        with torch.no_grad():
            keypoints, places = self.rig.place(wanted, index)
        seen = seen_by_camera(keypoints, generator).to(device)
        found, shape = network(seen)
        found, shape = found.float().cpu(), shape.float().cpu()
        turn = (found - wanted).square().sum((2, 3)).mean()
        points, joints = self.rig.place(found, index)
        place = (points - keypoints).norm(dim=2).mean() + (joints - places).norm(dim=2).mean()
        sliders = (shape - self.shapes[index]).abs().mean()
        loss = turn + PLACE_WEIGHT * place + SHAPE_WEIGHT * sliders
        return loss, {"joints mm": 1000 * float((joints - places).norm(dim=2).mean().detach())}

    def card(self) -> dict[str, Any]:
        """The poses."""
        return {"kind": "random poses of the body made by code, no pixels", "samples": "new in every step"}


def seen_by_camera(keypoints: Tensor, generator: torch.Generator) -> Tensor:
    """(B, 23, 3) what a detector may say of (B, 23, 3) keypoints in the world: x, y, confidence.

    Noise, single keypoints that are not seen, and pictures that end at the knees or at the hips.
    """
    batch, count, _ = keypoints.shape
    picture = keypoints[..., [0, 2]]
    spread = (picture - picture.mean(1, keepdim=True)).square().sum(2).mean(1).sqrt()
    level = NOISE * torch.rand(batch, generator=generator).square()
    noisy = picture + (spread * level)[:, None, None] * torch.randn(picture.shape, generator=generator)
    share = 0.25 * torch.rand((batch, 1), generator=generator) * (torch.rand((batch, 1), generator=generator) < 0.5)
    seen = torch.rand((batch, count), generator=generator) >= share
    cut = torch.rand(batch, generator=generator)
    seen[cut < 0.08, 15:] = False  # ankles and feet
    seen[cut < 0.04, 13:15] = False  # knees
    confidence = seen * (0.5 + 0.5 * torch.rand((batch, count), generator=generator))
    return torch.cat([noisy, confidence[..., None]], 2)
