"""The semantic implicit function over a surface: the embedding of a field's description, also in the hole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from eigenform.inpainting.field_graph import Graph
from eigenform.inpainting.graph_ensemble import GraphEnsemble, Layout

SPREAD = 40
"""Steps of diffusion that carry what is trusted into the hole."""

RATE = 2e-3
"""Learning rate of Adam."""


class FieldSemantics(nn.Module):
    """Surroundings and coordinates to an embedding; starts at the surroundings, spread into the hole."""

    def __init__(self, layout: Layout, dimensions: int, hidden: int) -> None:
        super().__init__()
        self.dimensions = dimensions
        coordinates = layout.offsets.shape[-1]
        self.ensemble = GraphEnsemble(layout, 2 * dimensions + 1 + coordinates, coordinates, dimensions, hidden)

    def forward(self, seen: Tensor, places: Tensor) -> Tensor:
        """(n, q) at vertices ``places``; ``seen`` comes from :func:`surroundings`."""
        q = self.dimensions
        extra = seen[places, 2 * q + 1 :]
        return seen[places, q + 1 : 2 * q + 1] + self.ensemble(self.ensemble.encode(seen), places, extra)


def surroundings(graph: Graph, embedding: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """(V, 2q + 1 + d) float32: the trusted embedding, where it is so, that spread out, and the coordinates."""
    weight = valid.astype(float)[:, None]
    shown = embedding * weight
    mean = shown.sum(0) / max(float(weight.sum()), 1.0)
    spread = graph.smooth(np.concatenate([shown, weight], 1), SPREAD)
    carried = (spread[:, :-1] + 1e-4 * mean) / (spread[:, -1:] + 1e-4)
    return np.concatenate([shown, weight, carried, graph.points], 1).astype(np.float32)


class FieldSemanticTraining:
    """Trains :class:`FieldSemantics`; a step depends on its number alone.

    Parameters
    ----------
    graph : Graph
    layout : Layout
    shown : list of (embedding, valid)
        What is seen of each exercise.
    truth : (embedding, valid)
        That of the whole field.
    hidden, seed : int
    device : str
    """

    def __init__(
        self,
        graph: Graph,
        layout: Layout,
        shown: list[tuple[np.ndarray, np.ndarray]],
        truth: tuple[np.ndarray, np.ndarray],
        hidden: int,
        seed: int,
        device: str,
    ) -> None:
        torch.manual_seed(seed)
        self.net = FieldSemantics(layout, truth[0].shape[1], hidden).to(device)
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=RATE)
        self.tasks = []
        for embedding, valid in shown:
            places = np.flatnonzero(truth[1] & ~valid)
            if len(places):
                seen = torch.as_tensor(surroundings(graph, embedding, valid), device=device)
                wanted = torch.as_tensor(truth[0][places], dtype=torch.float32, device=device)
                self.tasks.append((seen, torch.as_tensor(places, device=device), wanted))

    def step(self, number: int) -> float:
        """One gradient step in the L1 norm; the loss before it."""
        seen, places, wanted = self.tasks[number % len(self.tasks)]
        self.optimiser.zero_grad(set_to_none=True)
        loss = (self.net(seen, places) - wanted).abs().mean()
        loss.backward()
        self.optimiser.step()
        return float(loss.detach())


def embed_field(
    net: FieldSemantics,
    graph: Graph,
    embedding: np.ndarray,
    valid: np.ndarray,
    device: str,
    check: Callable[[], None],
) -> np.ndarray:
    """(V, q) float32: the provider's embedding where it is trusted, the function's elsewhere."""
    result = embedding.astype(np.float32)
    places = np.flatnonzero(~valid)
    if len(places):
        check()
        with torch.no_grad():
            seen = torch.as_tensor(surroundings(graph, embedding, valid), device=device)
            result[places] = net(seen, torch.as_tensor(places, device=device)).cpu().numpy()
    return result
