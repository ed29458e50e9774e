"""Which bones of a body the fit moves, how far they turn, and which are the knees."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from eigenform.avatar.body import bones as anny
from eigenform.avatar.body.model import BodyModel

SLACK = 0.15
"""Radians that the box of a joint is wider than its limits, so that a pose at a limit is not at the end of a tanh."""


@dataclass(frozen=True, eq=False)
class Rig:
    """Bones that a fit moves.

    Attributes
    ----------
    index : (M,) int64
        Their numbers among the bones of the body; the root is the first.
    low, high : (M, 3) float32
        Box of their axis-angle vectors, radians; that of the root is not used.
    loose : (M,) float32
        Radians that each joint may differ from a guess before that counts as much as an image error of one sigma.
    knees : tuple of ints
        Rows of the knees, left and right, in ``index``; empty where the body has none of a known name.
    """

    index: np.ndarray
    low: np.ndarray
    high: np.ndarray
    loose: np.ndarray
    knees: tuple[int, ...]


LOOSE = {
    "arm": 0.4,
    "clavicle": 0.15,
    "wrist": 0.2,
    "lowerleg": 0.4,
    "leg": 0.25,
    "foot": 0.2,
    "spine": 0.12,
    "neck": 0.15,
    "head": 0.2,
}
"""As :attr:`Rig.loose`, by a part of the name of a bone; others 0.3."""


LIMB_BONES: dict[str, tuple[tuple[str, ...], ...]] = {
    "arm": (("upperarm01.{s}", "{side}_shoulder"), ("lowerarm01.{s}", "{side}_elbow"), ("wrist.{s}", "{side}_wrist")),
    "leg": (("upperleg01.{s}", "{side}_hip"), ("lowerleg01.{s}", "{side}_knee"), ("foot.{s}", "{side}_ankle")),
}
"""Names of the three joints of a limb, in Anny's rig and in that of SMPL."""


@functools.lru_cache(maxsize=8)
def rig_of(body: BodyModel) -> Rig:
    """The bones of a body model that are fitted: Anny's main ones, or the first 22 of an SMPL-like body."""
    if set(anny.MAIN) <= set(body.bones):
        names = tuple(anny.MAIN)
        limits = [anny.LIMITS.get(n, ((-np.pi,) * 3, (np.pi,) * 3)) for n in names]
        low, high = (np.array([limit[k] for limit in limits], dtype=np.float32) for k in (0, 1))
        low, high = low - SLACK, high + SLACK
    else:
        names = tuple(body.bones[: min(22, len(body.bones))])
        low = np.full((len(names), 3), -2.2, np.float32)
        high = -low
    index = np.array([body.bones.index(n) for n in names])
    loose = [next((v for part, v in LOOSE.items() if part in n.lower()), 0.3) for n in names]
    knees = [joint_bone(body, "leg", side, 1) for side in ("left", "right")]
    rows = tuple(int(np.flatnonzero(index == b)[0]) for b in knees if (index == b).any())
    return Rig(index, low.astype(np.float32), high.astype(np.float32), np.array(loose, np.float32), rows)


def joint_bone(body: BodyModel, limb: str, side: str, number: int) -> int:
    """The bone that begins at joint ``number`` (0 root, 1 middle, 2 end) of a limb; -1 where the body has none."""
    for pattern in LIMB_BONES[limb][number]:
        name = pattern.format(s=side[0].upper(), side=side)
        if name in body.bones:
            return body.bones.index(name)
    return -1
