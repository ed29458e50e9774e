"""Networks that read features from grids: dense ones of several resolutions, and hashed ones."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_PRIMES = (1, 2654435761, 805459861)


def _head(width: int, out: int, hidden: int, layers: int, zero: bool) -> nn.Sequential:
    """The small MLP behind the features; with ``zero`` its output starts as 0."""
    stack: list[nn.Module] = []
    for _ in range(layers):
        stack += [nn.Linear(width, hidden), nn.ReLU()]
        width = hidden
    last = nn.Linear(width, out)
    if zero:
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    return nn.Sequential(*stack, last)


class FeatureGrids(nn.Module):
    """Dense grids of features over [-1, 1]^d, read linearly, and an MLP of all features and the coordinates.

    The choice for a processor: reading is one ``grid_sample`` a grid, many times faster there than a hash table.

    Parameters
    ----------
    dimension : int
        2 or 3.
    resolutions : sequence of int
        Nodes along each axis of each grid.
    features : int
        Numbers kept at a node.
    """

    def __init__(
        self,
        dimension: int = 3,
        out: int = 1,
        hidden: int = 32,
        layers: int = 2,
        resolutions: Sequence[int] = (32, 64, 128),
        features: int = 2,
        zero: bool = False,
    ) -> None:
        super().__init__()
        self.dimension = dimension
        self.grids = nn.ParameterList(
            nn.Parameter(torch.empty(1, features, *(int(r),) * dimension).uniform_(-1e-4, 1e-4)) for r in resolutions
        )
        self.head = _head(dimension + features * len(resolutions), out, hidden, layers, zero)

    def forward(self, points: Tensor) -> Tensor:
        """(N, d) in [-1, 1] to (N, out)."""
        # grid_sample takes the last coordinate first
        where = points.flip(1).reshape(1, *(1,) * (self.dimension - 1), len(points), self.dimension)
        read = [
            nn.functional.grid_sample(g, where, align_corners=True, padding_mode="border").reshape(g.shape[1], -1).T
            for g in self.grids
        ]
        return self.head(torch.cat([points, *read], 1))


class HashGrids(nn.Module):
    """Hashed grids of features (Müller et al., Instant Neural Graphics Primitives, 2022) in plain torch.

    Parameters
    ----------
    levels : int
        Grids, from ``coarse`` to ``fine`` nodes along each axis in geometric steps.
    table : int
        log2 of the entries of a level. A level with no more nodes than that is kept densely.
    """

    def __init__(
        self,
        dimension: int = 3,
        out: int = 1,
        hidden: int = 64,
        layers: int = 2,
        levels: int = 16,
        coarse: int = 16,
        fine: int = 1024,
        table: int = 19,
        features: int = 2,
        zero: bool = False,
    ) -> None:
        super().__init__()
        growth = (fine / coarse) ** (1 / max(1, levels - 1))
        self.resolutions = [max(2, round(coarse * growth**i)) for i in range(levels)]
        sizes = [min(2**table, r**dimension) for r in self.resolutions]
        self.tables = nn.ParameterList(nn.Parameter(torch.empty(s, features).uniform_(-1e-4, 1e-4)) for s in sizes)
        self.head = _head(dimension + levels * features, out, hidden, layers, zero)
        corners = torch.cartesian_prod(*[torch.arange(2)] * dimension).reshape(-1, dimension)
        self.register_buffer("corners", corners, persistent=False)

    def forward(self, points: Tensor) -> Tensor:
        """(N, d) in [-1, 1] to (N, out)."""
        unit = (points.clamp(-1, 1) + 1) / 2
        corners: Tensor = self.corners  # type: ignore[assignment]
        read = []
        for nodes, table in zip(self.resolutions, self.tables, strict=True):
            scaled = unit * (nodes - 1)
            low = scaled.detach().floor().clamp(0, nodes - 2)
            part = (scaled - low)[:, None]
            weight = torch.where(corners.bool(), part, 1 - part).prod(2)
            index = self._index(low.long()[:, None] + corners, nodes, len(table))
            read.append((table[index] * weight[:, :, None]).sum(1))
        return self.head(torch.cat([points, *read], 1))

    @staticmethod
    def _index(node: Tensor, nodes: int, size: int) -> Tensor:
        """Row in the table of nodes (N, 2^d, d)."""
        dimension = node.shape[2]
        if nodes**dimension <= size:
            found = node[..., 0]
            for axis in range(1, dimension):
                found = found * nodes + node[..., axis]
            return found
        found = node[..., 0] * _PRIMES[0]
        for axis in range(1, dimension):
            found = found ^ (node[..., axis] * _PRIMES[axis])
        return found % size
