"""Practice holes: known pixels that are hidden so that the networks can be trained and judged on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eigenform.inpainting.holes import irregular_hole

WINDOW = 160
"""Largest side in pixels of the part of the picture that one exercise works on."""


@dataclass
class Exercise:
    """A part of the picture with more of it hidden than is missing.

    Attributes
    ----------
    values : (h, w, C) float32
        0 where the picture itself is missing.
    known : (h, w) bool
        What the method may look at.
    asked : (h, w) bool
        Hidden pixels whose values are known to us: what the answer is judged on.
    real : (h, w) bool
        What is known of the picture itself.
    regions, truth : (h, w) int64 or None
        Labels that the method may look at, and all of them.
    corner, whole : (int, int)
        Row and column of the part, and size of the picture.
    """

    values: np.ndarray
    known: np.ndarray
    asked: np.ndarray
    real: np.ndarray
    regions: np.ndarray | None
    truth: np.ndarray | None
    corner: tuple[int, int]
    whole: tuple[int, int]


def make_exercises(
    values: np.ndarray,
    known: np.ndarray,
    regions: np.ndarray | None,
    count: int,
    exams: int,
    seed: int,
) -> list[Exercise]:
    """``count`` exercises to train on, then ``exams`` whose hidden pixels none of the others asks for.

    Parameters
    ----------
    values : (H, W, C) float32
    known : (H, W) bool
    regions : (H, W) int64 or None
    count, exams : int
    seed : int

    Labels stay in a practice hole as they stand in the picture's own hole; where some of those are missing (0), as
    many practice holes lose theirs.

    Returns
    -------
    list of Exercise
    """
    rng = np.random.default_rng([seed, 11])
    hole = ~known
    unlabelled = 0.0 if regions is None else float((regions[hole] == 0).mean())
    share = float(np.clip(0.75 * hole.mean(), 0.06, 0.2))
    reserved = np.zeros(known.shape, bool)
    made = []
    for number in range(exams + count):
        rows, columns = _part(known, rng)
        part = known[rows, columns]
        hidden = _hide(part, share, rng)
        if number < exams:
            reserved[rows, columns] |= hidden
            asked = hidden & part
        else:
            asked = hidden & part & ~reserved[rows, columns]
        truth = None if regions is None else regions[rows, columns]
        labels = truth
        if truth is not None and rng.random() < unlabelled:
            labels = np.where(hidden, 0, truth)
        shown = np.where(part[..., None], values[rows, columns], 0).astype(np.float32)
        corner = (rows.start, columns.start)
        made.append(Exercise(shown, part & ~hidden, asked, part, labels, truth, corner, known.shape))
    return made[exams:] + made[:exams]


def _part(known: np.ndarray, rng: np.random.Generator) -> tuple[slice, slice]:
    """The whole picture, or of a large one the best known of a few random parts."""
    sides = [min(n, WINDOW) for n in known.shape]
    best, chosen = -1.0, (slice(0, sides[0]), slice(0, sides[1]))
    for _ in range(1 if sides == list(known.shape) else 4):
        y, x = (int(rng.integers(0, n - s + 1)) for n, s in zip(known.shape, sides, strict=True))
        part = (slice(y, y + sides[0]), slice(x, x + sides[1]))
        if (score := float(known[part].mean())) > best:
            best, chosen = score, part
    return chosen


def _hide(known: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A hole that hides a part of the known pixels but leaves the most of them."""
    target = max(2.0, share * known.size)
    for _ in range(20):
        hole = irregular_hole(known.shape, share, rng, scale=0.8)
        seen = int((hole & known).sum())
        if seen >= 0.3 * target and seen <= 0.7 * known.sum():
            return hole & known
    order = np.flatnonzero(known.ravel())
    hole = np.zeros(known.size, bool)
    hole[rng.choice(order, max(1, len(order) // 4), replace=False)] = True
    return hole.reshape(known.shape)
