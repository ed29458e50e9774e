"""What can be wrong with a person in a picture, each said in one sentence."""

from __future__ import annotations

import numpy as np

from eigenform.avatar.keypoints import NAMES
from eigenform.errors import InputError

SEEN = 0.3
"""Confidence from which a keypoint counts as seen."""

UNSURE = 0.35
"""Mean confidence of the keypoints below which a picture is nothing that the network knows."""

PARTS: dict[str, tuple[str, ...]] = {
    "head": ("nose", "left eye", "right eye", "left ear", "right ear"),
    "shoulders": ("left shoulder", "right shoulder"),
    "hands": ("left wrist", "right wrist"),
    "hips": ("left hip", "right hip"),
    "knees": ("left knee", "right knee"),
    "feet": ("left ankle", "right ankle", "left heel", "right heel"),
}
"""Parts of a body as a person names them, from head to foot."""


def keypoint_index(name: str | int) -> int:
    """The number of a keypoint by its name (``left knee``) or number.

    Raises
    ------
    InputError
        Where there is none.
    """
    text = str(name).replace("_", " ").strip().lower()
    if text.isdigit() and int(text) < len(NAMES):
        return int(text)
    if text in NAMES:
        return NAMES.index(text)
    raise InputError(f"There is no keypoint {name!r}; there are {', '.join(NAMES)}.")


def missing_parts(keypoints: np.ndarray, shape: tuple[int, int]) -> list[str]:
    """Parts of :data:`PARTS` of which no point is seen in a picture of ``shape`` (height, width).

    Parameters
    ----------
    keypoints : (23, 3) array
        x, y in pixels and a confidence.
    """
    height, width = shape
    x, y, confidence = np.asarray(keypoints).T
    seen = (confidence >= SEEN) & (x >= 0) & (x <= width) & (y >= 0) & (y <= height)
    return [part for part, names in PARTS.items() if not seen[[NAMES.index(n) for n in names]].any()]


def cut_edges(mask: np.ndarray, share: float = 0.04) -> list[str]:
    """Edges of the picture that cut the person: where marked pixels fill more of the border than ``share``.

    The share is of the person's own extent along the border, so that feet that only touch it do not count.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return []
    extent = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    borders = {"upper": mask[0], "lower": mask[-1], "left": mask[:, 0], "right": mask[:, -1]}
    return [name for name, line in borders.items() if line.sum() > share * extent]


def refuse_half(mask: np.ndarray | None, keypoints: np.ndarray | None, shape: tuple[int, int], where: str) -> None:
    """Refuse a person of whom the picture shows a part only.

    Raises
    ------
    InputError
        Says which parts are missing, and at which edge of the picture.
    """
    if sentence := half_sentence(mask, keypoints, shape, where):
        raise InputError(f"{sentence}; a picture of the whole body would work, and so would accepting a part of it.")


def half_sentence(mask: np.ndarray | None, keypoints: np.ndarray | None, shape: tuple[int, int], where: str) -> str:
    """What is missing of a person in words without a full stop; empty where nothing is."""
    edges = [] if mask is None else cut_edges(mask)
    lost = [] if keypoints is None else missing_parts(keypoints, shape)
    if not edges and (not lost or keypoints is None):
        return ""
    if not edges and "feet" not in lost and "head" not in lost:
        return ""  # hands behind the back are no half body
    border = f"the {' and '.join(edges)} edge cuts the person off" if edges else "a part of the person is not seen"
    what = f": {', '.join(lost)} {'is' if lost == ['head'] else 'are'} missing" if lost else ""
    return f"In {where} {border}{what}"


def refuse_unsure(keypoints: np.ndarray, where: str, unsure: float = UNSURE) -> None:
    """Refuse what the network hardly recognises as a person, such as a drawing.

    Raises
    ------
    InputError
    """
    mean = float(np.asarray(keypoints)[:, 2].mean())
    if mean < unsure:
        raise InputError(
            f"In {where} hardly a keypoint is recognised (mean confidence {mean:.2f}): a drawing, or a pose or light "
            "that the network does not know; keypoints set by hand, or accepting an unsure answer, would work."
        )
