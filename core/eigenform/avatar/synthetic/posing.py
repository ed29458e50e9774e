"""Posing in numpy, and poses whose arms stay out of the trunk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eigenform.avatar.synthetic.atlas import W_ARM, Atlas, Z, atlas_of

if TYPE_CHECKING:
    from eigenform.avatar.body.model import BodyModel, Rest

    Known = tuple[Rest, np.ndarray]

DEEPEST = 0.02
"""Arms may enter the trunk by this much, m."""


@dataclass(frozen=True)
class Pose:
    """A body of some shape in a pose.

    Parameters
    ----------
    rotations : (J, 3)
        Axis-angle, local-ref.
    rest : (V, 3)
        The body at rest, m.
    heads : (J, 3)
        Heads of the bones at rest.
    transforms : (J, 4, 4)
        From rest to pose.
    verts : (V, 3)
        The bare body in the pose.
    keypoints : (23, 3)
    normals : (V, 3)
        Unit, of the body at rest, smoothed.
    """

    rotations: np.ndarray
    rest: np.ndarray
    heads: np.ndarray
    transforms: np.ndarray
    verts: np.ndarray
    keypoints: np.ndarray
    normals: np.ndarray


def skin(points: np.ndarray, weights: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Pose points (n, 3) at rest with dense weights (n, J) of bones with ``transforms`` (J, 4, 4)."""
    blended = (weights @ transforms[:, :3].reshape(len(transforms), 12).astype(np.float32)).reshape(-1, 3, 4)
    return np.einsum("nij,nj->ni", blended[:, :, :3], points.astype(np.float32)) + blended[:, :, 3]


def named_rotations(model: BodyModel, pose: dict[str, np.ndarray]) -> np.ndarray:
    """(J, 3) axis-angle vectors from vectors by bone name."""
    rotations = np.zeros((len(model.bones), 3))
    for name, vector in pose.items():
        rotations[model.bones.index(name)] = vector
    return rotations


def pose_arrays(model: BodyModel, shape: np.ndarray, rotations: np.ndarray, known: Known | None = None) -> Pose:
    """The body in a pose; ``known`` saves evaluating the shape again."""
    import torch

    from eigenform.avatar.body.rotations import axis_angle_to_matrix

    rest, normals = known or at_rest(model, shape)
    with torch.no_grad():
        turns = axis_angle_to_matrix(torch.as_tensor(rotations, dtype=torch.float32))[None]
        transforms = model.transforms(rest, turns)[0].numpy()
        points = rest.verts[0].numpy()
        verts = skin(points, atlas_of(model).dense, transforms)
        keypoints = model.keypoints(torch.from_numpy(verts)[None])[0].numpy()
    heads = rest.heads[0].numpy()
    return Pose(np.asarray(rotations, dtype=np.float64), points, heads, transforms, verts, keypoints, normals)


def at_rest(model: BodyModel, shape: np.ndarray) -> Known:
    """The shape at rest and its smooth normals."""
    import torch

    with torch.no_grad():
        rest = model.rest(torch.as_tensor(np.asarray(shape, dtype=np.float32))[None])
    return rest, smooth_normals(rest.verts[0].numpy(), atlas_of(model))


def arms_free(model: BodyModel, shape: np.ndarray, pose: dict[str, np.ndarray]) -> Pose:
    """The pose, with arms lifted away from the trunk and head where they enter it deeply."""
    import torch

    from eigenform.avatar.body.rotations import axis_angle_to_matrix

    atlas = atlas_of(model)
    features = atlas.features
    arm = np.flatnonzero((features[:, W_ARM] > 0.95) & (features[:, 3] > 0.12))[::16]
    trunk = np.flatnonzero((features[:, W_ARM] < 0.05) & (features[:, Z] > atlas.marks["knee"]) & (atlas.eye == 0))[::6]
    rotations = named_rotations(model, pose)
    chosen = np.concatenate([arm, trunk])
    left = features[arm, 0] > 0
    rest, every = known = at_rest(model, shape)
    points, normals = rest.verts[0].numpy()[chosen], every[chosen]
    with torch.no_grad():
        for _ in range(8):
            turns = axis_angle_to_matrix(torch.as_tensor(rotations, dtype=torch.float32))[None]
            transforms = model.transforms(rest, turns)[0].numpy()
            posed = skin(points, atlas.dense[chosen], transforms)
            ahead = skin(points + normals, atlas.dense[chosen], transforms) - posed
            depth = _entered(posed[: len(arm)], posed[len(arm) :], ahead[len(arm) :])
            deep = [depth[left].max(initial=0) > DEEPEST, depth[~left].max(initial=0) > DEEPEST]
            if not any(deep):
                break
            for side, mirror, bad in (("L", 1, deep[0]), ("R", -1, deep[1])):
                if bad:
                    upper, lower = (model.bones.index(f"{bone}.{side}") for bone in ("upperarm01", "lowerarm01"))
                    rotations[upper, 1] -= 0.16 * mirror
                    rotations[upper] *= 0.85
                    rotations[lower] *= 0.8
    return pose_arrays(model, shape, rotations, known)


def _entered(arm: np.ndarray, trunk: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """How deep (n,) points of the arms lie in the trunk, m: below the surface at the three nearest points."""
    from scipy.spatial import cKDTree

    found = cKDTree(trunk).query(arm, k=3)
    distance, index = np.asarray(found[0]), np.asarray(found[1])
    below = np.einsum("nkj,nkj->nk", trunk[index] - arm[:, None], normals[index]).min(1)
    return np.where(distance[:, 0] < 0.1, below, 0)


def smooth_normals(rest: np.ndarray, atlas: Atlas) -> np.ndarray:
    """Unit normals (V, 3) of the body, ten times smoothed."""
    a, b, c = (rest[atlas.faces[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    normals = np.zeros((len(rest), 3), dtype=np.float32)
    for axis in range(3):
        for k in range(3):
            normals[:, axis] += np.bincount(atlas.faces[:, k], face[:, axis], len(rest))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    normals = atlas.smooth(normals, 10)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
