"""Where the bones of a posed skeleton are, with numpy alone: what is drawn and grabbed needs no torch.

The formula is that of :func:`eigenform.avatar.body.posing.bone_transforms`.
"""

from __future__ import annotations

import numpy as np

from eigenform.figure_types import Skeleton


def matrices(rotations: np.ndarray) -> np.ndarray:
    """(J, 3, 3) matrices of axis-angle vectors (J, 3), radians (Rodrigues' formula)."""
    rotations = np.asarray(rotations, dtype=np.float64)
    angle = np.linalg.norm(rotations, axis=1)
    x, y, z = (rotations / np.where(angle > 0, angle, 1)[:, None]).T
    zero = np.zeros_like(x)
    k = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    sin, cos = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    found: np.ndarray = np.eye(3) + sin * k + (1 - cos) * (k @ k)
    return found


def frames(skeleton: Skeleton, rotations: np.ndarray, translation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Orientation (J, 3, 3) and head (J, 3), metres, of each bone in a pose.

    Parameters
    ----------
    skeleton : Skeleton
    rotations : (J, 3) float64
        Axis-angle, radians, local-ref.
    translation : (3,) float64
        Where the head of the root goes, metres.
    """
    u, r, h = skeleton.reference, skeleton.rest, skeleton.heads
    turned = matrices(rotations) @ u
    turn, place = np.empty_like(r), np.empty_like(h)
    for c, p in enumerate(skeleton.parents):
        if p < 0:
            turn[c], place[c] = u[c].T @ turned[c], u[c].T @ translation
            continue
        away = (u[0] if p == 0 else r[p]).T @ (h[c] - h[p])  # U_p^T A_p is R_p^T below the root
        turn[c], place[c] = turn[p] @ (u[p].T @ turned[c]), place[p] + turn[p] @ away
    return turn, place


def joints(skeleton: Skeleton, rotations: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """(J, 3) heads of the bones in a pose, metres."""
    return frames(skeleton, rotations, translation)[1]
