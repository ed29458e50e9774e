"""FreSh: choose the frequency of a network's embedding before training, by comparing spectra.

The spectrum of untrained networks, averaged over seeds, is compared with that of the signal; the nearest candidate
is taken. It is a prior and no proof, so a race of the best few can follow. Source: Kania et al., FreSh: Frequency
Shifting for Accelerated Neural Representation Learning, arXiv 2410.05050.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.frequency.spectra import spectrum, wasserstein
from eigenform.jobs import unwatched

CANDIDATES: dict[str, tuple[float, ...]] = {
    "siren": (10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0),
    "fourier": (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 16.0),
    "finer": (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
}
"""What is tried for each kind of network: omega of the first layer, sigma of the frequencies, scale of its bias."""

SYMBOLS = {"siren": "omega", "fourier": "sigma", "finer": "bias scale"}
"""What the number chosen is called."""


@dataclass(frozen=True, eq=False)
class Choice:
    """What was chosen and why.

    ``distances`` (n,) is the Wasserstein distance of each candidate's spectrum from the target's, in bins; ``spectra``
    (n, S) and ``target`` (S,) are distributions over the frequencies 1 .. S. ``errors`` holds the held-out error of the
    candidates that raced, by index.
    """

    kind: str
    value: float
    candidates: tuple[float, ...]
    distances: np.ndarray
    spectra: np.ndarray
    target: np.ndarray
    errors: dict[int, float]

    def as_dict(self) -> dict[str, Any]:
        """JSON-serialisable, for ``meta["fresh"]`` and the plot."""
        return {
            "kind": self.kind,
            "symbol": SYMBOLS.get(self.kind, "frequency"),
            "chosen": self.value,
            "candidates": list(self.candidates),
            "distances": [float(d) for d in self.distances],
            "target": [float(v) for v in self.target],
            "spectra": [[float(v) for v in row] for row in self.spectra],
            "errors": {str(i): float(e) for i, e in self.errors.items()},
        }


def choose(
    kind: str,
    render: Callable[[float, int], np.ndarray],
    signal: np.ndarray,
    *,
    candidates: Sequence[float] | None = None,
    bins: int | None = None,
    seeds: int = 3,
    check: Callable[[], None] = unwatched,
) -> Choice:
    """The candidate whose untrained networks have the spectrum nearest to the signal's.

    Parameters
    ----------
    kind : str
        ``siren``, ``fourier`` or ``finer``: names the candidates.
    render : callable
        ``render(candidate, seed)``: the output of an untrained network on the grid of the signal.
    signal : array
        A square image (n, n) or (n, n, c), or a volume (n, n, n): of a shape, its soft occupancy
        (:func:`~eigenform.implicit.frequency.spectra.soft_occupancy` at half a voxel).
    bins : int, optional
        Frequencies compared; a third of the grid by default.
    seeds : int
        Untrained networks averaged for each candidate.

    Raises
    ------
    InputError
        For a signal that is constant: it has no spectrum.
    """
    values = tuple(CANDIDATES[kind] if candidates is None else (float(c) for c in candidates))
    bins = max(4, len(signal) // 3) if bins is None else bins
    target = spectrum(signal, bins)
    if not target.any():
        raise InputError("The signal is constant: there is no frequency to choose; give one.")
    spectra = np.zeros((len(values), bins))
    distances = np.zeros(len(values))
    for n, value in enumerate(values):
        for seed in range(seeds):
            check()
            one = spectrum(render(value, seed), bins)
            spectra[n] += one / seeds
            distances[n] += wasserstein(one, target) / seeds
    best = values[int(distances.argmin())]
    return Choice(kind, best, values, distances, spectra, target, {})


def race(
    choice: Choice, train: Callable[[float], float], best: int = 3, check: Callable[[], None] = unwatched
) -> Choice:
    """Train the best few candidates shortly and take the one with the lowest held-out error.

    Parameters
    ----------
    train : callable
        ``train(candidate)`` gives the held-out error of a short training.
    best : int
        How many candidates race.
    """
    errors = {}
    for n in np.argsort(choice.distances, kind="stable")[:best]:
        check()
        errors[int(n)] = float(train(choice.candidates[int(n)]))
    winner = min(errors, key=lambda n: errors[n])
    return replace(choice, value=choice.candidates[winner], errors=errors)
