"""The ``transforms.json`` of NeRF, instant-ngp and nerfstudio: one JSON file with cameras and names of pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.photographs.cameras import OPENGL_TO_OPENCV
from eigenform.implicit.photographs.pictures import SUFFIXES, on_white, read_picture, stack, undistort
from eigenform.implicit.photographs.regions import region_of_cameras, region_of_points
from eigenform.types import Photographs

LENS = ("k1", "k2", "p1", "p2", "k3")
PINHOLES = ("", "PINHOLE", "SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV")


def read_transforms(path: Path, check: Callable[[], None]) -> Photographs:
    """Read a ``transforms.json``: ``camera_angle_x`` or ``fl_x`` (for all frames or each), ``transform_matrix`` camera
    to world with OpenGL axes (looking along -z, y up), ``file_path`` relative to the file.

    An alpha channel, or ``mask_path``, is the mask. ``aabb`` ([[low], [high]]), or ``region`` ({"centre", "radius"}),
    is where the object is; without, it is estimated from the cameras. ``sparse_points`` ([[x, y, z], ...]) are kept.

    Raises
    ------
    InputError
        For broken JSON, missing keys or pictures, NaN in a pose, fisheye lenses, or pictures of different sizes.
    """
    told = _json(path)
    frames = told.get("frames")
    if not isinstance(frames, list) or not frames:
        raise InputError(f"{path} names no photographs: it has no list 'frames', or an empty one.")
    pictures, cut, intrinsics, poses, files = [], [], [], [], []
    for i, frame in enumerate(frames):
        check()
        if not isinstance(frame, dict):
            raise InputError(f"{path}: frame {i} is not an object with file_path and transform_matrix.")
        file = _picture_file(path, frame, i)
        poses.append(_pose(path, frame, i))
        colour, alpha = read_picture(file)
        about = {**{k: v for k, v in told.items() if k != "frames"}, **frame}
        k, lens = _intrinsics(path, about, colour.shape[:2])
        mask = _mask(path, frame, colour.shape[:2]) if "mask_path" in frame else alpha
        colour = colour if alpha is None else on_white(colour, alpha)
        if any(lens):
            mask = None if mask is None else undistort(mask, k, lens)[0]
            colour, k = undistort(colour, k, lens)
        pictures.append(colour)
        intrinsics.append(k)
        files.append(file)
        if mask is not None:
            cut.append(mask > 127)
    if cut and len(cut) < len(files):
        raise InputError(
            f"{path}: {len(files) - len(cut)} of {len(files)} photographs have no mask; all or none would work."
        )
    images, all_poses, all_k = stack(pictures, files), np.stack(poses), np.stack(intrinsics)
    points = _points(path, told)
    centre, radius = _region(path, told, all_poses, all_k, images.shape[1:3], points)
    masks = np.stack(cut) if cut else None
    return Photographs(images, all_k, all_poses, centre, radius, masks, points, name=path.parent.name or path.stem)


def _json(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(told, dict):
        raise InputError(f"{path} is not a transforms.json: it holds no object with 'frames'.")
    return told


def _picture_file(path: Path, frame: Mapping[str, Any], i: int) -> Path:
    """The picture of a frame; NeRF's own files leave out the suffix."""
    name = frame.get("file_path")
    if not isinstance(name, str) or not name:
        raise InputError(f"{path}: frame {i} has no file_path.")
    base = path.parent / name.replace("\\", "/")
    for candidate in (base, *(base.with_name(base.name + s) for s in SUFFIXES)):
        if candidate.is_file():
            return candidate
    raise InputError(f"{path}: the photograph {name} of frame {i} does not exist.")


def _pose(path: Path, frame: Mapping[str, Any], i: int) -> np.ndarray:
    try:
        matrix = np.array(frame.get("transform_matrix"), dtype=np.float64)
    except (TypeError, ValueError):
        matrix = np.zeros(0)
    if matrix.shape not in ((4, 4), (3, 4)):
        raise InputError(f"{path}: the transform_matrix of frame {i} is not 4 x 4 numbers.")
    pose = np.eye(4)
    pose[:3] = matrix[:3]
    if not np.isfinite(pose).all():
        raise InputError(f"{path}: the transform_matrix of frame {i} holds NaN or infinite numbers.")
    if np.linalg.det(pose[:3, :3]) <= 0:
        raise InputError(f"{path}: the transform_matrix of frame {i} is no rotation.")
    pose[:3, :3] /= np.linalg.norm(pose[:3, :3], axis=0)
    return pose @ OPENGL_TO_OPENCV


def _intrinsics(path: Path, about: Mapping[str, Any], size: tuple[int, ...]) -> tuple[np.ndarray, list[float]]:
    """``K`` and the distortion of a frame, for a picture of ``size`` (height, width)."""
    model = str(about.get("camera_model", "")).upper()
    if model not in PINHOLES or about.get("is_fisheye"):
        raise InputError(
            f"{path}: cameras of model {model or 'fisheye'} are not read; undistorted photographs would work."
        )
    height, width = size
    try:
        if "fl_x" in about:
            fx = float(about["fl_x"])
            fy = float(about.get("fl_y", fx))
        elif "camera_angle_x" in about:
            fx = width / 2 / math.tan(float(about["camera_angle_x"]) / 2)
            fy = height / 2 / math.tan(float(about["camera_angle_y"]) / 2) if "camera_angle_y" in about else fx
        else:
            raise InputError(f"{path} gives no focal length: neither fl_x nor camera_angle_x.")
        cx, cy = float(about.get("cx", width / 2)), float(about.get("cy", height / 2))
        stated = float(about.get("w", width)), float(about.get("h", height))
        lens = [float(about.get(name, 0.0)) for name in LENS]
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise InputError(f"{path}: a focal length or centre of a camera is not a number ({error}).") from error
    k = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    if not (np.isfinite(k).all() and fx > 0 and fy > 0):
        raise InputError(f"{path}: a focal length of {fx:g} x {fy:g} pixels is none.")
    if "fl_x" in about:  # pictures that were scaled down after the cameras were found
        k = np.diag([width / stated[0], height / stated[1], 1.0]) @ k
    return k, lens


def _mask(path: Path, frame: Mapping[str, Any], size: tuple[int, ...]) -> np.ndarray:
    shown, _ = read_picture(path.parent / str(frame["mask_path"]))
    if shown.shape[:2] != size:
        raise InputError(f"The mask {frame['mask_path']} has another size than its photograph {frame['file_path']}.")
    found: np.ndarray = shown.max(axis=2)
    return found


def _points(path: Path, told: Mapping[str, Any]) -> np.ndarray | None:
    if "sparse_points" not in told:
        return None
    try:
        points = np.array(told["sparse_points"], dtype=np.float64).reshape(-1, 3)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: sparse_points are not rows of three numbers.") from error
    return points[np.isfinite(points).all(axis=1)]


def _region(
    path: Path,
    told: Mapping[str, Any],
    poses: np.ndarray,
    intrinsics: np.ndarray,
    size: tuple[int, int],
    points: np.ndarray | None,
) -> tuple[np.ndarray, float]:
    """Centre and radius of where the object is."""
    try:
        if "region" in told:
            centre, radius = np.array(told["region"]["centre"], dtype=np.float64), float(told["region"]["radius"])
        elif "aabb" in told:
            low, high = np.array(told["aabb"], dtype=np.float64)
            centre, radius = (low + high) / 2, float(np.linalg.norm(high - low) / 2)
        elif points is not None and len(points) >= 10:
            return region_of_points(points)
        else:
            return region_of_cameras(poses, intrinsics, size)
    except (TypeError, ValueError, KeyError) as error:
        raise InputError(
            f"{path}: the region of the object is not written as centre and radius, or as aabb."
        ) from error
    if centre.shape != (3,) or not np.isfinite(centre).all() or not 0 < radius < math.inf:
        raise InputError(f"{path}: the region of the object, centre {centre.tolist()} and radius {radius:g}, is none.")
    return centre, radius
