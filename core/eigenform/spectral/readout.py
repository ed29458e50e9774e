"""Relative eigenvalues, read off what was learned."""

from __future__ import annotations

import numpy as np


def log_spectrum(quotients: np.ndarray) -> np.ndarray:
    """``-log(mu_i)`` of Rayleigh quotients with the diffusion operator.

    The heat probes have the spectrum ``exp(-2 t lambda)``, so their log is proportional to the eigenvalues. The
    constant mode has the quotient 1 whether or not it is among the modes: probes of some kinds do not hold it.

    Parameters
    ----------
    quotients : (K,) float
        ``q_i^T S q_i`` of orthonormal modes, in (0, 1].
    """
    return -np.log(np.clip(quotients, 1e-12, 1.0))


def inverse_errors(targets: np.ndarray, frame: np.ndarray, kind: str) -> np.ndarray:
    """The paper's reading: ``lambda_k = 1 / error`` of reconstructing the probes from the first k modes.

    Parameters
    ----------
    targets : (N, P) float
        Weighted probes.
    frame : (N, K) float
        Orthonormal weighted modes.
    kind : {"mean-error", "max-error"}
        Mean over probes (published code) or the worst probe (paper, section 3).

    Returns
    -------
    (K,) float64
        0 for the constant mode, then relative eigenvalues.
    """
    left = (targets**2).sum(0) - np.cumsum((frame.T @ targets) ** 2, axis=0)
    error = left.mean(1) if kind == "mean-error" else left.max(1)
    error = np.maximum(error, np.finfo(float).eps * (targets**2).sum(0).max())
    return np.concatenate([[0.0], 1 / error[:-1]])
