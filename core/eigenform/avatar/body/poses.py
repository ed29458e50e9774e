"""Sample poses of Anny's rig, and poses as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from eigenform.avatar.body.pose_builder import PoseBuilder, turn
from eigenform.avatar.body.retarget import smpl_pose
from eigenform.avatar.body.walk import walk_cycle
from eigenform.errors import InputError

__all__ = ["SAMPLE_POSES", "pose_vectors", "walk_cycle"]

Pose = Mapping[str, np.ndarray]
"""Axis-angle vectors, radians, local-ref, by bone; absent bones are at zero."""

_FLAT = turn()


def _a_pose() -> Pose:
    return {}


def _t_pose() -> Pose:
    pose = PoseBuilder().spine()
    for side, s in (("L", 1.0), ("R", -1.0)):
        pose.arm(side, [s, 0, -0.03], [s, -0.08, -0.03], hinge=[0, 0, -s], shrug=4)
        pose.leg(side, [s * 0.06, 0, -1], [s * 0.06, 0, -1], _FLAT)
    return pose.vectors()


def _standing() -> Pose:
    pose = PoseBuilder(turn(z=-3)).spine(bend=-3, twist=4).head(nod=4, twist=6)
    for side, s in (("L", 1.0), ("R", -1.0)):
        pose.arm(side, [s * 0.2, 0.03, -1], [s * 0.12, -0.3, -1], shrug=-4, pronate=15)
    pose.leg("L", [0.1, -0.06, -1], [0.05, 0.1, -1], turn(z=14))
    pose.leg("R", [-0.14, -0.02, -1], [-0.1, 0.05, -1], turn(z=-10))
    return pose.vectors()


def _contrapposto() -> Pose:
    pose = PoseBuilder(turn(y=-6, z=4)).spine(bend=-4, lean=12, twist=-8).head(nod=6, lean=-5, twist=12)
    pose.arm("L", [0.24, 0.08, -1], [0.2, -0.32, -1], shrug=4, pronate=10)
    pose.arm("R", [-0.4, 0.1, -1], [-0.1, -0.75, -0.45], shrug=-4, pronate=20)
    pose.leg("L", [0.2, -0.34, -1], [0.1, 0.3, -1], turn(x=6, z=24))
    pose.leg("R", [-0.02, -0.03, -1], [-0.02, 0.04, -1], turn(z=-12))
    return pose.vectors()


def _walking() -> Pose:
    pose = PoseBuilder(turn(x=2, z=5)).spine(bend=4, twist=-12).head(nod=-2, twist=6)
    pose.arm("L", [0.22, -0.3, -1], [0.1, -0.75, -1], pronate=15)
    pose.arm("R", [-0.22, 0.42, -1], [-0.18, 0.15, -1], pronate=15)
    pose.leg("L", [0.05, 0.3, -1], [0.04, 0.62, -1], turn(x=26, z=4))
    pose.leg("R", [-0.05, -0.45, -1], [-0.04, -0.32, -1], turn(x=-16, z=-4))
    return pose.vectors()


def _running() -> Pose:
    pose = PoseBuilder(turn(x=10, z=8)).spine(bend=6, twist=-26).head(nod=-12, twist=14)
    pose.arm("L", [0.3, -0.55, -1], [-0.15, -1, 0.75])
    pose.arm("R", [-0.4, 0.85, -0.7], [-0.15, -0.6, -1])
    pose.leg("L", [0.06, 0.5, -1], [0.04, 1, -0.1], turn(x=70))
    pose.leg("R", [-0.06, -1, -0.65], [-0.05, 0.3, -1], turn(x=-6))
    return pose.vectors()


def _sitting() -> Pose:
    pose = PoseBuilder(turn(x=-4)).spine(bend=8).head(nod=-2)
    for side, s in (("L", 1.0), ("R", -1.0)):
        pose.arm(side, [s * 0.25, -0.3, -1], [-s * 0.12, -1, -0.32], pronate=35)
        pose.leg(side, [s * 0.18, -1, -0.03], [s * 0.06, -0.05, -1], turn(z=s * 6))
    return pose.vectors()


def _arms_raised() -> Pose:
    pose = PoseBuilder().spine(bend=-6).head(nod=-12)
    for side, s in (("L", 1.0), ("R", -1.0)):
        pose.arm(side, [s * 0.5, -0.05, 1], [s * 0.32, -0.22, 1], shrug=26)
        pose.leg(side, [s * 0.14, 0, -1], [s * 0.14, 0.03, -1], turn(z=s * 8))
    return pose.vectors()


def _hands_on_hips() -> Pose:
    pose = PoseBuilder().spine(bend=-3).head(nod=2)
    for side, s in (("L", 1.0), ("R", -1.0)):
        pose.arm(side, [s * 0.9, 0.38, -1], [-s * 0.85, -0.42, -0.55], shrug=4, hand=turn(x=-10, y=20))
        pose.leg(side, [s * 0.16, 0, -1], [s * 0.16, 0.03, -1], turn(z=s * 12))
    return pose.vectors()


def _wave() -> Pose:
    pose = PoseBuilder(turn(z=4)).spine(bend=-2, lean=4).head(lean=6, twist=-6)
    pose.arm("R", [-1, -0.15, 0.25], [-0.25, -0.35, 1], shrug=10)
    pose.arm("L", [0.22, 0.05, -1], [0.15, -0.3, -1], shrug=-3, pronate=10)
    pose.leg("L", [0.12, -0.08, -1], [0.08, 0.1, -1], turn(z=12))
    pose.leg("R", [-0.1, -0.02, -1], [-0.08, 0.04, -1], turn(z=-8))
    return pose.vectors()


def _squat() -> Pose:
    pose = PoseBuilder(turn(x=24)).spine(bend=16).head(nod=-26)
    for side, s in (("L", 1.0), ("R", -1.0)):
        pose.arm(side, [s * 0.2, -1, -0.12], [s * 0.04, -1, 0.02], pronate=25)
        pose.leg(side, [s * 0.42, -1, -0.3], [s * 0.1, 0.55, -1], turn(z=s * 16))
    return pose.vectors()


def _dance() -> Pose:
    pose = PoseBuilder(turn(x=2, y=6, z=-14)).spine(bend=-8, lean=-16, twist=-16).head(nod=-6, lean=8, twist=-18)
    pose.arm("L", [0.85, -0.1, 0.55], [0.3, -0.3, 1], shrug=22)
    pose.arm("R", [-1, 0.1, -0.18], [-0.95, -0.38, 0.16], shrug=6, hinge=[0, 0, 1])
    pose.leg("L", [0.36, -0.8, -0.75], [-0.12, 0.75, -1], turn(x=48, z=12))
    pose.leg("R", [-0.12, 0.02, -1], [-0.1, 0.08, -1], turn(z=-18))
    return pose.vectors()


def _lunge() -> Pose:
    pose = PoseBuilder(turn(x=4)).spine(bend=6).head(nod=-6)
    pose.arm("L", [0.3, 0.12, -1], [0.25, -0.3, -1])
    pose.arm("R", [-0.3, 0.12, -1], [-0.25, -0.3, -1])
    pose.leg("L", [0.08, -1, -0.45], [0.06, 0.08, -1], turn(z=4))
    pose.leg("R", [-0.08, 0.28, -1], [-0.06, 1, -0.55], turn(x=46))
    return pose.vectors()


def _thinking() -> Pose:
    pose = PoseBuilder(turn(z=6)).spine(bend=4, twist=4).head(nod=10, lean=4, twist=4)
    pose.arm("L", [0.3, -0.2, -1], [-0.8, -0.55, 0.06], pronate=20)
    pose.arm("R", [-0.26, -0.36, -1], [0.42, -0.42, 1], pronate=10)
    pose.leg("L", [0.12, -0.05, -1], [0.08, 0.08, -1], turn(z=16))
    pose.leg("R", [-0.1, -0.02, -1], [-0.08, 0.04, -1], turn(z=-8))
    return pose.vectors()


SAMPLE_POSES: Mapping[str, Pose] = {
    "a-pose": _a_pose(),
    "t-pose": _t_pose(),
    "standing": _standing(),
    "contrapposto": _contrapposto(),
    "walking": _walking(),
    "running": _running(),
    "sitting": _sitting(),
    "arms-raised": _arms_raised(),
    "hands-on-hips": _hands_on_hips(),
    "waving": _wave(),
    "squat": _squat(),
    "dancing": _dance(),
    "lunge": _lunge(),
    "thinking": _thinking(),
}
"""Poses by name; only main bones turn, each within its limits."""


def pose_vectors(pose: str | Pose, bones: Sequence[str]) -> np.ndarray:
    """Axis-angle (J, 3) of a pose for a list of bones, those of Anny or of an SMPL-like body; others stay at zero.

    Raises
    ------
    InputError
        For a name that no sample pose has.
    """
    if isinstance(pose, str):
        if pose not in SAMPLE_POSES:
            raise InputError(f"There is no pose {pose!r}; there are {', '.join(SAMPLE_POSES)}.")
        pose = SAMPLE_POSES[pose]
    if "root" not in bones and "pelvis" in bones:
        pose = smpl_pose(pose, SAMPLE_POSES["t-pose"])
    found = np.zeros((len(bones), 3))
    for i, name in enumerate(bones):
        if name in pose:
            found[i] = pose[name]
    return found
