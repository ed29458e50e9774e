"""Poses of Anny's main bones on SMPL-like joints.

The reference poses differ: SMPL-like templates stand with arms out. What is kept is the turn of each limb against the
T-pose: with world turns ``Q`` of a pose and ``Q^T`` of our T-pose, a joint gets ``Q' = Q (Q^T)^-1``, and
``D'_c = Q'_p^-1 Q'_c``. Legs and feet of templates stand a few degrees apart from ours; fingers stay at rest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial.transform import Rotation

_SIDES = {
    "clavicle": ("collar", "spine01"),
    "upperarm01": ("shoulder", "clavicle"),
    "lowerarm01": ("elbow", "upperarm01"),
    "wrist": ("wrist", "lowerarm02"),
    "upperleg01": ("hip", "root"),
    "lowerleg01": ("knee", "upperleg01"),
    "foot": ("ankle", "lowerleg01"),
}
_CENTRE = {
    "root": ("pelvis", ""),
    "spine05": ("spine1", "root"),
    "spine03": ("spine2", "spine05"),
    "spine01": ("spine3", "spine03"),
    "neck01": ("neck", "spine01"),
    "head": ("head", "neck01"),
}


def smpl_pose(pose: Mapping[str, np.ndarray], t_pose: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Axis-angle vectors by SMPL-like joint.

    Parameters
    ----------
    pose, t_pose : mapping of str to (3,) array
        Axis-angle by main bone of Anny, local-ref, radians; absent bones are at zero.
    """
    now, then = _world(pose), _world(t_pose)
    found = {}
    for bone, (joint, parent) in _joints().items():
        turn = now[bone] * then[bone].inv()
        above = now[parent] * then[parent].inv() if parent else Rotation.identity()
        found[joint] = (above.inv() * turn).as_rotvec()
    return found


def _joints() -> dict[str, tuple[str, str]]:
    """Joint and parent (among main bones that have a joint) by main bone, parents first."""
    found = dict(_CENTRE)
    for letter, side in (("L", "left"), ("R", "right")):
        for bone, (joint, parent) in _SIDES.items():
            above = {"lowerarm02": "lowerarm01"}.get(parent, parent)
            found[f"{bone}.{letter}"] = (f"{side}_{joint}", above if above in _CENTRE else f"{above}.{letter}")
    return found


def _world(pose: Mapping[str, np.ndarray]) -> dict[str, Rotation]:
    """Turns in the world of the main bones; a turn of the forearm about itself goes to the wrist."""

    def own(bone: str) -> Rotation:
        return Rotation.from_rotvec(np.asarray(pose.get(bone, np.zeros(3)), dtype=np.float64))

    turns: dict[str, Rotation] = {}
    for bone, (_, parent) in _joints().items():
        turn = turns[parent] if parent else Rotation.identity()
        if bone.startswith("wrist"):
            turn = turn * own(f"lowerarm02{bone[-2:]}")
        turns[bone] = turn * own(bone)
    return turns
