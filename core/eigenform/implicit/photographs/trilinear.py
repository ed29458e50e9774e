"""Trilinear interpolation in a grid of features, with derivatives, made for training on a CPU."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor


class Corners(NamedTuple):
    """``nodes`` (N, 8) around each point, and their ``weights`` (N, 1 or 4, 8): for the value and, where asked for, its
    three derivatives."""

    nodes: Tensor
    weights: Tensor


def corners(share: Tensor, side: int, per: float, gradient: bool) -> Corners:
    """The nodes around points.

    Parameters
    ----------
    share : (N, 3) tensor
        Where, in [0, 1] along each side of the cube.
    side : int
        Nodes along a side; x is the slowest axis, z the fastest.
    per : float
        ``d share / d x``.
    gradient : bool
        Whether derivatives by x are wanted.
    """
    at = share * (side - 1)
    cell = at.detach().floor().clamp(0, side - 2)
    t = at - cell
    index = cell.long()
    first = (index[:, 0] * side + index[:, 1]) * side + index[:, 2]
    steps = torch.tensor([0, 1, side, side + 1], device=share.device)
    steps = torch.cat([steps, steps + side * side])
    w = torch.stack([1 - t, t], dim=2)
    x, y, z = w[:, 0], w[:, 1], w[:, 2]
    yz = _outer(y, z)
    rows = [_outer(x, yz)]
    if gradient:
        k = (side - 1) * per
        step = torch.tensor([-k, k], device=share.device, dtype=share.dtype).expand(len(t), 2)
        rows += [_outer(step, yz), _outer(x, _outer(step, z)), _outer(x, _outer(y, step))]
    return Corners(first[:, None] + steps, torch.stack(rows, dim=1))


def interpolate(table: Tensor, at: Corners) -> Tensor:
    """(N, 1 or 4, F) values, and derivatives behind them, of a grid ``table`` (side^3, F)."""
    found: Tensor = torch.bmm(at.weights, _Rows.apply(table, at.nodes))
    return found


def _outer(a: Tensor, b: Tensor) -> Tensor:
    """(N, p q) products of (N, p) and (N, q)."""
    return (a[:, :, None] * b[:, None, :]).flatten(1)


class _Rows(torch.autograd.Function):
    """Rows of a table. torch adds their gradients up one by one; on a CPU a count with weights is ten times faster."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, index: Tensor) -> Tensor:  # type: ignore[override]
        ctx.save_for_backward(index)
        ctx.rows = len(table)
        return table[index]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        (index,) = ctx.saved_tensors
        flat, width = index.reshape(-1), grad.shape[-1]
        grad = grad.reshape(-1, width)
        if grad.device.type != "cpu":
            return torch.zeros(ctx.rows, width, device=grad.device, dtype=grad.dtype).index_add_(0, flat, grad), None
        where, found = flat.numpy(), np.empty((ctx.rows, width), dtype=np.float32)
        for i in range(width):
            found[:, i] = np.bincount(where, grad[:, i].numpy(), minlength=ctx.rows)
        return torch.from_numpy(found), None
