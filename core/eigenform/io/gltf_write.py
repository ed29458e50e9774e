"""GLB: one mesh or cloud in a binary glTF 2.0 file.

glTF keeps positions in single precision. They are written about the middle of the shape, and a node moves them back
by numbers of JSON, which are as precise as those of the shape: far from the origin nothing is lost. Axes are left as
they are, since a reader that is told otherwise would turn the shape.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from eigenform.io.colours import linear
from eigenform.io.gltf_buffer import INDICES, VERTICES, Parts

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
    parts = Parts()
    attributes = {"POSITION": parts.add((verts - middle).astype("<f4"), VERTICES, limits=True)}
    if normals is not None:
        attributes["NORMAL"] = parts.add(np.asarray(normals).astype("<f4"), VERTICES)
    if colours is not None:
        attributes["COLOR_0"] = parts.add(linear(colours).astype("<f4"), VERTICES)
    primitive: dict[str, Any] = {"attributes": attributes, "mode": _TRIANGLES if len(faces) else _POINTS}
    if len(faces):
        primitive["indices"] = parts.add(faces.astype("<u4").reshape(-1, 1), INDICES)
    document = {
        "asset": {"version": "2.0", "generator": "Eigenform"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": name, "translation": middle.tolist()}],
        "meshes": [{"name": name, "primitives": [primitive]}],
    }
    parts.write(path, document)
