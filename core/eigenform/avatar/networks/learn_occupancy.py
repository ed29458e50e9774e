"""What the occupancy networks learn: which points lie inside the clothes, from numbers local to each point."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from eigenform.avatar.networks.occupancy import OccupancyNetwork
from eigenform.avatar.networks.people import default_folder
from eigenform.avatar.networks.points import PEOPLE, points_file, write_points
from eigenform.avatar.networks.settings import TrainParams
from eigenform.avatar.networks.shards import Shards
from eigenform.avatar.networks.training import Forward, Task
from eigenform.avatar.processes import spread
from eigenform.avatar.surface.features import DIMENSIONS
from eigenform.jobs import JobContext


class OccupancyTask(Task):
    """Cross-entropy of inside and outside; the published features with ``network="icon7"``."""

    def __init__(self, params: TrainParams) -> None:
        self.params, self.name = params, params.network
        self.variant = "icon7" if params.network == "icon7" else "local"
        self.architecture: dict[str, Any] = {"inputs": DIMENSIONS[self.variant]}
        self.folder = Path(params.data or default_folder())
        self._shards: Shards | None = None

    def prepare(self, ctx: JobContext) -> None:
        """Make the points that are missing; the clother must be there already."""
        p = self.params
        self.folder.mkdir(parents=True, exist_ok=True)
        starts = range(p.first_seed, p.first_seed + p.samples, PEOPLE)
        files = [points_file(self.folder, start) for start in starts]
        missing = [(file, start) for file, start in zip(files, starts, strict=True) if not file.exists()]
        for index, _ in enumerate(spread(write_points, missing, ctx)):
            ctx.step(len(files) - len(missing) + index + 1, len(files), "Describing points")
        self._shards = Shards([(f,) for f in files], [PEOPLE] * len(files), (self.variant, "inside"), p.seed)

    def initialise(self, network: nn.Module) -> None:
        """Scale the inputs by what the points of the first step have."""
        assert isinstance(network, OccupancyNetwork)
        assert self._shards is not None
        rows = self._shards.batch(0, self.params.batch)[self.variant].astype(np.float32).reshape(-1, network.inputs)
        network.mean.copy_(torch.from_numpy(rows.mean(0)))
        network.scale.copy_(torch.from_numpy(rows.std(0)).clamp_min(1e-2))

    def loss(self, network: Forward, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        """See the class."""
        assert self._shards is not None, "prepare first"
        device = generator.device
        batch = self._shards.batch(step, self.params.batch)
        told = torch.from_numpy(batch[self.variant]).float().flatten(0, 1).to(device)
        inside = torch.from_numpy(batch["inside"]).float().flatten().to(device)
        logit = network(told).float()
        loss = functional.binary_cross_entropy_with_logits(logit, inside)
        right = ((logit > 0) == (inside > 0.5)).float().mean()
        return loss, {"right": float(right)}

    def card(self) -> dict[str, Any]:
        """The people and the network that dressed them."""
        from eigenform.avatar.networks import weights

        first = self.params.first_seed
        return {
            "kind": "points around people made by code (eigenform.avatar.synthetic)",
            "features": self.variant,
            "samples": self.params.samples,
            "seeds": [first, first + self.params.samples - 1],
            "clother": weights.read_card(weights.need("clother"))["sha256"],
        }
