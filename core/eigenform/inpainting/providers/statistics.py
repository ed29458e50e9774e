"""Semantics from the picture itself: colour, contrast, direction and self-similarity at several scales."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.jobs import unwatched

SCALES = (1.5, 3.0, 6.0)
"""Standard deviations, in pixels, of the neighbourhoods."""

SUPPORT = 0.4
"""The share of a neighbourhood that must be known for its statistics to be trusted."""


class Statistics:
    """Principal components of local statistics, each of unit variance over the known part.

    Parameters
    ----------
    values : (H, W, C) float
    known : (H, W) bool
        What the components are fitted to.
    dimensions : int
        Components kept, at most.
    check : callable
        Called often.
    """

    given_in_hole = False

    def __init__(
        self, values: np.ndarray, known: np.ndarray, dimensions: int, check: Callable[[], None] = unwatched
    ) -> None:
        self.check = check
        raw, valid = _statistics(values, known, check)
        # of a picture in shreds no neighbourhood is known well enough; then all that is known has to do
        rows = raw[valid & known] if (valid & known).any() else raw[known]
        self.mean = rows.mean(0)
        self.scale = np.maximum(rows.std(0), 1e-6)
        unit = (rows - self.mean) / self.scale
        power, directions = np.linalg.eigh(unit.T @ unit / len(unit))
        kept = np.arange(len(power))[::-1][: min(dimensions, len(power))]
        self.basis = directions[:, kept] / np.sqrt(np.maximum(power[kept], 1e-2))

    def describe(
        self, values: np.ndarray, known: np.ndarray, regions: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The components at every pixel, and where enough of the neighbourhood is known."""
        raw, valid = _statistics(values, known, self.check)
        found = ((raw - self.mean) / self.scale) @ self.basis
        return np.where(valid[..., None], np.clip(found, -5, 5), 0).astype(np.float32), valid


def _statistics(values: np.ndarray, known: np.ndarray, check: Callable[[], None]) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, s) raw statistics from known pixels alone, by normalised convolution, and where they are trusted."""
    from scipy.ndimage import gaussian_filter

    weight = known.astype(np.float64)
    shown = np.where(known[..., None], values, 0).astype(np.float64)
    grey = shown.mean(-1)
    gx, gy, both = _gradients(grey, known)
    found = []
    for sigma in SCALES:
        check()
        norm = np.maximum(gaussian_filter(weight, sigma), 1e-6)
        means = [gaussian_filter(shown[..., c], sigma) / norm for c in range(shown.shape[-1])]
        square = gaussian_filter(grey**2 * weight, sigma) / norm
        found += [*means, np.sqrt(np.maximum(square - (gaussian_filter(grey, sigma) / norm) ** 2, 0))]
        pairs = np.maximum(gaussian_filter(both, sigma), 1e-6)
        check()
        xx, yy, xy = (gaussian_filter(g, sigma) / pairs for g in (gx * gx, gy * gy, gx * gy))
        found += [np.sqrt(xx + yy), (xx - yy) / (xx + yy + 1e-4), 2 * xy / (xx + yy + 1e-4)]
    found += _self_similarity(grey, known, check)
    return np.stack(found, -1), gaussian_filter(weight, SCALES[1]) > SUPPORT


def _gradients(grey: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Central differences where both neighbours are known, else 0; and where that is so."""
    gx, gy = np.zeros_like(grey), np.zeros_like(grey)
    ok = np.zeros_like(grey)
    ok[1:-1, 1:-1] = known[1:-1, :-2] & known[1:-1, 2:] & known[:-2, 1:-1] & known[2:, 1:-1]
    gx[1:-1, 1:-1] = (grey[1:-1, 2:] - grey[1:-1, :-2]) / 2
    gy[1:-1, 1:-1] = (grey[2:, 1:-1] - grey[:-2, 1:-1]) / 2
    return gx * ok, gy * ok, ok


def _self_similarity(grey: np.ndarray, known: np.ndarray, check: Callable[[], None]) -> list[np.ndarray]:
    """How unlike a neighbourhood is to itself moved by a few pixels in eight directions (Shechtman and Irani 2007)."""
    from scipy.ndimage import gaussian_filter

    found = []
    for radius in (2, 5):
        for dy, dx in ((0, 1), (1, 1), (1, 0), (1, -1)):
            check()
            moved = np.roll(grey, (radius * dy, radius * dx), (0, 1))
            both = (known & np.roll(known, (radius * dy, radius * dx), (0, 1))).astype(np.float64)
            norm = np.maximum(gaussian_filter(both, 3.0), 1e-6)
            found.append(np.sqrt(gaussian_filter((grey - moved) ** 2 * both, 3.0) / norm))
    return found
