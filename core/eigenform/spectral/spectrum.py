"""What eigenvalues tell by themselves: Weyl's law, scale fits, clusters, ShapeDNA."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from eigenform.errors import InputError

NORMALISATIONS = ("none", "area", "first", "weyl")


def weyl_line(count: int, area: float) -> np.ndarray:
    """Weyl's law for a surface: ``lambda_k ~ 4 pi k / area`` for k = 0 .. count - 1.

    With k counted from the constant mode as 0 the line runs through the means of the sphere's multiplets.

    Parameters
    ----------
    count : int
    area : float
        In length^2.

    Returns
    -------
    (count,) float64
        In 1/length^2.
    """
    return 4.0 * np.pi * np.arange(count) / area


def weyl_slope(evals: np.ndarray) -> float:
    """Slope s of the line ``lambda_k = s k`` that fits best, by least squares; ``4 pi / s`` estimates the area."""
    index = np.arange(len(evals))
    if len(evals) < 2:
        raise InputError("A Weyl slope needs at least 2 eigenvalues.")
    return float(index @ evals / (index @ index))


def weyl_scale(evals: np.ndarray, area: float) -> float:
    """The factor that brings relative eigenvalues closest to Weyl's line of a surface of that area."""
    return fit_scale(evals, weyl_line(len(evals), area))


def fit_scale(evals: np.ndarray, reference: np.ndarray) -> float:
    """The factor c that minimises ``sum((c * evals / reference - 1)^2)`` over the nonzero entries of both.

    Parameters
    ----------
    evals, reference : (K,) and (K',) float
        Compared over the shorter.

    Raises
    ------
    InputError
        Where no pair of nonzero entries is left.
    """
    ratio = ratios(evals, reference)
    if not len(ratio):
        raise InputError("A scale cannot be fitted: there are no nonzero eigenvalues in common.")
    return float(ratio.sum() / (ratio @ ratio))


def ratios(evals: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """``evals / reference``, index by index over the shorter, where both are nonzero."""
    count = min(len(evals), len(reference))
    ours, theirs = np.asarray(evals)[:count], np.asarray(reference)[:count]
    nonzero = (ours > zero_below(ours)) & (theirs > zero_below(theirs))
    return ours[nonzero] / theirs[nonzero]


def zero_below(evals: np.ndarray) -> float:
    """The value up to which an eigenvalue of this spectrum counts as zero."""
    return 1e-9 * float(np.max(evals, initial=0.0))


def zero_modes(evals: np.ndarray) -> int:
    """How many eigenvalues are zero: the number of connected components."""
    return int((np.asarray(evals) <= zero_below(evals)).sum())


def clusters(evals: np.ndarray, gap: float = 0.01) -> list[tuple[int, int]]:
    """Runs ``[start, stop)`` of eigenvalues whose neighbours differ by less than ``gap``, relatively.

    Only runs of two and more are given: within them single modes are arbitrary, and only their span means something.
    """
    values = np.asarray(evals, dtype=np.float64)
    apart = np.diff(values) > np.maximum(gap * np.abs(values[1:]), zero_below(values))
    bounds = np.concatenate([[0], np.flatnonzero(apart) + 1, [len(values)]])
    return [(int(a), int(b)) for a, b in pairwise(bounds) if b - a > 1]


def heat_trace(evals: np.ndarray, times: np.ndarray | Sequence[float]) -> np.ndarray:
    """``sum_k exp(-lambda_k t)`` for each time, (T,)."""
    return np.exp(-np.multiply.outer(np.asarray(times, dtype=np.float64), np.asarray(evals))).sum(-1)


def shape_dna(evals: np.ndarray, count: int = 20, normalise: str = "area", area: float | None = None) -> np.ndarray:
    """The first nonzero eigenvalues as a fingerprint (Reuter, Wolter and Peinecke 2006).

    Parameters
    ----------
    evals : (K,) float
        Ascending, zero modes included.
    count : int
        At most so many.
    normalise : {"none", "area", "first", "weyl"}
        ``area`` multiplies by the area, ``first`` divides by the first nonzero eigenvalue; both make the fingerprint
        independent of scale. ``weyl`` multiplies by the area and divides the k-th by its Weyl value ``4 pi k``, so that
        high modes do not outweigh low ones.
    area : float, optional
        Needed for ``area`` and ``weyl``.

    Raises
    ------
    InputError
        For an unknown normalisation, or where the area is missing.
    """
    values = np.asarray(evals, dtype=np.float64)
    values = values[values > zero_below(values)][:count]
    if normalise not in NORMALISATIONS:
        raise InputError(f"There is no normalisation {normalise!r}; there are {', '.join(NORMALISATIONS)}.")
    if normalise == "first":
        return values / values[0] if len(values) else values
    if normalise == "none":
        return values
    if area is None or not area > 0:
        raise InputError(f"Normalisation {normalise!r} needs a positive area.")
    return values * area / (4.0 * np.pi * np.arange(1, len(values) + 1)) if normalise == "weyl" else values * area


def dna_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Euclidean distance of two fingerprints over the shorter, divided by the square root of its length."""
    count = min(len(first), len(second))
    if not count:
        raise InputError("Fingerprints without nonzero eigenvalues cannot be compared.")
    return float(np.linalg.norm(np.asarray(first)[:count] - np.asarray(second)[:count]) / np.sqrt(count))
