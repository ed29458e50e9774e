"""What the clother learns: normals, depths and outline of the clothes over a body that is not quite right."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from eigenform.avatar.networks import augment
from eigenform.avatar.networks.clother import OFFSET_SCALE, inputs_of, outputs_of
from eigenform.avatar.networks.people import People
from eigenform.avatar.networks.settings import TrainParams
from eigenform.avatar.networks.training import Forward, Task
from eigenform.jobs import JobContext

BARE_COLOUR = 0.15
"""Share of pictures whose colours are taken away: the body alone must give something sensible."""
OFFSET_WEIGHT, MASK_WEIGHT = 1.0, 0.3
_MIRRORED = ("normal_front", "normal_back", "body_normal_front", "body_normal_back")


class ClotherTask(Task):
    """Angles of the normals, distance of the offsets, cross-entropy of the mask."""

    name = "clother"

    def __init__(self, params: TrainParams) -> None:
        self.params = params
        self.architecture: dict[str, Any] = {}
        names = ("rgb", "mask", "normal_front", "normal_back", "depth_front", "depth_back")
        self.people = People(params, (*names, *(f"body_{n}" for n in names[2:]), "body_mask"))

    def prepare(self, ctx: JobContext) -> None:
        """Generate the people that are missing, and the maps of their bodies."""
        self.people.prepare(ctx, bodies=True)

    def loss(self, network: Forward, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        """See the class."""
        maps = {name: planes(value) for name, value in self.people.batch(step, generator.device).items()}
        if augment.chance(generator, 1, 0.5).item():
            maps = mirrored(maps)
        rgb = augment.recolour(maps["rgb"], generator)
        rgb = rgb.masked_fill(augment.chance(generator, len(rgb), BARE_COLOUR), 0.5)
        covered = maps["body_mask"]
        body = {name: maps[f"body_{name}"] for name in ("normal_front", "normal_back", "depth_front", "depth_back")}
        body["mask"] = covered
        raw, _ = network(inputs_of(rgb, body, maps["mask"]).to(memory_format=torch.channels_last))
        found = outputs_of(raw, body)
        return clothes_loss(found, maps)

    def card(self) -> dict[str, Any]:
        """The people."""
        return self.people.card()


def clothes_loss(found: dict[str, Tensor], maps: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
    """The loss of predicted maps against those of the sample, and mean angles in degrees."""
    mask = maps["mask"]
    count = mask.sum().clamp_min(1.0)
    shown: dict[str, float] = {}
    total = functional.binary_cross_entropy_with_logits(found["mask_logit"], mask) * MASK_WEIGHT
    for side, sign in (("front", 1.0), ("back", -1.0)):
        cosine = (found[f"normal_{side}"] * maps[f"normal_{side}"]).sum(1, keepdim=True).clamp(-1, 1)
        absolute = (found[f"normal_{side}"] - maps[f"normal_{side}"]).abs().sum(1, keepdim=True)
        total = total + (((1 - cosine) + 0.5 * absolute) * mask).sum() / count
        offset = sign * (maps[f"depth_{side}"] - maps[f"body_depth_{side}"])
        error = functional.smooth_l1_loss(found[f"offset_{side}"] / OFFSET_SCALE, offset / OFFSET_SCALE,
                                          beta=0.1, reduction="none")  # fmt: skip
        total = total + OFFSET_WEIGHT * (error * mask).sum() / count
        with torch.no_grad():
            shown[f"{side} degrees"] = float((torch.rad2deg(torch.acos(cosine)) * mask).sum() / count)
    return total, shown


def planes(stored: Tensor) -> Tensor:
    """(B, C, S, S) float32 of a stored array: bytes of normals and colours are scaled back."""
    value = stored.float() / {torch.int8: 127.0, torch.uint8: 255.0}.get(stored.dtype, 1.0)
    return value.permute(0, 3, 1, 2) if value.ndim == 4 else value[:, None]


def mirrored(maps: dict[str, Tensor]) -> dict[str, Tensor]:
    """Maps of the same person in a mirror."""
    flipped = {name: value.flip(3) for name, value in maps.items()}
    for name in _MIRRORED:
        flipped[name] = flipped[name] * torch.tensor([-1.0, 1.0, 1.0], device=flipped[name].device).view(1, 3, 1, 1)
    return flipped
