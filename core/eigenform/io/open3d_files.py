"""PCD, and a second opinion on meshes, through open3d in a child process: it cannot be interrupted and may crash."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.io.raw import Raw, Request, Unreadable


def read_pcd(path: Path, request: Request) -> Raw:
    """Points and normals of a PCD file; one that ends early is refused."""
    with open(path, "rb") as file:
        head = file.read(4096)
    promised = re.search(rb"^POINTS\s+(\d+)", head, re.M)
    binary = re.search(rb"^DATA\s+binary\s*?\n", head, re.M)
    sizes, counts = (re.search(rb"^" + key + rb"\s+([\d ]+)", head, re.M) for key in (b"SIZE", b"COUNT"))
    if promised and binary and sizes:
        each = [int(n) for n in counts[1].split()] if counts else [1] * len(sizes[1].split())
        row = sum(int(n) * k for n, k in zip(sizes[1].split(), each, strict=False))
        found = (path.stat().st_size - binary.end()) // max(row, 1)
        if found < int(promised[1]):
            raise InputError(f"{path} is cut short: it promises {int(promised[1])} points, but holds {found}.")
    text = re.search(rb"^DATA\s+ascii\s*?\n", head, re.M)
    if promised and text:  # open3d fills what is missing with whatever lies in memory
        with open(path, "rb") as file:
            file.seek(text.end())
            lines = sum(1 for line in file if line.strip())
        if lines < int(promised[1]):
            raise InputError(f"{path} is cut short: it promises {int(promised[1])} points, but holds {lines}.")
    raw = _call(path, request, "pcd", "cloud")
    if promised and int(promised[1]) != len(raw.verts):
        raise InputError(f"{path} is cut short: it promises {int(promised[1])} points, but holds {len(raw.verts)}.")
    return raw


def read_open3d(path: Path, request: Request) -> Raw:
    """A mesh, or the points of a file without faces."""
    return _call(path, request, request.suffix.lstrip("."), "mesh")


def _call(path: Path, request: Request, format: str, want: str) -> Raw:
    from eigenform import native

    # open3d goes by the suffix, so a file with another one is read under a name with the right suffix.
    found = native.call(
        "eigenform.io.open3d_files:load_arrays", request.ctx, path=str(path.absolute()), format=format, want=want
    )
    if not len(found["verts"]):
        raise Unreadable("open3d finds no points in it")
    return Raw(found["verts"], found["faces"], normals=found["normals"])


def load_arrays(path: str, format: str, want: str) -> dict[str, Any]:
    """The child's side: arrays of the mesh or cloud, empty where open3d gives up."""
    import shutil
    import tempfile

    import open3d as o3d

    o3d.utility.set_verbosity_level(o3d.utility.VerbosityLevel.Error)
    none = np.zeros((0, 3), dtype=np.int64)
    with tempfile.TemporaryDirectory() as folder:
        if Path(path).suffix.lower() != f".{format}" or not path.isascii():
            path = shutil.copy(path, str(Path(folder) / f"shape.{format}"))
        if want == "mesh":
            mesh = o3d.io.read_triangle_mesh(Path(path))
            if len(mesh.triangles):
                faces = np.asarray(mesh.triangles).astype(np.int64)
                return {"verts": np.asarray(mesh.vertices).copy(), "faces": faces, "normals": None}
        # The older o3d.io.read_point_cloud gives zeros for PCD files in double precision.
        cloud = o3d.t.io.read_point_cloud(Path(path))
    columns = {n: cloud.point[n].numpy().astype(np.float64) for n in ("positions", "normals") if n in cloud.point}
    verts = columns.get("positions", np.zeros((0, 3)))
    return {"verts": verts, "faces": none, "normals": columns.get("normals")}
