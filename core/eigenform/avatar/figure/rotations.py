"""Rotations of numpy arrays: axis-angle vectors, matrices and quaternions ``(x, y, z, w)``, for any leading shape.

The torch functions of :mod:`eigenform.avatar.body.rotations` are for fits and networks; these are for values, need no
torch and keep double precision.
"""

from __future__ import annotations

import numpy as np


def matrices(vectors: np.ndarray) -> np.ndarray:
    """Rotation matrices (..., 3, 3) of axis-angle vectors (..., 3) in radians, by Rodrigues' formula."""
    vectors = np.asarray(vectors, dtype=np.float64)
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    small = angle < 1e-6  # beyond, the series below would lose digits; before, the quotients would
    safe = np.where(small, 1.0, angle)
    first = np.where(small, 1.0 - angle**2 / 6.0, np.sin(safe) / safe)
    second = np.where(small, 0.5 - angle**2 / 24.0, 2.0 * (np.sin(safe / 2.0) / safe) ** 2)
    cross = cross_matrices(vectors)
    return np.eye(3) + first * cross + second * (cross @ cross)


def cross_matrices(vectors: np.ndarray) -> np.ndarray:
    """Matrices (..., 3, 3) with ``K b = a x b`` for vectors a (..., 3)."""
    x, y, z = np.moveaxis(np.asarray(vectors, dtype=np.float64), -1, 0)
    zero = np.zeros_like(x)
    rows = [np.stack(row, axis=-1) for row in ((zero, -z, y), (z, zero, -x), (-y, x, zero))]
    return np.stack(rows, axis=-2)


def vectors(rotations: np.ndarray) -> np.ndarray:
    """Axis-angle vectors (..., 3), no longer than pi, of rotation matrices (..., 3, 3)."""
    q = quaternions(rotations)
    q = np.where(q[..., 3:] < 0, -q, q)
    length = np.linalg.norm(q[..., :3], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(length, q[..., 3:])
    return q[..., :3] * np.where(length > 1e-12, angle / np.maximum(length, 1e-300), 2.0)


def quaternions(rotations: np.ndarray) -> np.ndarray:
    """Unit quaternions (..., 4) as ``(x, y, z, w)`` of rotation matrices (..., 3, 3).

    The largest of the four squares is taken first (Shepperd 1978), so that no digits are lost near half a turn.
    """
    m = np.asarray(rotations, dtype=np.float64)
    d = np.stack([m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]], axis=-1)
    trace = d.sum(axis=-1)
    squares = np.stack([*(1.0 + 2.0 * np.moveaxis(d, -1, 0) - trace), 1.0 + trace], axis=-1)
    s01, s02, s12 = (m[..., i, j] + m[..., j, i] for i, j in ((0, 1), (0, 2), (1, 2)))
    d21, d02, d10 = (m[..., i, j] - m[..., j, i] for i, j in ((2, 1), (0, 2), (1, 0)))
    candidates = np.stack(
        [
            np.stack([squares[..., 0], s01, s02, d21], axis=-1),
            np.stack([s01, squares[..., 1], s12, d02], axis=-1),
            np.stack([s02, s12, squares[..., 2], d10], axis=-1),
            np.stack([d21, d02, d10, squares[..., 3]], axis=-1),
        ],
        axis=-2,
    )
    best = np.take_along_axis(candidates, squares.argmax(axis=-1)[..., None, None], axis=-2)[..., 0, :]
    return best / np.linalg.norm(best, axis=-1, keepdims=True)


def from_quaternions(q: np.ndarray) -> np.ndarray:
    """Rotation matrices (..., 3, 3) of quaternions (..., 4) as ``(x, y, z, w)``, of any length but zero."""
    q = np.asarray(q, dtype=np.float64)
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    cross = cross_matrices(q[..., :3])
    return np.eye(3) + 2.0 * (q[..., 3, None, None] * cross + cross @ cross)


def slerp(start: np.ndarray, end: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """Quaternions (..., 4) on the shorter arc from ``start`` (share 0) to ``end`` (share 1), at constant speed."""
    share = np.asarray(share, dtype=np.float64)[..., None]
    cosine = (start * end).sum(axis=-1, keepdims=True)
    end = np.where(cosine < 0, -end, end)
    angle = np.arccos(np.clip(np.abs(cosine), 0.0, 1.0))
    near = angle < 1e-4
    sine = np.where(near, 1.0, np.sin(angle))
    first = np.where(near, 1.0 - share, np.sin((1.0 - share) * angle) / sine)
    second = np.where(near, share, np.sin(share * angle) / sine)
    mixed = first * start + second * end
    return mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)


def shortest(start: np.ndarray, end: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """The smallest rotation (3, 3) that takes direction ``start`` (3,) to direction ``end`` (3,).

    ``otherwise`` (3,) is the axis to turn about by half a turn where the two are opposite; its part along ``start`` is
    taken out.
    """
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis, cosine = np.cross(a, b), float(a @ b)
    sine = np.linalg.norm(axis)
    if sine < 1e-6:
        if cosine > 0:
            return np.eye(3)
        axis = otherwise - a * (a @ otherwise)
        if np.linalg.norm(axis) < 1e-6:
            axis = np.eye(3)[np.abs(a).argmin()]
            axis = axis - a * (a @ axis)
        return matrices(axis / np.linalg.norm(axis) * np.pi)
    return matrices(axis / sine * np.arctan2(sine, cosine))
