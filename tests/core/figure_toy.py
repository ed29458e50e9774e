"""A person of capsules with a small skeleton, bare, in a tight suit or in a skirt: what tests of the figure share."""

from __future__ import annotations

import functools

import numpy as np
from eigenform.avatar.figure.kinematics import skinning_matrices
from eigenform.avatar.figure.rotations import matrices
from eigenform.avatar.figure.skinning import skin
from eigenform.figure_types import Avatar, Skeleton
from skimage.measure import marching_cubes

BONES = {  # name: parent, head, end, radius
    "root": ("", (0, 0, 0), (0, 0, 0.1), 0.13),
    "spine": ("root", (0, 0, 0.1), (0, 0, 0.35), 0.13),
    "chest": ("spine", (0, 0, 0.3), (0, 0, 0.45), 0.14),
    "head": ("chest", (0, 0, 0.55), (0, 0, 0.72), 0.1),
    **{
        f"{name}.{side}": (f"{parent}.{side}" if parent[0] in "ul" else parent, (s * x, y, z), (s * u, v, w), radius)
        for side, s in (("L", 1), ("R", -1))
        for name, parent, (x, y, z), (u, v, w), radius in (
            ("upperleg", "root", (0.1, 0, -0.05), (0.12, 0, -0.45), 0.075),
            ("lowerleg", "upperleg", (0.12, 0, -0.45), (0.13, 0, -0.85), 0.05),
            ("foot", "lowerleg", (0.13, 0, -0.87), (0.14, -0.15, -0.9), 0.04),
            ("upperarm", "chest", (0.2, 0, 0.45), (0.42, 0, 0.25), 0.05),
            ("lowerarm", "upperarm", (0.42, 0, 0.25), (0.6, -0.03, 0.07), 0.04),
        )
    },
}
NAMES = tuple(BONES)


def skeleton() -> Skeleton:
    """Rest axes differ from the reference axes by small turns, as they do between bodies of Anny."""
    parents = [NAMES.index(BONES[n][0]) if BONES[n][0] else -1 for n in NAMES]
    heads = np.array([BONES[n][1] for n in NAMES], dtype=float)
    rng = np.random.default_rng(5)
    reference = matrices(rng.normal(0, 1.0, (len(NAMES), 3)))
    reference[0] = np.eye(3)
    rest = matrices(rng.normal(0, 0.03, (len(NAMES), 3))) @ reference
    rest[0] = np.eye(3)
    return Skeleton(NAMES, np.array(parents), heads, rest, reference)


def bone_distance(points: np.ndarray) -> np.ndarray:
    """Signed distance (N, J) to the capsule of each bone."""
    columns = []
    for _, a, b, radius in BONES.values():
        a, b = np.array(a, float), np.array(b, float)
        t = np.clip((points - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        columns.append(np.linalg.norm(points - a - t[:, None] * (b - a), axis=1) - radius)
    return np.stack(columns, axis=1)


@functools.cache
def surface(kind: str = "body", step: float = 0.028) -> tuple[np.ndarray, np.ndarray]:
    """Watertight mesh at rest of the ``body``, of a ``suit`` 12 mm off it, or of a person in a ``skirt``."""
    axes = [np.arange(low, high, step) for low, high in ((-0.75, 0.75), (-0.35, 0.35), (-1.05, 0.95))]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    points = grid.reshape(-1, 3)
    distance = bone_distance(points)
    value = -0.02 * np.log(np.exp(-np.clip(distance, -0.5, 0.5) / 0.02).sum(axis=1))
    if kind != "body":
        value = value - 0.012
    if kind == "skirt":
        down = np.clip((0.1 - points[:, 2]) / 0.6, 0, 1)
        cone = np.hypot(points[:, 0], points[:, 1] * 1.3) - (0.15 + 0.13 * down)
        cone = np.maximum(cone, np.maximum(points[:, 2] - 0.103, -0.503 - points[:, 2]))
        value = np.minimum(value, cone)
    verts, faces, _, _ = marching_cubes(value.reshape(grid.shape[:3]), 0.0, spacing=(step,) * 3)
    verts = verts + np.array([a[0] for a in axes])
    corners = verts[faces]
    volume = np.einsum("fd,fd->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
    return verts.astype(np.float64), (faces if volume > 0 else faces[:, ::-1]).astype(np.int64)


def body_weights(verts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bones (V, 4) and weights (V, 4) that fall with the distance from each bone."""
    distance = bone_distance(verts)
    bones = np.argsort(distance, axis=1)[:, :4]
    near = np.take_along_axis(distance, bones, axis=1)
    weights = np.exp(-(near - near[:, :1]) / 0.015)
    return bones, weights / weights.sum(axis=1, keepdims=True)


def pose_of(**turns: tuple[float, float, float]) -> np.ndarray:
    """Rotations (J, 3); bones by name, ``_`` for the dot."""
    found = np.zeros((len(NAMES), 3))
    for name, vector in turns.items():
        found[NAMES.index(name.replace("_", "."))] = vector
    return found


def random_pose(seed: int, size: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, size, (len(NAMES), 3)), rng.normal(0, 1, 3)


@functools.cache
def avatar(kind: str = "suit") -> Avatar:
    """An avatar with its capsule weights, in the pose of zeros."""
    verts, faces = surface(kind)
    bones, weights = body_weights(verts)
    pose = np.zeros((len(NAMES), 3))
    posed = skin(verts, bones, weights, skinning_matrices(skeleton(), pose))
    colours = (np.clip(verts, -1, 1) / 2 + 0.5).astype(np.float32)
    return Avatar(verts, posed, faces, skeleton(), bones, weights, pose, np.zeros(3), colours=colours, name="toy")
