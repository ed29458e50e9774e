"""Batches from a folder of sample files, in an order that depends on the seed and the step alone.

Only a few files are held in memory: an epoch takes the files in random order, a handful at a time, and the samples of a
handful in random order.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

HANDFUL = 8
"""Files in memory at once."""


class Shards:
    """Samples in files with equally named arrays whose first axis counts samples.

    Parameters
    ----------
    files : sequence of (path, ...)
        The arrays of the files of one entry belong together: a file of samples and what was derived from it.
    counts : sequence of int
        Samples in each entry.
    names : sequence of str
        Arrays that are wanted.
    seed : int
    """

    def __init__(
        self, files: Sequence[tuple[Path, ...]], counts: Sequence[int], names: Sequence[str], seed: int
    ) -> None:
        self.files, self.counts, self.names, self.seed = list(files), np.asarray(counts), tuple(names), seed
        self.total = int(self.counts.sum())
        self._held: tuple[tuple[int, int], dict[str, np.ndarray], np.ndarray] | None = None

    def batch(self, step: int, size: int) -> dict[str, np.ndarray]:
        """The arrays of ``size`` samples; every epoch shows each sample once."""
        parts: list[dict[str, np.ndarray]] = []
        place = step * size
        while size > 0:
            epoch, within = divmod(place, self.total)
            found, left = self._slice(epoch, within, size)
            parts.append(found)
            place, size = place + left, size - left
        return {name: np.concatenate([part[name] for part in parts]) for name in self.names}

    def _order(self, epoch: int) -> np.ndarray:
        return np.random.default_rng((self.seed, epoch)).permutation(len(self.files))

    def _slice(self, epoch: int, within: int, size: int) -> tuple[dict[str, np.ndarray], int]:
        order, handful = self._order(epoch), 0
        while within >= (count := int(self.counts[order[handful : handful + HANDFUL]].sum())):
            within -= count
            handful += HANDFUL
        arrays, shuffled = self._hold(epoch, handful, order[handful : handful + HANDFUL])
        chosen = shuffled[within : within + size]
        return {name: arrays[name][chosen] for name in self.names}, len(chosen)

    def _hold(self, epoch: int, handful: int, members: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        if self._held is None or self._held[0] != (epoch, handful):
            read = [read_entry(self.files[index], self.names) for index in members]
            arrays = {name: np.concatenate([part[name] for part in read]) for name in self.names}
            count = len(arrays[self.names[0]])
            shuffled = np.random.default_rng((self.seed, epoch, handful)).permutation(count)
            self._held = ((epoch, handful), arrays, shuffled)
        return self._held[1], self._held[2]


def read_entry(paths: Sequence[Path], names: Sequence[str]) -> dict[str, np.ndarray]:
    """The named arrays of files that belong together."""
    found: dict[str, np.ndarray] = {}
    for path in paths:
        with np.load(path, allow_pickle=False) as stored:
            found |= {name: stored[name] for name in names if name in stored.files}
    return found
