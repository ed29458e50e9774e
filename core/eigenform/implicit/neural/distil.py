"""Training on labels: distances of a grid solve, and the points themselves."""

from __future__ import annotations

import torch
from torch import Tensor

from eigenform.implicit.neural.labels import CLIP, Labels
from eigenform.implicit.neural.model import Model


class Distillation:
    """L1 on random batches of fixed labels.

    Parameters
    ----------
    train, test : Labels
        On the device.
    batch : int
        Labels a step.
    unit : float
        What errors are reported in, in the frame: the loss is theirs, so that its size does not depend on the shape.
    """

    def __init__(self, train: Labels, test: Labels, batch: int, unit: float) -> None:
        self.train, self.test, self.batch, self.unit = train, test, min(batch, len(train.where)), unit
        self.clip = CLIP if train.base is None else None

    def loss(self, model: Model, share: float, generator: torch.Generator) -> Tensor:
        """The loss of one random batch; ``share`` of the run is done."""
        index = torch.randint(len(self.train.where), (self.batch,), generator=generator)
        return self.train.rows(index.to(self.train.where.device)).error(model) / self.unit

    def held_out(self, model: Model) -> float:
        """Mean absolute error on what is held out, in the frame."""
        with torch.no_grad():
            return float(self.test.error(model, self.clip))

    def to(self, device: str | torch.device) -> None:
        """Move the labels."""
        self.train, self.test = self.train.to(device), self.test.to(device)
