"""Probe functions made from positions or from nothing: cells, wavelets, sparse noise, polynomials."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement
from math import comb

import numpy as np

from eigenform.geometry.laplacian import normalised
from eigenform.jobs import unwatched


def hadamard(
    points: np.ndarray,
    count: int,
    rng: np.random.Generator,
    *,
    depth: int = 6,
    probability: float = 0.75,
    check: Callable[[], None] = unwatched,
) -> np.ndarray:
    """Piecewise constant: median half-space splits down to ``depth``, one normal value a cell.

    Each cell is split along its own random direction, with the given probability.
    """
    n, d = points.shape
    unit, _ = normalised(points)
    found = np.empty((n, count))
    for column in range(count):
        check()
        cell = np.zeros(n, dtype=np.int64)
        for level in range(depth):
            cells = 1 << level
            along = np.einsum("ij,ij->i", unit, rng.standard_normal((cells, d))[cell])
            split = rng.random(cells) < probability
            order = np.lexsort((along, cell))
            size = np.bincount(cell, minlength=cells)
            first = np.concatenate([[0], np.cumsum(size)[:-1]])
            rank = np.empty(n, dtype=np.int64)
            rank[order] = np.arange(n) - first[cell[order]]
            cell = 2 * cell + (split[cell] & (2 * rank >= size[cell]))
        found[:, column] = rng.standard_normal(1 << depth)[cell]
    return found


def wavelets(
    points: np.ndarray,
    count: int,
    rng: np.random.Generator,
    *,
    directed: bool = True,
    width: tuple[float, float] = (0.05, 0.3),
    frequency: tuple[float, float] = (5.0, 30.0),
    check: Callable[[], None] = unwatched,
) -> np.ndarray:
    """Morlet wavelets: a Gaussian bump around a random point times a cosine along a random direction.

    ``width`` is relative to the bounding-box diagonal, ``frequency`` in radians per radius of the shape. Undirected
    ones are Mexican hats.
    """
    unit, _ = normalised(points)
    n, d = unit.shape
    centres = unit[rng.integers(n, size=count)]
    sizes = rng.uniform(*width, count) * float(np.linalg.norm(np.ptp(unit, axis=0)))
    directions = rng.standard_normal((count, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    pitches = rng.uniform(*frequency, count)
    found = np.empty((n, count))
    for start in range(0, count, 256):
        check()
        part = slice(start, start + 256)
        middle, along = centres[part], directions[part]
        squares = (unit**2).sum(1)[:, None] + (middle**2).sum(1) - 2.0 * unit @ middle.T
        squares = np.maximum(squares, 0.0) / sizes[part] ** 2
        bump = np.exp(-0.5 * squares)
        if directed:
            phase = unit @ along.T - np.einsum("ij,ij->i", middle, along)
            found[:, part] = bump * np.cos(pitches[part] * phase)
        else:
            found[:, part] = (1.0 - squares / d) * bump
    return found


def sparse_noise(
    n: int,
    count: int,
    rng: np.random.Generator,
    *,
    share: float = 0.05,
    check: Callable[[], None] = unwatched,
) -> np.ndarray:
    """White noise of which only a share of the entries is kept, at least one in a column."""
    check()
    noise = rng.standard_normal((n, count))
    lots = rng.random((n, count))
    keep = lots < np.maximum(share, lots.min(0) * (1 + 1e-12) + 1e-300)
    return noise * keep


def polynomial(
    points: np.ndarray,
    count: int,
    rng: np.random.Generator,
    *,
    degree: int = 4,
    check: Callable[[], None] = unwatched,
) -> np.ndarray:
    """Random polynomials of the coordinates, centred and divided by their common deviation.

    The degree of each is drawn from 1 to ``degree``; the parts of every degree weigh alike. In d dimensions they span
    at most ``comb(d + degree, degree)`` functions (35 in space): fewer modes can be learned from them than from others.
    Where that is more than 5,000, a part is a sum of products of random linear forms instead of all its monomials.
    """
    centred = points - points.mean(0)
    scaled = centred / max(float(np.sqrt((centred**2).mean())), np.finfo(float).tiny)
    n, d = scaled.shape
    degrees = rng.integers(1, degree + 1, count)
    found = np.repeat(rng.standard_normal((1, count)), n, axis=0)
    for power in range(1, degree + 1):
        chosen = np.flatnonzero(degrees >= power)
        if not len(chosen):
            continue
        if comb(d + power - 1, power) <= 5000:
            exponents = combinations_with_replacement(range(d), power)
            terms = np.stack([scaled[:, list(e)].prod(1) for e in exponents], axis=1)
            part = terms @ rng.standard_normal((terms.shape[1], len(chosen)))
        else:
            part = np.zeros((n, len(chosen)))
            for _ in range(8):
                product = np.ones((n, len(chosen)))
                for _ in range(power):
                    check()
                    product *= scaled @ rng.standard_normal((d, len(chosen)))
                part += product
        size = np.sqrt((part**2).mean(0))
        found[:, chosen] += part / np.where(size > 0, size, 1.0)
    return found
