"""What a basis says of each vertex: signatures, distances, filters. All in the mass inner product."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from eigenform.errors import InputError
from eigenform.spectral.spectrum import heat_trace, zero_modes
from eigenform.types import Basis


def coefficients(basis: Basis, values: np.ndarray) -> np.ndarray:
    """``evecs^T M values``: what each mode holds of a function.

    Parameters
    ----------
    basis : Basis
    values : (V,) or (V, c) float

    Returns
    -------
    (K,) or (K, c) float64
        Their squares sum to the squared norm of the projection (Parseval).
    """
    weight = basis.mass if np.ndim(values) == 1 else basis.mass[:, None]
    return basis.evecs.T @ (weight * np.asarray(values, dtype=np.float64))


def spectral_filter(
    basis: Basis, values: np.ndarray, response: Callable[[np.ndarray], np.ndarray] | None = None
) -> np.ndarray:
    """The projection of a function on the modes, each multiplied by ``response(evals)``.

    Parameters
    ----------
    basis : Basis
    values : (V,) or (V, c) float
        Coordinates, for smoothing or compressing the shape itself.
    response : callable, optional
        Without it the plain projection: compression to K coefficients.

    Returns
    -------
    (V,) or (V, c) float64
    """
    found = coefficients(basis, values)
    if response is not None:
        gain = np.asarray(response(basis.evals), dtype=np.float64)
        found = found * (gain if found.ndim == 1 else gain[:, None])
    return basis.evecs @ found


def heat_kernel(basis: Basis, source: int, time: float) -> np.ndarray:
    """``k_t(source, x) = sum_k exp(-lambda_k t) phi_k(source) phi_k(x)``, (V,); its mass-weighted sum is 1."""
    return basis.evecs @ (np.exp(-basis.evals * time) * basis.evecs[source])


def hks_times(basis: Basis, count: int = 16) -> np.ndarray:
    """The times of Sun, Ovsjanikov and Guibas 2009: ``4 ln 10`` over the largest to the smallest nonzero eigenvalue."""
    evals = _nonzero(basis)
    return np.geomspace(4 * np.log(10) / evals[-1], 4 * np.log(10) / evals[0], count)


def hks(basis: Basis, times: Sequence[float] | np.ndarray | None = None, *, normalise: bool = False) -> np.ndarray:
    """Heat kernel signature ``sum_k exp(-lambda_k t) phi_k(x)^2``.

    Parameters
    ----------
    basis : Basis
    times : (T,) float, optional
        In length^2; :func:`hks_times` by default.
    normalise : bool
        Divide by the heat trace, so that scales weigh alike.

    Returns
    -------
    (V, T) float64
        Its mass-weighted sum over the vertices is the heat trace.
    """
    times = hks_times(basis) if times is None else np.asarray(times, dtype=np.float64)
    found = basis.evecs**2 @ np.exp(-np.multiply.outer(basis.evals, times))
    return found / heat_trace(basis.evals, times) if normalise else found


def wks(basis: Basis, count: int = 100) -> np.ndarray:
    """Wave kernel signature (Aubry, Schlickewei and Cremers 2011): energy bands, Gaussian in log eigenvalue.

    Parameters
    ----------
    basis : Basis
    count : int
        Bands, from the first nonzero eigenvalue to the last, in logarithm; their deviation is 7 steps.

    Returns
    -------
    (V, count) float64
        Each band weighted so that its gains sum to 1.
    """
    evals = _nonzero(basis)
    logs = np.log(evals)
    step = (logs[-1] - logs[0]) / max(count - 1, 1)
    deviation = 7.0 * step if step > 0 else 1.0
    # the window keeps two deviations inside both ends
    low, high = logs[0] + 2 * deviation, logs[-1] - 2 * deviation
    energies = np.linspace(low, high, count) if low < high else np.linspace(logs[0], logs[-1], count)
    gains = np.exp(-((energies - logs[:, None]) ** 2) / (2 * deviation**2))
    return (basis.evecs[:, basis.modes - len(evals) :] ** 2) @ (gains / gains.sum(0))


def gps(basis: Basis) -> np.ndarray:
    """Global point signature ``phi_k(x) / sqrt(lambda_k)`` over the nonzero modes (Rustamov 2007), (V, K - zeros)."""
    evals = _nonzero(basis)
    return basis.evecs[:, basis.modes - len(evals) :] / np.sqrt(evals)


def biharmonic_distance(basis: Basis, source: int) -> np.ndarray:
    """``sqrt(sum_k (phi_k(x) - phi_k(source))^2 / lambda_k^2)`` over the nonzero modes (Lipman et al. 2010), (V,)."""
    evals = _nonzero(basis)
    modes = basis.evecs[:, basis.modes - len(evals) :]
    return np.linalg.norm((modes - modes[source]) / evals, axis=1)


def diffusion_distance(basis: Basis, source: int, time: float) -> np.ndarray:
    """``sqrt(sum_k exp(-2 t lambda_k) (phi_k(x) - phi_k(source))^2)`` (Coifman and Lafon 2006), (V,)."""
    return np.linalg.norm((basis.evecs - basis.evecs[source]) * np.exp(-time * basis.evals), axis=1)


def _nonzero(basis: Basis) -> np.ndarray:
    """The nonzero eigenvalues, which come last."""
    zeros = zero_modes(basis.evals)
    if zeros == basis.modes:
        raise InputError(f"{basis.name} has no modes with a nonzero eigenvalue; ask for more modes.")
    return basis.evals[zeros:]
