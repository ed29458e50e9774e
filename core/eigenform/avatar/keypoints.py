"""The 23 keypoints of a person: their names, sides and the lines between them.

The first 17 are those of COCO; then big toe, small toe and heel of the left and of the right foot. Left is the
person's left.
"""

from __future__ import annotations

NAMES: tuple[str, ...] = (
    "nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder", "left elbow",
    "right elbow", "left wrist", "right wrist", "left hip", "right hip", "left knee", "right knee", "left ankle",
    "right ankle", "left big toe", "left small toe", "left heel", "right big toe", "right small toe", "right heel",
)  # fmt: skip
"""Names in the order of :attr:`eigenform.figure_types.View.keypoints`."""

LINES: tuple[tuple[int, int], ...] = (
    (0, 1), (0, 2), (1, 3), (2, 4), (5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12), (11, 12), (11, 13),
    (13, 15), (12, 14), (14, 16), (15, 17), (17, 18), (15, 19), (16, 20), (20, 21), (16, 22),
)  # fmt: skip
"""Pairs of keypoints between which a drawing of the skeleton has a line."""

MIRROR: tuple[int, ...] = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 20, 21, 22, 17, 18, 19)
"""The keypoint of the other side for each one."""

LIMBS: dict[str, tuple[int, ...]] = {
    "left arm": (5, 7, 9),
    "right arm": (6, 8, 10),
    "left leg": (11, 13, 15, 17, 18, 19),
    "right leg": (12, 14, 16, 20, 21, 22),
}
"""Keypoints of each limb, from the trunk outward."""


def side(index: int) -> str:
    """``left``, ``right`` or ``middle``."""
    word = NAMES[index].split()[0]
    return word if word in ("left", "right") else "middle"


def limb_of(index: int) -> str:
    """The limb that a keypoint belongs to, a key of :data:`LIMBS`; empty for the head."""
    return next((name for name, points in LIMBS.items() if index in points), "")
