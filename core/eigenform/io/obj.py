"""Wavefront OBJ. Rows keep the order of the file's ``v`` lines, so UV and normal seams never cut the surface."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.io.colours import from_numbers
from eigenform.io.number_rows import chunks, first_columns, floats, integers
from eigenform.io.raw import Raw, Request, Unreadable
from eigenform.io.sentences import brief, counted, were
from eigenform.io.triangulate import triangles


@dataclass
class _Parts:
    """What the chunks of a file gave so far."""

    verts: list[np.ndarray] = field(default_factory=list)
    normals: list[np.ndarray] = field(default_factory=list)
    colours: list[np.ndarray] = field(default_factory=list)
    corners: list[np.ndarray] = field(default_factory=list)
    counts: list[np.ndarray] = field(default_factory=list)
    objects: list[tuple[str, int]] = field(default_factory=list)
    vertex_count: int = 0
    face_count: int = 0


def read_obj(path: Path, request: Request) -> Raw:
    """Vertices, polygons as triangles, and objects (``o``) of an OBJ file; a file without faces is a cloud."""
    text = path.read_bytes()
    for old, new in ((b"\r\n", b"\n"), (b"\r", b"\n"), (b"\\\n", b" ")):
        text = text.replace(old, new) if old in text else text
    parts = _Parts()
    done = 0
    for chunk in chunks(text):
        _collect(chunk, parts, path)
        done += len(chunk)
        request.read(done / len(text))
    if not parts.verts:
        raise Unreadable("it has no vertex lines")
    points = np.concatenate(parts.verts)
    corners = np.concatenate([np.zeros(0, dtype=np.int64), *parts.corners])
    counts = np.concatenate([np.zeros(0, dtype=np.int64), *parts.counts])
    if corners.size and (corners.min() < 0 or corners.max() >= len(points)):
        bad = int(corners.max()) + 1
        raise InputError(f"{path}: a face asks for vertex {bad}, but the file has {len(points)}; it looks cut short.")
    if request.scene != "merge":
        chosen = _chosen(parts.objects, request.scene, len(counts), path)
        corners, counts = corners[np.repeat(chosen, counts)], counts[chosen]
    few = int((counts < 3).sum())
    notes = [f"{counted(few, 'face')} of fewer than three vertices {were(few)} left out."] if few else []
    request.check()
    faces = triangles(corners, counts, points)
    normals = np.concatenate(parts.normals) if parts.normals and not len(faces) else None
    if normals is not None and len(normals) != len(points):
        normals = None
    colours = np.concatenate(parts.colours) if parts.colours else None
    if colours is not None:
        colours = from_numbers(colours) if len(colours) == len(points) else None
    return Raw(points, faces, normals=normals, colours=colours, notes=notes)


def _collect(chunk: bytes, parts: _Parts, path: Path) -> None:
    if b"#" in chunk:
        chunk = re.sub(rb"#[^\n]*", b"", chunk)
    if re.search(rb"^[ \t]", chunk, re.M) or b"\t" in chunk:
        chunk = re.sub(rb"(?m)^ +", b"", chunk.replace(b"\t", b" "))
    lines = chunk.split(b"\n")
    verts = [line[2:] for line in lines if line.startswith(b"v ")]
    normals = [line[3:] for line in lines if line.startswith(b"vn ")]
    faces = [line[2:] for line in lines if line.startswith(b"f ")]
    if re.search(rb"^[og] ", chunk, re.M):
        _objects(lines, parts)
    if faces:
        text = b"\n".join(faces)
        if b"/" in text:
            faces = re.sub(rb"/[^ \n]*", b"", text).split(b"\n")
        try:
            corners, counts = integers(faces)
        except ValueError as error:
            raise InputError(f"{path}: a face line does not hold vertex numbers ({brief(error)}).") from error
        if np.any(corners == 0):
            raise InputError(f"{path}: a face asks for vertex 0, but OBJ files count from 1.")
        if corners.size and corners.min() < 0:
            # Negative numbers count back from the vertices above the face.
            above = np.cumsum([line.startswith(b"v ") for line in lines])
            above = above[[line.startswith(b"f ") for line in lines]] + parts.vertex_count
            corners = np.where(corners < 0, corners + np.repeat(above, counts), corners - 1)
        else:
            corners = corners - 1
        parts.corners.append(corners)
        parts.counts.append(counts)
        parts.face_count += len(counts)
    if verts:
        rows = _rows(verts, "vertex", parts.vertex_count, path)
        parts.verts.append(rows[:, :3])
        if rows.shape[1] >= 6:  # a widespread extension: red, green and blue behind the position
            parts.colours.append(rows[:, 3:6])
        parts.vertex_count += len(verts)
    if normals:
        parts.normals.append(_rows(normals, "normal", sum(map(len, parts.normals)), path)[:, :3])


def _objects(lines: list[bytes], parts: _Parts) -> None:
    """Names of objects and groups with the number of the face that follows."""
    faces = parts.face_count
    for line in lines:
        if line.startswith(b"f "):
            faces += 1
        elif line.startswith((b"o ", b"g ")):
            parts.objects.append((line[2:].strip().decode("utf-8", "replace"), faces))


def _rows(lines: list[bytes], what: str, before: int, path: Path) -> np.ndarray:
    try:
        values, counts = floats(lines)
    except ValueError as error:
        raise InputError(f"{path}: a {what} line does not hold numbers ({brief(error)}).") from error
    if len(counts) < len(lines) or counts.min() < 3:
        short = int(np.argmax(counts < 3)) if len(counts) == len(lines) else len(lines) - 1
        found = int(counts[short]) if short < len(counts) else 0
        raise InputError(
            f"{path}: {what} {before + short + 1} has {found} coordinates instead of 3; it looks cut short."
        )
    return first_columns(values, counts, 6 if counts.min() >= 6 else 3)


def _chosen(objects: list[tuple[str, int]], name: str, count: int, path: Path) -> np.ndarray:
    """Which polygons belong to the object called ``name``."""
    chosen = np.zeros(count, dtype=bool)
    ends = [start for _, start in objects[1:]] + [count]
    for (title, start), end in zip(objects, ends, strict=False):
        if title == name:
            chosen[start:end] = True
    if not chosen.any():
        names = ", ".join(dict.fromkeys(title for title, _ in objects)) or "none"
        raise InputError(f"{path} has no object {name!r}; its objects are: {names}.")
    return chosen
