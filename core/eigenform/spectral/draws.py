"""Draws: one set of samples with its diffusion operator, its probe functions and the optimum for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from eigenform.errors import InputError
from eigenform.geometry.sampling import farthest_points, surface_samples
from eigenform.geometry.spacing import spacing_mass
from eigenform.jobs import unwatched
from eigenform.spectral.operators import Diffusion, diffusion
from eigenform.spectral.pairs import leading_pairs
from eigenform.spectral.settings import ProbeParams
from eigenform.types import Shape

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

POOL = 20_000
"""Area-uniform points of a mesh from which farthest-point samples are taken; its faces are not used after that."""

TIMES = np.array([0.25, 0.75, 2.0, 5.0])
"""Diffusion times of the exact probes, in units in which mode K decays as exp(-time)."""


@dataclass(frozen=True)
class Draw:
    """Samples and what is learned from them.

    Attributes
    ----------
    points : (N, d) float64
        Samples in normalised coordinates.
    diffusion : Diffusion
    weight : (N,) float64
        Inner product of the projection, as weights on plain functions; sums to 1.
    targets : (N, P) float64
        Probe functions times ``sqrt(weight)``, scaled so that the covariance is ``targets @ targets.T``.
    values : (K,) float64
        Largest eigenvalues of that covariance: the optimum.
    vectors : (N, K) float64
        Their eigenvectors: ``sqrt(weight)`` times the best modes there are for these probes.
    """

    points: np.ndarray
    diffusion: Diffusion
    weight: np.ndarray
    targets: np.ndarray
    values: np.ndarray
    vectors: np.ndarray

    @property
    def root(self) -> np.ndarray:
        """(N, 1) square root of the weight."""
        return np.sqrt(self.weight)[:, None]

    @property
    def total(self) -> float:
        """Trace of the probe covariance."""
        return float((self.targets**2).sum())


def point_pool(shape: Shape, seed: int, samples: int = 0) -> np.ndarray:
    """The points samples are taken from: area-uniform points of a mesh, else the points themselves.

    More than :data:`POOL` of them only where more samples are asked for.
    """
    if not len(shape.faces):
        return shape.verts
    return surface_samples(shape.verts, shape.faces, max(POOL, samples), np.random.default_rng([seed, 0]))


def normalisation(pool: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and largest radius of the pool.

    Raises
    ------
    InputError
        Where all points are the same.
    """
    centre = pool.mean(0)
    scale = float(np.linalg.norm(pool - centre, axis=1).max())
    if not scale > 1e-12 * float(np.abs(pool).max(initial=1e-300)):
        raise InputError("All points of this shape are at the same place; a basis needs points that differ.")
    return centre, scale


def choose_samples(
    pool: np.ndarray, count: int, seed: int, number: int, check: Callable[[], None] = unwatched
) -> np.ndarray:
    """Indices of farthest-point samples; draw 0 starts farthest from the centroid, others at a random point."""
    start = None if number == 0 else int(np.random.default_rng([seed, number]).integers(len(pool)))
    return farthest_points(pool, count, start, check)


def make_draw(
    points: np.ndarray,
    params: ProbeParams,
    number: int = 0,
    inner_product: str = "operator",
    ctx: JobContext | None = None,
    pairs: int | None = None,
) -> Draw:
    """The operator, probes and optimum on one set of samples.

    Parameters
    ----------
    points : (N, d) float
        Normalised samples.
    params : ProbeParams
    number : int
        Number of the draw; with the seed it decides the random probes.
    inner_product : {"operator", "uniform", "mass", "learned"}
        Weight of the projection: the measure of the diffusion operator, none, the estimated area of each sample, or
        none here because it is learned.
    ctx : JobContext, optional
    pairs : int, optional
        Eigenpairs behind exact probes; by default twice the modes and twenty.

    Raises
    ------
    InputError
        Where there are fewer distinct samples than modes.
    """
    n, modes = len(points), params.modes
    if modes >= n:
        raise InputError(
            f"{modes} modes were asked for, but there are only {n} distinct points; ask for at most {n - 1}."
        )
    check = unwatched if ctx is None else ctx.check
    check()
    operator = diffusion(points, params.neighbours, params.alpha, params.width)
    weight = _weight(inner_product, operator, points)
    change = np.sqrt(weight)[:, None] / operator.root[:, None]
    if params.probes == "exact":
        count = min(n, pairs or 2 * modes + 20)
        mu, vectors = leading_pairs(operator, count, ctx, tolerance=0.0 if pairs else 1e-6)
        energy = probe_energy(mu, modes)
        targets = change * vectors * np.sqrt(energy)
        if inner_product == "operator":
            return Draw(points, operator, weight, targets, energy[:modes], vectors[:, :modes])
    else:
        targets = np.sqrt(weight)[:, None] * _random_probes(points, operator, params, number, check)
    values, best = _leading(targets, modes, check)
    return Draw(points, operator, weight, targets, values, best)


def probe_energy(mu: np.ndarray, modes: int) -> np.ndarray:
    """Expected energy of heat probes along each eigenvector of the diffusion operator, over the times ``TIMES``.

    Times are measured against mode K, so that the same shape with more samples or the same samples with fewer modes see
    probes that are as smooth relative to what is learned.
    """
    rate = -np.log(np.clip(mu, 1e-300, 1.0))
    unit = rate[modes - 1] if rate[modes - 1] > 0 else 1.0
    return np.exp(-2 * TIMES[:, None] * rate / unit).mean(0)


def _weight(inner_product: str, operator: Diffusion, points: np.ndarray) -> np.ndarray:
    """Weights of the projection, summing to 1."""
    if inner_product == "operator":
        return operator.root**2
    if inner_product == "mass":
        mass = spacing_mass(points)
        return mass / mass.sum()
    return np.full(len(points), 1 / len(points))


def _random_probes(
    points: np.ndarray, operator: Diffusion, params: ProbeParams, number: int, check: Callable[[], None]
) -> np.ndarray:
    """Random probe functions (N, P) of mean square 1, divided by sqrt(P); published ones keep their own amplitudes."""
    from eigenform.spectral.random_probes import SYMMETRIC, draw

    rng = np.random.default_rng([params.seed, number, 1])
    probes = draw(
        params.probes,
        points,
        params.probe_count,
        rng,
        operator=operator.operator,
        neighbours=params.neighbours,
        check=check,
    )
    if params.probes in SYMMETRIC:  # drawn in the coordinates in which the operator is symmetric
        probes = probes / operator.root[:, None]
    norms = np.sqrt((probes**2).mean(0))
    if params.probes == "heat-published":
        norms = np.full(len(norms), np.sqrt((norms**2).mean()))
    probes = probes[:, norms > 0] / norms[norms > 0]
    return probes / np.sqrt(max(probes.shape[1], 1))


def _leading(targets: np.ndarray, modes: int, check: Callable[[], None]) -> tuple[np.ndarray, np.ndarray]:
    """Largest eigenvalues and eigenvectors of ``targets @ targets.T``."""
    n = len(targets)
    if n <= 3 * modes or min(targets.shape) <= 3 * modes:
        frame, singular, _ = np.linalg.svd(targets, full_matrices=n > targets.shape[1])
        values = np.zeros(modes)
        values[: min(modes, len(singular))] = singular[:modes] ** 2
        return values, frame[:, :modes]

    def apply(x: np.ndarray) -> np.ndarray:
        check()
        return targets @ (targets.T @ x)

    start = np.random.default_rng(0).standard_normal(n)
    values, vectors = eigsh(LinearOperator((n, n), matvec=apply, dtype=np.float64), modes, which="LA", v0=start)
    return values[::-1], vectors[:, ::-1]
