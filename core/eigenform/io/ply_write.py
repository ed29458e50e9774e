"""PLY, binary little endian, with any number of named values at the vertices."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from eigenform.io.atomic import atomic_path
from eigenform.io.colours import bytes_of


def write_ply(
    path: str | os.PathLike[str],
    verts: np.ndarray,
    faces: np.ndarray,
    columns: Mapping[str, np.ndarray] | None = None,
    comments: tuple[str, ...] = (),
    colours: np.ndarray | None = None,
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
    colours : (V, 3) float, optional
        sRGB in [0, 1]; written as bytes, which is what readers of PLY expect.
    """
    xyz = np.pad(verts[:, :3], ((0, 0), (0, 3 - min(3, verts.shape[1]))))
    table = {"x": xyz[:, 0], "y": xyz[:, 1], "z": xyz[:, 2], **(columns or {})}
    tints = {} if colours is None else dict(zip(("red", "green", "blue"), bytes_of(colours).T, strict=True))
    rows = np.empty(len(verts), dtype=[(name, "<f8") for name in table] + [(name, "u1") for name in tints])
    for name, values in {**table, **tints}.items():
        rows[name] = values
    lines = ["ply", "format binary_little_endian 1.0", *(f"comment {c.splitlines()[0]}" for c in comments if c)]
    lines += [f"element vertex {len(verts)}", *(f"property double {name}" for name in table)]
    lines += [f"property uchar {name}" for name in tints]
    lists = np.empty(len(faces), dtype=[("count", "u1"), ("index", "<i4", (3,))])
    lists["count"], lists["index"] = 3, faces
    if len(faces):
        lines += [f"element face {len(faces)}", "property list uchar int vertex_indices"]
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        file.write(("\n".join([*lines, "end_header"]) + "\n").encode("utf-8"))
        rows.tofile(file)
        lists.tofile(file)
