"""The network of the implicit route: features of a point to the logit of its being inside the clothes.

After ICON (Xiu et al., CVPR 2022, section 3.3): the features are local to the point, so that the network cannot learn
poses by heart. ``icon7`` is fed the published seven numbers, ``occupancy`` ours
(:mod:`eigenform.avatar.surface.features`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

CHUNK = 65536
"""Points evaluated at once."""


class OccupancyNetwork(nn.Module):
    """A perceptron whose input is concatenated again before its inner layers, as published.

    Parameters
    ----------
    inputs : int
        Numbers that describe a point.
    widths : sequence of int
        Of the hidden layers.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, inputs: int = 7, widths: Sequence[int] = (192, 128, 64)) -> None:
        super().__init__()
        self.inputs = inputs
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.layers = nn.ModuleList()
        width = inputs
        for level, hidden in enumerate(widths):
            self.layers.append(nn.Linear(width if level == 0 else width + inputs, hidden))
            width = hidden
        self.last = nn.Linear(width, 1)

    def forward(self, features: Tensor) -> Tensor:
        """(N,) logits of (N, inputs) features; positive inside."""
        x = first = (features - self.mean) / self.scale
        for level, layer in enumerate(self.layers):
            x = nn.functional.leaky_relu(layer(x if level == 0 else torch.cat([x, first], 1)), 0.01)
        return self.last(x).squeeze(1)


def logits(network: OccupancyNetwork, features: np.ndarray) -> np.ndarray:
    """(N,) float32 logits of (N, inputs) features, in chunks; 0 is the surface, positive inside."""
    device = network.last.weight.device
    parts = []
    with torch.no_grad():
        for start in range(0, len(features), CHUNK):
            chunk = torch.as_tensor(np.asarray(features[start : start + CHUNK], np.float32), device=device)
            parts.append(network(chunk).cpu().numpy())
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
