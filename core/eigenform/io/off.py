"""OFF and its variants (COFF, NOFF, STOFF, nOFF) as text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.io.raw import Raw, Request, Unreadable
from eigenform.io.triangulate import triangles


def read_off(path: Path, request: Request) -> Raw:
    """Vertices and polygons; colours, normals and texture coordinates behind the positions are skipped."""
    lines = [line.split("#", 1)[0].split() for line in path.read_text(encoding="latin-1").splitlines()]
    rows = [line for line in lines if line]
    head = rows[0][0] if rows else ""
    if not re.fullmatch(r"(ST)?C?N?4?n?OFF", head) or rows[0][1:2] == ["BINARY"]:
        raise Unreadable("it is not text that starts with OFF")
    rows = ([rows[0][1:]] if rows[0][1:] else []) + rows[1:]
    dimension = 3 + ("4" in head)
    try:
        if head.endswith("nOFF"):
            dimension, rows = int(rows[0][0]), rows[1:]
        counts = [int(word) for word in rows[0][:2]]
        verts, faces = counts[0], counts[1]
    except (IndexError, ValueError) as error:
        raise InputError(f"{path}: the line of counts after OFF is missing or not numbers.") from error
    if len(rows) < 1 + verts + faces:
        raise InputError(
            f"{path} is cut short: it promises {verts} vertices and {faces} faces in {verts + faces} lines, but only "
            f"{len(rows) - 1} lines follow."
        )
    request.check()
    try:
        points = np.array([row[:dimension] for row in rows[1 : 1 + verts]], dtype=np.float64).reshape(verts, dimension)
        polygons = rows[1 + verts : 1 + verts + faces]
        sizes = np.array([int(row[0]) for row in polygons], dtype=np.int64)
        corners = [int(word) for row, size in zip(polygons, sizes, strict=True) for word in row[1 : 1 + size]]
    except (ValueError, IndexError) as error:
        raise InputError(f"{path}: a line is cut short or does not hold numbers ({error}).") from error
    if len(corners) != int(sizes.sum()):
        raise InputError(f"{path}: a face line has fewer vertex numbers than it says; the file looks cut short.")
    flat = np.array(corners, dtype=np.int64)
    if flat.size and (flat.min() < 0 or flat.max() >= verts):
        raise InputError(f"{path}: a face asks for vertex {int(flat.max())}, but the file has {verts}.")
    return Raw(points, triangles(flat, sizes, points))
