"""Pictures of a set of photographs: reading, writing, lens distortion, one size for all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")


def picture_files(folder: Path) -> list[Path]:
    """The pictures of a folder in the order of their names; empty where there is no folder."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))


def read_picture(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """``(rgb (H, W, 3) uint8, alpha (H, W) uint8 or None)``; 16-bit pictures are reduced to 8 bits.

    Raises
    ------
    InputError
        Where the file is missing or no picture.
    """
    import cv2

    try:
        data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise InputError(f"The photograph {path} cannot be read: {error.strerror or error}.") from error
    found = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if len(data) else None
    if found is None:
        raise InputError(f"{path} is not a picture that can be read; PNG and JPEG files would work.")
    pixels: np.ndarray = np.asarray(found)
    if pixels.dtype == np.uint16:
        pixels = (pixels // 256).astype(np.uint8)
    elif pixels.dtype != np.uint8:
        pixels = (np.clip(np.nan_to_num(pixels.astype(np.float64)), 0, 1) * 255).round().astype(np.uint8)
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    alpha = pixels[:, :, -1] if pixels.shape[2] in (2, 4) else None
    colour = pixels[:, :, 2::-1] if pixels.shape[2] >= 3 else np.repeat(pixels[:, :, :1], 3, axis=2)
    return np.ascontiguousarray(colour), alpha


def write_picture(path: Path, colour: np.ndarray, alpha: np.ndarray | None = None) -> None:
    """Write (H, W, 3) uint8 as a PNG, with ``alpha`` (H, W) uint8 where it is given."""
    import cv2

    pixels = colour[:, :, ::-1] if alpha is None else np.concatenate([colour[:, :, ::-1], alpha[:, :, None]], axis=2)
    done, data = cv2.imencode(".png", np.ascontiguousarray(pixels))
    if not done:
        raise InputError(f"The picture {path} could not be encoded.")
    with atomic_path(path) as part:
        part.write_bytes(data.tobytes())


def on_white(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: a picture with a transparent background laid on white."""
    cover = alpha[:, :, None].astype(np.float32) / 255
    return (colour * cover + 255 * (1 - cover)).round().astype(np.uint8)


def stack(pictures: Sequence[np.ndarray], files: Sequence[Path]) -> np.ndarray:
    """Pictures of one size as one array.

    Raises
    ------
    InputError
        Where there are none, or one has another size than the first.
    """
    if not pictures:
        raise InputError("There are no photographs to read.")
    first = pictures[0].shape[:2]
    for picture, file in zip(pictures, files, strict=True):
        if picture.shape[:2] != first:
            raise InputError(
                f"The photographs differ in size: {files[0].name} has {first[1]} x {first[0]} pixels and {file.name} "
                f"{picture.shape[1]} x {picture.shape[0]}; scaling or cropping them (and their cameras) to one size "
                "would work."
            )
    return np.stack(pictures)


def fit_to(picture: np.ndarray, intrinsics: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A picture reduced or enlarged to ``size`` (height, width), with the intrinsics that go with it."""
    import cv2

    if picture.shape[:2] == size:
        return picture, intrinsics
    fy, fx = size[0] / picture.shape[0], size[1] / picture.shape[1]
    resized = cv2.resize(picture, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(resized), np.diag([fx, fy, 1.0]) @ intrinsics


def undistort(
    picture: np.ndarray, intrinsics: np.ndarray, distortion: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """A picture as a pinhole camera would have taken it, with that camera's intrinsics.

    Parameters
    ----------
    picture : (H, W) or (H, W, 3) uint8
    intrinsics : (3, 3) array
        With the centre of the first pixel at (0.5, 0.5).
    distortion : sequence
        ``k1, k2, p1, p2[, k3, k4, k5, k6]`` of Brown's model, in the order OpenCV and COLMAP share. The view is
        narrowed so that no pixel lies outside of the photograph.
    """
    import cv2

    height, width = picture.shape[:2]
    half = np.array([[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]])  # cv2 puts the centre of the first pixel at (0, 0)
    lens = np.asarray(distortion, dtype=np.float64)
    narrowed, _ = cv2.getOptimalNewCameraMatrix(intrinsics - half, lens, (width, height), 0)
    pinhole = np.asarray(narrowed, dtype=np.float64)
    return np.asarray(cv2.undistort(picture, intrinsics - half, lens, None, pinhole)), pinhole + half
