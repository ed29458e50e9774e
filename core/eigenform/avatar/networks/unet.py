"""The convolutional network of the avatar pillar: a U-Net that works on a quarter of the resolution of its input.

Pixels are folded into channels before the first convolution and out of them after the last one (space to depth), so
that no convolution runs at full resolution: on a CPU this is what makes training feasible, at no loss of output detail.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

FOLD = 4
"""Pixels along a side that become channels."""
GROUPS = 8
"""Groups of the normalisation; widths must be multiples of it."""


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, 3, padding=1),
        nn.GroupNorm(GROUPS, outputs),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    """Encoder and decoder with skips; gives maps at the resolution of the input and, where asked, coarser ones.

    Parameters
    ----------
    inputs, outputs : int
        Channels of the input and of the full-resolution output.
    coarse : int
        Channels of a second output, one pixel for each :data:`FOLD` x :data:`FOLD` of the input; 0 for none.
    widths : sequence of int
        Channels from fine to coarse; each level after the first has half the resolution of the one before.
    """

    def __init__(
        self, inputs: int, outputs: int, coarse: int = 0, widths: Sequence[int] = (64, 96, 160, 224, 256)
    ) -> None:
        super().__init__()
        self.down = nn.ModuleList()
        width = inputs * FOLD**2
        for channels in widths:
            self.down.append(_block(width, channels))
            width = channels
        self.up = nn.ModuleList()
        for channels in reversed(widths[:-1]):
            self.up.append(_block(width + channels, channels))
            width = channels
        self.fine = nn.Conv2d(width, outputs * FOLD**2, 1)
        self.coarse = nn.Conv2d(width, coarse, 1) if coarse else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """(B, outputs, S, S) and (B, coarse, S/4, S/4) of (B, inputs, S, S); S is a multiple of
        :data:`FOLD` times two for each level after the first."""
        x = functional.pixel_unshuffle(x, FOLD)
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            skips.append(x)
        for block, skip in zip(self.up, reversed(skips[:-1]), strict=True):
            x = block(torch.cat([functional.interpolate(x, scale_factor=2.0, mode="nearest"), skip], 1))
        coarse = None if self.coarse is None else self.coarse(x)
        return functional.pixel_shuffle(self.fine(x), FOLD), coarse
