"""One place that makes the untrained module of each network from the architecture that its card names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from eigenform.avatar.networks.lifter import LifterNetwork
from eigenform.avatar.networks.occupancy import OccupancyNetwork
from eigenform.avatar.networks.unet import UNet

MASK, KEYPOINTS = 1, 23
CLOTHER_INPUTS, CLOTHER_OUTPUTS = 12, 9
"""Inputs: colour 3, body normals 6, body depths 2, mask 1. Outputs: normals 6, offsets 2, mask 1."""


def build(name: str, architecture: Mapping[str, Any]) -> nn.Module:
    """The module called ``name``, untrained."""
    if name == "finder":
        return UNet(3, MASK, KEYPOINTS, **architecture)
    if name == "clother":
        return UNet(CLOTHER_INPUTS, CLOTHER_OUTPUTS, **architecture)
    if name == "lifter":
        return LifterNetwork(**architecture)
    return OccupancyNetwork(**architecture)
