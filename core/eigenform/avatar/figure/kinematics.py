"""From the rotations of a pose to where the bones are, in numpy: what posing, retargeting and export share.

With ``R_c, h_c`` rest orientation and head of bone c, ``U_c`` its reference axes and p its parent, the world transform
of a posed bone is::

    W_c = W_p [U_p^T D_c U_c | R_p^T (h_c - h_p)],    W_0 = [U_0^T D_0 U_0 | U_0^T d]

with ``D_c`` the rotation of the pose and d the translation of the root ("local-ref" of Bregier et al., Human Mesh
Modeling for Anny Body, arXiv 2511.03589; for children of the root ``U_0`` stands in place of ``R_p``). Vertices follow
``T_c = W_c [R_c | h_c]^-1``. The root's head goes to ``U_0^T d``: a pose of zeros is one of the body, and in general
not its rest pose, which :func:`rest_pose` gives.
"""

from __future__ import annotations

import numpy as np

from eigenform.avatar.figure.rotations import matrices, vectors
from eigenform.figure_types import Skeleton


def rest_matrices(skeleton: Skeleton) -> np.ndarray:
    """``[R_c | h_c]`` (J, 4, 4): where each bone is at rest."""
    return rigid(skeleton.rest, skeleton.heads)


def rigid(rotations: np.ndarray, translations: np.ndarray) -> np.ndarray:
    """Homogeneous matrices (..., 4, 4) of rotations (..., 3, 3) and translations (..., 3)."""
    found = np.zeros((*rotations.shape[:-2], 4, 4))
    found[..., :3, :3], found[..., :3, 3], found[..., 3, 3] = rotations, translations, 1.0
    return found


def inverse_rigid(transforms: np.ndarray) -> np.ndarray:
    """Inverses (..., 4, 4) of rotations with translations."""
    turned = np.swapaxes(transforms[..., :3, :3], -1, -2)
    return rigid(turned, -(turned @ transforms[..., :3, 3:])[..., 0])


def world_matrices(skeleton: Skeleton, rotations: np.ndarray, translation: np.ndarray | None = None) -> np.ndarray:
    """``W_c`` (..., J, 4, 4) of poses.

    Parameters
    ----------
    skeleton : Skeleton
    rotations : (..., J, 3) float
        Axis-angle vectors, radians, local-ref.
    translation : (..., 3) float, optional
        Of the root, metres.
    """
    local = local_matrices(skeleton, rotations, translation)
    world = np.empty_like(local)
    for bone, parent in enumerate(skeleton.parents):
        world[..., bone, :, :] = (
            local[..., bone, :, :] if parent < 0 else world[..., parent, :, :] @ local[..., bone, :, :]
        )
    return world


def local_matrices(skeleton: Skeleton, rotations: np.ndarray, translation: np.ndarray | None = None) -> np.ndarray:
    """Transforms (..., J, 4, 4) of each bone in the frame of its parent; arguments of :func:`world_matrices`."""
    turns = matrices(np.asarray(rotations, dtype=np.float64)) @ skeleton.reference
    parents = skeleton.parents[1:]
    turns[..., 1:, :, :] = np.swapaxes(skeleton.reference[parents], -1, -2) @ turns[..., 1:, :, :]
    turns[..., 0, :, :] = skeleton.reference[0].T @ turns[..., 0, :, :]
    steps = np.zeros(turns.shape[:-1])
    frames = np.concatenate([skeleton.reference[:1], skeleton.rest[1:]])[parents]
    steps[..., 1:, :] = np.einsum("jba,jb->ja", frames, skeleton.heads[1:] - skeleton.heads[parents])
    if translation is not None:
        steps[..., 0, :] = np.asarray(translation, dtype=np.float64) @ skeleton.reference[0]
    return rigid(turns, steps)


def skinning_matrices(skeleton: Skeleton, rotations: np.ndarray, translation: np.ndarray | None = None) -> np.ndarray:
    """``T_c`` (..., J, 4, 4), from the rest pose to the pose; arguments of :func:`world_matrices`."""
    return world_matrices(skeleton, rotations, translation) @ inverse_rigid(rest_matrices(skeleton))


def pose_of_world(skeleton: Skeleton, orientations: np.ndarray, root: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (..., J, 3) and translation (..., 3) that give the bones these orientations.

    Parameters
    ----------
    skeleton : Skeleton
    orientations : (..., J, 3, 3) float64
        The rotation of each ``W_c``.
    root : (..., 3) float64
        Where the root's head is to be.
    """
    u = skeleton.reference
    turned = orientations @ np.swapaxes(u, -1, -2)
    parents = skeleton.parents[1:]
    found = np.empty_like(turned)
    found[..., 0, :, :] = u[0] @ turned[..., 0, :, :]
    above = np.swapaxes(orientations[..., parents, :, :], -1, -2)
    found[..., 1:, :, :] = u[parents] @ above @ turned[..., 1:, :, :]
    return vectors(found), np.asarray(root, dtype=np.float64) @ u[0].T


def rest_pose(skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (J, 3) and translation (3,) with which every ``T_c`` is the identity.

    Exact where the root's rest and reference axes agree, as they do in Anny and SMPL-like bodies.
    """
    return pose_of_world(skeleton, skeleton.rest, skeleton.heads[0])
