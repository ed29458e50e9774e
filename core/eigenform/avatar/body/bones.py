"""The main bones of Anny's rig, how far they turn, and which mirrors which.

Rotations are axis-angle vectors about axes of the world at the reference pose (arms 48 degrees below the horizontal,
elbows bent by 43 degrees, feet on the ground). For the left side: knee bends by +x, hip bends by -x, toes go down by
+x, arm goes down by +y and up by -y, leg goes outward by -y; the spine bends forward by +x. The right side mirrors it:
y and z change their sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

LEFT = (
    *("clavicle.L", "upperarm01.L", "lowerarm01.L", "lowerarm02.L", "wrist.L"),
    *("upperleg01.L", "lowerleg01.L", "foot.L"),
)
RIGHT = tuple(name[:-1] + "R" for name in LEFT)
MAIN: tuple[str, ...] = ("root", "spine05", "spine03", "spine01", "neck01", "head", *LEFT, *RIGHT)
"""The 22 bones that fits, networks and pose forms move; a parent stands before its children."""

_HALF: Mapping[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "root": ((-3.1416, -3.1416, -3.1416), (3.1416, 3.1416, 3.1416)),
    "spine05": ((-0.35, -0.35, -0.45), (0.7, 0.35, 0.45)),
    "spine03": ((-0.35, -0.35, -0.45), (0.7, 0.35, 0.45)),
    "spine01": ((-0.35, -0.35, -0.45), (0.7, 0.35, 0.45)),
    "neck01": ((-0.4, -0.4, -0.6), (0.5, 0.4, 0.6)),
    "head": ((-0.5, -0.35, -0.7), (0.5, 0.35, 0.7)),
    "clavicle.L": ((-0.25, -0.6, -0.4), (0.25, 0.2, 0.4)),
    "upperarm01.L": ((-2.4, -2.6, -2.2), (1.6, 1.4, 1.6)),
    "lowerarm01.L": ((-1.6, -0.6, -1.5), (0.65, 0.6, 0.65)),
    "lowerarm02.L": ((-0.6, -0.8, -0.6), (0.6, 0.8, 0.6)),
    "wrist.L": ((-0.9, -0.9, -0.8), (0.9, 0.9, 0.8)),
    "upperleg01.L": ((-2.3, -1.1, -0.9), (0.7, 0.6, 0.9)),
    "lowerleg01.L": ((-0.3, -0.45, -0.45), (2.5, 0.45, 0.45)),
    "foot.L": ((-0.6, -0.5, -0.6), (0.9, 0.5, 0.6)),
}

LIMITS: Mapping[str, tuple[np.ndarray, np.ndarray]] = {
    **{name: (np.array(low), np.array(high)) for name, (low, high) in _HALF.items()},
    **{
        name[:-1] + "R": (np.array([low[0], -high[1], -high[2]]), np.array([high[0], -low[1], -low[2]]))
        for name, (low, high) in _HALF.items()
        if name.endswith(".L")
    },
}
"""Lowest and highest axis-angle components of each main bone, radians; all hold the reference pose, zero."""

MIRROR: Mapping[str, str] = {
    name: mirror for pair in zip(LEFT, RIGHT, strict=True) for name, mirror in (pair, pair[::-1])
}
"""The bone on the other side, of the main bones that have one."""


def mirror_name(bone: str) -> str:
    """The bone on the other side; itself for one in the middle."""
    if bone.endswith((".L", ".R")):
        return bone[:-1] + ("R" if bone.endswith("L") else "L")
    return bone


def mirror_pose(rotations: np.ndarray, bones: Sequence[str]) -> np.ndarray:
    """The pose seen in a mirror: axis-angle (..., J, 3), left and right exchanged, y and z negated."""
    index = {name: i for i, name in enumerate(bones)}
    order = [index.get(mirror_name(name), i) for i, name in enumerate(bones)]
    return np.asarray(rotations)[..., order, :] * np.array([1.0, -1.0, -1.0])


def main_indices(bones: Sequence[str]) -> np.ndarray:
    """(M,) int64: where the main bones stand among ``bones``; only those that are there."""
    index = {name: i for i, name in enumerate(bones)}
    return np.array([index[name] for name in MAIN if name in index], dtype=np.int64)


def limit_arrays() -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest axis-angle vectors of the main bones, two arrays (M, 3)."""
    return np.stack([LIMITS[n][0] for n in MAIN]), np.stack([LIMITS[n][1] for n in MAIN])


def full_pose(main: np.ndarray, bones: Sequence[str]) -> np.ndarray:
    """Axis-angle of all bones (..., J, 3) from that of the main ones (..., M, 3); the others stay at zero."""
    main = np.asarray(main, dtype=np.float64)
    found = np.zeros((*main.shape[:-2], len(bones), 3))
    index = {name: i for i, name in enumerate(bones)}
    for i, name in enumerate(MAIN):
        if name in index:
            found[..., index[name], :] = main[..., i, :]
    return found
