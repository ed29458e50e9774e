"""OFF and its variants (COFF, NOFF, STOFF, nOFF) as text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.io.number_rows import first_columns, floats
from eigenform.io.raw import Raw, Request, Unreadable
from eigenform.io.sentences import brief
from eigenform.io.triangulate import triangles

_ROWS = 100_000


def read_off(path: Path, request: Request) -> Raw:
    """Vertices and polygons; colours, normals and texture coordinates behind the positions are skipped."""
    text = re.sub(rb"#[^\n]*", b"", path.read_bytes().replace(b"\r", b"\n"))
    lines = [line for line in text.split(b"\n") if line.strip()]
    words = lines[0].decode("latin-1").split() if lines else [""]
    if not re.fullmatch(r"(ST)?C?N?4?n?OFF", words[0]) or words[1:2] == ["BINARY"]:
        raise Unreadable("it is not text that starts with OFF")
    rows = ([" ".join(words[1:]).encode()] if words[1:] else []) + lines[1:]
    dimension = 3 + ("4" in words[0])
    try:
        if words[0].endswith("nOFF"):
            dimension, rows = int(rows[0]), rows[1:]
        verts, faces = (int(word) for word in rows[0].split()[:2])
    except (IndexError, ValueError) as error:
        raise InputError(f"{path}: the line of counts after OFF is missing or not numbers.") from error
    if len(rows) < 1 + verts + faces:
        raise InputError(
            f"{path} is cut short: it promises {verts} vertices and {faces} faces in {verts + faces} lines, but only "
            f"{len(rows) - 1} lines follow."
        )
    try:
        points = _table(rows[1 : 1 + verts], dimension, request)
        flat, sizes = _polygons(rows[1 + verts : 1 + verts + faces], request)
    except ValueError as error:
        raise InputError(f"{path}: a line is cut short or does not hold numbers ({brief(error)}).") from error
    if flat.size and (flat.min() < 0 or flat.max() >= verts):
        raise InputError(f"{path}: a face asks for vertex {int(flat.max())}, but the file has {verts}.")
    return Raw(points, triangles(flat, sizes, points))


def _table(rows: list[bytes], dimension: int, request: Request) -> np.ndarray:
    """The first ``dimension`` numbers of every row."""
    found = [np.zeros((0, dimension))]
    for start in range(0, len(rows), _ROWS):
        request.read(0.4 * start / len(rows))
        values, counts = floats(rows[start : start + _ROWS])
        if counts.min() < dimension:
            raise ValueError(f"vertex {start + int(np.argmin(counts))} has {int(counts.min())} coordinates")
        found.append(first_columns(values, counts, dimension))
    return np.concatenate(found)


def _polygons(rows: list[bytes], request: Request) -> tuple[np.ndarray, np.ndarray]:
    """Vertex numbers of all polygons, and how many each has; colours behind them may be fractions."""
    corners, sizes = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(rows), _ROWS):
        request.read(0.4 + 0.6 * start / len(rows))
        values, counts = floats(rows[start : start + _ROWS])
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
        size = values[starts].astype(np.int64)
        if np.any(size + 1 > counts):
            raise ValueError(f"face {start + int(np.argmax(size + 1 > counts))} has fewer vertices than it says")
        place = np.arange(len(values)) - np.repeat(starts, counts)
        wanted = (place >= 1) & (place <= np.repeat(size, counts))
        corners.append(values[wanted].astype(np.int64))
        sizes.append(size)
    return np.concatenate(corners), np.concatenate(sizes)
