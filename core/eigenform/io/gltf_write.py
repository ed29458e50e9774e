"""GLB: one mesh or cloud in a binary glTF 2.0 file.

glTF keeps positions in single precision. They are written about the middle of the shape, and a node moves them back
by numbers of JSON, which are as precise as those of the shape: far from the origin nothing is lost. Axes are left as
they are, since a reader that is told otherwise would turn the shape.
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from eigenform.io.atomic import atomic_path
from eigenform.io.colours import linear

_FLOAT, _UINT = 5126, 5125
_VERTICES, _INDICES = 34962, 34963  # what a view of the buffer is for
_POINTS, _TRIANGLES = 0, 4


def write_glb(
    path: str | os.PathLike[str],
    verts: np.ndarray,
    faces: np.ndarray,
    normals: np.ndarray | None = None,
    colours: np.ndarray | None = None,
    name: str = "shape",
) -> None:
    """Write a mesh, or points where there are no faces, in input units.

    Parameters
    ----------
    path : path
    verts : (V, 3) float64
    faces : (F, 3) int64
    normals : (V, 3) float, optional
        Unit normals.
    colours : (V, 3) float, optional
        sRGB in [0, 1]; glTF keeps linear light.
    name : str
        The name of the mesh in the scene.
    """
    middle = (verts.min(axis=0) + verts.max(axis=0)) / 2 if len(verts) else np.zeros(3)
    parts = _Parts()
    attributes = {"POSITION": parts.add((verts - middle).astype("<f4"), _VERTICES, limits=True)}
    if normals is not None:
        attributes["NORMAL"] = parts.add(np.asarray(normals).astype("<f4"), _VERTICES)
    if colours is not None:
        attributes["COLOR_0"] = parts.add(linear(colours).astype("<f4"), _VERTICES)
    primitive: dict[str, Any] = {"attributes": attributes, "mode": _TRIANGLES if len(faces) else _POINTS}
    if len(faces):
        primitive["indices"] = parts.add(faces.astype("<u4").reshape(-1, 1), _INDICES)
    document = {
        "asset": {"version": "2.0", "generator": "Eigenform"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": name, "translation": middle.tolist()}],
        "meshes": [{"name": name, "primitives": [primitive]}],
        "accessors": parts.accessors,
        "bufferViews": parts.views,
        "buffers": [{"byteLength": parts.size}],
    }
    text = json.dumps(document, allow_nan=False).encode("utf-8")
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + parts.size
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        file.write(b"glTF" + np.array([2, total, len(text)], dtype="<u4").tobytes() + b"JSON" + text)
        file.write(np.array([parts.size], dtype="<u4").tobytes() + b"BIN\0")
        for block in parts.blocks:
            block.tofile(file)


class _Parts:
    """The arrays of the file one after the other; every row is a multiple of four bytes long."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []
        self.accessors: list[dict[str, Any]] = []
        self.views: list[dict[str, int]] = []
        self.size = 0

    def add(self, array: np.ndarray, target: int, limits: bool = False) -> int:
        """The number of the accessor of ``array`` (rows, 1 or 3)."""
        array = np.ascontiguousarray(array)
        accessor: dict[str, Any] = {
            "bufferView": len(self.views),
            "componentType": _FLOAT if array.dtype.kind == "f" else _UINT,
            "count": array.size if array.shape[1] == 1 else len(array),
            "type": "SCALAR" if array.shape[1] == 1 else "VEC3",
        }
        if limits and len(array):
            accessor |= {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()}
        self.views.append({"buffer": 0, "byteOffset": self.size, "byteLength": array.nbytes, "target": target})
        self.accessors.append(accessor)
        self.blocks.append(array)
        self.size += array.nbytes
        return len(self.accessors) - 1
