"""Reading any shape file: the right reader by content, the next one where it fails, repairs that leave notes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from eigenform.errors import Cancelled, InputError, NeedsMemory
from eigenform.io.raw import Raw, Reader, Request, Unreadable
from eigenform.io.sentences import brief, counted
from eigenform.io.sniff import sniff
from eigenform.io.weld import tidy
from eigenform.jobs import JobContext
from eigenform.registry import load
from eigenform.types import Shape

EXTENSIONS: dict[str, str] = {
    ".obj": "obj",
    ".ply": "ply",
    ".stl": "stl",
    ".off": "off",
    ".glb": "gltf",
    ".gltf": "gltf",
    ".vtp": "vtk",
    ".vtk": "vtk",
    ".vtu": "vtk",
    ".xyz": "points",
    ".pts": "points",
    ".csv": "points",
    ".tsv": "points",
    ".txt": "points",
    ".pcd": "pcd",
    ".npy": "npy",
    ".npz": "npz",
}
"""Suffix to family of formats."""

_OPEN3D, _VTK = "eigenform.io.open3d_files:read_open3d", "eigenform.io.vtk_files:read_vtk"
_TRIMESH = "eigenform.io.scenes:read_any"
READERS: dict[str, tuple[str, ...]] = {
    "obj": ("eigenform.io.obj:read_obj", _TRIMESH, _OPEN3D),
    "ply": ("eigenform.io.ply:read_ply", _TRIMESH, _OPEN3D),
    "stl": ("eigenform.io.scenes:read_stl", _OPEN3D),
    "off": ("eigenform.io.off:read_off", _TRIMESH, _OPEN3D),
    "gltf": ("eigenform.io.scenes:read_gltf", _OPEN3D),
    "vtk": (_VTK,),
    "points": ("eigenform.io.points_text:read_points",),
    "pcd": ("eigenform.io.open3d_files:read_pcd",),
    "npy": ("eigenform.io.arrays:read_npy",),
    "npz": ("eigenform.io.arrays:read_npz",),
}
"""The readers of a family, best first. A reader that gives up or gives nothing hands over to the next."""
_USUAL = {"points": ".txt", "gltf": ".glb", "vtk": ".vtk"}


def read_shape(
    path: str | os.PathLike[str], ctx: JobContext | None = None, *, scene: str = "merge", weld: bool = True
) -> Shape:
    """Read a mesh, a point cloud or a set of feature vectors.

    Rows stand in the order in which their positions first occur in the file; UV seams are closed by position;
    polygons are split into triangles. What was repaired or left out is said in ``Shape.notes``.

    Parameters
    ----------
    path : path
        A file of one of :data:`EXTENSIONS`; its content decides where the suffix is wrong.
    ctx : JobContext, optional
        Receives progress; a cancel is seen between phases.
    scene : str
        ``merge`` joins all objects of a scene with their transforms applied; a name picks one object.
    weld : bool
        Join vertices at equal positions.

    Raises
    ------
    InputError
        One sentence: which file, what was found, what would work.
    Cancelled
        Where ``ctx`` was cancelled.
    """
    path = Path(path)
    _must_exist(path)
    family, notes = _family(path)
    suffix = path.suffix.lower()
    request = Request(scene, suffix if EXTENSIONS.get(suffix) == family else _USUAL.get(family, "." + family), ctx)
    request.say(0, f"Reading {path.name}")
    if scene != "merge" and family not in ("obj", "stl", "gltf"):
        raise InputError(f"{path} is {family} data, which has no named objects; leave the choice at merge.")
    raw = _read(path, family, request)
    request.say(60, f"Checking {path.name}")
    raw = tidy(raw, weld, request.check)
    request.say(100, f"Read {path.name}")
    if not len(raw.verts):
        raise InputError(f"{path} holds no point with finite coordinates.")
    return Shape(
        raw.verts,
        raw.faces,
        name=path.stem,
        normals=raw.normals,
        labels=raw.labels,
        images=raw.images,
        colours=raw.colours,
        source=str(path.absolute()),
        notes=(*notes, *raw.notes),
    )


def _must_exist(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it.")
    if not path.exists():
        raise InputError(f"There is no file {path}.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path} may not be read: its permissions forbid it.")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty (0 bytes).")


def _family(path: Path) -> tuple[str, list[str]]:
    """The family of formats by content, else by suffix; a wrong suffix is noted."""
    named, found = EXTENSIONS.get(path.suffix.lower()), sniff(path)
    if found is None and named is None:
        kinds = " ".join(EXTENSIONS)
        raise InputError(f"{path}: neither its name nor its content is of a known format; known are {kinds}.")
    family = found or named
    assert family is not None
    notes = []
    if found and found != named:
        name = f"is named {path.suffix}" if path.suffix else "has no ending in its name"
        notes.append(f"The file {name} but holds {found} data, and was read as such.")
    return family, notes


def _read(path: Path, family: str, request: Request) -> Raw:
    """The first usable result of the family's readers."""
    reasons: list[str] = []
    for target in READERS[family]:
        request.check()
        reader: Reader = load(target)
        try:
            raw = reader(path, request)
            _plausible(raw)
            return raw
        except (NeedsMemory, MemoryError) as error:
            raise InputError(f"{path} is damaged or does not fit in memory.") from error
        except (InputError, Cancelled):
            raise
        except Exception as error:  # readers of other projects fail in every way there is
            reasons.append(brief(error))
    others = f" ({counted(len(reasons) - 1, 'other reader')} gave up as well)" if len(reasons) > 1 else ""
    raise InputError(f"{path} cannot be read as {family} data: {reasons[0]}{others}.")


def _plausible(raw: Raw) -> None:
    """Refuse an empty or wrong shape, so that the next reader is tried."""
    if raw.verts.ndim != 2 or not raw.verts.size:
        raise Unreadable("it holds no points")
    if raw.faces.size and (raw.faces.min() < 0 or raw.faces.max() >= len(raw.verts)):
        raise Unreadable(f"a face asks for vertex {int(raw.faces.max())} of {len(raw.verts)}")
    if not np.isfinite(raw.verts).any():
        raise Unreadable("all its coordinates are NaN or infinite")
