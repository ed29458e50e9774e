"""Irregular holes: strokes and blobs, as free-form masks of the inpainting literature."""

from __future__ import annotations

import numpy as np

from eigenform.errors import InputError


def irregular_hole(shape: tuple[int, int], share: float, rng: np.random.Generator, scale: float = 1.0) -> np.ndarray:
    """A mask of random brush strokes and blobs that covers a share of the picture.

    Parameters
    ----------
    shape : (int, int)
        Height and width in pixels.
    share : float
        The share of pixels to cover, in (0, 1); reached within one per cent of the picture by taking the last mark
        only in part.
    rng : numpy.random.Generator
    scale : float
        Size of the marks relative to the default, a brush 6 to 12 % of the shorter side wide.

    Returns
    -------
    (H, W) bool
        True in the hole.

    Raises
    ------
    InputError
        For a share outside (0, 1).
    """
    if not 0 < share < 1:
        raise InputError(f"A hole covers a share between 0 and 1 of the picture, not {share:g}.")
    h, w = shape
    side = min(h, w) * scale
    y, x = np.mgrid[0:h, 0:w]
    wanted = round(share * h * w)
    mask = np.zeros(shape, dtype=bool)
    while mask.sum() < wanted:
        distance = _stroke(x, y, side, rng) if rng.random() < 0.7 else _blob(x, y, side, rng)
        fresh = np.flatnonzero(~mask & (distance < 0))
        missing = wanted - int(mask.sum())
        # the last mark shrinks towards its spine until the share is met
        fresh = fresh[np.argsort(distance.ravel()[fresh], kind="stable")[:missing]]
        mask.ravel()[fresh] = True
    return mask


def _stroke(x: np.ndarray, y: np.ndarray, side: float, rng: np.random.Generator) -> np.ndarray:
    """Signed distance to a bent brush stroke of random width."""
    point = np.array([rng.uniform(0, x.shape[1]), rng.uniform(0, x.shape[0])])
    angle, radius = rng.uniform(0, 2 * np.pi), side * rng.uniform(0.03, 0.06)
    best = np.full(x.shape, np.inf)
    for _ in range(rng.integers(2, 6)):
        angle += rng.normal(0, 0.7)
        step = side * rng.uniform(0.08, 0.25) * np.array([np.cos(angle), np.sin(angle)])
        t = np.clip(((x - point[0]) * step[0] + (y - point[1]) * step[1]) / (step @ step), 0, 1)
        best = np.minimum(best, np.hypot(x - point[0] - t * step[0], y - point[1] - t * step[1]))
        point = point + step
    return best - radius


def _blob(x: np.ndarray, y: np.ndarray, side: float, rng: np.random.Generator) -> np.ndarray:
    """Signed distance, roughly, to a turned ellipse."""
    cx, cy, angle = rng.uniform(0, x.shape[1]), rng.uniform(0, x.shape[0]), rng.uniform(0, np.pi)
    a, b = side * rng.uniform(0.05, 0.13, 2)
    u = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
    v = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
    return (np.hypot(u / a, v / b) - 1) * min(a, b)
