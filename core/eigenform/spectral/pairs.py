"""Leading eigenpairs of a diffusion operator, by Lanczos."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp
from scipy.linalg import eigh
from scipy.sparse.linalg import LinearOperator, eigsh

from eigenform import native
from eigenform.jobs import unwatched
from eigenform.spectral.operators import Diffusion

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

INLINE = 5000
"""Below so many points the products between two looks at a cancel are short, so it needs no child process."""


def leading_pairs(
    diffusion: Diffusion, count: int, ctx: JobContext | None = None, tolerance: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """The ``count`` largest eigenvalues and their eigenvectors.

    The eigenvectors of eigenvalue 1 (one a component) are known in closed form and put first, so that their number is
    right whatever the solver does.

    Parameters
    ----------
    diffusion : Diffusion
    count : int
        At most N.
    ctx : JobContext, optional
        Lets a cancel stop a small problem and kill the child process of a large one.
    tolerance : float
        Of ARPACK; 0 is machine precision.

    Returns
    -------
    values : (count,) float64
        Descending, in [0, 1].
    vectors : (N, count) float64
        Orthonormal.
    """
    n = diffusion.operator.shape[0]
    constants = diffusion.constants()[:, :count]
    rest = count - constants.shape[1]
    if rest == 0:
        return np.ones(count), constants
    args: dict[str, Any] = {
        "operator": diffusion.operator,
        "constants": constants,
        "count": rest,
        "tolerance": tolerance,
    }
    found = native.call("eigenform.spectral.pairs:compute", ctx, **args) if n > INLINE else None
    if found is None:
        found = compute(**args, check=unwatched if ctx is None else ctx.check)
    values = np.concatenate([np.ones(constants.shape[1]), np.clip(found["values"], 0.0, 1.0)])
    return values, np.column_stack([constants, found["vectors"]])


def compute(
    operator: sp.csr_matrix,
    constants: np.ndarray,
    count: int,
    tolerance: float,
    check: Callable[[], None] = unwatched,
) -> dict[str, np.ndarray]:
    """The largest eigenpairs of the operator on the orthogonal complement of ``constants``."""
    n = operator.shape[0]
    if n <= 300 or count > n // 3:
        dense = operator.toarray() - constants @ constants.T * 2.0
        values, vectors = eigh(dense, subset_by_index=(n - count, n - 1))
    else:

        def apply(x: np.ndarray) -> np.ndarray:
            check()
            return operator @ x - constants @ (2.0 * (constants.T @ x))

        start = np.random.default_rng(0).standard_normal(n)
        linear = LinearOperator((n, n), matvec=apply, dtype=np.float64)
        values, vectors = eigsh(linear, count, which="LA", tol=tolerance, v0=start, ncv=min(n - 1, 2 * count + 20))
    order = np.argsort(-values, kind="stable")
    return {"values": values[order], "vectors": vectors[:, order]}
