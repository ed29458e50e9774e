"""Fill a hole from patches of the known part that look alike: exemplars, from large patches to small ones.

Every patch that touches the hole finds its nearest patches among the wholly known ones and votes for its pixels; the
votes are averaged and the search repeated with smaller patches (Wexler, Shechtman and Irani, Space-Time Completion of
Video, PAMI 2007). The search is exact, on the leading principal components of the patches.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.jobs import unwatched

SIZES = (13, 9, 9, 7)
"""Sides of the patches in pixels, pass after pass."""

SOURCES = 12_000
"""Known patches that are searched, at most; a regular subset is taken of more."""


def match(
    start: np.ndarray,
    known: np.ndarray,
    extra: np.ndarray | None = None,
    sizes: tuple[int, ...] = SIZES,
    neighbours: int = 5,
    dimensions: int = 40,
    check: Callable[[], None] = unwatched,
) -> tuple[np.ndarray, np.ndarray]:
    """The picture with its hole filled by exemplars.

    Parameters
    ----------
    start : (H, W, C) float
        The picture with the hole filled roughly, which says where to look first.
    known : (H, W) bool
    extra : (H, W, q) float, optional
        A semantic embedding, known everywhere, that takes part in the matching; its scale is its weight.
    sizes : tuple of int
        Odd sides of the patches, pass after pass.
    neighbours : int
        Exemplars of each patch.
    dimensions : int
        Principal components of a patch that are compared.
    check : callable
        Called often.

    Returns
    -------
    filled : (H, W, C) float32
    spread : (H, W) float32
        Standard deviation of the votes; 0 where known.
    """
    filled = np.asarray(start, dtype=np.float32)
    spread = np.zeros(known.shape, np.float32)
    for size in sizes:
        size = min(size, 2 * ((min(known.shape) - 1) // 2) + 1)
        filled, spread = _pass(filled, known, extra, size, neighbours, dimensions, check)
    return filled, spread


def _pass(
    filled: np.ndarray,
    known: np.ndarray,
    extra: np.ndarray | None,
    size: int,
    neighbours: int,
    dimensions: int,
    check: Callable[[], None],
) -> tuple[np.ndarray, np.ndarray]:
    """One search and one vote."""
    source, target = _places(known, size)
    stack = filled if extra is None else np.concatenate([filled, extra.astype(np.float32)], -1)
    codes = _codes(stack, source, target, size, dimensions, check)
    neighbours = min(neighbours, len(source))
    found, distance = _nearest(codes[0], codes[1], neighbours, check)
    best = distance.min(1)
    scale = float(np.median(best)) + 1e-6
    share = np.exp(-distance / (2 * (best[:, None] + scale)))
    share /= share.sum(1, keepdims=True)
    trust = np.exp(-best / (2 * scale)) + 1e-6
    return _vote(filled, known, source[found], share, target, trust, size, check)


def _places(known: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Flat indices of the centres of wholly known patches, and of those patches that touch the hole."""
    from scipy.ndimage import uniform_filter

    whole = uniform_filter(known.astype(np.float64), size, mode="nearest")
    source = np.flatnonzero((known & (whole > 1 - 1e-9)).ravel())
    if len(source) < 100:  # nearly everything is near the hole: the best known patches have to do
        order = np.argsort(-whole[known], kind="stable")[: max(100, int(0.1 * known.sum()))]
        source = np.sort(np.flatnonzero(known.ravel())[order])
    source = source[:: -(-len(source) // SOURCES)]
    touching = whole < 1 - 1e-9
    if size > 7:  # large patches overlap enough with every second one of each row and column
        touching[1::2] = False
        touching[:, 1::2] = False
    return source, np.flatnonzero(touching.ravel())


def _window(size: int) -> np.ndarray:
    """Weight of a patch's pixels along one axis."""
    t = np.arange(size) - size // 2
    return np.exp(-0.5 * (t / (size / 3.5)) ** 2).astype(np.float32)


def _codes(
    stack: np.ndarray,
    source: np.ndarray,
    target: np.ndarray,
    size: int,
    dimensions: int,
    check: Callable[[], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Principal components of the weighted patches at ``source`` and ``target``."""
    half, w = size // 2, stack.shape[1]
    padded = np.pad(stack, ((half, half), (half, half), (0, 0)), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), (0, 1))
    g = _window(size)
    weight = np.sqrt(g[:, None] * g)

    def patches(places: np.ndarray) -> np.ndarray:
        return (windows[places // w, places % w] * weight).reshape(len(places), -1)

    sample = patches(source[:: -(-len(source) // 1000)])
    mean = sample.mean(0)
    basis = _principal((sample - mean).astype(np.float64), dimensions).astype(np.float32)

    def project(places: np.ndarray) -> np.ndarray:
        parts = []
        for a in range(0, len(places), 2048):
            check()
            parts.append((patches(places[a : a + 2048]) - mean) @ basis)
        return np.concatenate(parts)

    return project(source), project(target)


def _principal(centred: np.ndarray, dimensions: int) -> np.ndarray:
    """(D, d) principal directions of the rows, through the smaller of the two Gram matrices."""
    if centred.shape[1] <= len(centred):
        return np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :dimensions]
    power, left = np.linalg.eigh(centred @ centred.T)
    power, left = power[::-1][:dimensions], left[:, ::-1][:, :dimensions]
    return centred.T @ left / np.sqrt(np.maximum(power, 1e-12 * max(power[0], 1e-12)))


def _nearest(
    source: np.ndarray, target: np.ndarray, neighbours: int, check: Callable[[], None]
) -> tuple[np.ndarray, np.ndarray]:
    """Indices into ``source`` (n, k) of the nearest codes, and their squared distances."""
    norm = (source * source).sum(1)
    index = np.empty((len(target), neighbours), np.int64)
    distance = np.empty((len(target), neighbours), np.float32)
    for a in range(0, len(target), 256):
        check()
        block = target[a : a + 256]
        far = norm - 2 * block @ source.T
        best = np.argpartition(far, neighbours - 1, 1)[:, :neighbours]
        index[a : a + 256] = best
        distance[a : a + 256] = np.take_along_axis(far, best, 1) + (block * block).sum(1)[:, None]
    return index, np.maximum(distance, 0)


def _vote(
    filled: np.ndarray,
    known: np.ndarray,
    exemplars: np.ndarray,
    share: np.ndarray,
    target: np.ndarray,
    trust: np.ndarray,
    size: int,
    check: Callable[[], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Average in every missing pixel what the patches over it propose."""
    h, w, channels = filled.shape
    half, g = size // 2, _window(size)
    values = filled.reshape(-1, channels)
    missing = ~known.ravel()
    sums = np.zeros((h * w, channels))
    squares, total = np.zeros(h * w), np.zeros(h * w)
    ty, tx = np.divmod(target, w)
    sy, sx = np.divmod(exemplars, w)
    for dy in range(-half, half + 1):
        for dx in range(-half, half + 1):
            check()
            py, px = ty + dy, tx + dx
            rows = np.flatnonzero((py >= 0) & (py < h) & (px >= 0) & (px < w))
            rows = rows[missing[py[rows] * w + px[rows]]]
            pixel = py[rows] * w + px[rows]
            qy, qx = np.clip(sy[rows] + dy, 0, h - 1), np.clip(sx[rows] + dx, 0, w - 1)
            proposals = values[qy * w + qx]
            weights = share[rows][..., None]
            vote = trust[rows] * g[dy + half] * g[dx + half]
            mean = (weights * proposals).sum(1) * vote[:, None]
            for c in range(channels):
                sums[:, c] += np.bincount(pixel, mean[:, c], minlength=h * w)
            squares += np.bincount(pixel, vote * (weights * proposals**2).sum((1, 2)), minlength=h * w)
            total += np.bincount(pixel, vote, minlength=h * w)
    voted = missing & (total > 0)
    average = sums / np.maximum(total, 1e-300)[:, None]
    result = np.where(voted[:, None], average, values).reshape(h, w, channels)
    variance = np.maximum(squares / np.maximum(total, 1e-300) - (average**2).sum(1), 0)
    return result.astype(np.float32), np.sqrt(np.where(voted, variance, 0)).reshape(h, w).astype(np.float32)
