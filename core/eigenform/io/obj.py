"""Wavefront OBJ. Rows keep the order of the file's ``v`` lines, so UV and normal seams never cut the surface."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.io.raw import Raw, Request, Unreadable, counted, were
from eigenform.io.triangulate import triangles

_CHECK_EVERY = 100_000


def read_obj(path: Path, request: Request) -> Raw:
    """Vertices, polygons as triangles, and objects (``o``) of an OBJ file; a file without faces is a cloud."""
    text = path.read_bytes().replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")
    verts, normals, polygons, before, objects = _collect(text, request)
    if not verts:
        raise Unreadable("it has no vertex lines")
    points = _numbers(verts, "vertex", path)
    notes: list[str] = []
    faces = np.zeros((0, 3), dtype=np.int64)
    if polygons:
        counts = np.array([len(p) for p in polygons], dtype=np.int64)
        corners = _corners(polygons, counts, np.array(before, dtype=np.int64), path)
        if corners.size and (corners.min() < 0 or corners.max() >= len(points)):
            bad = int(corners.max()) + 1
            raise InputError(
                f"{path}: a face asks for vertex {bad}, but the file has {len(points)}; it looks cut short."
            )
        if request.scene != "merge":
            chosen = _chosen(objects, request.scene, len(counts), path)
            corners, counts = corners[np.repeat(chosen, counts)], counts[chosen]
        if few := int((counts < 3).sum()):
            notes.append(f"{counted(few, 'face')} of fewer than three vertices {were(few)} left out.")
        faces = triangles(corners, counts, points)
    same = len(normals) == len(points) and not len(faces)
    return Raw(points, faces, normals=_numbers(normals, "normal", path) if same else None, notes=notes)


def _collect(text: bytes, request: Request) -> tuple[list, list, list, list, list]:
    """Split the file into token lists; ``before`` counts the vertices above each face, for negative indices."""
    verts: list[list[bytes]] = []
    normals: list[list[bytes]] = []
    polygons: list[list[bytes]] = []
    before: list[int] = []
    objects: list[tuple[str, int]] = []
    for number, line in enumerate(text.splitlines()):
        if number % _CHECK_EVERY == 0:
            request.check()
        tokens = line.split()
        if not tokens:
            continue
        key = tokens[0]
        if key == b"v":
            verts.append(tokens[1:4])
        elif key == b"f":
            if b"#" in line:
                tokens = line.split(b"#")[0].split()
            polygons.append(tokens[1:])
            before.append(len(verts))
        elif key == b"vn":
            normals.append(tokens[1:4])
        elif key in (b"o", b"g") and len(tokens) > 1:
            objects.append((b" ".join(tokens[1:]).decode("utf-8", "replace"), len(polygons)))
    return verts, normals, polygons, before, objects


def _numbers(rows: list[list[bytes]], what: str, path: Path) -> np.ndarray:
    width = len(rows[0]) if rows else 3
    short = next((i for i, row in enumerate(rows) if len(row) != width), None)
    if short is not None or width < 2:
        i = short or 0
        raise InputError(f"{path}: {what} {i + 1} has {len(rows[i])} coordinates instead of 3; it looks cut short.")
    try:
        return np.array(rows, dtype=np.float64)
    except ValueError as error:
        raise InputError(f"{path}: a {what} line does not hold numbers ({error}).") from error


def _corners(polygons: list[list[bytes]], counts: np.ndarray, before: np.ndarray, path: Path) -> np.ndarray:
    """Zero-based vertex index of every corner; negative ones count back from the vertices above the face."""
    try:
        flat = np.array([int(token.split(b"/", 1)[0]) for row in polygons for token in row], dtype=np.int64)
    except ValueError as error:
        raise InputError(f"{path}: a face line does not hold vertex numbers ({error}).") from error
    if np.any(flat == 0):
        raise InputError(f"{path}: a face asks for vertex 0, but OBJ files count from 1.")
    return np.where(flat < 0, flat + np.repeat(before, counts), flat - 1)


def _chosen(objects: list[tuple[str, int]], name: str, count: int, path: Path) -> np.ndarray:
    """Which polygons belong to the object called ``name``."""
    chosen = np.zeros(count, dtype=bool)
    ends = [start for _, start in objects[1:]] + [count]
    for (title, start), end in zip(objects, ends, strict=True):
        if title == name:
            chosen[start:end] = True
    if not chosen.any():
        names = ", ".join(dict.fromkeys(title for title, _ in objects)) or "none"
        raise InputError(f"{path} has no object {name!r}; its objects are: {names}.")
    return chosen
