"""Networks of a surface in photographs: the published MLPs, and dense feature grids that a CPU can train.

All work in the unit sphere of the region. A field gives ``(values (N,), features (N, G), gradients (N, 3) or None)``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eigenform.implicit.photographs.trilinear import corners, interpolate

BETA = 100.0
"""Of the softplus of the fields: nearly a ramp, but with a continuous derivative."""

FIELD_FEATURES = 15
"""Features a grid field hands to the colours (the published MLP hands 256)."""


def encode(x: Tensor, octaves: int) -> Tensor:
    """``x`` (N, d) followed by sines and cosines of ``2^i x``: (N, d (1 + 2 octaves))."""
    if not octaves:
        return x
    waves = (x[:, None, :] * 2.0 ** torch.arange(octaves, device=x.device, dtype=x.dtype)[:, None]).flatten(1)
    return torch.cat([x, waves.sin(), waves.cos()], dim=1)


class MlpField(nn.Module):
    """NeuS's field: ``layers`` softplus layers with weight normalisation, a skip connection, geometric initialisation.

    The initial zero level is about the sphere of radius ``bias`` (Atzmon and Lipman, SAL, 2020).
    """

    def __init__(self, hidden: int, layers: int, octaves: int, bias: float, features: int) -> None:
        super().__init__()
        self.octaves, self.features = octaves, features
        self.skip = layers // 2
        width = 3 + 6 * octaves
        ins = [width] + [hidden] * layers
        outs = [hidden] * layers + [1 + features]
        if layers > 1:
            outs[self.skip - 1] = hidden - width
            if outs[self.skip - 1] < 1:
                raise ValueError(f"hidden layers of {hidden} are too narrow for {width} encoded coordinates")
        made = []
        for i, (a, b) in enumerate(zip(ins, outs, strict=True)):
            layer = nn.Linear(a, b)
            nn.init.zeros_(layer.bias)
            if i == layers:
                nn.init.normal_(layer.weight, math.sqrt(math.pi) / math.sqrt(a), 1e-4)
                nn.init.constant_(layer.bias, -bias)
            else:
                nn.init.normal_(layer.weight, 0.0, math.sqrt(2 / b))
                if octaves and i == 0:
                    nn.init.zeros_(layer.weight[:, 3:])
                elif octaves and i == self.skip:
                    nn.init.zeros_(layer.weight[:, -(width - 3) :])
            made.append(nn.utils.parametrizations.weight_norm(layer))
        self.layers = nn.ModuleList(made)

    def _forward(self, x: Tensor) -> Tensor:
        coded = encode(x, self.octaves)
        h = coded
        for i, layer in enumerate(self.layers):
            if i == self.skip and i > 0 and len(self.layers) > 2:
                h = torch.cat([h, coded], dim=1) / math.sqrt(2)
            h = layer(h)
            if i < len(self.layers) - 1:
                h = F.softplus(h, BETA)
        return h

    def forward(self, x: Tensor, gradient: bool = False) -> tuple[Tensor, Tensor, Tensor | None]:
        """Values, features and, where asked for, analytic gradients at ``x``, which becomes their leaf."""
        if not gradient:
            out = self._forward(x)
            return out[:, 0], out[:, 1:], None
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            out = self._forward(x)
            slope = torch.autograd.grad(out[:, 0].sum(), x, create_graph=self.training)[0]
        return out[:, 0], out[:, 1:], slope


class GridField(nn.Module):
    """A start field on a grid plus what feature grids and a small MLP add to it; the sum starts as the start field.

    Values and their three derivatives pass through the layers together (forward mode), so that training on gradients
    costs no second derivative.

    Parameters
    ----------
    sides : sequence of int
        Nodes along a side of each feature grid, over the cube around ``centre`` with half side ``half``.
    base_side : int
        Nodes of the start field.
    gain : float
        Factor of the result: an occupancy wants a steeper field than a distance.
    """

    last: nn.Linear
    base: Tensor
    centre: Tensor

    def __init__(
        self,
        sides: list[int],
        features: int,
        hidden: int,
        layers: int,
        base_side: int,
        centre: list[float],
        half: float,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.sides, self.reach, self.base_side, self.gain = list(sides), float(half), base_side, float(gain)
        self.features = FIELD_FEATURES
        self.register_buffer("centre", torch.tensor(centre, dtype=torch.float32))
        self.register_buffer("base", torch.zeros(base_side**3, 1))
        self.tables = nn.ParameterList(torch.empty(s**3, features).uniform_(-1e-4, 1e-4) for s in sides)
        width = 3 + features * len(sides)
        self.layers = nn.ModuleList(nn.Linear(width if i == 0 else hidden, hidden) for i in range(layers))
        self.last = nn.Linear(hidden, 1 + FIELD_FEATURES)
        with torch.no_grad():
            self.last.weight[0].zero_()
            self.last.bias.zero_()

    def forward(self, x: Tensor, gradient: bool = False) -> tuple[Tensor, Tensor, Tensor | None]:
        """Values, features and, where asked for, gradients; outside of the cube the value at its side plus the way."""
        local = (x - self.centre) / self.reach
        inside = local.clamp(-1.0, 1.0)
        share = 0.5 * (inside + 1.0)
        parts = [self._coordinates(inside, gradient)]
        start = interpolate(self.base, corners(share, self.base_side, 0.5 / self.reach, gradient))
        parts += [
            interpolate(table, corners(share, side, 0.5 / self.reach, gradient))
            for table, side in zip(self.tables, self.sides, strict=True)
        ]
        h = torch.cat(parts, dim=2)
        for layer in self.layers:
            assert isinstance(layer, nn.Linear)
            z = h @ layer.weight.T
            top = z[:, :1] + layer.bias
            h = F.softplus(top, BETA)
            if gradient:
                h = torch.cat([h, torch.sigmoid(BETA * top) * z[:, 1:]], dim=1)
        features = h[:, 0] @ self.last.weight[1:].T + self.last.bias[1:]
        value = h @ self.last.weight[0] + start[:, :, 0]
        beyond = (local - inside) * self.reach
        way = beyond.norm(dim=1)
        out = value[:, 0] + self.last.bias[0] + way
        if not gradient:
            return self.gain * out, features, None
        slope = torch.where(beyond != 0, beyond / way.clamp_min(1e-9)[:, None], value[:, 1:])
        return self.gain * out, features, self.gain * slope

    def _coordinates(self, inside: Tensor, gradient: bool) -> Tensor:
        """The coordinates and, where asked for, their derivatives: (N, 1 or 4, 3)."""
        if not gradient:
            return inside[:, None]
        identity = torch.eye(3, device=inside.device, dtype=inside.dtype) / self.reach
        return torch.cat([inside[:, None], identity.expand(len(inside), 3, 3)], dim=1)


class Colour(nn.Module):
    """Colour of a point seen from a direction: point, direction (4 octaves), gradient of the field and its features."""

    def __init__(self, features: int, hidden: int, layers: int, squash: str) -> None:
        super().__init__()
        widths = [3 + 27 + 3 + features] + [hidden] * layers
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(widths))
        self.last = nn.Linear(hidden, 3)
        self.squash = squash

    def forward(self, x: Tensor, direction: Tensor, gradient: Tensor, features: Tensor) -> Tensor:
        """(N, 3) in [0, 1]."""
        h = torch.cat([x, encode(direction, 4), gradient, features], dim=1)
        for layer in self.hidden:
            h = torch.relu(layer(h))
        h = self.last(h)
        return torch.sigmoid(h) if self.squash == "sigmoid" else 0.5 * torch.tanh(h) + 0.5


class Outside(nn.Module):
    """What lies outside of the region: a radiance field of the inverted sphere (NeRF++), ``(x / r, 1 / r)``."""

    def __init__(self, hidden: int, layers: int) -> None:
        super().__init__()
        self.skip = layers // 2
        width = 4 * (1 + 20)
        self.layers = nn.ModuleList(
            nn.Linear(width if i == 0 else hidden + (width if i == self.skip else 0), hidden) for i in range(layers)
        )
        self.density = nn.Linear(hidden, 1)
        self.mix = nn.Linear(hidden + 27, hidden // 2)
        self.colour = nn.Linear(hidden // 2, 3)

    def forward(self, x: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
        """Density (N,) and colour (N, 3) at (N, 4) points."""
        coded = encode(x, 10)
        h = coded
        for i, layer in enumerate(self.layers):
            h = torch.relu(layer(torch.cat([h, coded], dim=1) if i == self.skip and i else h))
        mixed = torch.relu(self.mix(torch.cat([h, encode(direction, 4)], dim=1)))
        return F.softplus(self.density(h)[:, 0] - 1), torch.sigmoid(self.colour(mixed))


class Sharpness(nn.Module):
    """NeuS's single scalar ``v``: the sharpness of the surface is ``exp(10 v)``."""

    def __init__(self, start: float = 0.3) -> None:
        super().__init__()
        self.v = nn.Parameter(torch.tensor(float(start)))

    def forward(self) -> Tensor:
        """The sharpness, at most 1e6."""
        return torch.exp(10 * self.v).clamp(1e-6, 1e6)


def build_field(config: Mapping[str, Any]) -> MlpField | GridField:
    """The field that ``config`` (JSON) describes, untrained."""
    values = {k: v for k, v in config.items() if k != "kind"}
    return GridField(**values) if config["kind"] == "grid" else MlpField(**values)


def arrays_of(module: nn.Module, prefix: str) -> dict[str, np.ndarray]:
    """Copies of a module's tensors as arrays named ``prefix.NAME``."""
    return {f"{prefix}.{k}": v.detach().cpu().numpy().copy() for k, v in module.state_dict().items()}


def load_arrays(module: nn.Module, arrays: Mapping[str, np.ndarray], prefix: str) -> None:
    """Take up what :func:`arrays_of` gave."""
    start = f"{prefix}."
    module.load_state_dict(
        {k[len(start) :]: torch.from_numpy(np.array(v)) for k, v in arrays.items() if k.startswith(start)}
    )
