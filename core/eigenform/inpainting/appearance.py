"""The appearance implicit function (AIR): colours at any coordinate, given appearance features and the embedding.

At a coordinate it reads the local ensemble of latents and returns how to weigh the guesses there, and what to add to
them. It starts at the weights that the guesses' own errors on practice holes suggest, so that training can only be kept
where it improves on that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from eigenform.inpainting.guesses import Guesses
from eigenform.inpainting.local_ensemble import LocalEnsemble

RESIDUAL = 0.2
"""Scale of what the network adds to the weighed guesses."""


class Appearance(nn.Module):
    """Colours at coordinates from a picture's planes.

    Parameters
    ----------
    colours, guesses, notes, embedding : int
        Numbers of colour channels, guesses, notes and embedding dimensions.
    hidden : int
    prior : (guesses,) array
        Logarithms of the weights that training starts from.
    """

    def __init__(self, colours: int, guesses: int, notes: int, embedding: int, hidden: int, prior: np.ndarray) -> None:
        super().__init__()
        self.colours, self.guesses = colours, guesses
        extra = guesses * colours + notes + embedding
        self.function = LocalEnsemble(colours + 1 + extra, extra, guesses + colours, hidden)
        self.prior: Tensor
        self.register_buffer("prior", torch.as_tensor(prior, dtype=torch.float32))

    def forward(self, planes: Tensor, places: Tensor) -> Tensor:
        """(n, colours) at whole ``places`` (n, 2) of ``planes`` from :func:`planes_of`."""
        rows, columns = places[:, 0].long(), places[:, 1].long()
        extra = planes[0, self.colours + 1 :, rows, columns].T
        return self.blend(self.function.encode(planes), places, extra)

    def blend(self, latents: Tensor, places: Tensor, extra: Tensor) -> Tensor:
        """(n, colours) from latents and what is known at each place."""
        given = self.function(latents, places, extra)
        share = torch.softmax(self.prior + 4 * given[:, : self.guesses], 1)
        proposals = extra[:, : self.guesses * self.colours].reshape(-1, self.guesses, self.colours)
        return (share[..., None] * proposals).sum(1) + RESIDUAL * given[:, self.guesses :]


@dataclass
class Sheet:
    """One exercise as tensors: its planes, the places asked for, and their colours."""

    planes: Tensor
    places: Tensor
    wanted: Tensor


def planes_of(values: np.ndarray, known: np.ndarray, guesses: Guesses, embedding: np.ndarray) -> np.ndarray:
    """(1, c, H, W) float32: masked colours, mask, guesses, notes, embedding."""
    n, h, w, colours = guesses.values.shape
    stacked = np.moveaxis(guesses.values, 0, 2).reshape(h, w, n * colours)
    shown = np.where(known[..., None], values, 0)
    parts = [shown, known[..., None], stacked, guesses.notes, 0.5 * embedding]
    return np.moveaxis(np.concatenate(parts, -1), -1, 0)[None].astype(np.float32)


def prior_of(errors: np.ndarray) -> np.ndarray:
    """Log-weights from mean squared errors: a guess twice as wrong weighs a quarter."""
    return -2 * np.log(np.maximum(errors, 1e-9) / max(float(errors.min()), 1e-9))


def render(net: Appearance, planes: Tensor, places: Tensor, check) -> np.ndarray:
    """(n, C) float32 colours, computed in blocks; the latents are encoded once."""
    found = []
    with torch.no_grad():
        latents = net.function.encode(planes)
        for a in range(0, len(places), 8192):
            check()
            block = places[a : a + 8192]
            extra = planes[0, net.colours + 1 :, block[:, 0].long(), block[:, 1].long()].T
            found.append(net.blend(latents, block, extra).cpu().numpy())
    return np.concatenate(found)
