"""Names of the joints of SMPL-like models, and keypoints found on their template."""

from __future__ import annotations

import numpy as np

from eigenform.avatar.body.variants import KEYPOINTS

_BODY = (
    *("pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle"),
    *("spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder"),
    *("right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist"),
)
_FINGERS = tuple(
    f"{side}_{finger}{i}"
    for side in ("left", "right")
    for finger in ("index", "middle", "pinky", "ring", "thumb")
    for i in (1, 2, 3)
)
_NAMES = {
    24: (*_BODY, "left_hand", "right_hand"),
    52: (*_BODY, *_FINGERS),
    55: (*_BODY, "jaw", "left_eye", "right_eye", *_FINGERS),
}


def bone_names(count: int) -> tuple[str, ...]:
    """Names of the joints of SMPL (24), SMPL-H (52) and SMPL-X (55); numbers for another count."""
    return _NAMES.get(count) or tuple(f"bone {i}" for i in range(count))


def keypoint_rows(template: np.ndarray, regressor: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weights (23, V) of the keypoints, or (0, V) for a model whose joints are not known.

    Shoulders to ankles are the joints. Nose, ears, toes and heels are the vertices that stick out farthest, eyes lie
    above the nose: good to about two centimetres.

    Parameters
    ----------
    template : (V, 3) array
        Z up, facing -Y.
    regressor, weights : (J, V), (V, J) arrays
    """
    names = bone_names(len(regressor))
    if "left_hip" not in names:
        return np.zeros((0, len(template)))
    rows = np.zeros((len(KEYPOINTS), len(template)))
    index = {name: i for i, name in enumerate(KEYPOINTS)}
    for name in KEYPOINTS:
        if name in names:
            rows[index[name]] = regressor[names.index(name)]
    for name, vertex in _extremes(template, weights, names).items():
        rows[index[name], vertex] = 1.0
    for side in ("left", "right"):  # where a model has joints called eyes, the surface is meant here all the same
        eye = rows[index[f"{side}_eye"]]
        rows[index[f"{side}_eye"]] = eye / eye.sum() if eye.sum() else eye
    return rows


def _extremes(template: np.ndarray, weights: np.ndarray, names: tuple[str, ...]) -> dict[str, int]:
    strongest = np.asarray(names)[weights.argmax(1)]

    def most(parts: tuple[str, ...], direction: tuple[float, float, float], near: np.ndarray | None = None) -> int:
        chosen = np.flatnonzero(np.isin(strongest, parts))
        if not len(chosen):
            return 0
        score = template[chosen] @ np.array(direction)
        if near is not None:
            score = -np.linalg.norm(template[chosen] - near, axis=1)
        return int(chosen[score.argmax()])

    found = {"nose": most(("head", "jaw"), (0.0, -1.0, 0.0))}
    nose = template[found["nose"]]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        foot = (f"{side}_foot",)
        both = (f"{side}_foot", f"{side}_ankle")
        if "left_eye" not in names:
            found[f"{side}_eye"] = most(("head",), (0, 0, 0), nose + np.array([sign * 0.033, 0.035, 0.04]))
        found[f"{side}_ear"] = most(("head",), (sign, 0.0, 0.0))
        found[f"{side}_big_toe"] = most(foot, (-0.35 * sign, -1.0, 0.0))
        found[f"{side}_small_toe"] = most(foot, (0.9 * sign, -1.0, 0.0))
        found[f"{side}_heel"] = most(both, (0.0, 1.0, -0.6))
    return found
