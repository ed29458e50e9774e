"""Batches from sample files that lie whole in the memory of a graphics card, which files would keep waiting."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from eigenform.avatar.networks.shards import read_entry

SHARE = 0.6
"""Of the card's free memory that samples may take."""
READERS = 4
"""Files read at once."""


def fits(files: Sequence[tuple[Path, ...]], device: str) -> bool:
    """Whether files of samples should be held on a device: a graphics card with room for all of them."""
    if device != "cuda":
        return False
    free, _ = torch.cuda.mem_get_info()
    return sum(path.stat().st_size for entry in files for path in entry) < SHARE * free


class Resident:
    """As :class:`.shards.Shards`, with all samples on a device and each epoch in a random order of all of them.

    Parameters
    ----------
    files, counts, names, seed
        As there.
    device : str
    """

    def __init__(
        self, files: Sequence[tuple[Path, ...]], counts: Sequence[int], names: Sequence[str], seed: int, device: str
    ) -> None:
        self.seed, self.total = seed, int(sum(counts))
        self._order: tuple[int, Tensor] | None = None
        starts = np.cumsum([0, *counts])
        self.arrays: dict[str, Tensor] = {}

        def read(index: int) -> None:
            for name, array in read_entry(files[index], names).items():
                value = torch.from_numpy(array)
                if index == 0:
                    self.arrays[name] = torch.empty((self.total, *value.shape[1:]), dtype=value.dtype, device=device)
                self.arrays[name][starts[index] : starts[index + 1]] = value.to(device)

        read(0)
        with ThreadPoolExecutor(READERS) as pool:
            list(pool.map(read, range(1, len(files))))

    def batch(self, step: int, size: int) -> dict[str, Tensor]:
        """The arrays of ``size`` samples; every epoch shows each sample once."""
        rows: list[Tensor] = []
        place = step * size
        while size > 0:
            epoch, within = divmod(place, self.total)
            rows.append(self._permutation(epoch)[within : within + size])
            place, size = place + len(rows[-1]), size - len(rows[-1])
        chosen = torch.cat(rows)
        return {name: array[chosen.to(array.device)] for name, array in self.arrays.items()}

    def _permutation(self, epoch: int) -> Tensor:
        if self._order is None or self._order[0] != epoch:
            order = np.random.default_rng((self.seed, epoch)).permutation(self.total)
            self._order = (epoch, torch.from_numpy(order))
        return self._order[1]
