"""COLMAP's text model: ``cameras.txt``, ``images.txt`` and ``points3D.txt``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.photographs.pictures import on_white, read_picture, stack, undistort
from eigenform.implicit.photographs.regions import region_of_cameras, region_of_points
from eigenform.types import Photographs

PLACES = (".", "sparse", "sparse/0", "colmap/sparse/0", "dense/sparse")
"""Where, below the folder, the three files are looked for."""

MODELS = {
    "SIMPLE_PINHOLE": ("f", "cx", "cy"),
    "PINHOLE": ("fx", "fy", "cx", "cy"),
    "SIMPLE_RADIAL": ("f", "cx", "cy", "k1"),
    "RADIAL": ("f", "cx", "cy", "k1", "k2"),
    "OPENCV": ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2"),
    "FULL_OPENCV": ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"),
}
"""Parameters of the camera models that are read, in COLMAP's order."""

Camera = tuple[np.ndarray, list[float], tuple[int, int]]
"""Intrinsics, distortion, and (height, width)."""


def model_folder(folder: Path, name: str = "cameras.txt") -> Path | None:
    """Where below ``folder`` the model lies; None where it does not."""
    return next((folder / p for p in PLACES if (folder / p / name).is_file()), None)


def read_colmap(folder: Path, check: Callable[[], None]) -> Photographs:
    """Read a text model and its photographs; lens distortion is taken out of them.

    The region of the object is that of the sparse points, stray ones apart. Masks are looked for in ``masks/`` under
    the photograph's name (with ``.png`` added, as COLMAP has it, or in place of the suffix) and as an alpha channel.

    Raises
    ------
    InputError
        For missing files or photographs, a camera model that is not read, or NaN in a pose.
    """
    model = model_folder(folder)
    if model is None:
        raise InputError(f"{folder} holds no COLMAP text model (cameras.txt).")
    cameras = _cameras(model / "cameras.txt")
    named = list(_images(model / "images.txt"))
    if not named:
        raise InputError(f"{model / 'images.txt'} lists no photographs.")
    pictures, cut, intrinsics, poses, files = [], [], [], [], []
    for name, number, pose in sorted(named, key=lambda item: item[0]):
        check()
        if number not in cameras:
            raise InputError(f"{model / 'images.txt'}: {name} was taken by camera {number}, which cameras.txt lacks.")
        k, lens, size = cameras[number]
        file = _picture_file(folder, model, name)
        colour, alpha = read_picture(file)
        mask = _mask(folder, name, alpha)
        if mask is not None and mask.shape != colour.shape[:2]:
            raise InputError(f"The mask of {name} has another size than the photograph.")
        colour = colour if alpha is None else on_white(colour, alpha)
        k = np.diag([colour.shape[1] / size[1], colour.shape[0] / size[0], 1.0]) @ k
        if any(lens):
            mask = None if mask is None else undistort(mask, k, lens)[0]
            colour, k = undistort(colour, k, lens)
        pictures.append(colour)
        intrinsics.append(k)
        poses.append(pose)
        files.append(file)
        if mask is not None:
            cut.append(mask > 127)
    if cut and len(cut) < len(files):
        raise InputError(
            f"{len(files) - len(cut)} of {len(files)} photographs in {folder} have no mask; all or none would work."
        )
    points = _points(model / "points3D.txt")
    images, all_k, all_poses = stack(pictures, files), np.stack(intrinsics), np.stack(poses)
    centre, radius = (
        region_of_points(points) if len(points) >= 10 else region_of_cameras(all_poses, all_k, images.shape[1:3])
    )
    masks = np.stack(cut) if cut else None
    return Photographs(
        images, all_k, all_poses, centre, radius, masks, points if len(points) else None, name=folder.name
    )


def _lines(path: Path) -> list[str]:
    """The lines of a text file that are not comments; blank ones are kept, for images.txt has them."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}; all three text files are needed."
        ) from error
    return [line.strip() for line in text.splitlines() if not line.lstrip().startswith("#")]


def _cameras(path: Path) -> dict[str, Camera]:
    """Camera number to its intrinsics."""
    found: dict[str, Camera] = {}
    for line in filter(None, _lines(path)):
        words = line.split()
        names = MODELS.get(words[1] if len(words) > 1 else "")
        if names is None:
            raise InputError(
                f"{path}: cameras of model {' '.join(words[1:2]) or '(none)'} are not read; "
                f"{', '.join(MODELS)} are, and colmap image_undistorter turns any into PINHOLE."
            )
        try:
            width, height = int(words[2]), int(words[3])
            value = dict(zip(names, map(float, words[4:]), strict=True))
        except (ValueError, IndexError) as error:
            raise InputError(f"{path}: the line of camera {words[0]} does not hold {len(names)} parameters.") from error
        fx = value.get("fx", value.get("f", 0.0))
        k = np.array([[fx, 0, value["cx"]], [0, value.get("fy", fx), value["cy"]], [0, 0, 1]])
        if not np.isfinite(k).all() or k[0, 0] <= 0 or k[1, 1] <= 0 or width < 1 or height < 1:
            raise InputError(f"{path}: camera {words[0]} has no usable focal length, centre or size.")
        lens = [value.get(n, 0.0) for n in ("k1", "k2", "p1", "p2")]
        if "k6" in value:
            lens += [value[n] for n in ("k3", "k4", "k5", "k6")]
        found[words[0]] = k, lens, (height, width)
    return found


def _images(path: Path) -> Iterator[tuple[str, str, np.ndarray]]:
    """``(name, camera number, pose)`` of each photograph: every other line, the ones between list its points."""
    lines = _lines(path)
    while lines and not lines[0]:
        lines.pop(0)
    for line in lines[::2]:
        words = line.split(maxsplit=9)
        if not words:
            continue
        try:
            w, x, y, z, *shift = map(float, words[1:8])
            number, name = words[8], words[9]
        except (ValueError, IndexError) as error:
            raise InputError(f"{path}: the line '{line[:60]}' is not that of a photograph.") from error
        q = np.array([w, x, y, z])
        if not (np.isfinite(q).all() and np.isfinite(shift).all() and np.linalg.norm(q) > 0):
            raise InputError(f"{path}: the pose of {name} holds NaN or infinite numbers.")
        w, x, y, z = q / np.linalg.norm(q)
        rotation = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
            ]
        )
        pose = np.eye(4)
        pose[:3, :3] = rotation.T  # the file has world to camera
        pose[:3, 3] = -rotation.T @ np.array(shift)
        yield name, number, pose


def _points(path: Path) -> np.ndarray:
    """(P, 3) sparse points; none where there is no file."""
    if not path.is_file():
        return np.zeros((0, 3))
    try:
        rows = [[float(w) for w in line.split()[1:4]] for line in _lines(path) if line]
        points = np.array(rows, dtype=np.float64).reshape(-1, 3)
    except ValueError as error:
        raise InputError(f"{path} holds a line that is not that of a point.") from error
    return points[np.isfinite(points).all(axis=1)]


def _picture_file(folder: Path, model: Path, name: str) -> Path:
    places = [
        folder / "images",
        folder / "image",
        folder,
        model / "images",
        model.parent / "images",
        folder.parent / "images",
    ]
    for place in places:
        if (place / name).is_file():
            return place / name
    raise InputError(f"The photograph {name} that {model / 'images.txt'} lists is not in {folder / 'images'}.")


def _mask(folder: Path, name: str, alpha: np.ndarray | None) -> np.ndarray | None:
    for place in ("masks", "mask"):
        for candidate in (folder / place / f"{name}.png", (folder / place / name).with_suffix(".png")):
            if candidate.is_file():
                found: np.ndarray = read_picture(candidate)[0].max(axis=2)
                return found
    return alpha
