"""Semantics a person painted: one code for each label; 0 says nothing."""

from __future__ import annotations

import numpy as np

from eigenform.inpainting.inputs import check_regions
from eigenform.types import Field, Image


class Labels:
    """One-hot codes of the labels, or fixed random directions where there are more labels than dimensions."""

    given_in_hole = True

    def __init__(self, value: Image | Field, dimensions: int) -> None:
        regions = check_regions(value)
        self.kinds = np.unique(regions[regions != 0])
        count = len(self.kinds)
        if count <= dimensions:
            self.codes = np.eye(count, dtype=np.float32)
        else:
            codes = np.random.default_rng(0).standard_normal((count, dimensions))
            self.codes = (codes / np.linalg.norm(codes, axis=1, keepdims=True)).astype(np.float32)

    def describe(
        self, values: np.ndarray, known: np.ndarray, regions: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The code of each place's label, and where there is one: it counts in the hole, too."""
        assert regions is not None
        valid = regions != 0
        place = np.clip(np.searchsorted(self.kinds, regions), 0, len(self.kinds) - 1)
        return np.where(valid[..., None], self.codes[place], 0).astype(np.float32), valid
