"""Sets of photographs on disk: reading the three usual layouts, writing ``transforms.json``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.photographs.cameras import OPENGL_TO_OPENCV, sees_sphere
from eigenform.implicit.photographs.colmap_files import model_folder, read_colmap
from eigenform.implicit.photographs.neus_files import CAMERA_FILES, read_neus
from eigenform.implicit.photographs.pictures import write_picture
from eigenform.implicit.photographs.transforms_files import read_transforms
from eigenform.io.atomic import atomic_path
from eigenform.jobs import JobContext
from eigenform.types import Photographs

TRANSFORMS = ("transforms.json", "transforms_train.json")


def is_photographs(path: str | os.PathLike[str]) -> bool:
    """Whether a folder, or a ``transforms*.json`` file, looks like a set of photographs."""
    path = Path(path)
    if path.is_file():
        return path.suffix == ".json" and path.stem.startswith("transforms")
    names = (*CAMERA_FILES, *TRANSFORMS)
    return path.is_dir() and (any((path / n).is_file() for n in names) or model_folder(path) is not None)


def read_photographs(path: str | os.PathLike[str], ctx: JobContext | None = None) -> Photographs:
    """Read a set of photographs with known cameras.

    Parameters
    ----------
    path : path
        A folder of NeuS or IDR (``cameras_sphere.npz``), with a ``transforms.json`` (NeRF, instant-ngp, nerfstudio) or
        with a COLMAP text model; or a ``transforms.json`` itself.
    ctx : JobContext, optional
        Asked between two pictures.

    Returns
    -------
    Photographs
        Cameras that see nothing of the object's region are left out; ``meta["notes"]`` says which.

    Raises
    ------
    InputError
        One sentence: what is missing or wrong, and in which file.
    """
    ctx, path = ctx or JobContext(), Path(path)
    ctx.message("Reading photographs")
    found = _read(path, ctx)
    seen = [
        sees_sphere(k, pose, found.images.shape[1:3], found.centre, found.radius)
        for k, pose in zip(found.intrinsics, found.poses, strict=True)
    ]
    keep = np.flatnonzero(seen)
    meta = {"source": str(path), "notes": []}
    if not len(keep):
        raise InputError(
            f"No camera of {path} sees the region of the object (centre {np.round(found.centre, 3).tolist()}, radius "
            f"{found.radius:.3g}); another region, or cameras with other axes, would work."
        )
    if len(keep) < len(seen):
        lost = ", ".join(str(i) for i in np.flatnonzero(~np.array(seen)))
        meta["notes"] = [f"Photographs {lost} were left out: their cameras see nothing of the region of the object."]
        found = take(found, keep)
    return found.replace(meta=meta)


def _read(path: Path, ctx: JobContext) -> Photographs:
    if path.is_file() and path.suffix.lower() == ".json":
        return read_transforms(path, ctx.check)
    if path.is_file() and path.name in (*CAMERA_FILES, "cameras.txt", "images.txt", "points3D.txt"):
        path = path.parent
    if not path.is_dir():
        raise InputError(f"{path} is neither a folder of photographs nor a transforms.json.")
    if any((path / name).is_file() for name in CAMERA_FILES):
        return read_neus(path, ctx.check)
    for name in TRANSFORMS:
        if (path / name).is_file():
            return read_transforms(path / name, ctx.check)
    if model_folder(path) is not None:
        return read_colmap(path, ctx.check)
    if model_folder(path, "cameras.bin") is not None:
        raise InputError(
            f"{path} holds a binary COLMAP model; 'colmap model_converter --output_type TXT' writes the text read here."
        )
    raise InputError(
        f"{path} holds no cameras: no cameras_sphere.npz (NeuS), transforms.json (NeRF) or cameras.txt (COLMAP)."
    )


def take(photographs: Photographs, index: np.ndarray) -> Photographs:
    """Some of the photographs of a set."""
    p = photographs
    masks = None if p.masks is None else p.masks[index]
    return p.replace(images=p.images[index], intrinsics=p.intrinsics[index], poses=p.poses[index], masks=masks)


def write_photographs(photographs: Photographs, folder: str | os.PathLike[str]) -> Path:
    """Write a set as ``transforms.json`` and PNG files in ``images/`` and ``masks/``; the path of the JSON file.

    The JSON file comes last and whole, so that a set that was interrupted is not read as one. Numbers are written in
    full, so that reading gives the same cameras to rounding.

    Raises
    ------
    InputError
        Where the folder cannot be made or written to.
    """
    p, folder = photographs, Path(folder)
    try:
        (folder / "images").mkdir(parents=True, exist_ok=True)
        if p.masks is not None:
            (folder / "masks").mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"Cannot make the folder {folder}: {error.strerror or error}.") from error
    frames = []
    for i, (image, k, pose) in enumerate(zip(p.images, p.intrinsics, p.poses, strict=True)):
        name = f"{i:04d}.png"
        write_picture(folder / "images" / name, image)
        frame = {"file_path": f"images/{name}", "transform_matrix": (pose @ OPENGL_TO_OPENCV).tolist()}
        frame |= {"fl_x": k[0, 0], "fl_y": k[1, 1], "cx": k[0, 2], "cy": k[1, 2]}
        if p.masks is not None:
            mask = np.where(p.masks[i], 255, 0).astype(np.uint8)
            write_picture(folder / "masks" / name, np.repeat(mask[:, :, None], 3, axis=2))
            frame["mask_path"] = f"masks/{name}"
        frames.append(frame)
    height, width = p.images.shape[1:3]
    told = {"w": width, "h": height, "region": {"centre": p.centre.tolist(), "radius": float(p.radius)}}
    if p.points is not None:
        told["sparse_points"] = p.points.tolist()
    with atomic_path(folder / "transforms.json") as part:
        part.write_text(json.dumps({**told, "frames": frames}, indent=1), encoding="utf-8")
    return folder / "transforms.json"
