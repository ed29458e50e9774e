"""The two networks: both map points to columns and can be asked at points they were not trained on."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn


class CoordinateNet(nn.Module):
    """Fourier features of the coordinates, a small MLP on them, and the features themselves beside its outputs.

    The columns are ``[1, cos(xB), sin(xB), MLP(x, cos, sin)]``. Before any training they are bandlimited random
    features, already a good basis once the last layer is solved; training moves the frequencies and the MLP.

    Parameters
    ----------
    dimension : int
        d, coordinates of a point.
    columns : int
        D, outputs.
    frequencies : int
        Columns of B, drawn from a normal law.
    bandwidth : float
        Standard deviation of B.
    hidden, layers : int
        Width and number of hidden layers.
    direct : bool
        Whether the Fourier features stand among the columns.
    """

    def __init__(
        self, dimension: int, columns: int, frequencies: int, bandwidth: float, hidden: int, layers: int, direct: bool
    ) -> None:
        super().__init__()
        self.frequencies = nn.Parameter(torch.randn(dimension, frequencies) * bandwidth)
        self.passed = min(frequencies, (columns - 1) // 4) if direct else 0
        self.direct = direct
        width = dimension + 2 * frequencies
        stack: list[nn.Module] = []
        for _ in range(layers):
            stack += [nn.Linear(width, hidden), nn.GELU()]
            width = hidden
        self.mlp = nn.Sequential(*stack, nn.Linear(width, columns - int(direct) - 2 * self.passed))

    def forward(self, points: Tensor) -> Tensor:
        """(N, d) points to (N, D) columns."""
        with torch.autocast(points.device.type, enabled=False):  # half a precision would blur the phase itself
            phase = points @ self.frequencies
            cos, sin = phase.cos(), phase.sin()
        learned = self.mlp(torch.cat([points, cos, sin], 1))
        if not self.direct:
            return learned
        constant = torch.ones_like(points[:, :1])
        return torch.cat([constant, cos[:, : self.passed], sin[:, : self.passed], learned.to(points.dtype)], 1)


class PointTransformer(nn.Module):
    """The published network: a per-point MLP, then blocks of full attention over all points (post-norm, no positions).

    Asked about points it was not trained on, it lets them attend to the context points it was trained on, which keeps
    the cost linear in the number of new points; at the context points both ways agree.

    Parameters
    ----------
    dimension, columns : int
        d and D.
    hidden, layers : int
        Width (also of the feed-forward part) and number of blocks.
    heads : int
        Attention heads.
    """

    def __init__(self, dimension: int, columns: int, hidden: int, layers: int, heads: int = 8) -> None:
        super().__init__()
        steps = [dimension, max(hidden // 8, 4), max(hidden // 2, 8), hidden]
        stack: list[nn.Module] = []
        for i, (a, b) in enumerate(itertools.pairwise(steps)):
            stack += [nn.Linear(a, b)] + ([nn.LayerNorm(b), nn.GELU()] if i < 2 else [])
        self.lift = nn.Sequential(*stack)
        heads = next(h for h in range(min(heads, hidden), 0, -1) if hidden % h == 0)
        self.blocks = nn.ModuleList(AttentionBlock(hidden, heads) for _ in range(layers))
        self.head = nn.Linear(hidden, columns)

    def forward(self, points: Tensor, context: Tensor | None = None) -> Tensor:
        """(N, d) points to (N, D) columns; keys and values come from ``context`` (C, d) where it is given."""
        tokens = self.lift(points)
        source = None if context is None else self.lift(context)
        for block in self.blocks:
            tokens, source = (
                block(tokens, tokens if source is None else source),
                (None if source is None else block(source, source)),
            )
        return self.head(tokens)


class AttentionBlock(nn.Module):
    """Attention, then a feed-forward layer of the same width, each followed by a LayerNorm of the sum."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.merge = (nn.Linear(hidden, hidden) for _ in range(4))
        self.feed = nn.Sequential(nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, hidden))
        self.norm1, self.norm2 = nn.LayerNorm(hidden), nn.LayerNorm(hidden)

    def forward(self, tokens: Tensor, source: Tensor) -> Tensor:
        """Tokens (N, h) attend to source (C, h)."""

        def split(x: Tensor) -> Tensor:
            return x.view(len(x), self.heads, -1).transpose(0, 1)[None]

        mixed = nn.functional.scaled_dot_product_attention(
            split(self.query(tokens)), split(self.key(source)), split(self.value(source))
        )
        tokens = self.norm1(tokens + self.merge(mixed[0].transpose(0, 1).reshape(len(tokens), -1)))
        return self.norm2(tokens + self.feed(tokens))


def build(config: Mapping[str, Any], seed: int) -> nn.Module:
    """A network from its JSON description; the weights depend on ``seed`` alone and no global state is touched."""
    options = {k: v for k, v in config.items() if k != "kind"}
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return {"coordinate": CoordinateNet, "transformer": PointTransformer}[config["kind"]](**options)
