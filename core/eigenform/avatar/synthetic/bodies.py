"""Random bodies and poses.

Rotations are axis-angle vectors in radians about world-aligned axes at rest ("local-ref"): knee flexion is +x, hip
flexion -x, the left arm goes down with +y. The right side mirrors the left: (x, -y, -z).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from eigenform.avatar.body.model import BodyModel

SHAPE_RANGES = {
    "gender": (0.05, 0.95),
    "age": (0.55, 0.85),
    "muscle": (0.15, 0.85),
    "weight": (0.2, 0.75),
    "height": (0.3, 0.7),
    "proportions": (0.15, 0.85),
}
"""Ranges of the six phenotypes, adults."""


def random_shape(rng: np.random.Generator) -> np.ndarray:
    """Phenotypes (6,) in their order; gender near its ends in most people."""
    shape = np.array([rng.uniform(low, high) for low, high in SHAPE_RANGES.values()])
    if rng.random() < 0.8:
        shape[0] = rng.uniform(0.0, 0.2) if rng.random() < 0.5 else rng.uniform(0.8, 1.0)
    if rng.random() < 0.12:  # some are very slim, some heavy
        shape[3] = rng.uniform(0.1, 0.2) if rng.random() < 0.5 else rng.uniform(0.75, 0.95)
    if rng.random() < 0.06:  # some teenagers
        shape[1] = rng.uniform(0.45, 0.55)
    return shape


def random_pose(rng: np.random.Generator, stratum: str) -> dict[str, np.ndarray]:
    """Rotations by bone name; ``root`` carries the facing."""
    style = rng.random()
    if stratum == "hard":
        return _facing(rng, _free(rng, 0.8 if style < 0.6 else 1.05), hard=True)
    if style < 0.12:
        return _facing(rng, _free(rng, 0.5))
    if style < 0.5:
        return _facing(rng, _standing(rng))
    if style < 0.62:
        return _facing(rng, _rest_like(rng))
    if style < 0.74:
        return _facing(rng, _arms_up(rng))
    if style < 0.86:
        return _facing(rng, _hands_on_hips(rng))
    return _facing(rng, _walking(rng))


def _both(pose: dict[str, np.ndarray], bone: str, left: ArrayLike, right: ArrayLike) -> None:
    pose[f"{bone}.L"] = np.asarray(left, dtype=np.float64)
    pose[f"{bone}.R"] = np.asarray(right, dtype=np.float64) * [1, -1, -1]


def _trunk(rng: np.random.Generator, pose: dict[str, np.ndarray], scale: float = 1.0) -> None:
    for bone in ("spine01", "spine03", "spine05"):
        pose[bone] = scale * rng.normal(size=3) * [0.07, 0.05, 0.07]
    pose["head"] = scale * rng.normal(size=3) * [0.12, 0.07, 0.2]
    pose["neck01"] = scale * rng.normal(size=3) * [0.08, 0.05, 0.1]
    for side in "LR":
        pose[f"clavicle.{side}"] = scale * rng.normal(size=3) * 0.05
        pose[f"wrist.{side}"] = scale * rng.normal(size=3) * [0.15, 0.2, 0.15]
        pose[f"foot.{side}"] = scale * rng.normal(size=3) * [0.08, 0.03, 0.1]


def _legs(rng: np.random.Generator, pose: dict[str, np.ndarray]) -> None:
    """Standing legs: mostly straight, sometimes one relaxed."""
    spread = rng.uniform(-0.02, 0.14)
    bend = np.zeros(2)
    if rng.random() < 0.35:
        bend[rng.integers(2)] = rng.uniform(0.05, 0.4)
    legs = [
        np.array([-0.55 * b + rng.normal() * 0.05, -spread + 0.05 + rng.normal() * 0.03, rng.normal() * 0.06])
        for b in bend
    ]
    _both(pose, "upperleg01", legs[0], legs[1])
    _both(pose, "lowerleg01", [bend[0], 0, 0], [bend[1], 0, 0])


def _arm(rng: np.random.Generator, down: float, bend: float) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower arm; the reference elbow is bent by 43 degrees, so a negative ``bend`` straightens it."""
    upper = np.array([rng.normal() * 0.15, down, rng.normal() * 0.15])
    return upper, np.array([-bend * rng.uniform(0.8, 1), rng.normal() * 0.08, -bend * rng.uniform(0.5, 1.0)])


def _arms(rng: np.random.Generator, pose: dict[str, np.ndarray], down: tuple[float, float], bend: float) -> None:
    even = rng.random() < 0.6
    centre = rng.uniform(*down)
    arms = []
    for _ in range(2):
        angle = centre + rng.normal() * 0.06 if even else rng.uniform(*down)
        arms.append(_arm(rng, angle, rng.uniform(-0.55, 2.2 * bend - 0.2)))
    _both(pose, "upperarm01", arms[0][0], arms[1][0])
    _both(pose, "lowerarm01", arms[0][1], arms[1][1])


def _standing(rng: np.random.Generator) -> dict[str, np.ndarray]:
    pose: dict[str, np.ndarray] = {}
    _trunk(rng, pose, 0.7)
    _legs(rng, pose)
    _arms(rng, pose, (0.25, 0.62), 0.2)
    return pose


def _rest_like(rng: np.random.Generator) -> dict[str, np.ndarray]:
    pose: dict[str, np.ndarray] = {}
    _trunk(rng, pose, 0.6)
    _legs(rng, pose)
    _arms(rng, pose, (-0.75, 0.2), 0.15)
    return pose


def _arms_up(rng: np.random.Generator) -> dict[str, np.ndarray]:
    pose: dict[str, np.ndarray] = {}
    _trunk(rng, pose)
    _legs(rng, pose)
    _arms(rng, pose, (-1.5, 0.4), 0.5)
    return pose


def _hands_on_hips(rng: np.random.Generator) -> dict[str, np.ndarray]:
    pose = _standing(rng)
    for side, mirror in (("L", np.ones(3)), ("R", np.array([1.0, -1.0, -1.0]))):
        if rng.random() < 0.75:
            upper = np.array([rng.normal() * 0.1 + 0.2, rng.uniform(-0.05, 0.25), rng.uniform(-0.1, 0.3)])
            lower = np.array([-rng.uniform(0.1, 0.5), rng.uniform(0.9, 1.5), -rng.uniform(0.2, 0.6)])
            pose[f"upperarm01.{side}"], pose[f"lowerarm01.{side}"] = upper * mirror, lower * mirror
    return pose


def _walking(rng: np.random.Generator) -> dict[str, np.ndarray]:
    pose: dict[str, np.ndarray] = {}
    _trunk(rng, pose)
    phase, stride = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.6)
    swing = stride * np.sin(phase)
    knee = [abs(rng.normal()) * 0.1 + max(0.0, 0.8 * stride * np.cos(phase + side)) for side in (0, np.pi)]
    _both(pose, "upperleg01", [-swing - 0.1, 0.03, 0.0], [swing - 0.1, 0.03, 0.0])
    _both(pose, "lowerleg01", [knee[0], 0, 0], [knee[1], 0, 0])
    down, bend = rng.uniform(0.3, 0.55), abs(rng.normal()) * 0.35
    _both(pose, "upperarm01", [0.8 * swing, down, 0.0], [-0.8 * swing, down, 0.0])
    _both(pose, "lowerarm01", [-bend, 0, -0.4 * bend], [-bend, 0, -0.4 * bend])
    return pose


def _free(rng: np.random.Generator, scale: float) -> dict[str, np.ndarray]:
    """The wide distribution: independent normal rotations."""
    pose: dict[str, np.ndarray] = {}
    _trunk(rng, pose)
    arms = [scale * np.array([rng.normal() * 0.5, rng.uniform(-0.9, 0.9), rng.normal() * 0.5]) for _ in range(2)]
    bends = [scale * np.array([-abs(rng.normal()) * 0.6, 0, -abs(rng.normal()) * 0.7]) for _ in range(2)]
    thighs = [
        scale * np.array([-abs(rng.normal()) * 0.5 + 0.1, rng.normal() * 0.15 - 0.04, rng.normal() * 0.15])
        for _ in range(2)
    ]
    knees = [scale * np.array([abs(rng.normal()) * 0.6, 0, 0]) for _ in range(2)]
    _both(pose, "upperarm01", *arms)
    _both(pose, "lowerarm01", *bends)
    _both(pose, "upperleg01", *thighs)
    _both(pose, "lowerleg01", *knees)
    for bone in ("spine01", "spine03", "spine05"):
        pose[bone] = scale * rng.normal(size=3) * [0.12, 0.08, 0.12]
    pose["head"] = scale * rng.normal(size=3) * [0.2, 0.1, 0.3]
    return pose


def _facing(rng: np.random.Generator, pose: dict[str, np.ndarray], hard: bool = False) -> dict[str, np.ndarray]:
    yaw = rng.normal() * 0.22 if rng.random() < 0.7 else rng.uniform(-0.61, 0.61)
    yaw = float(np.clip(yaw, -0.61, 0.61))
    turn = rng.random()
    if turn < 0.2:  # seen from behind
        yaw += np.pi
    elif turn < 0.25:
        yaw = float(rng.uniform(-np.pi, np.pi))
    tilt = rng.normal(size=2) * (0.06 if hard else 0.03)
    pose["root"] = np.array([tilt[0], tilt[1], yaw])
    return pose


def main_rotations(model: BodyModel, rotations: np.ndarray) -> np.ndarray:
    """Rows (M, 3) of the main bones of rotations (J, 3)."""
    from eigenform.avatar.body.bones import MAIN

    return rotations[[model.bones.index(name) for name in MAIN]]
