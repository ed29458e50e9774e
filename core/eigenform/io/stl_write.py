"""STL: binary, or text where single precision would lose too much."""

from __future__ import annotations

import os

import numpy as np

from eigenform.io.atomic import atomic_path

_LOSS = 2e-7  # of the size of the shape; binary STL rounds to half of 1.2e-7 of the coordinates


def write_stl(path: str | os.PathLike[str], verts: np.ndarray, faces: np.ndarray) -> None:
    """Write triangles in input units.

    Binary STL keeps single precision, which for a shape far from the origin moves vertices by a visible share of its
    size. Such a shape is written as text with all its digits, which every reader of STL takes as well.

    Parameters
    ----------
    path : path
    verts : (V, 3) float64
    faces : (F, 3) int64
        Counter-clockwise seen from outside.
    """
    corners = verts[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    if binary_loss(verts) > _LOSS:
        _text(path, corners, normals)
        return
    rows = np.zeros(len(corners), dtype=[("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")])
    rows["n"], rows["v"] = normals, corners
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        file.write(b"Eigenform".ljust(80) + len(rows).to_bytes(4, "little"))
        rows.tofile(file)


def binary_loss(verts: np.ndarray) -> float:
    """How far single precision moves a coordinate, as a share of the longest side of the box."""
    if not len(verts):
        return 0.0
    with np.errstate(over="ignore"):
        moved = np.abs(verts - verts.astype(np.float32)).max()
    return float(moved / (np.ptp(verts, axis=0).max() or 1.0))


def _text(path: str | os.PathLike[str], corners: np.ndarray, normals: np.ndarray) -> None:
    form = "facet normal %.9g %.9g %.9g\nouter loop\n" + 3 * "vertex %.17g %.17g %.17g\n" + "endloop\nendfacet"
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        file.write("solid Eigenform\n")
        np.savetxt(file, np.concatenate([normals, corners.reshape(-1, 9)], axis=1), fmt=form)
        file.write("endsolid Eigenform\n")
