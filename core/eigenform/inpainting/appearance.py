"""The appearance implicit function (AIR): colours at any coordinate, given appearance features and the embedding.

At a coordinate it reads the local ensemble of latents and returns how to weigh the guesses there, and what to add to
them. It starts at the weights that the guesses' own errors on practice holes suggest, so that training is only kept
where it improves on that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

RESIDUAL = 0.2
"""Scale of what the network adds to the weighed guesses, for values between 0 and 1."""


@dataclass
class Sheet:
    """One exercise as tensors.

    Attributes
    ----------
    planes : Tensor
        What the function reads: masked values, mask, guesses, notes, embedding, as its ensemble wants them.
    places : Tensor
        Where values are asked for.
    wanted : (n, C) Tensor
        The values there.
    """

    planes: Tensor
    places: Tensor
    wanted: Tensor


class Appearance(nn.Module):
    """Values at coordinates.

    Parameters
    ----------
    ensemble : nn.Module
        With ``encode(planes)``, ``encode_in_strips(planes, check)``, ``read(planes, places)`` and
        ``forward(latents, places, extra)`` that returns ``guesses + channels`` numbers; see
        :class:`~eigenform.inpainting.local_ensemble.LocalEnsemble`.
    channels, guesses : int
        Numbers of value channels and of guesses. The planes are the masked values, the mask, the guesses one after
        another, and what else is known.
    prior : (guesses,) array
        Logarithms of the weights that training starts from.
    """

    def __init__(self, ensemble: nn.Module, channels: int, guesses: int, prior: np.ndarray) -> None:
        super().__init__()
        self.ensemble, self.channels, self.guesses = ensemble, channels, guesses
        self.prior: Tensor
        self.register_buffer("prior", torch.as_tensor(prior, dtype=torch.float32))

    def forward(self, planes: Tensor, places: Tensor) -> Tensor:
        """(n, channels) at ``places``."""
        return self.blend(self.ensemble.encode(planes), planes, places)  # type: ignore[operator]

    def proposals(self, planes: Tensor, places: Tensor) -> Tensor:
        """(n, guesses, channels) what the guesses say at ``places``."""
        return self._split(self.ensemble.read(planes, places)[:, self.channels + 1 :])  # type: ignore[operator]

    def blend(self, latents: Tensor, planes: Tensor, places: Tensor) -> Tensor:
        """(n, channels) at ``places``, from latents that are encoded already."""
        extra = self.ensemble.read(planes, places)[:, self.channels + 1 :]  # type: ignore[operator]
        given = self.ensemble(latents, places, extra)
        share = torch.softmax(self.prior + 4 * given[:, : self.guesses], 1)
        return (share[..., None] * self._split(extra)).sum(1) + RESIDUAL * given[:, self.guesses :]

    def _split(self, extra: Tensor) -> Tensor:
        """The guesses among what is known at each place."""
        return extra[:, : self.guesses * self.channels].reshape(-1, self.guesses, self.channels)


def prior_of(errors: np.ndarray) -> np.ndarray:
    """Log-weights from mean squared errors: a guess with twice the error weighs a quarter."""
    return -2 * np.log(np.maximum(errors, 1e-9) / max(float(errors.min()), 1e-9))


def render(net: Appearance, planes: Tensor, places: Tensor, check: Callable[[], None]) -> np.ndarray:
    """(n, C) float32 values, computed in blocks; the latents are encoded once."""
    found = []
    with torch.no_grad():
        latents = net.ensemble.encode_in_strips(planes, check)  # type: ignore[operator]
        for a in range(0, len(places), 8192):
            check()
            found.append(net.blend(latents, planes, places[a : a + 8192]).cpu().numpy())
    return np.concatenate(found)
