"""Posing an avatar: once, as a value, or many times a second."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from eigenform.avatar.figure.kinematics import skinning_matrices
from eigenform.avatar.figure.skinning import skin
from eigenform.errors import InputError
from eigenform.figure_types import Avatar, Clip


def pose(avatar: Avatar, rotations: np.ndarray, translation: np.ndarray | None = None) -> Avatar:
    """The avatar in another pose, learned offsets included.

    Parameters
    ----------
    avatar : Avatar
    rotations : (J, 3) float
        Axis-angle vectors, radians, local-ref.
    translation : (3,) float, optional
        Of the root, metres; by default the one it has.

    Raises
    ------
    InputError
        Where the rotations are not one for each bone.
    """
    rotations = checked(avatar, rotations)
    translation = np.asarray(avatar.translation if translation is None else translation, dtype=np.float64)
    rest = avatar.rest_verts + offsets(avatar, rotations)
    transforms = skinning_matrices(avatar.skeleton, rotations, translation)
    verts = skin(rest, avatar.weight_bones, avatar.weights, transforms)
    return avatar.replace(verts=verts, rotations=rotations, translation=translation)


def checked(avatar: Avatar, rotations: np.ndarray) -> np.ndarray:
    """``rotations`` as (J, 3) float64, or :class:`InputError`."""
    rotations = np.asarray(rotations, dtype=np.float64)
    count = len(avatar.skeleton.names)
    if rotations.shape != (count, 3):
        raise InputError(f"Rotations {rotations.shape} are not those of {avatar.name}, which has {count} bones.")
    return rotations


def offsets(avatar: Avatar, rotations: np.ndarray) -> np.ndarray | float:
    """Learned displacement (V, 3) of the rest vertices in a pose, 0 where nothing was learned."""
    from eigenform.avatar.figure.offset_field import PREFIX, OffsetField

    if not any(name.startswith(PREFIX) for name in avatar.arrays):
        return 0.0
    return OffsetField.of(avatar).at(rotations)


class Poser:
    """Poses one avatar many times a second, in single precision.

    All that a pose does not change is put into one sparse matrix M (V, 4 J) with entries ``w_vj (x_v, y_v, z_v, 1)``;
    the posed vertices are ``M`` times the stacked transposed transforms (4 J, 3).

    Parameters
    ----------
    avatar : Avatar
    """

    def __init__(self, avatar: Avatar) -> None:
        from eigenform.avatar.figure.offset_field import PREFIX, OffsetField

        self.avatar = avatar
        n, k = avatar.weights.shape
        bones = len(avatar.skeleton.names)
        kept = avatar.weights > 0
        rows = np.repeat(np.arange(n), k)[kept.ravel()]
        columns, amounts = avatar.weight_bones[kept], avatar.weights[kept]
        homogeneous = np.concatenate([avatar.rest_verts, np.ones((n, 1))], axis=1)
        entries = (amounts[:, None] * homogeneous[rows]).astype(np.float32)
        places = (4 * columns[:, None] + np.arange(4)).astype(np.int32)
        starts = np.concatenate([[0], 4 * np.cumsum(kept.sum(axis=1))]).astype(np.int32)
        self._matrix = sp.csr_matrix((entries.ravel(), places.ravel(), starts), shape=(n, 4 * bones))
        self._weights = sp.csr_matrix((amounts.astype(np.float32), (rows, columns)), shape=(n, bones))
        learned = any(name.startswith(PREFIX) for name in avatar.arrays)
        self._field = OffsetField.of(avatar) if learned else None

    def verts(self, rotations: np.ndarray, translation: np.ndarray | None = None) -> np.ndarray:
        """Vertices (V, 3) float32 in a pose; arguments of :func:`pose`, the translation zero by default."""
        transforms = skinning_matrices(self.avatar.skeleton, checked(self.avatar, rotations), translation)
        stacked = np.swapaxes(transforms[:, :3], 1, 2).reshape(-1, 3).astype(np.float32)
        found = self._matrix @ stacked
        if self._field is not None:
            turned = (self._weights @ transforms[:, :3, :3].reshape(-1, 9).astype(np.float32)).reshape(-1, 3, 3)
            found += np.einsum("vij,vj->vi", turned, self._field.at(rotations).astype(np.float32))
        return found

    def value(self, rotations: np.ndarray, translation: np.ndarray | None = None) -> Avatar:
        """The posed avatar as a value, in double precision."""
        return pose(self.avatar, rotations, np.zeros(3) if translation is None else translation)

    def play(self, clip: Clip, time: float, loop: bool = True) -> np.ndarray:
        """Vertices (V, 3) float32 at a time of a clip, in seconds; see :func:`eigenform.avatar.figure.clips.frame`."""
        from eigenform.avatar.figure.clips import frame

        return self.verts(*frame(clip, time, loop))
