"""Parameters of posing, rigging and learning. Light: imports neither torch nor scipy."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.avatar.body.settings import POSES
from eigenform.params import param


@dataclass(frozen=True)
class PoseParams:
    """A pose out of the samples, a moment of a walk or of a movement from a file."""

    pose: str = param(
        "a-pose",
        "A sample pose; the rest pose in which the surface is kept; or a moment of the walk or of the movement below.",
        choices=(*POSES, "rest", "walk", "movement", "current"),
    )
    movement: str = param(
        "", "A BVH file, whose movement is kept with the avatar.", label="Movement (BVH file)", place="file"
    )
    time: float = param(
        0.0, "The moment of the walk or movement.", low=0.0, high=3600.0, step=0.05, unit="s", slider=False
    )
    walk: bool = param(False, "Keep a walk with the avatar, to be played and exported.")
    within_limits: bool = param(False, "Hold the main bones within their limits.", group="Details")


@dataclass(frozen=True)
class RigParams:
    """Binding a mesh to a body."""

    align: bool = param(
        True, "Move and scale the mesh so that its height and place are those of the body; its pose must agree already."
    )
    walk: bool = param(False, "Keep a walk with the avatar, to be played and exported.")


@dataclass(frozen=True)
class LearnParams:
    """Learning from several frames how a figure's clothes move."""

    steps: int = param(1200, "Gradient steps.", low=0, high=1_000_000, step=100)
    seconds: float = param(0.0, "Stop after this long; 0 sets no limit.", low=0.0, unit="s", zero="no limit")
    weights: bool = param(True, "Refine which bones move which part of the surface.")
    offsets: bool = param(True, "Learn how the surface changes with the pose.")
    hold_out: int = param(
        5, "One frame out of so many is not learned from but judged by; 0 learns from all.", low=0, high=1000
    )
    seed: int = param(0, "Seed of the network and of the samples.", low=0, high=2**31 - 1)
    width: int = param(48, "Width of the network.", low=8, high=512, group="Details")
    nodes: int = param(2000, "Points of the surface at which it is evaluated.", low=100, high=20_000, group="Details")
    rate: float = param(0.003, "Learning rate.", low=1e-6, high=1.0, group="Details")
    stiffness: float = param(
        0.03, "How much neighbouring points must move alike.", low=0.0, high=1000.0, group="Details"
    )
