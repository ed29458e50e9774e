"""Where semantics come from. A provider describes what is known; the semantic function carries it into the hole.

``Provider.describe(values, known, regions) -> (embedding (H, W, q) float32, valid (H, W) bool)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from eigenform.errors import InputError
from eigenform.inpainting.settings import InpaintParams
from eigenform.jobs import unwatched
from eigenform.types import Image


class Provider(Protocol):
    """Makes a dense description of a picture of which a part is missing."""

    given_in_hole: bool
    """Whether a person says what is in the hole, too, so that practice holes keep their labels."""

    def describe(
        self, values: np.ndarray, known: np.ndarray, regions: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """(H, W, q) embedding from known pixels alone, and (H, W) where it can be trusted."""
        ...


def make_provider(
    params: InpaintParams, image: Image, known: np.ndarray, check: Callable[[], None] = unwatched
) -> Provider:
    """The provider that ``params`` names, fitted to the known part of ``image``.

    Raises
    ------
    InputError
        For ``labels`` without painted regions, ``encoder`` without weights, or an unknown name.
    """
    if params.provider == "labels":
        from eigenform.inpainting.providers.labels import Labels

        return Labels(image, params.embedding)
    if params.provider == "encoder":
        from eigenform.inpainting.providers.encoder import Encoder

        return Encoder(params.weights, image, known, params.embedding, check)
    if params.provider == "statistics":
        from eigenform.inpainting.providers.statistics import Statistics

        return Statistics(np.asarray(image.pixels), known, params.embedding, check)
    raise InputError(f"There is no semantic provider {params.provider!r}; there are statistics, labels, encoder.")
