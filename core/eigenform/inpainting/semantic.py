"""The semantic implicit function (SIR): an embedding at every coordinate, also where the picture is missing.

It is trained on practice holes: from what is left it tells the embedding of what was hidden, in the L1 norm. Zhang et
al., SAIR: Learning Semantic-aware Implicit Representation, ECCV 2024, arXiv 2310.09285.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from eigenform.inpainting.exercises import Exercise
from eigenform.inpainting.local_ensemble import LocalEnsemble
from eigenform.inpainting.providers import Provider
from eigenform.inpainting.settings import InpaintParams

Described = tuple[np.ndarray, np.ndarray]
"""An embedding (H, W, q) and where it is to be trusted (H, W)."""

RATE = 2e-3
"""Learning rate of Adam."""

BLURS = (4.0, 12.0)
"""Standard deviations, in pixels, over which trusted embeddings are spread into the hole."""

OCTAVES = 3
"""Fourier features of the coordinates: few, so that places are told apart no finer than regions are."""


class Semantics(nn.Module):
    """Coordinates and surroundings to an embedding; starts at the blurred surroundings."""

    def __init__(self, dimensions: int, hidden: int) -> None:
        super().__init__()
        self.dimensions = dimensions
        self.function = LocalEnsemble(dimensions * (1 + len(BLURS)) + 1, 4 * OCTAVES, dimensions, hidden)

    def forward(self, seen: Tensor, places: Tensor, coordinates: Tensor) -> Tensor:
        """Embedding (n, q) at ``places``; ``seen`` comes from :func:`surroundings`."""
        return self.at(self.function.encode(seen), seen, places, coordinates)

    def at(self, latents: Tensor, seen: Tensor, places: Tensor, coordinates: Tensor) -> Tensor:
        """The same from latents that are encoded already."""
        near = seen[0, self.dimensions + 1 : 2 * self.dimensions + 1]
        start = near[:, places[:, 0].long(), places[:, 1].long()].T
        return start + self.function(latents, places, coordinates)


def surroundings(embedding: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """(3q + 1, H, W) float32: the trusted embedding, where it is trusted, and that spread over two distances."""
    from scipy.ndimage import gaussian_filter

    weight = valid.astype(np.float64)
    parts = [np.where(valid[..., None], embedding, 0), weight[..., None]]
    total = weight.sum()
    coarse = (embedding * weight[..., None]).sum((0, 1)) / max(total, 1.0)
    for sigma in BLURS[::-1]:
        # what few trusted places speak for leans on the next coarser blur
        norm = gaussian_filter(weight, sigma)[..., None] + 1e-3
        spread = gaussian_filter(embedding * weight[..., None], (sigma, sigma, 0)) + 1e-3 * coarse
        coarse = spread / norm
        parts.insert(2, coarse)
    return np.moveaxis(np.concatenate(parts, -1), -1, 0).astype(np.float32)


def coordinates_of(places: np.ndarray, corner: tuple[int, int], whole: tuple[int, int]) -> np.ndarray:
    """(n, 4 OCTAVES) float32 Fourier features of places, in the frame of the whole picture."""
    unit = (places + np.array(corner)) / np.array(whole) - 0.5
    angles = np.pi * unit[:, :, None] * 2.0 ** np.arange(OCTAVES)
    return np.concatenate([np.sin(angles), np.cos(angles)], -1).reshape(len(places), -1).astype(np.float32)


class SemanticTraining:
    """Trains :class:`Semantics` on the exercises; a step depends on its number alone."""

    def __init__(
        self, exercises: list[Exercise], shown: list[Described], provider: Provider, params: InpaintParams, device: str
    ) -> None:
        dimensions = shown[0][0].shape[-1]
        torch.manual_seed(params.seed)
        self.net = Semantics(dimensions, params.hidden).to(device)
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=RATE)
        self.device, self.seed = device, params.seed
        self.tasks = []
        for exercise, (seen, trusted) in zip(exercises, shown, strict=False):
            embedding, valid = provider.describe(exercise.values, exercise.real, exercise.truth)
            places = np.argwhere(valid & ~trusted)
            if not len(places):
                continue
            self.tasks.append(
                (
                    self._tensor(surroundings(seen, trusted))[None],
                    self._tensor(places),
                    self._tensor(coordinates_of(places, exercise.corner, exercise.whole)),
                    self._tensor(embedding[places[:, 0], places[:, 1]]),
                )
            )

    def _tensor(self, x: np.ndarray) -> Tensor:
        return torch.as_tensor(np.ascontiguousarray(x), dtype=torch.float32, device=self.device)

    @property
    def needed(self) -> bool:
        """Whether there is anything to learn."""
        return bool(self.tasks)

    def step(self, number: int) -> float:
        """One gradient step; the loss before it."""
        seen, places, coordinates, wanted = self.tasks[number % len(self.tasks)]
        if len(places) > 2048:
            pick = np.random.default_rng([self.seed, 3, number]).choice(len(places), 2048, replace=False)
            index = torch.as_tensor(pick, device=self.device)
            places, coordinates, wanted = places[index], coordinates[index], wanted[index]
        self.optimiser.zero_grad(set_to_none=True)
        loss = (self.net(seen, places, coordinates) - wanted).abs().mean()
        loss.backward()
        self.optimiser.step()
        return float(loss.detach())


def embed(
    net: Semantics,
    embedding: np.ndarray,
    valid: np.ndarray,
    corner: tuple[int, int],
    whole: tuple[int, int],
    device: str,
    check: Callable[[], None],
) -> np.ndarray:
    """(H, W, q) float32: the provider's embedding where it is trusted, the function's elsewhere."""
    places = np.argwhere(~valid)
    result = embedding.copy()
    if len(places):
        seen = torch.as_tensor(surroundings(embedding, valid), device=device)[None]
        with torch.no_grad():
            latents = net.function.encode_in_strips(seen, check)
            for a in range(0, len(places), 8192):
                check()
                block = places[a : a + 8192]
                found = net.at(
                    latents,
                    seen,
                    torch.as_tensor(block, dtype=torch.float32, device=device),
                    torch.as_tensor(coordinates_of(block, corner, whole), device=device),
                )
                result[block[:, 0], block[:, 1]] = found.cpu().numpy()
    return result
