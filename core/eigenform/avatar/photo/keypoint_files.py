"""Keypoints as JSON files: COCO, COCO-WholeBody, OpenPose (BODY_25 and COCO-18) and MediaPipe in, COCO-like out."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.avatar.keypoints import NAMES
from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path

OPENPOSE_25 = (0, 16, 15, 18, 17, 5, 2, 6, 3, 7, 4, 12, 9, 13, 10, 14, 11, 19, 20, 21, 22, 23, 24)
"""Where each of our keypoints stands among BODY_25 of OpenPose."""

OPENPOSE_18 = (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10, -1, -1, -1, -1, -1, -1)
"""The same for OpenPose's COCO model of 18 points, which has no feet."""

MEDIAPIPE_33 = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 31, -1, 29, 32, -1, 30)
"""The same for the 33 landmarks of MediaPipe Pose, which has one point for the toes of a foot."""

HALPE_26 = (*range(17), 20, 22, 24, 21, 23, 25)
"""The same for the 26 points of Halpe (AlphaPose)."""

TABLES = {17: (*range(17), *[-1] * 6), 18: OPENPOSE_18, 23: tuple(range(23)), 25: OPENPOSE_25, 26: HALPE_26,
          33: MEDIAPIPE_33, 133: tuple(range(23))}  # fmt: skip
"""Tables by the number of points of a model; 17 is COCO, 133 COCO-WholeBody, which begins with our 23."""

_FORMS = "COCO annotations, OpenPose or MediaPipe output, or what Eigenform writes would work"


def read_keypoints(
    path: str | os.PathLike[str], shape: tuple[int, int], which: int = 0
) -> tuple[np.ndarray, list[str]]:
    """Read keypoints of one person.

    Parameters
    ----------
    path : path
        A JSON file.
    shape : (H, W)
        Of the picture; MediaPipe and OpenPose can state coordinates as shares of it.
    which : int
        Which person of the file, from 0.

    Returns
    -------
    ((23, 3) array, notes)
        x, y in pixels and a confidence in [0, 1] which is 0 where the file says nothing; what is worth knowing.

    Raises
    ------
    InputError
        One sentence: which file, what was found, what would work.
    """
    path = Path(path)
    people = parse_keypoints(_json(path), str(path), shape)
    if not 0 <= which < len(people):
        raise InputError(f"{path} holds keypoints of {len(people)} people, so there is no number {which + 1}.")
    notes = []
    if len(people) > 1:
        notes.append(f"{path.name} holds {len(people)} people; number {which + 1} was taken.")
    return people[which], notes


def parse_keypoints(found: Any, where: str, shape: tuple[int, int]) -> list[np.ndarray]:
    """The people, (23, 3) each, in the content of a JSON file; ``where`` names it in errors."""
    numbers = [_rows(part, where, shape) for part in _people(found, where)]
    if not numbers:
        raise InputError(f"{where} holds no keypoints; {_FORMS}.")
    return [_ours(rows, where, shape) for rows in numbers]


def write_keypoints(path: str | os.PathLike[str], keypoints: np.ndarray, shape: tuple[int, int]) -> None:
    """Write one person's keypoints, atomically, as a COCO-like annotation with the names of the points.

    Parameters
    ----------
    path : path
    keypoints : (23, 3) array
        x, y in pixels and a confidence.
    shape : (H, W)
        Of the picture.
    """
    rows = [round(float(v), 6) for v in np.asarray(keypoints).reshape(-1)]
    person = {"keypoints": rows, "num_keypoints": int((np.asarray(keypoints)[:, 2] > 0).sum())}
    told = {"width": shape[1], "height": shape[0], "names": list(NAMES), "annotations": [person]}
    with atomic_path(Path(path)) as part:
        part.write_text(json.dumps(told, indent=1), encoding="utf-8")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not a JSON file of keypoints; {_FORMS}.") from error


def _people(found: Any, where: str) -> list[Any]:
    """The lists of numbers or points, one a person, in whatever form the file has."""
    if isinstance(found, Mapping):
        for key in ("people", "annotations", "instances"):
            if isinstance(found.get(key), list):
                return [p for person in found[key] for p in _people(person, where)]
        for key in ("pose_keypoints_2d", "keypoints", "poseLandmarks", "pose_landmarks", "landmarks", "landmark"):
            if key in found:
                return _people(found[key], where)
        raise InputError(f"{where} holds {', '.join(map(str, list(found)[:6])) or 'nothing'}; {_FORMS}.")
    if not isinstance(found, list) or not found:
        return []
    if isinstance(found[0], (int, float)) or _is_point(found[0]):
        return [found]
    return [p for person in found for p in _people(person, where)]


def _is_point(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "x" in value and "y" in value
    return isinstance(value, list) and len(value) in (2, 3) and all(isinstance(v, (int, float)) for v in value)


def _rows(part: Sequence[Any], where: str, shape: tuple[int, int]) -> np.ndarray:
    """(n, 3) x, y, confidence as the file has them."""
    try:
        if isinstance(part[0], Mapping):
            # MediaPipe: shares of the picture, z, and how visible a landmark is
            rows = [[p["x"], p["y"], p.get("visibility", p.get("score", p.get("confidence", 1.0)))] for p in part]
        elif isinstance(part[0], list):
            rows = [[*p, 1.0][:3] for p in part]
        elif len(part) % 3 == 0:
            rows = np.asarray(part, dtype=np.float64).reshape(-1, 3).tolist()
        else:
            raise ValueError
        found = np.asarray(rows, dtype=np.float64)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InputError(f"{where} holds keypoints that are not triples x, y, confidence; {_FORMS}.") from None
    if not np.isfinite(found).all() or np.abs(found).max() > 1e7:
        raise InputError(f"{where} holds keypoints that are no finite numbers.")
    return found


def _ours(rows: np.ndarray, where: str, shape: tuple[int, int]) -> np.ndarray:
    """Our 23 points among those of a known model."""
    n = len(rows)
    if n not in TABLES:
        known = ", ".join(str(k) for k in sorted(TABLES))
        raise InputError(f"{where} holds {n} keypoints a person; sets of {known} are known.")
    index = np.array(TABLES[n])
    found = np.where(index[:, None] >= 0, rows[index], 0.0)
    if _shares(rows):
        found[:, :2] *= np.array([shape[1], shape[0]])
    confidence = found[:, 2]
    if confidence.max() > 1:  # COCO: 0 not labelled, 1 labelled but hidden, 2 seen
        confidence = np.where(confidence >= 2, 1.0, np.where(confidence >= 1, 0.5, 0.0))
    found[:, 2] = np.clip(confidence, 0, 1)
    found[found[:, 2] <= 0] = 0
    return found


def _shares(rows: np.ndarray) -> bool:
    """Whether coordinates are shares of the picture rather than pixels."""
    seen = rows[rows[:, 2] > 0]
    return bool(len(seen)) and float(np.abs(seen[:, :2]).max()) <= 2.0 and math.isfinite(float(seen.max()))
