"""Rotations as vectors, matrices and six numbers; batched, differentiable, safe at the identity."""

from __future__ import annotations

import torch
from torch import Tensor

_TINY = 1e-6


def axis_angle_to_matrix(vectors: Tensor) -> Tensor:
    """Rotation matrices of axis-angle vectors.

    Parameters
    ----------
    vectors : (..., 3) tensor
        Axis times angle, radians, right-handed.

    Returns
    -------
    (..., 3, 3) tensor
        ``exp([v]_x)``; Rodrigues' formula, with the series of its two factors below 1e-3 rad.
    """
    squared = (vectors * vectors).sum(-1)
    small = squared < 1e-6
    angle = torch.where(small, torch.ones_like(squared), squared).sqrt()
    first = torch.where(small, 1 - squared / 6, torch.sin(angle) / angle)
    second = torch.where(small, 0.5 - squared / 24, (1 - torch.cos(angle)) / (angle * angle))
    cross = skew(vectors)
    eye = torch.eye(3, dtype=vectors.dtype, device=vectors.device)
    return eye + first[..., None, None] * cross + second[..., None, None] * (cross @ cross)


def matrix_to_axis_angle(matrices: Tensor) -> Tensor:
    """Axis-angle vectors of rotation matrices, angles in [0, pi].

    Parameters
    ----------
    matrices : (..., 3, 3) tensor

    Returns
    -------
    (..., 3) tensor
        Goes through the quaternion whose largest component is taken by its root, so that half turns are exact too.
    """
    quaternion = matrix_to_quaternion(matrices)
    w, xyz = quaternion[..., 0], quaternion[..., 1:]
    squared = (xyz * xyz).sum(-1)
    small = squared < _TINY * _TINY
    sine = torch.where(small, torch.ones_like(squared), squared).sqrt()
    factor = torch.where(small, 2 / w.clamp(min=0.5), 2 * torch.atan2(sine, w) / sine)
    return factor[..., None] * xyz


def matrix_to_quaternion(matrices: Tensor) -> Tensor:
    """Unit quaternions (w, x, y, z) of rotation matrices (..., 3, 3), with w >= 0."""
    m = matrices
    m00, m11, m22 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    four = torch.stack([1 + m00 + m11 + m22, 1 + m00 - m11 - m22, 1 - m00 + m11 - m22, 1 - m00 - m11 + m22], -1)
    a, b, c = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    d, e, f = m[..., 1, 0] + m[..., 0, 1], m[..., 0, 2] + m[..., 2, 0], m[..., 2, 1] + m[..., 1, 2]
    # row i is 4 q_i times the quaternion
    rows = torch.stack(
        [
            torch.stack([four[..., 0], a, b, c], -1),
            torch.stack([a, four[..., 1], d, e], -1),
            torch.stack([b, d, four[..., 2], f], -1),
            torch.stack([c, e, f, four[..., 3]], -1),
        ],
        -2,
    )
    best = four.argmax(-1)[..., None, None].expand(*four.shape[:-1], 1, 4)
    row = torch.gather(rows, -2, best)[..., 0, :]
    quaternion = row / row.norm(dim=-1, keepdim=True)
    return torch.where(quaternion[..., :1] < 0, -quaternion, quaternion)


def six_d_to_matrix(six: Tensor) -> Tensor:
    """Rotation matrices from the first two columns, made orthonormal by Gram and Schmidt.

    Parameters
    ----------
    six : (..., 6) tensor
        First column, then second column.

    Returns
    -------
    (..., 3, 3) tensor

    Notes
    -----
    Zhou et al., On the Continuity of Rotation Representations in Neural Networks, CVPR 2019.
    """
    first = torch.nn.functional.normalize(six[..., :3], dim=-1, eps=1e-8)
    second = six[..., 3:] - (first * six[..., 3:]).sum(-1, keepdim=True) * first
    second = torch.nn.functional.normalize(second, dim=-1, eps=1e-8)
    return torch.stack([first, second, torch.linalg.cross(first, second, dim=-1)], -1)


def matrix_to_six_d(matrices: Tensor) -> Tensor:
    """The first two columns of rotation matrices (..., 3, 3), as (..., 6)."""
    return torch.cat([matrices[..., :, 0], matrices[..., :, 1]], -1)


def skew(vectors: Tensor) -> Tensor:
    """Matrices (..., 3, 3) of the cross product with vectors (..., 3)."""
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(*vectors.shape[:-1], 3, 3)


class _Nearest(torch.autograd.Function):
    """The orthogonal factor of a polar decomposition; its derivative needs no differences of singular values."""

    @staticmethod
    def forward(ctx, matrices: Tensor) -> Tensor:  # type: ignore[no-untyped-def, override]
        u, s, vt = torch.linalg.svd(matrices)
        sign = torch.linalg.det(u @ vt).sign()
        u = torch.cat([u[..., :2], u[..., 2:] * sign[..., None, None]], -1)
        s = torch.cat([s[..., :2], s[..., 2:] * sign[..., None]], -1)
        ctx.save_for_backward(u, s, vt)
        return u @ vt

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:  # type: ignore[no-untyped-def, override]
        u, s, vt = ctx.saved_tensors
        k = u.transpose(-1, -2) @ gradient @ vt.transpose(-1, -2)
        sums = (s[..., :, None] + s[..., None, :]).clamp(min=1e-8)
        return u @ ((k - k.transpose(-1, -2)) / sums) @ vt


def nearest_rotation(matrices: Tensor) -> Tensor:
    """The rotation nearest to each matrix (special orthogonal Procrustes).

    Parameters
    ----------
    matrices : (..., 3, 3) tensor

    Returns
    -------
    (..., 3, 3) tensor
        ``U diag(1, 1, det(U V^T)) V^T`` of the singular value decomposition ``U S V^T``.
    """
    found: Tensor = _Nearest.apply(matrices)
    return found
