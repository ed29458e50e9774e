"""Random probe functions: what a basis is asked to reconstruct while it is learned.

Kinds and settings follow Velich et al. (arXiv 2512.01103); widths and frequencies are relative to the points' size or
spacing, so that units do not matter. Probes of the kinds in :data:`SYMMETRIC` are smoothed by the symmetric operator S
and stand in its coordinates (functions times the square root of the mass); the others are plain functions.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import comb
from typing import Any

import numpy as np
import scipy.sparse as sp

from eigenform.geometry.laplacian import normalised
from eigenform.geometry.neighbours import knn

KINDS = ("heat", "heat-published", "hadamard", "morlet", "mexican-hat", "sparse", "schrodinger", "polynomial")
SYMMETRIC = frozenset({"heat", "schrodinger"})
ROUNDS = (30, 60, 60, 60, 90, 90, 90, 120)
"""Smoothing rounds of the groups of heat probes."""
PER_KERNEL = 500
"""Published heat probes that share one random kernel schedule."""


def draw(
    kind: str,
    points: np.ndarray,
    count: int,
    rng: np.random.Generator,
    *,
    operator: Any = None,
    neighbours: int = 8,
    smoothing: int = 0,
    **settings: Any,
) -> np.ndarray:
    """Random functions on the points.

    Parameters
    ----------
    kind : str
        One of :data:`KINDS`.
    points : (N, d) float
        Of any dimension.
    count : int
        How many.
    rng : numpy.random.Generator
        Same state, same probes.
    operator : (N, N) sparse, optional
        Symmetric smoothing operator with eigenvalues in [-1, 1]; for the kinds that smooth it is built by
        :func:`eigenform.spectral.operators.diffusion` where it is missing.
    neighbours : int
        Of that operator.
    smoothing : int
        Rounds of the operator applied afterwards, for the kinds that are not smooth by themselves.
    **settings
        Passed to the generator of the kind.

    Returns
    -------
    (N, count) float64
        Columns of unit norm, but for ``heat-published``, whose amplitudes are left as published.
    """
    if kind not in KINDS:
        raise ValueError(f"there are no {kind!r} probes; there are {', '.join(KINDS)}")
    points = np.asarray(points, dtype=np.float64)
    if operator is None and (kind in SYMMETRIC or smoothing):
        from eigenform.spectral.operators import diffusion

        operator = diffusion(points, neighbours).operator
    if kind == "heat":
        found = heat(operator, count, rng, **settings)
    elif kind == "heat-published":
        found = heat_published(points, count, rng, **settings)
    elif kind == "hadamard":
        found = hadamard(points, count, rng, **settings)
    elif kind == "schrodinger":
        found = schrodinger(points, operator, count, rng, **settings)
    elif kind == "polynomial":
        found = polynomial(points, count, rng, **settings)
    elif kind == "sparse":
        found = sparse_noise(len(points), count, rng, **settings)
    else:
        found = wavelets(points, count, rng, directed=kind == "morlet", **settings)
    for _ in range(smoothing):
        found = operator @ found
    return found if kind == "heat-published" else unit_columns(found)


def unit_columns(probes: np.ndarray) -> np.ndarray:
    """Columns scaled to norm one; a zero column stays zero."""
    lengths = np.linalg.norm(probes, axis=0)
    return probes / np.where(lengths > 0, lengths, 1.0)


def heat(
    operator: sp.csr_matrix,
    count: int,
    rng: np.random.Generator,
    *,
    rounds: tuple[int, ...] = ROUNDS,
    weight: np.ndarray | None = None,
) -> np.ndarray:
    """Gaussian white noise diffused by the symmetric operator, one group of columns for each number of rounds.

    Independent normal values in S's coordinates are white noise weighted by the square root of the mass, so that the
    law of the functions does not depend on the sampling. ``weight`` (N,) multiplies the noise where another law is
    wanted.
    """
    noise = rng.standard_normal((operator.shape[0], count))
    if weight is not None:
        noise *= np.asarray(weight)[:, None]
    groups = np.array_split(np.arange(count), len(rounds))
    order = np.argsort(rounds, kind="stable")
    # all groups advance together and drop out when done, so that every product is as wide as it can be
    done = 0
    for position, which in enumerate(order):
        alive = np.concatenate([groups[g] for g in order[position:]])
        block = noise[:, alive]
        for _ in range(rounds[which] - done):
            block = operator @ block
        noise[:, alive] = block
        done = rounds[which]
    return noise


def heat_published(
    points: np.ndarray,
    count: int,
    rng: np.random.Generator,
    *,
    rounds: tuple[int, int] = (20, 40),
    neighbours: tuple[int, int] = (10, 20),
    sigma: tuple[float, float] = (0.25, 1.5),
    relative: bool = True,
) -> np.ndarray:
    """Uniform noise in [-1, 1] averaged by row-normalised Gaussians over nearest neighbours, no self loop.

    The width is drawn anew every round from ``sigma``: times the mean neighbour distance at each point, or absolute
    lengths with ``relative=False``. Rounds and neighbours are drawn once for each :data:`PER_KERNEL` columns.
    """
    n = len(points)
    distances, indices = knn(points, neighbours[1])
    blocks = []
    for start in range(0, count, PER_KERNEL):
        values = rng.uniform(-1.0, 1.0, (n, min(PER_KERNEL, count - start)))
        k = min(int(rng.integers(neighbours[0], neighbours[1] + 1)), distances.shape[1])
        near, squares = indices[:, :k], distances[:, :k] ** 2
        unit = distances[:, :k].mean(1, keepdims=True) if relative else np.ones((n, 1))
        pattern = np.arange(0, n * k + 1, k)
        for _ in range(int(rng.integers(rounds[0], rounds[1] + 1))):
            exponent = -squares / (rng.uniform(*sigma) * unit) ** 2
            # the nearest neighbour keeps weight one, so that no row underflows to nothing
            weights = np.exp(exponent - exponent.max(1, keepdims=True))
            weights /= weights.sum(1, keepdims=True)
            values = sp.csr_matrix((weights.ravel(), near.ravel(), pattern), shape=(n, n)) @ values
        blocks.append(values)
    return np.concatenate(blocks, axis=1)


def hadamard(
    points: np.ndarray,
    count: int,
    rng: np.random.Generator,
    *,
    depth: int = 6,
    probability: float = 0.75,
) -> np.ndarray:
    """Piecewise constant: median half-space splits down to ``depth``, one normal value a cell.

    Each cell is split along its own random direction, with the given probability.
    """
    n, d = points.shape
    unit, _ = normalised(points)
    found = np.empty((n, count))
    for column in range(count):
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
) -> np.ndarray:
    """Morlet wavelets: a Gaussian bump around a random point times a cosine along a random direction.

    ``width`` is relative to the bounding-box diagonal, ``frequency`` in radians per radius of the shape. Undirected
    ones are Mexican hats.
    """
    unit, _ = normalised(points)
    n, d = unit.shape
    centres = unit[rng.integers(n, size=count)]
    sizes = rng.uniform(*width, count) * float(np.linalg.norm(np.ptp(unit, axis=0)))
    squares = (unit**2).sum(1)[:, None] + (centres**2).sum(1) - 2.0 * unit @ centres.T
    squares = np.maximum(squares, 0.0) / sizes**2
    bump = np.exp(-0.5 * squares)
    if not directed:
        return (1.0 - squares / d) * bump
    directions = rng.standard_normal((count, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    along = unit @ directions.T - np.einsum("ij,ij->i", centres, directions)
    return bump * np.cos(rng.uniform(*frequency, count) * along)


def sparse_noise(n: int, count: int, rng: np.random.Generator, *, share: float = 0.05) -> np.ndarray:
    """White noise of which only a share of the entries is kept, at least one in a column."""
    noise = rng.standard_normal((n, count))
    lots = rng.random((n, count))
    keep = lots < np.maximum(share, lots.min(0) * (1 + 1e-12) + 1e-300)
    return noise * keep


def schrodinger(
    points: np.ndarray,
    operator: sp.csr_matrix,
    count: int,
    rng: np.random.Generator,
    *,
    strength: tuple[float, float] = (2.0, 5.0),
    rounds: tuple[int, int] = (10, 40),
    potentials: int = 12,
) -> np.ndarray:
    """White noise under a heat flow with a potential V in [0, 1].

    ``f <- E S E f`` with ``E = exp(-beta V / (2 T))`` for T rounds: the splitting of diffusion and decay, total decay
    ``exp(-beta V)``. A group of columns shares one potential out of ``potentials`` random ones.
    """
    noise = rng.standard_normal((len(points), count))
    for group in np.array_split(np.arange(count), min(potentials, count)):
        steps = int(rng.integers(rounds[0], rounds[1] + 1))
        decay = np.exp(-rng.uniform(*strength) * potential(points, rng) / (2.0 * steps))[:, None]
        block = noise[:, group]
        for _ in range(steps):
            block = decay * (operator @ (decay * block))
        noise[:, group] = block
    return noise


def potential(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random potential in [0, 1]: curvature, distance from the centre, height, one of their inverses, or noise."""
    unit, _ = normalised(points)
    kind = int(rng.integers(4))
    if kind == 0:
        values = _curvature(unit)
    elif kind == 1:
        values = np.linalg.norm(unit, axis=1)
    elif kind == 2:
        values = unit @ rng.standard_normal(unit.shape[1])
    else:
        values = rng.random(len(unit))
    low, high = values.min(), values.max()
    values = (values - low) / (high - low) if high > low else np.zeros(len(values))
    return values if rng.random() < 0.5 else 1.0 - values


def _curvature(points: np.ndarray, neighbours: int = 12) -> np.ndarray:
    """Surface variation (Pauly et al. 2002): the smallest share of a neighbourhood's principal variances."""
    _, index = knn(points, neighbours)
    local = points[index] - points[index].mean(1, keepdims=True)
    variances = np.linalg.svd(local, compute_uv=False) ** 2
    return variances[:, -1] / np.maximum(variances.sum(1), np.finfo(float).tiny)


def polynomial(points: np.ndarray, count: int, rng: np.random.Generator, *, degree: int = 4) -> np.ndarray:
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
                    product *= scaled @ rng.standard_normal((d, len(chosen)))
                part += product
        size = np.sqrt((part**2).mean(0))
        found[:, chosen] += part / np.where(size > 0, size, 1.0)
    return found
