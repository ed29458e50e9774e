"""What the finder learns: masks and keypoints of generated people under every change a photograph may make."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from eigenform.avatar.networks import augment
from eigenform.avatar.networks.finder import SIZE, STRIDE, normalised, target_heat
from eigenform.avatar.networks.people import People
from eigenform.avatar.networks.settings import TrainParams
from eigenform.avatar.networks.training import Forward, Task
from eigenform.jobs import JobContext

HEAT_WEIGHT = 0.25


class FinderTask(Task):
    """Binary cross-entropy and overlap of the mask, cross-entropy of the heat maps."""

    name = "finder"

    def __init__(self, params: TrainParams) -> None:
        self.params = params
        self.architecture: dict[str, Any] = {}
        self.people = People(params, ("rgb", "mask", "keypoints"))

    def prepare(self, ctx: JobContext) -> None:
        """Generate the people that are missing."""
        self.people.prepare(ctx)

    def loss(self, network: Forward, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        """See the class."""
        data = self.people.batch(step, generator.device)
        rgb, mask = data["rgb"].permute(0, 3, 1, 2).float() / 255, data["mask"][:, None].float()
        rgb, mask, places = augment.move(rgb, mask, data["keypoints"][..., :2].float(), generator)
        rgb = augment.occlude(augment.recolour(rgb, generator), generator)
        logit, heat = network(normalised(rgb).to(memory_format=torch.channels_last))
        assert heat is not None
        logit, heat = logit.float(), heat.float()
        cross = functional.binary_cross_entropy_with_logits(logit, mask)
        chance = torch.sigmoid(logit)
        both, either = (chance * mask).sum((1, 2, 3)), (chance + mask - chance * mask).sum((1, 2, 3))
        overlap = (both / either.clamp_min(1.0)).mean()
        target = target_heat(places, SIZE // STRIDE)
        per_point = -(target.flatten(2) * heat.flatten(2).log_softmax(2)).sum(2)
        inside = target.flatten(2).sum(2) > 0.5
        heat_loss = (per_point * inside).sum() / inside.sum().clamp_min(1)
        loss = cross + 0.5 * (1 - overlap) + HEAT_WEIGHT * heat_loss
        return loss, {"mask overlap": float(overlap.detach()), "heat": float(heat_loss.detach())}

    def card(self) -> dict[str, Any]:
        """The people."""
        return self.people.card()
