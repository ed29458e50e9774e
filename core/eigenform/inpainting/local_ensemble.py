"""An implicit function over a picture: latents on a coarse grid, read at any coordinate (after LIIF).

A coordinate p reads its four nearest latent cells q and blends what a small network says of each,
``sum_q w_q MLP([latent_q, (p - q) / cell, what is known at p])``, with w_q the area of the rectangle opposite to q: the
local ensemble of Chen, Liu and Wang, Learning Continuous Image Representation with LIIF, CVPR 2021, eq. 4.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIP = 64
"""Rows of a picture that are encoded at once where nothing has to be learned from it; even."""

MARGIN = 24
"""Rows around a strip that its latents look at: more than the 18 the convolutions reach; even."""


class LocalEnsemble(nn.Module):
    """Encoder (convolutions, half resolution) and decoder (local ensemble).

    Parameters
    ----------
    channels : int
        Of the picture that is encoded.
    extra : int
        Numbers that each coordinate brings along.
    out : int
        Numbers given back.
    hidden : int
        Width.
    """

    STRIDE = 2

    def __init__(self, channels: int, extra: int, out: int, hidden: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, hidden, 3, padding=1), nn.GELU()]
        layers += [nn.Conv2d(hidden, hidden, 4, stride=2, padding=1), nn.GELU()]
        self.stem = nn.Sequential(*layers)
        self.blocks = nn.ModuleList(
            nn.Conv2d(hidden, hidden, 3, padding=d, dilation=d, padding_mode="replicate") for d in (1, 2, 4)
        )
        width = 2 * hidden
        self.decoder = nn.Sequential(
            nn.Linear(hidden + 2 + extra, width), nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, out)
        )
        last = self.decoder[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)  # so that training starts at what the caller adds the output to
        nn.init.zeros_(last.bias)

    def encode(self, picture: Tensor) -> Tensor:
        """(1, c, H, W) to latents (1, hidden, ceil(H/2), ceil(W/2)); cell (i, j) is centred at pixel (2i+.5, 2j+.5)."""
        h, w = picture.shape[-2:]
        picture = functional.pad(picture, (0, w % 2, 0, h % 2), mode="replicate")
        z = self.stem(picture)
        for block in self.blocks:
            z = z + functional.gelu(block(z))
        return z

    def encode_in_strips(self, picture: Tensor, check: Callable[[], None]) -> Tensor:
        """What :meth:`encode` gives, strip by strip with margins, so that a large picture can be interrupted."""
        h = picture.shape[-2]
        parts = []
        for top in range(0, h, STRIP):
            check()
            above, below = max(0, top - MARGIN), min(h, top + STRIP + MARGIN)
            z = self.encode(picture[..., above:below, :])
            first = (top - above) // self.STRIDE
            parts.append(z[..., first : first + -(-(min(h, top + STRIP) - top) // self.STRIDE), :])
        return torch.cat(parts, -2)

    def read(self, picture: Tensor, places: Tensor) -> Tensor:
        """(n, c) what a picture holds at ``places``, which are whole here."""
        return picture[0, :, places[:, 0].long(), places[:, 1].long()].T

    def forward(self, latents: Tensor, places: Tensor, extra: Tensor) -> Tensor:
        """What the function gives at ``places``.

        Parameters
        ----------
        latents : (1, hidden, h, w)
        places : (n, 2)
            Row and column in pixels; whole numbers are pixel centres, others lie between.
        extra : (n, e)

        Returns
        -------
        (n, out)
        """
        h, w = latents.shape[-2:]
        cell = (places - (self.STRIDE - 1) / 2) / self.STRIDE
        base = torch.floor(cell)
        result = torch.zeros((), device=latents.device)
        total = torch.zeros((), device=latents.device)
        for dy in (0, 1):
            for dx in (0, 1):
                corner = base + torch.tensor([dy, dx], device=cell.device, dtype=cell.dtype)
                offset = cell - corner
                weight = (1 - offset[:, :1].abs()) * (1 - offset[:, 1:].abs())
                row, column = corner[:, 0].long().clamp(0, h - 1), corner[:, 1].long().clamp(0, w - 1)
                latent = latents[0, :, row, column].T
                result = result + weight * self.decoder(torch.cat([latent, offset, extra], 1))
                total = total + weight
        return result / total
