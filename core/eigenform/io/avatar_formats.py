"""What an avatar can be written as for other programs: rigged and posed, or the mesh of its present pose."""

from __future__ import annotations

import os

import numpy as np

from eigenform.figure_types import Avatar
from eigenform.types import Shape

FORMATS: tuple[tuple[str, str, str], ...] = (
    ("ply", ".ply", "Mesh of the present pose, Stanford polygons with colours"),
    ("obj", ".obj", "Mesh of the present pose, Wavefront"),
    ("stl", ".stl", "Mesh of the present pose, stereolithography"),
)
"""``(format, suffix, title)``, best first."""


def write_avatar(avatar: Avatar, path: str | os.PathLike[str], format: str) -> None:
    """Write an avatar in one of :data:`FORMATS`, atomically."""
    from eigenform.io.write import WRITERS

    mesh = Shape(np.asarray(avatar.verts), avatar.faces, name=avatar.name, colours=avatar.colours)
    WRITERS[next(ext for f, ext, _ in FORMATS if f == format)](mesh, path)
