"""Rotations of numpy arrays of any leading shape: axis-angle vectors, matrices and quaternions ``(x, y, z, w)``.

The torch functions of :mod:`eigenform.avatar.body.rotations` are for fits and networks; these are for values, need no
torch and keep double precision. The arithmetic is scipy's.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation


def matrices(vectors: np.ndarray) -> np.ndarray:
    """Rotation matrices (..., 3, 3) of axis-angle vectors (..., 3) in radians."""
    return _of_vectors(vectors).as_matrix().reshape(*np.shape(vectors), 3)


def vectors(rotations: np.ndarray) -> np.ndarray:
    """Axis-angle vectors (..., 3), no longer than pi, of rotation matrices (..., 3, 3)."""
    return _of_matrices(rotations).as_rotvec().reshape(np.shape(rotations)[:-1])


def quaternions(rotations: np.ndarray) -> np.ndarray:
    """Unit quaternions (..., 4) as ``(x, y, z, w)`` of rotation matrices (..., 3, 3)."""
    return _of_matrices(rotations).as_quat().reshape(*np.shape(rotations)[:-2], 4)


def between(start: np.ndarray, end: np.ndarray, share: float) -> np.ndarray:
    """Axis-angle vectors (..., 3) a ``share`` of the shorter arc from ``start`` to ``end``; the speed is constant."""
    first = _of_vectors(start)
    arc = (first.inv() * _of_vectors(end)).as_rotvec()
    return (first * Rotation.from_rotvec(share * arc)).as_rotvec().reshape(np.shape(start))


# Both copy: scipy takes no arrays that are locked against writing, as those of our values are.


def _of_vectors(vectors: np.ndarray) -> Rotation:
    return Rotation.from_rotvec(np.array(vectors, dtype=np.float64).reshape(-1, 3))


def _of_matrices(rotations: np.ndarray) -> Rotation:
    return Rotation.from_matrix(np.array(rotations, dtype=np.float64).reshape(-1, 3, 3))


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
