"""The nested reconstruction loss in closed form, and the last layer that minimises it exactly.

For k = 1..K every probe is projected on the first k columns; the loss is the mean over probes and k of the squared
error summed over points (Velich et al., arXiv 2512.01103, eq. 5). Prefix sums replace the K x N x P tensor of the
direct computation.
"""

from __future__ import annotations

import torch
from torch import Tensor

RANK = 1e-7
"""Directions of the columns' Gram matrix below this share of the largest are left out of the last layer."""


SINGLE_ONLY = ("mps",)
"""Kinds of device without double precision and without the decompositions: there small problems go to the CPU."""


def exact(x: Tensor) -> Tensor:
    """``x`` in double precision, on the CPU where its device has none."""
    return (x.cpu() if x.device.type in SINGLE_ONLY else x).double()


def orthonormal(columns: Tensor) -> Tensor:
    """The orthonormal factor of QR, on the device of ``columns`` and with their gradient."""
    if columns.device.type in SINGLE_ONLY:
        return torch.linalg.qr(columns.cpu())[0].to(columns.device)
    return torch.linalg.qr(columns)[0]


def nested_weights(modes: int, like: Tensor) -> Tensor:
    """How many of the K truncations hold column i: ``(K - i) / K``."""
    return torch.arange(modes, 0, -1, dtype=like.dtype, device=like.device) / modes


def nested_loss(columns: Tensor, probes: Tensor, mass: Tensor | None = None, error: str = "mass") -> Tensor:
    """The nested loss of columns as they come, with an autograd gradient.

    Parameters
    ----------
    columns : (N, K) tensor
        Any columns of full rank; their order counts.
    probes : (N, P) tensor
        Probe functions.
    mass : (N,) tensor, optional
        Inner product of the projection; plain without it.
    error : {"mass", "plain"}
        Norm of the error. With a mass that is learned only ``plain`` is well posed: the mass could otherwise shrink to
        one point (``mass`` is the same thing as ``plain`` where no mass is given).

    Returns
    -------
    scalar tensor
        Mean over probes and truncations of the squared error summed over points.
    """
    root = torch.ones_like(columns[:, :1]) if mass is None else mass.sqrt()[:, None]
    frame = orthonormal(root * columns)
    coefficients = frame.T @ (root * probes)
    share = nested_weights(columns.shape[1], columns)
    if error == "mass" or mass is None:
        total = ((root * probes) ** 2).sum()
        return (total - (share[:, None] * coefficients**2).sum()) / probes.shape[1]
    basis = frame / root
    gram = basis.T @ basis
    cross = basis.T @ probes
    below = torch.tril(gram, -1) @ coefficients
    gain = 2 * coefficients * cross - gram.diagonal()[:, None] * coefficients**2 - 2 * coefficients * below
    return ((probes**2).sum() - (share[:, None] * gain).sum()) / probes.shape[1]


def optimal_loss(total: float, values: Tensor, modes: int) -> float:
    """The least nested loss there is, by Ky Fan: the sum of what each truncation must leave out.

    Parameters
    ----------
    total : float
        Trace of the probe covariance.
    values : (>= K,) tensor
        Its largest eigenvalues, descending.
    modes : int
        K.
    """
    return float(total - (nested_weights(modes, values) * values[:modes]).sum())


def solve_last_layer(gram: Tensor, covariance: Tensor, modes: int) -> tuple[Tensor, Tensor]:
    """The linear map of columns to modes that minimises the nested loss: Rayleigh-Ritz.

    Parameters
    ----------
    gram : (D, D) float64 tensor
        ``Y^T Y`` of the (weighted) network columns.
    covariance : (D, D) float64 tensor
        ``Y^T C Y`` with ``C`` the probe covariance.
    modes : int
        K; fewer come back where the columns have lower rank.

    Returns
    -------
    values : (K,) float64 tensor
        Captured probe energy of each mode, descending.
    last : (D, K) float64 tensor
        ``Y @ last`` is orthonormal.
    """
    scale = gram.diagonal().clamp_min(torch.finfo(gram.dtype).tiny).sqrt()
    scaled = gram / scale[:, None] / scale
    spectrum, axes = torch.linalg.eigh(scaled)
    keep = spectrum > RANK * spectrum[-1]
    whiten = axes[:, keep] / spectrum[keep].sqrt() / scale[:, None]
    values, rotation = torch.linalg.eigh(whiten.T @ covariance @ whiten)
    return values.flip(0)[:modes], whiten @ rotation.flip(1)[:, :modes]


def solve_on(columns: Tensor, targets: Tensor, modes: int) -> tuple[Tensor, Tensor]:
    """The exact last layer of weighted columns (N, D) on one set of weighted probes (N, P)."""
    seen = exact(columns.T @ targets)
    return solve_last_layer(exact(columns.T @ columns), seen @ seen.T, modes)


def ritz_loss(columns: Tensor, targets: Tensor, modes: int) -> tuple[Tensor, Tensor, Tensor]:
    """The nested loss after an exactly solved last layer, with its exact gradient by variable projection.

    The last layer is at its optimum, so its own derivative drops out: the gradient in the columns is that of
    ``-sum_i w_i (|F^T Y r_i|^2 - c_i |Y r_i|^2)`` with ``r_i`` and ``c_i`` held fixed.

    Parameters
    ----------
    columns : (N, D) tensor
        Weighted network columns.
    targets : (N, P) tensor
        Weighted probes; their covariance is ``F F^T``.
    modes : int
        K.

    Returns
    -------
    loss : scalar tensor
        Value of the loss; backward gives the exact gradient.
    values : (K,) float64 tensor
        Captured probe energy of each mode.
    last : (D, K) float64 tensor
    """
    with torch.no_grad():
        values, last = solve_on(columns, targets, modes)
        # to single precision first: not every device takes double
        fixed, energy = (x.to(columns.dtype).to(columns.device) for x in (last, values))
    modes_now = columns @ fixed
    share = nested_weights(modes, columns)[: fixed.shape[1]]
    gain = ((modes_now.T @ targets) ** 2).sum(1) - energy * (modes_now**2).sum(0)
    surrogate = -(share * gain).sum()
    value = (exact(targets) ** 2).sum() - (exact(share) * values).sum()
    return surrogate - surrogate.detach() + value.to(columns.dtype).to(columns.device), values, last
