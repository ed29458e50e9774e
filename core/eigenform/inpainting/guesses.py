"""Guesses of what is in a hole, from quite different principles; the appearance function weighs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigenform import native
from eigenform.inpainting import patches, stationary
from eigenform.jobs import JobContext, unwatched

NAMES = ("smooth", "stationary", "semantic stationary", "exemplars", "semantic exemplars", "semantic diffusion")

SWEEPS = 250
"""Sweeps of the diffusion that stays within a meaning; it reaches some twenty pixels."""

MATCHED = 4
"""Principal components of the embedding that take part in matching patches."""


@dataclass
class Guesses:
    """All guesses for one picture.

    Attributes
    ----------
    values : (n, H, W, C) float32
        In the order of :data:`NAMES`; equal to the picture where it is known.
    notes : (H, W, k) float32
        What tells how far to trust them: distance to what is known, spread of the exemplars' votes, disagreement.
    """

    values: np.ndarray
    notes: np.ndarray


def smooth_guesses(pictures: list[np.ndarray], known: list[np.ndarray], ctx: JobContext | None) -> list[np.ndarray]:
    """Biharmonic fills of several pictures, in one child process that a cancel can end."""
    names = [f"{i}" for i in range(len(pictures))]
    arrays: dict[str, Any] = {f"pixels{n}": p for n, p in zip(names, pictures, strict=True)}
    arrays |= {f"known{n}": np.asarray(k) for n, k in zip(names, known, strict=True)}
    found = native.call("eigenform.inpainting.guesses:_smooth", ctx, **arrays)
    return [found[n] for n in names]


def _smooth(**arrays: np.ndarray) -> dict[str, np.ndarray]:
    """The child's side of :func:`smooth_guesses`."""
    from eigenform.inpainting.classical import fill

    numbers = [k.removeprefix("known") for k in arrays if k.startswith("known")]
    return {n: fill(arrays[f"pixels{n}"], ~arrays[f"known{n}"], "biharmonic") for n in numbers}


def make_guesses(
    values: np.ndarray,
    known: np.ndarray,
    embedding: np.ndarray,
    smooth: np.ndarray,
    check: Callable[[], None] = unwatched,
) -> Guesses:
    """All guesses for one picture.

    Parameters
    ----------
    values : (H, W, C) float32
    known : (H, W) bool
    embedding : (H, W, q) float32
        Known everywhere.
    smooth : (H, W, C) float32
        The biharmonic fill.
    check : callable
        Called often.
    """
    from scipy.ndimage import distance_transform_edt

    plain = stationary.predict(values, known, check=check)
    guided = stationary.predict(values, known, embedding, check=check)
    exemplars, spread = patches.match(plain, known, check=check)
    semantic, semantic_spread = patches.match(guided, known, _matched(values, known, embedding), check=check)
    diffused = _diffuse(guided, known, embedding, check)
    found = np.stack([smooth, plain, guided, exemplars, semantic, diffused]).astype(np.float32)
    low, high = values[known].min(0), values[known].max(0)
    room = 0.1 * (high - low)
    found = np.where(known[..., None], values, np.clip(found, low - room, high + room)).astype(np.float32)
    apart = found.std(0).mean(-1)
    distance = np.log1p(distance_transform_edt(~known)) / 3
    notes = np.stack([distance, 5 * spread, 5 * semantic_spread, 5 * apart], -1).astype(np.float32)
    return Guesses(found, notes)


def _matched(values: np.ndarray, known: np.ndarray, embedding: np.ndarray) -> np.ndarray:
    """The embedding's leading components, scaled to vary together as much as the colours do."""
    rows = embedding[known].astype(np.float64)
    centred = embedding - rows.mean(0)
    power, directions = np.linalg.eigh(np.cov(rows.T).reshape(rows.shape[1], -1))
    leading = centred @ directions[:, ::-1][:, :MATCHED]
    spread = float(np.sqrt(np.maximum(power[::-1][:MATCHED].sum(), 1e-12)))
    contrast = float(np.sqrt(values[known].var(0).sum()))
    return (leading * contrast / spread).astype(np.float32)


def _diffuse(start: np.ndarray, known: np.ndarray, embedding: np.ndarray, check: Callable[[], None]) -> np.ndarray:
    """Diffuse known colours into the hole, hardly across between pixels of different semantics; ``start`` elsewhere."""
    links = []
    for axis in (0, 1):
        apart = (np.diff(embedding.astype(np.float64), axis=axis) ** 2).sum(-1)
        scale = max(float(np.median(apart)) if apart.size else 0.0, 0.02 * float(apart.max(initial=0.0)), 1e-9)
        links.append(np.exp(-apart / (2 * scale)) + 1e-5)
    down, right = links
    total = np.zeros(known.shape)
    total[1:] += down
    total[:-1] += down
    total[:, 1:] += right
    total[:, :-1] += right
    down, right = down[..., None].astype(np.float32), right[..., None].astype(np.float32)
    share = (np.where(known, 0, 1 / total)[..., None]).astype(np.float32)
    keep = known[..., None].astype(np.float32)
    held = start.astype(np.float32) * keep
    current = start.astype(np.float32)
    for i in range(SWEEPS):
        if i % 8 == 0:
            check()
        flow = np.zeros_like(current)
        flow[1:] += down * current[:-1]
        flow[:-1] += down * current[1:]
        flow[:, 1:] += right * current[:, :-1]
        flow[:, :-1] += right * current[:, 1:]
        current = held + share * flow
    return current
