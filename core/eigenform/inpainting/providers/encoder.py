"""Semantics from an image encoder whose weights the person points to; none are shipped or downloaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.jobs import unwatched
from eigenform.types import Image

SUPPORT = 0.5
"""The share of a patch that must be known for its feature to be trusted."""


class Encoder:
    """Principal components of the encoder's dense features, each of unit variance over the known part.

    Parameters
    ----------
    weights : str
        Path of the safetensors file; see :mod:`eigenform.inpainting.providers.vision_transformer`.
    image : Image
    known : (H, W) bool
    dimensions : int
    check : callable

    Raises
    ------
    InputError
        Where no file is named or it cannot be used.
    """

    given_in_hole = False

    def __init__(
        self,
        weights: str,
        image: Image,
        known: np.ndarray,
        dimensions: int,
        check: Callable[[], None] = unwatched,
    ) -> None:
        from eigenform.inpainting.providers.vision_transformer import VisionTransformer

        if not weights:
            raise InputError("The encoder needs a file of weights (safetensors, CLIP ViT-B/16); point to one.")
        if not Path(weights).is_file():
            raise InputError(f"There is no file {weights} with the encoder's weights.")
        self.check = check
        self.network = VisionTransformer(weights)
        raw, valid = self._features(np.asarray(image.pixels), known)
        rows = raw[valid & known] if (valid & known).any() else raw[known]
        self.mean = rows.mean(0)
        power, directions = np.linalg.eigh(np.cov(rows.T.astype(np.float64)).reshape(rows.shape[1], -1))
        kept = np.arange(len(power))[::-1][:dimensions]
        self.basis = directions[:, kept] / np.sqrt(np.maximum(power[kept], 1e-6 * max(float(power[-1]), 1e-12)))

    def describe(
        self, values: np.ndarray, known: np.ndarray, regions: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The components at every pixel, and where most of the encoder's patch is known."""
        raw, valid = self._features(values, known)
        found = np.clip((raw - self.mean) @ self.basis, -5, 5)
        return np.where(valid[..., None], found, 0).astype(np.float32), valid

    def _features(self, values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(H, W, outputs) bilinear between patches, and where to trust them; the hole is shown in the mean colour."""
        import torch
        from torch.nn import functional

        shown = np.where(known[..., None], values, values[known].mean(0))
        shown = np.repeat(shown, 3, -1) if shown.shape[-1] == 1 else shown
        dense = torch.from_numpy(np.moveaxis(self.network.dense(shown, self.check), -1, 0)[None])
        size = known.shape
        spread = functional.interpolate(dense, size, mode="bilinear", align_corners=False)[0]
        weight = torch.from_numpy(known.astype(np.float32))[None, None]
        share = functional.interpolate(
            functional.adaptive_avg_pool2d(weight, self.network.grid), size, mode="bilinear", align_corners=False
        )
        return np.moveaxis(spread.numpy(), 0, -1), share[0, 0].numpy() > SUPPORT
