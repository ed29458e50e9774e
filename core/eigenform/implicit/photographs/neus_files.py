"""The folders of NeuS and IDR: ``image/``, ``mask/`` and ``cameras_sphere.npz``."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.photographs.cameras import decompose
from eigenform.implicit.photographs.pictures import on_white, picture_files, read_picture, stack
from eigenform.types import Photographs

CAMERA_FILES = ("cameras_sphere.npz", "cameras.npz")


def read_neus(folder: Path, check: Callable[[], None]) -> Photographs:
    """Read ``cameras_sphere.npz`` (``world_mat_i`` = K [R | t], ``scale_mat_i`` unit sphere to world) and its pictures.

    The centre of the first pixel is (0, 0) there and (0.5, 0.5) here. Source: Yariv et al., IDR, 2020; Wang et al.,
    NeuS, 2021.

    Raises
    ------
    InputError
        For missing or broken files, a camera that is none, or another number of masks than of photographs.
    """
    path = next(folder / name for name in CAMERA_FILES if (folder / name).is_file())
    cameras = _arrays(path)
    files = picture_files(folder / "image") or picture_files(folder / "images") or picture_files(folder / "rgb")
    if not files:
        raise InputError(
            f"{folder} holds {path.name} but no photographs in image/; PNG or JPEG files there would work."
        )
    masks = _mask_files(folder, files)
    pictures, cut, intrinsics, poses = [], [], [], []
    for i, file in enumerate(files):
        check()
        k, pose = _camera(cameras, i, path, file)
        colour, alpha = read_picture(file)
        if masks:
            shown, cover = read_picture(masks[i])
            seen = shown.max(axis=2) if cover is None or shown.max() > 0 else cover
            if seen.shape != colour.shape[:2]:
                raise InputError(f"The mask {masks[i].name} has another size than its photograph {file.name}.")
            cut.append(seen > 127)
        elif alpha is not None:
            cut.append(alpha > 127)
        pictures.append(colour if alpha is None else on_white(colour, alpha))
        intrinsics.append(k)
        poses.append(pose)
    scale = cameras.get("scale_mat_0", np.eye(4))
    radius = float(np.cbrt(abs(np.linalg.det(scale[:3, :3]))))
    if not np.isfinite(scale).all() or radius <= 0:
        raise InputError(f"{path}: scale_mat_0 is no similarity, so that the region of the object is unknown.")
    images = stack(pictures, files)
    kept = np.stack(cut) if len(cut) == len(files) else None
    return Photographs(images, np.stack(intrinsics), np.stack(poses), scale[:3, 3], radius, kept, name=folder.name)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """The numeric arrays of an ``.npz`` file; nothing is unpickled."""
    try:
        with np.load(path, allow_pickle=False) as found:
            wanted = [k for k in found.files if k.startswith(("world_mat_", "scale_mat_")) and "inv" not in k]
            return {k: np.asarray(found[k], dtype=np.float64) for k in wanted}
    except (OSError, ValueError, zipfile.BadZipFile, KeyError) as error:
        raise InputError(f"{path} is not a file of camera matrices ({error}).") from error


def _mask_files(folder: Path, files: list[Path]) -> list[Path]:
    """One mask a photograph; an empty list where there is no mask folder."""
    masks = picture_files(folder / "mask") or picture_files(folder / "masks")
    if not masks or len(masks) == len(files):
        return masks
    raise InputError(
        f"{folder} holds {len(files)} photographs and {len(masks)} masks; one mask for each, or no mask folder at all, "
        "would work."
    )


def _camera(cameras: dict[str, np.ndarray], i: int, path: Path, file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Intrinsics and pose of photograph ``i``."""
    matrix = cameras.get(f"world_mat_{i}")
    if matrix is None or matrix.shape not in ((4, 4), (3, 4)):
        raise InputError(f"{path.name} has no world_mat_{i} of 4 x 4 numbers for the photograph {file.name}.")
    if not np.isfinite(matrix).all():
        raise InputError(f"{path.name}: world_mat_{i} of the photograph {file.name} holds NaN or infinite numbers.")
    k, pose = decompose(matrix)
    k[:2, 2] += 0.5
    return k, pose
