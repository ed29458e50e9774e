"""The smallest eigenpairs of ``L u = lambda M u`` with a positive semidefinite L and a diagonal mass.

Each connected component is solved on its own: its constant is its one zero mode exactly, and eigenvalues that several
components share are all found, which one Krylov space over all of them could not promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
import scipy.sparse.linalg as sla
from scipy.sparse.csgraph import connected_components

from eigenform.geometry.dissection import nested_dissection

DENSE_BELOW = 300
"""Problems up to this size are solved densely."""


@dataclass(frozen=True)
class Modes:
    """Eigenpairs, ascending, and what was found on the way.

    Attributes
    ----------
    evals : (K,) float64
        One exact zero for each component first.
    evecs : (N, K) float64
        Mass-orthonormal; the first column is constant.
    components : int
        Connected components of the operator.
    residuals : (K,) float64
        ``|M^-1/2 (L u - lambda M u)|`` over the larger of ``lambda`` and the first nonzero eigenvalue.
    """

    evals: np.ndarray
    evecs: np.ndarray
    components: int
    residuals: np.ndarray


def smallest_modes(
    stiffness: sp.csr_matrix,
    mass: np.ndarray,
    points: np.ndarray,
    count: int,
    *,
    seed: int = 0,
    invert: bool = True,
    ctx: Any = None,
) -> Modes:
    """The ``count`` smallest eigenpairs.

    Parameters
    ----------
    stiffness : (N, N) csr_matrix
        Symmetric, positive semidefinite, rows sum to zero.
    mass : (N,) float64
        Positive.
    points : (N, d) float
        Where the rows stand; they guide the order of elimination and do not change the result.
    count : int
        At most N.
    seed : int
        Of the start vector.
    invert : bool
        Shift-invert Lanczos with a sparse factor; without it plain Lanczos, for graphs of high dimension whose factor
        would be dense.
    ctx : optional
        Gets ``message``.
    """
    stiffness = sp.csr_matrix(stiffness)
    number, labels = connected_components(stiffness, directed=False)
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(number + 1))
    members = [order[bounds[i] : bounds[i + 1]] for i in range(number)]
    shares = np.array([mass[m].sum() for m in members])
    ranking = np.argsort(-shares, kind="stable")
    zeros = min(number, count)
    evals, evecs = np.zeros(count), np.zeros((len(mass), count))
    evecs[:, :zeros] = _constants(shares[ranking], zeros)[np.argsort(ranking)[labels]]
    wanted = count - zeros
    if wanted:
        whole = number == 1
        problems = [
            _Problem(stiffness if whole else stiffness[m][:, m], mass[m], points[m], seed, invert, ctx) for m in members
        ]
        found = _merge(problems, shares, wanted, ctx)
        for column, (value, which, vector) in enumerate(found, start=zeros):
            evals[column] = value
            evecs[members[which], column] = vector
    return Modes(evals, evecs, number, _residuals(stiffness, mass, evals, evecs))


def _constants(shares: np.ndarray, zeros: int) -> np.ndarray:
    """Mass-orthonormal functions constant on each component, (components, zeros); the first is constant on all."""
    weight = np.sqrt(shares)
    start = np.zeros((len(shares), zeros))
    start[:, 0] = 1.0
    start[np.arange(zeros - 1), np.arange(1, zeros)] = 1.0
    q, r = np.linalg.qr(weight[:, None] * start)
    values = q * np.sign(np.diag(r)) / weight[:, None]
    values[:, 0] = 1.0 / np.sqrt(shares.sum())
    return values


def _merge(problems: list[_Problem], shares: np.ndarray, wanted: int, ctx: Any) -> list[tuple[float, int, np.ndarray]]:
    """The ``wanted`` smallest nonzero modes over all components, as (eigenvalue, component, vector)."""
    asked = [0] * len(problems)
    found: list[tuple[np.ndarray, np.ndarray]] = [(np.zeros(0), np.zeros((p.size, 0))) for p in problems]
    # by Weyl's law a component holds modes in proportion to its area; ask for some more, then for what is still missing
    guess = [int(np.ceil(1.3 * wanted * s / shares.sum())) + 4 for s in shares]
    if len(problems) == 1:
        guess = [wanted]
    while True:
        for i, problem in enumerate(problems):
            target = min(guess[i], wanted, problem.size - 1)
            if target > asked[i]:
                if ctx is not None:
                    ctx.message(f"Solving for {target} modes" + (f" of part {i + 1}" if len(problems) > 1 else ""))
                found[i], asked[i] = problem.solve(target), target
        values = np.concatenate([f[0] for f in found])
        limit = np.sort(values)[wanted - 1] if len(values) >= wanted else np.inf
        short = [
            i
            for i, p in enumerate(problems)
            if asked[i] < min(wanted, p.size - 1) and (not asked[i] or found[i][0][-1] < limit)
        ]
        if not short:
            break
        for i in short:
            guess[i] = 2 * asked[i] + 4
    owner = np.repeat(np.arange(len(problems)), [len(f[0]) for f in found])
    place = np.concatenate([np.arange(len(f[0])) for f in found])
    best = np.lexsort((place, owner, values))[:wanted]
    return [(float(values[b]), int(owner[b]), found[owner[b]][1][:, place[b]]) for b in best]


class _Problem:
    """One connected component; its factor is kept in case more modes are asked for."""

    def __init__(
        self, stiffness: sp.csr_matrix, mass: np.ndarray, points: np.ndarray, seed: int, invert: bool, ctx: Any
    ) -> None:
        self.size = len(mass)
        self._stiffness, self._mass, self._points, self._seed, self._invert = stiffness, mass, points, seed, invert
        self._factor: tuple[Any, np.ndarray] | None = None
        self._ctx = ctx

    def solve(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The ``count`` smallest nonzero eigenvalues and their mass-orthonormal vectors."""
        if self.size <= max(DENSE_BELOW, min(3 * count, 2000)):
            return self._dense(count)
        return self._lanczos_inverted(count) if self._invert else self._lanczos(count)

    def _dense(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        half = np.sqrt(self._mass)
        matrix = self._stiffness.toarray() / half[:, None] / half
        constant = half / np.linalg.norm(half)
        # lift the constant above the spectrum, so that no nearly zero mode can mix with it
        lift = 2.0 * np.abs(matrix).sum(1).max()
        matrix = 0.5 * (matrix + matrix.T) + lift * np.outer(constant, constant)
        values, vectors = la.eigh(matrix, subset_by_index=(0, count - 1))
        return np.maximum(values, 0.0), vectors / half[:, None]

    def _factored(self) -> tuple[Any, np.ndarray]:
        """The factor of ``L + shift M`` in a fill-reducing order, and the order."""
        if self._factor is None:
            # a fraction of the Weyl slope: below the first modes, yet far enough from zero to lose no digits
            shift = np.pi / float(self._mass.sum())
            order = nested_dissection(self._stiffness, self._points)
            matrix = sp.csc_matrix(self._stiffness + shift * sp.diags(self._mass))
            factor = sla.splu(
                matrix[order][:, order],
                permc_spec="NATURAL",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
            self._factor = factor, order
        return self._factor

    def _lanczos_inverted(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        factor, order = self._factored()
        half = np.sqrt(self._mass)[order]
        constant = half / np.linalg.norm(half)

        def apply(x: np.ndarray) -> np.ndarray:
            x = x.ravel()
            x = x - constant * (constant @ x)
            y = half * factor.solve(half * x)
            return y - constant * (constant @ y)

        _, vectors = _arpack(apply, self.size, count, self._seed, constant, self._ctx)
        # one more solve smooths rounding at vertices of almost no mass; Rayleigh-Ritz then sets values and order
        vectors = factor.solve(half[:, None] * vectors)
        stiffness = self._stiffness[order][:, order]
        values, vectors = _ritz(stiffness, half**2, vectors)
        unsorted = np.empty_like(vectors)
        unsorted[order] = vectors
        return values, unsorted

    def _lanczos(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        half = np.sqrt(self._mass)
        constant = half / np.linalg.norm(half)
        scaling = sp.diags(1.0 / half)
        matrix: Any = sp.csr_matrix(scaling @ self._stiffness @ scaling)
        top = float(abs(matrix).sum(1).max())

        def apply(x: np.ndarray) -> np.ndarray:
            x = x.ravel()
            x = x - constant * (constant @ x)
            y = top * x - matrix @ x
            return y - constant * (constant @ y)

        _, vectors = _arpack(apply, self.size, count, self._seed, constant, self._ctx)
        return _ritz(self._stiffness, self._mass, vectors / half[:, None])


def _arpack(
    apply: Any, size: int, count: int, seed: int, constant: np.ndarray, ctx: Any
) -> tuple[np.ndarray, np.ndarray]:
    """The largest eigenpairs of a symmetric operator from which ``constant`` has been projected out."""
    start = np.random.default_rng(seed).standard_normal(size)
    start -= constant * (constant @ start)
    products = 0

    def counted(x: np.ndarray) -> np.ndarray:
        nonlocal products
        products += 1
        if ctx is not None and products % 20 == 0:
            ctx.message(f"Solving for {count} modes, {products} products")
        return apply(x)

    operator = sla.LinearOperator((size, size), matvec=counted, dtype=np.float64)
    for wider in (1, 2, 4):
        width = min(size - 1, max(2 * count + 1, 20) * wider)
        try:
            return sla.eigsh(operator, count, which="LA", v0=start, ncv=width, maxiter=1000 * wider, tol=1e-12)
        except sla.ArpackNoConvergence:
            continue
    raise RuntimeError(f"The eigensolver did not converge for {count} modes of {size} points.")


def _ritz(stiffness: sp.csr_matrix, mass: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rayleigh-Ritz in the span of ``vectors``, kept orthogonal to the constant."""
    vectors = vectors - (mass @ vectors) / mass.sum()
    vectors = vectors / np.sqrt(mass @ vectors**2)
    weighted = mass[:, None] * vectors
    values, rotation = la.eigh(vectors.T @ (stiffness @ vectors), vectors.T @ weighted)
    vectors = vectors @ rotation
    # a second pass brings orthonormality to machine precision
    gram = vectors.T @ (mass[:, None] * vectors)
    vectors = vectors @ (1.5 * np.eye(len(gram)) - 0.5 * gram)
    return np.maximum(values, 0.0), vectors


def _residuals(stiffness: sp.csr_matrix, mass: np.ndarray, evals: np.ndarray, evecs: np.ndarray) -> np.ndarray:
    """See :class:`Modes`."""
    nonzero = evals[evals > 0]
    floor = float(nonzero[0]) if len(nonzero) else 1.0
    found = []
    for value, vector in zip(evals, evecs.T, strict=True):
        left = (stiffness @ vector - value * mass * vector) / np.sqrt(mass)
        found.append(float(np.linalg.norm(left)) / max(float(value), floor))
    return np.array(found)
