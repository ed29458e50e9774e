"""Random probe functions: what a basis is asked to reconstruct while it is learned.

Kinds and settings follow Velich et al. (arXiv 2512.01103); widths and frequencies are relative to the points' size or
spacing, so that units do not matter. Probes of the kinds in :data:`SYMMETRIC` are smoothed by the symmetric operator S
and stand in its coordinates (functions times the square root of the mass); the others are plain functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from eigenform.geometry.laplacian import normalised
from eigenform.geometry.neighbours import knn
from eigenform.jobs import unwatched
from eigenform.spectral.plain_probes import hadamard, polynomial, sparse_noise, wavelets

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
    check: Callable[[], None] = unwatched,
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
    check : callable, optional
        Called often; may raise to cancel.
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
        found = heat(operator, count, rng, check=check, **settings)
    elif kind == "heat-published":
        found = heat_published(points, count, rng, check=check, **settings)
    elif kind == "hadamard":
        found = hadamard(points, count, rng, check=check, **settings)
    elif kind == "schrodinger":
        found = schrodinger(points, operator, count, rng, check=check, **settings)
    elif kind == "polynomial":
        found = polynomial(points, count, rng, check=check, **settings)
    elif kind == "sparse":
        found = sparse_noise(len(points), count, rng, check=check, **settings)
    else:
        found = wavelets(points, count, rng, directed=kind == "morlet", check=check, **settings)
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
    check: Callable[[], None] = unwatched,
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
            check()
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
    check: Callable[[], None] = unwatched,
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
            check()
            exponent = -squares / (rng.uniform(*sigma) * unit) ** 2
            # the nearest neighbour keeps weight one, so that no row underflows to nothing
            weights = np.exp(exponent - exponent.max(1, keepdims=True))
            weights /= weights.sum(1, keepdims=True)
            values = sp.csr_matrix((weights.ravel(), near.ravel(), pattern), shape=(n, n)) @ values
        blocks.append(values)
    return np.concatenate(blocks, axis=1)


def schrodinger(
    points: np.ndarray,
    operator: sp.csr_matrix,
    count: int,
    rng: np.random.Generator,
    *,
    strength: tuple[float, float] = (2.0, 5.0),
    rounds: tuple[int, int] = (10, 40),
    potentials: int = 12,
    check: Callable[[], None] = unwatched,
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
            check()
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
