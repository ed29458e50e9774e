"""PLY, binary little endian, with any number of named values at the vertices."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from eigenform.io.atomic import atomic_path


def write_ply(
    path: str | os.PathLike[str],
    verts: np.ndarray,
    faces: np.ndarray,
    columns: Mapping[str, np.ndarray] | None = None,
    comments: tuple[str, ...] = (),
) -> None:
    """Write a mesh or cloud.

    Parameters
    ----------
    path : path
    verts : (V, d) float64
        ``d`` at most 3; missing coordinates are written as 0.
    faces : (F, 3) int64
    columns : mapping of str to (V,) array
        Values at the vertices, kept in float64.
    comments : tuple of str
        Header comments, one line each.
    """
    xyz = np.pad(verts[:, :3], ((0, 0), (0, 3 - min(3, verts.shape[1]))))
    table = {"x": xyz[:, 0], "y": xyz[:, 1], "z": xyz[:, 2], **(columns or {})}
    rows = np.empty(len(verts), dtype=[(name, "<f8") for name in table])
    for name, values in table.items():
        rows[name] = values
    lines = ["ply", "format binary_little_endian 1.0", *(f"comment {c.splitlines()[0]}" for c in comments if c)]
    lines += [f"element vertex {len(verts)}", *(f"property double {name}" for name in table)]
    lists = np.empty(len(faces), dtype=[("count", "u1"), ("index", "<i4", (3,))])
    lists["count"], lists["index"] = 3, faces
    if len(faces):
        lines += [f"element face {len(faces)}", "property list uchar int vertex_indices"]
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        file.write(("\n".join([*lines, "end_header"]) + "\n").encode("utf-8"))
        rows.tofile(file)
        lists.tofile(file)
