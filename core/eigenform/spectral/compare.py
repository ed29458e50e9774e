"""How well one basis stands for another on the same shape.

In all of this B is the reference: it gives the mass M, the modes ``u_i`` and, where it has one, the stiffness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.spectral.spectrum import fit_scale, ratios, zero_below
from eigenform.types import Basis

COUNTS = (10, 20, 50)
CLUSTER = 0.01
"""Reference eigenvalues closer than this, relatively, are rotated jointly for ``cosine_clustered``."""

PerCount = dict[str, float | None]


@dataclass(frozen=True, eq=False)
class Comparison:
    """A compared with the reference B. Entries by count are None where a basis has too few modes.

    Attributes
    ----------
    captured_span : dict
        Mean energy of the first k reference modes captured by all columns of A, in [0, 1].
    captured_nested : dict
        The same by the first k columns of A.
    cosine_index : dict
        Mean over i <= k of ``|<a_i, u_i>_M|``, both of unit norm; the constant mode counts.
    cosine_clustered : dict
        The same after A's columns have been rotated within each cluster of reference eigenvalues.
    cosine_matched : dict
        The same under the best one-to-one matching of the first k reference modes to columns of A.
    eval_error : float or None
        Mean relative error of the eigenvalues after one scale, fitted by least squares of the relative errors; zero
        modes are left out.
    angles_deg : (min(K_A, K_B),) float64
        Principal angles between the spans of that many columns of each, ascending, in degrees.
    residuals : (K_A,) float64 or None
        ``|M^-1/2 (L a - rho M a)|`` over the larger of the Rayleigh quotient ``rho`` and the reference's first nonzero
        eigenvalue, for unit ``a``; None where the reference has no stiffness.
    per_mode : (K_B,) float64
        Energy of each reference mode captured by all columns of A.
    cosines : (min(K_A, K_B),) float64
        ``|<a_i, u_i>_M|`` by index.
    """

    captured_span: PerCount
    captured_nested: PerCount
    cosine_index: PerCount
    cosine_clustered: PerCount
    cosine_matched: PerCount
    eval_error: float | None
    angles_deg: np.ndarray
    residuals: np.ndarray | None
    per_mode: np.ndarray
    cosines: np.ndarray

    def as_dict(self) -> dict[str, Any]:
        """What ``eigenform compare --json`` prints."""
        return {
            "captured_span": self.captured_span,
            "captured_nested": self.captured_nested,
            "cosine_index": self.cosine_index,
            "cosine_clustered": self.cosine_clustered,
            "cosine_matched": self.cosine_matched,
            "eval_error": self.eval_error,
            "angles_deg": self.angles_deg.tolist(),
            "residuals": None if self.residuals is None else self.residuals.tolist(),
            "captured_per_mode": self.per_mode.tolist(),
        }


def compare(a: Basis, b: Basis) -> Comparison:
    """Compare ``a`` with the reference ``b``.

    Parameters
    ----------
    a, b : Basis
        On the same vertices in the same order.

    Raises
    ------
    InputError
        Where their vertices differ, or the reference has no mass.
    """
    check_rows(a, b)
    used = b.mass > 0
    if not used.any():
        raise InputError(f"The reference {b.name} has no mass at any vertex, so nothing can be measured with it.")
    root = np.sqrt(b.mass[used])[:, None]
    ours, theirs = root * a.evecs[used], root * b.evecs[used]
    span = orthonormal(ours)
    columns, modes = a.modes, b.modes
    common = min(columns, modes)
    unit_ours, unit_theirs = _unit(ours), _unit(theirs)
    products = np.abs(unit_theirs.T @ unit_ours)
    cosines = np.diagonal(products).copy()
    clustered = _clustered(unit_ours, unit_theirs, b.evals, common)
    return Comparison(
        captured_span=_by_count(lambda k: captured_energy(span, orthonormal(theirs[:, :k])), modes),
        captured_nested=_by_count(
            lambda k: captured_energy(orthonormal(ours[:, :k]), orthonormal(theirs[:, :k])), common
        ),
        cosine_index=_by_count(lambda k: float(cosines[:k].mean()), common),
        cosine_clustered=_by_count(lambda k: float(clustered[:k].mean()), common),
        cosine_matched=_by_count(lambda k: _matched(products[:k]), common),
        eval_error=eval_error(a.evals, b.evals),
        angles_deg=_angles(orthonormal(ours[:, :common]), orthonormal(theirs[:, :common])),
        residuals=None if b.stiffness is None else _residuals(a, b, used),
        per_mode=((span.T @ unit_theirs) ** 2).sum(0),
        cosines=cosines,
    )


def check_rows(a: Basis, b: Basis) -> None:
    """Refuse two bases whose vertices differ.

    Raises
    ------
    InputError
        Where counts, dimensions or positions (by more than 1e-5 of the size) differ.
    """
    if a.verts.shape != b.verts.shape:
        raise InputError(
            f"The bases stand on different shapes: {a.name} has {a.verts.shape[0]} vertices in {a.verts.shape[1]}-D, "
            f"{b.name} has {b.verts.shape[0]} in {b.verts.shape[1]}-D; evaluate one on the other's shape first."
        )
    size = float(np.ptp(b.verts, axis=0).max(initial=0.0))
    apart = float(np.abs(a.verts - b.verts).max(initial=0.0))
    if apart > 1e-5 * max(size, np.finfo(float).tiny):
        raise InputError(
            f"The bases stand on different shapes: their vertices are up to {apart:.3g} apart; "
            "evaluate one on the other's shape first."
        )


def captured_energy(span: np.ndarray, modes: np.ndarray) -> float:
    """``|span^T modes|_F^2 / k`` for matrices with orthonormal columns: 1 where ``span`` holds all k modes."""
    return float(((span.T @ modes) ** 2).sum() / modes.shape[1])


def eval_error(evals: np.ndarray, reference: np.ndarray) -> float | None:
    """Mean relative error after one global scale, index by index.

    Parameters
    ----------
    evals, reference : (K,) and (K',) float
        Ascending; compared over the shorter. Entries where either is zero are left out.

    Returns
    -------
    float or None
        None where no pair of nonzero eigenvalues is left.
    """
    ratio = ratios(evals, reference)
    return float(np.abs(fit_scale(evals, reference) * ratio - 1.0).mean()) if len(ratio) else None


def orthonormal(columns: np.ndarray) -> np.ndarray:
    """An orthonormal basis of the span; dependent columns are dropped."""
    u, s, _ = np.linalg.svd(_unit(columns), full_matrices=False)
    return u[:, s > 1e-10 * s[0]]


def _unit(columns: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(columns, axis=0)
    return columns / np.where(lengths > 0, lengths, 1.0)


def _by_count(measure: Callable[[int], float], available: int) -> PerCount:
    return {str(k): measure(k) if k <= available else None for k in COUNTS}


def _matched(products: np.ndarray) -> float:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-products)
    return float(products[rows, columns].mean())


def _clustered(ours: np.ndarray, theirs: np.ndarray, evals: np.ndarray, common: int) -> np.ndarray:
    """Index-wise cosines after the best rotation (Procrustes) within each cluster of reference eigenvalues."""
    found = np.empty(common)
    values = evals[:common]
    gap = np.diff(values) > CLUSTER * np.maximum(np.abs(values[1:]), np.finfo(float).tiny)
    bounds = [0, *(np.flatnonzero(gap) + 1).tolist(), common]
    for start, stop in pairwise(bounds):
        block = ours[:, start:stop]
        if stop - start > 1:
            u, _, vt = np.linalg.svd(block.T @ theirs[:, start:stop])
            block = _unit(block @ (u @ vt))
        found[start:stop] = np.abs(np.einsum("ij,ij->j", block, theirs[:, start:stop]))
    return found


def _angles(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Principal angles in degrees; small ones from sines, which keep their digits (Bjorck and Golub 1973)."""
    if first.shape[1] < second.shape[1]:
        first, second = second, first
    product = first.T @ second
    cosines = np.linalg.svd(product, compute_uv=False)
    sines = np.linalg.svd(second - first @ product, compute_uv=False)[::-1]
    angles = np.where(cosines**2 > 0.5, np.arcsin(np.clip(sines, 0, 1)), np.arccos(np.clip(cosines, 0, 1)))
    return np.degrees(np.sort(angles))


def _residuals(a: Basis, b: Basis, used: np.ndarray) -> np.ndarray:
    """See :class:`Comparison`."""
    nonzero = b.evals[b.evals > zero_below(b.evals)]
    floor = float(nonzero[0]) if len(nonzero) else 1.0
    stiffness: Any = b.stiffness
    mass = b.mass[used, None]
    evecs = a.evecs / np.sqrt(np.maximum((b.mass[:, None] * a.evecs**2).sum(0), np.finfo(float).tiny))
    pulled = (stiffness @ evecs)[used]
    evecs = evecs[used]
    quotients = (evecs * pulled).sum(0)
    return np.linalg.norm((pulled - quotients * mass * evecs) / np.sqrt(mass), axis=0) / np.maximum(quotients, floor)
