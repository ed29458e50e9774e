"""An implicit function over a surface: latents at sites spread over it, read at any point by a local ensemble.

The analogue on meshes and clouds of :mod:`eigenform.inpainting.local_ensemble`: a point reads its nearest sites q and
blends ``MLP([latent_q, (p - q) / spacing, what is known at p])`` with weights that fall with the distance.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from eigenform.geometry.neighbours import knn
from eigenform.geometry.sampling import farthest_points
from eigenform.inpainting.field_graph import Graph

SITES = 1500
"""Latent sites, at most; about a quarter of the vertices of a small shape."""

ROUNDS = 3
"""Rounds of passing messages between neighbours."""


class GraphEnsemble(nn.Module):
    """Encoder (messages between neighbours, pooled at sites) and decoder (local ensemble of four sites).

    Parameters
    ----------
    layout : Layout
        Sites and neighbours of the shape.
    channels, extra, out, hidden : int
        As in :class:`~eigenform.inpainting.local_ensemble.LocalEnsemble`.
    """

    def __init__(self, layout: Layout, channels: int, extra: int, out: int, hidden: int) -> None:
        super().__init__()
        self.layout = layout
        self.stem = nn.Linear(channels, hidden)
        self.rounds = nn.ModuleList(nn.Linear(2 * hidden, hidden) for _ in range(ROUNDS))
        width = 2 * hidden
        dimension = layout.offsets.shape[-1]
        self.decoder = nn.Sequential(
            nn.Linear(hidden + dimension + extra, width),
            nn.GELU(),
            nn.Linear(width, width),
            nn.GELU(),
            nn.Linear(width, out),
        )
        last = self.decoder[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def __deepcopy__(self, memo: dict) -> GraphEnsemble:
        """The layout is shared between copies: it is large and never changes."""
        made = GraphEnsemble.__new__(GraphEnsemble)
        nn.Module.__init__(made)
        made.layout = self.layout
        for name, child in self.named_children():
            setattr(made, name, copy.deepcopy(child, memo))
        return made

    def encode(self, planes: Tensor) -> Tensor:
        """(V, c) to latents (sites, hidden)."""
        z = functional.gelu(self.stem(planes))
        for layer in self.rounds:
            near = torch.sparse.mm(self.layout.diffusion, z)
            z = z + functional.gelu(layer(torch.cat([z, near], 1)))
        return torch.sparse.mm(self.layout.pooling, z)

    def encode_in_strips(self, planes: Tensor, check: Callable[[], None]) -> Tensor:
        """What :meth:`encode` gives; a surface is encoded at once."""
        check()
        return self.encode(planes)

    def read(self, planes: Tensor, places: Tensor) -> Tensor:
        """(n, c) what is known at vertices ``places``."""
        return planes[places]

    def forward(self, latents: Tensor, places: Tensor, extra: Tensor) -> Tensor:
        """(n, out) at vertices ``places`` (n,) int64."""
        near, offsets, weights = (x[places] for x in (self.layout.near, self.layout.offsets, self.layout.weights))
        result = torch.zeros((), device=latents.device)
        for i in range(near.shape[1]):
            given = self.decoder(torch.cat([latents[near[:, i]], offsets[:, i], extra], 1))
            result = result + weights[:, i : i + 1] * given
        return result


class Layout:
    """Where the sites are and which vertices read them; the same for all networks of a shape."""

    def __init__(self, graph: Graph, device: str, check: Callable[[], None]) -> None:
        points = graph.points
        sites = farthest_points(points, int(np.clip(len(points) // 4, 4, SITES)), check=check)
        distance, near = knn(points[sites], min(4, len(sites)), points, check)
        spacing = float(np.median(distance[:, -1])) or 1.0
        offsets = (points[:, None] - points[sites][near]) / spacing
        weights = np.exp(-2 * (distance / np.maximum(distance[:, -1:], 1e-9)) ** 2)
        weights /= weights.sum(1, keepdims=True)
        owner, count = near[:, 0], np.bincount(near[:, 0], minlength=len(sites))
        rows = np.stack([owner, np.arange(len(points))])
        self.near = torch.as_tensor(near, dtype=torch.int64, device=device)
        self.offsets = torch.as_tensor(offsets, dtype=torch.float32, device=device)
        self.weights = torch.as_tensor(weights, dtype=torch.float32, device=device)
        self.pooling = torch.sparse_coo_tensor(
            torch.as_tensor(rows),
            torch.as_tensor(1 / np.maximum(count, 1)[owner], dtype=torch.float32),
            (len(sites), len(points)),
            check_invariants=True,
        ).to(device)
        step = graph.diffusion.tocoo()
        self.diffusion = torch.sparse_coo_tensor(
            torch.as_tensor(np.stack([step.row, step.col]).astype(np.int64)),
            torch.as_tensor(step.data, dtype=torch.float32),
            step.shape,
            check_invariants=True,
        ).to(device)
