"""Several pictures of one person: the pictures of a folder or frames of a video, and which of them differ most."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.jobs import JobContext
from eigenform.types import Image

VIDEOS = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v")
"""Suffixes of videos that OpenCV reads."""


def is_video(path: str | os.PathLike[str]) -> bool:
    """Whether a path is named like a video."""
    return Path(path).suffix.lower() in VIDEOS


def further_pictures(text: str, count: int, ctx: JobContext) -> list[Image]:
    """The pictures in the folder or video called ``text``; none where it is empty.

    Raises
    ------
    InputError
        Where there is no such folder or video, or nothing in it.
    """
    if not text:
        return []
    path = Path(text).expanduser()
    if path.is_dir():
        return read_folder(path, count, ctx)
    if is_video(path):
        return read_video(path, count, ctx)
    if path.is_file():
        from eigenform.io.image_files import read_image

        return [read_image(path)]
    raise InputError(f"There is no folder, video or picture {path}.")


def read_folder(folder: Path, count: int, ctx: JobContext) -> list[Image]:
    """At most ``count`` pictures of a folder, evenly spaced in the order of their names."""
    from eigenform.io.image_files import EXTENSIONS, read_image

    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in EXTENSIONS and not p.name.startswith("."))
    if not files:
        raise InputError(f"{folder} holds no pictures; PNG and JPEG files would work.")
    found = []
    for number in spaced(len(files), count):
        ctx.message(f"Reading {files[number].name}")
        found.append(read_image(files[number]))
    return found


def read_video(path: Path, count: int, ctx: JobContext, largest: int = 2048) -> list[Image]:
    """``count`` frames of a video, evenly spaced.

    Parameters
    ----------
    path : Path
    count : int
    ctx : JobContext
        Asked between two frames.
    largest : int
        Pixels along the longer side that are kept.

    Raises
    ------
    InputError
        Where the file is missing or cannot be decoded.
    """
    import cv2

    if not path.is_file():
        raise InputError(f"There is no video {path}.")
    opened = cv2.VideoCapture(os.fspath(path))
    try:
        total = int(opened.get(cv2.CAP_PROP_FRAME_COUNT)) if opened.isOpened() else 0
        wanted = set(spaced(total, count)) if total > 0 else None
        if not opened.isOpened():
            raise InputError(f"{path} is not a video that can be read; MP4 (H.264) would work.")
        found: list[Image] = []
        number = -1
        while opened.grab():  # decoding in order: seeking is not exact in most files
            number += 1
            ctx.check()
            if wanted is not None and number not in wanted:
                continue
            good, frame = opened.retrieve()
            if good:
                found.append(_image(frame, largest, f"{path.stem} frame {number}", str(path.absolute())))
                ctx.message(f"Reading frame {number} of {path.name}")
            if wanted is None and len(found) >= 16 * count:  # no length is stated: keep every second one
                found = found[::2]
    finally:
        opened.release()
    if not found:
        raise InputError(f"{path} holds no frame that can be decoded; MP4 (H.264) would work.")
    return [found[i] for i in spaced(len(found), count)]


def spaced(total: int, count: int) -> list[int]:
    """``count`` numbers below ``total``, or all, evenly spaced: the middles of equal stretches."""
    if total <= count:
        return list(range(total))
    return sorted({int((i + 0.5) * total / count) for i in range(count)})


def diverse(keypoints: Sequence[np.ndarray], count: int) -> list[int]:
    """Which of many looks at a person to keep: the first, and each next one the farthest from all before it.

    A turn of the person counts as another pose does: both move keypoints against each other.

    Parameters
    ----------
    keypoints : sequence of (23, 3) array
        x, y in pixels and a confidence.
    count : int

    Returns
    -------
    list of int
        Ascending; 0 is among them.
    """
    if len(keypoints) <= count:
        return list(range(len(keypoints)))
    points = np.stack([_normalised(k) for k in keypoints])
    confidence = np.stack([np.asarray(k)[:, 2] for k in keypoints])
    chosen = [0]
    distance = np.full(len(points), np.inf)
    while len(chosen) < count:
        weight = np.minimum(confidence, confidence[chosen[-1]])
        apart = (np.linalg.norm(points - points[chosen[-1]], axis=2) * weight).sum(1) / np.maximum(weight.sum(1), 1e-9)
        distance = np.minimum(distance, apart)
        chosen.append(int((distance * confidence.mean(axis=1)).argmax()))
    return sorted(chosen)


def _normalised(keypoints: np.ndarray) -> np.ndarray:
    """(23, 2) points without position and size."""
    points = np.asarray(keypoints)
    weight = points[:, 2:] / max(float(points[:, 2].sum()), 1e-9)
    centred = points[:, :2] - (points[:, :2] * weight).sum(axis=0)
    size = float(np.sqrt((weight[:, 0] * (centred**2).sum(axis=1)).sum()))
    return centred / max(size, 1e-9)


def _image(frame: np.ndarray, largest: int, name: str, source: str) -> Image:
    import cv2

    scale = largest / max(frame.shape[:2])
    if scale < 1:
        size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
        frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))
    colour = frame[:, :, ::-1].astype(np.float32) / np.float32(255)
    return Image(colour, name=name, meta={"source": source})
