"""Giving the movement of another skeleton to ours, by the names of its joints and where they lead.

Our bone is turned against its pose of zeros by ``Q = C G S M``. M takes the direction in which our bone leads to the
next one at the pose of zeros to theirs at their rest pose by the smallest turn, both seen from the trunk: from an
A-pose to a T-pose, say. S turns from our trunk to theirs, G is the orientation of their joint in the world of the
file, and C turns that world upright. Where bones of trunk and feet differ by less than 45 degrees, M is left out:
backs and ankles are drawn differently and mean the same.
"""

from __future__ import annotations

import numpy as np

from eigenform.avatar.figure.bone_names import OURS, parts_of
from eigenform.avatar.figure.kinematics import pose_of_world, world_matrices
from eigenform.avatar.figure.rotations import shortest
from eigenform.errors import InputError
from eigenform.figure_types import Clip, Skeleton
from eigenform.io.bvh import Bvh

_NEXT = {
    "hips": ("spine", "chest", "upperchest", "neck"),
    "spine": ("chest", "upperchest", "neck"),
    "chest": ("upperchest", "neck", "head"),
    "upperchest": ("neck", "head"),
    "neck": ("head",),
    **{
        f"{part}.{side}": (f"{then}.{side}",)
        for side in "LR"
        for part, then in (
            ("shoulder", "upperarm"),
            ("upperarm", "forearm"),
            ("forearm", "hand"),
            ("thigh", "shin"),
            ("shin", "foot"),
            ("foot", "toe"),
        )
    },
}
_LIMBS = ("upperarm", "forearm", "thigh", "shin")
_BEFORE = {"head": "neck", "hand": "forearm", "toe": "foot"}
_NEEDED = ("hips", "thigh.L", "thigh.R")
_UPRIGHT = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""From a world with Y up, facing Z, to ours."""


def retarget(motion: Bvh, skeleton: Skeleton, name: str = "motion") -> Clip:
    """A clip of our skeleton that moves as ``motion`` does.

    Translations are scaled by the ratio of leg lengths, so that units do not matter; the movement begins above the
    origin, and its lowest feet are as low as those of the pose of zeros.

    Parameters
    ----------
    motion : Bvh
    skeleton : Skeleton
        With bones of Anny's rig, or others that :func:`parts_of` understands.
    name : str
        Of the clip.

    Raises
    ------
    InputError
        Where hips and legs cannot be told by their names.
    """
    theirs = parts_of(motion.names)
    place = {bone: i for i, bone in enumerate(skeleton.names)}
    ours = {part: place[bone] for part, bone in OURS.items() if bone in place}
    if len(ours) < len(OURS) // 2:  # not Anny's rig, such as that of an SMPL-like body
        ours = parts_of(skeleton.names)
    missing = [part for part in _NEEDED if part not in theirs]
    if missing:
        some = ", ".join(motion.names[:6])
        raise InputError(f"The movement has no joint that could be {missing[0]} among {some} and so on.")
    if missing := [part for part in _NEEDED if part not in ours]:
        raise InputError(f"The skeleton has no bone that could be {missing[0]}; that of a body has.")
    turns, places = motion.worlds()
    upright = _upright(places, theirs)
    seat, frame = _rest_places(motion), _trunk(_rest_places(motion), theirs)
    zero = world_matrices(skeleton, np.zeros((len(skeleton.names), 3)))
    own_places = zero[:, :3, 3]
    own_frame = _trunk(own_places, ours)
    shared = [part for part in OURS if part in theirs and part in ours]
    wanted = {}
    aligned: dict[str, np.ndarray] = {}
    for part in shared:
        leads = own_frame.T @ _lead(part, ours, own_places), frame.T @ _lead(part, theirs, seat)
        aligned[part] = _aligned(part, *leads, aligned)
        wanted[ours[part]] = upright @ turns[:, theirs[part]] @ (frame @ aligned[part] @ own_frame.T)
    orientations = _filled(wanted, skeleton, zero[:, :3, :3], len(turns))
    scale = _leg_length(ours, own_places) / max(_leg_length(theirs, seat), 1e-9)
    hips = scale * places[:, theirs["hips"]] @ upright.T
    hips[:, :2] -= hips[0, :2]
    rotations, translations = pose_of_world(skeleton, orientations, hips)
    return Clip(name, rotations, _grounded(skeleton, rotations, translations, own_places), 1.0 / motion.seconds)


def _aligned(part: str, start: np.ndarray, end: np.ndarray, before: dict[str, np.ndarray]) -> np.ndarray:
    """The turn M (3, 3) between two directions as seen from the trunk; an end follows the part before it."""
    kind, _, side = part.partition(".")
    if not start.any() or not end.any():
        previous = _BEFORE.get(kind, "") + (f".{side}" if side else "")
        return before.get(previous, np.eye(3))
    cosine = start @ end / (np.linalg.norm(start) * np.linalg.norm(end))
    if kind not in _LIMBS and cosine > np.sqrt(0.5):
        return np.eye(3)
    return shortest(start, end, np.array([1.0, 0.0, 0.0]))


def _rest_places(motion: Bvh) -> np.ndarray:
    """Places (J, 3) of the joints without any turn."""
    places = np.zeros((len(motion.names), 3))
    for joint, parent in enumerate(motion.parents):
        if parent >= 0:
            places[joint] = places[parent] + motion.offsets[joint]
    return places


def _lead(part: str, joints: dict[str, int], places: np.ndarray) -> np.ndarray:
    """Where a part leads (3,): to the next part; zero where there is none."""
    for then in _NEXT.get(part, ()):
        if then in joints:
            return places[joints[then]] - places[joints[part]]
    return np.zeros(3)


def _trunk(places: np.ndarray, joints: dict[str, int]) -> np.ndarray:
    """Axes (3, 3) of the trunk as columns: left, back, up, as ours are at rest."""
    left = places[joints["thigh.L"]] - places[joints["thigh.R"]]
    top = next((joints[p] for p in ("head", "neck", "upperchest", "chest", "spine") if p in joints), None)
    seat = (places[joints["thigh.L"]] + places[joints["thigh.R"]]) / 2
    rise = places[top] - seat if top is not None else seat - places[joints["thigh.L"]]
    if np.linalg.norm(left) < 1e-9 or np.linalg.norm(np.cross(left, rise)) < 1e-9:
        raise InputError("The hips of the movement have no width or no height, so that nothing says how it stands.")
    axis = np.eye(3)[np.abs(rise).argmax()] * np.sign(rise[np.abs(rise).argmax()])
    if rise @ axis > 0.94 * np.linalg.norm(rise):  # within 20 degrees: a bent back is no leaning figure
        rise = axis
    left = left / np.linalg.norm(left)
    up = rise - left * (rise @ left)
    up = up / np.linalg.norm(up)
    return np.stack([left, np.cross(up, left), up], axis=1)


def _upright(places: np.ndarray, joints: dict[str, int]) -> np.ndarray:
    """From the world of the file to one with Z up: people are upright most of the time."""
    top = next((joints[p] for p in ("head", "neck", "upperchest", "chest", "spine") if p in joints), None)
    if top is None:
        return _UPRIGHT
    rise = (places[:, top] - places[:, joints["hips"]]).mean(axis=0)
    return np.eye(3) if abs(rise[2]) > abs(rise[1]) else _UPRIGHT


def _filled(wanted: dict[int, np.ndarray], skeleton: Skeleton, zero: np.ndarray, frames: int) -> np.ndarray:
    """Orientations (T, J, 3, 3): those wanted, as turns against the pose of zeros; other bones follow their parents."""
    found = np.empty((frames, len(skeleton.names), 3, 3))
    for bone, parent in enumerate(skeleton.parents):
        if bone in wanted:
            turn = wanted[bone]
        elif parent < 0:
            turn = np.broadcast_to(np.eye(3), (frames, 3, 3))
        else:
            turn = found[:, parent] @ zero[parent].T
        found[:, bone] = turn @ zero[bone]
    return found


def _leg_length(joints: dict[str, int], places: np.ndarray) -> float:
    total = 0.0
    for part in ("thigh.L", "shin.L", "thigh.R", "shin.R"):
        if part in joints:
            total += float(np.linalg.norm(_lead(part, joints, places)))
    return total


def _grounded(skeleton: Skeleton, rotations: np.ndarray, translations: np.ndarray, standing: np.ndarray) -> np.ndarray:
    """Translations moved up or down so that the lowest joints are mostly as low as in the pose of zeros."""
    world = world_matrices(skeleton, rotations, translations)
    lowest = np.percentile(world[:, :, 2, 3].min(axis=1), 5)
    shift = np.array([0.0, 0.0, standing[:, 2].min() - lowest]) @ skeleton.reference[0].T
    return translations + shift
