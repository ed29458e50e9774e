"""PLY, ascii and binary of either byte order, read at the precision the file has."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.io.colours import from_columns
from eigenform.io.raw import Raw, Request, Unreadable
from eigenform.io.sentences import counted, were
from eigenform.io.triangulate import triangles

_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("int64", "long"), "i8"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}


@dataclass
class _Element:
    """One element of the header: ``(name, type, type of the count or None)`` for each property."""

    name: str
    count: int
    properties: list[tuple[str, str, str | None]] = field(default_factory=list)

    @property
    def lists(self) -> bool:
        return any(count is not None for _, _, count in self.properties)


def read_ply(path: Path, request: Request) -> Raw:
    """Vertices with colours, normals of a cloud, and faces. A file that ends before its header's count is refused."""
    data = path.read_bytes()
    layout, elements, body = _header(data, path)
    source = _Ascii(data, body) if layout == "ascii" else _Binary(data, body, "<" if "little" in layout else ">")
    columns: dict[str, np.ndarray] = {}
    corners, counts = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    for element in elements:
        request.check()
        try:
            if not element.lists:
                table = source.table(element)
                if element.name == "vertex":
                    columns = table
            else:
                found = source.lists(element)
                if element.name == "face":
                    key = next((k for k in ("vertex_indices", "vertex_index") if k in found), None)
                    if key is None:
                        raise Unreadable("its faces have no vertex_indices")
                    corners, counts = found[key]
        except (IndexError, ValueError) as error:
            raise InputError(
                f"{path} ends early or is damaged: its header promises {element.count} of '{element.name}', but "
                "the data stop before; copy or export the file again."
            ) from error
    axes = [axis for axis in ("x", "y", "z") if axis in columns]
    if len(axes) < 2:
        raise Unreadable("its vertices have no x, y and z")
    verts = np.stack([columns[axis] for axis in axes], axis=1).astype(np.float64)
    if corners.size and (corners.min() < 0 or corners.max() >= len(verts)):
        raise InputError(f"{path}: a face asks for vertex {int(corners.max())}, but the file has {len(verts)}.")
    faces = triangles(corners, counts, verts)
    normals = None
    if not len(faces) and all(n in columns for n in ("nx", "ny", "nz")):
        normals = np.stack([columns[n] for n in ("nx", "ny", "nz")], axis=1).astype(np.float64)
    few = int((counts < 3).sum())
    notes = [f"{counted(few, 'face')} of fewer than three vertices {were(few)} left out."] if few else []
    kinds = {name: kind for e in elements if e.name == "vertex" for name, kind, _ in e.properties}
    return Raw(verts, faces, normals=normals, colours=from_columns(columns, kinds), notes=notes)


def _header(data: bytes, path: Path) -> tuple[str, list[_Element], int]:
    end = data.find(b"end_header")
    if not data.startswith(b"ply") or end < 0:
        raise InputError(f"{path} has no whole PLY header; it is damaged or cut short.")
    newline = data.find(b"\n", end)
    body = len(data) if newline < 0 else newline + 1
    layout, elements = "", []
    for line in data[:end].decode("latin-1").replace("\r", "\n").splitlines():
        words = line.split()
        if not words or words[0] in ("ply", "comment", "obj_info"):
            continue
        try:
            if words[0] == "format":
                layout = words[1]
            elif words[0] == "element":
                elements.append(_Element(words[1], int(words[2])))
            elif words[0] == "property" and words[1] == "list":
                elements[-1].properties.append((words[4], _TYPES[words[3]], _TYPES[words[2]]))
            elif words[0] == "property":
                elements[-1].properties.append((words[2], _TYPES[words[1]], None))
        except (IndexError, KeyError, ValueError) as error:
            raise InputError(f"{path}: its PLY header line {line.strip()!r} cannot be understood.") from error
    if layout not in ("ascii", "binary_little_endian", "binary_big_endian"):
        raise InputError(f"{path}: PLY format {layout!r} is unknown; ascii or binary would work.")
    return layout, elements, body


class _Ascii:
    """Elements from text, one row a line or not: PLY counts tokens."""

    def __init__(self, data: bytes, start: int) -> None:
        self.tokens = np.array(data[start:].split(), dtype=np.float64)
        self.at = 0

    def _next(self, count: int) -> np.ndarray:
        if self.at + count > len(self.tokens):
            raise ValueError("too few numbers")
        self.at += count
        return self.tokens[self.at - count : self.at]

    def table(self, element: _Element) -> dict[str, np.ndarray]:
        width = len(element.properties)
        rows = self._next(width * element.count).reshape(element.count, width)
        return {name: rows[:, i] for i, (name, _, _) in enumerate(element.properties)}

    def lists(self, element: _Element) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        found: dict[str, tuple[list, list]] = {n: ([], []) for n, _, c in element.properties if c is not None}
        for _ in range(element.count):
            for name, _kind, count in element.properties:
                if count is None:
                    self._next(1)
                    continue
                size = int(self._next(1)[0])
                found[name][0].append(self._next(size))
                found[name][1].append(size)
        return {name: _joined(*parts) for name, parts in found.items()}


class _Binary:
    """Elements from bytes."""

    def __init__(self, data: bytes, start: int, order: str) -> None:
        self.data, self.at, self.order = data, start, order

    def _next(self, dtype: np.dtype, count: int) -> np.ndarray:
        rows = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.at) if count else np.zeros(0, dtype)
        self.at += dtype.itemsize * count
        return rows

    def table(self, element: _Element) -> dict[str, np.ndarray]:
        dtype = np.dtype([(name, self.order + kind) for name, kind, _ in element.properties])
        rows = self._next(dtype, element.count)
        return {name: rows[name] for name in dtype.names or ()}

    def lists(self, element: _Element) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        start = self.at
        uniform = self._uniform(element)
        if uniform is not None:
            return uniform
        self.at = start
        found: dict[str, tuple[list, list]] = {n: ([], []) for n, _, c in element.properties if c is not None}
        for _ in range(element.count):
            for name, kind, count in element.properties:
                item = np.dtype(self.order + kind)
                if count is None:
                    self.at += item.itemsize
                    continue
                size = int(self._next(np.dtype(self.order + count), 1)[0])
                found[name][0].append(self._next(item, size))
                found[name][1].append(size)
        return {name: _joined(*parts) for name, parts in found.items()}

    def _uniform(self, element: _Element) -> dict[str, tuple[np.ndarray, np.ndarray]] | None:
        """All rows at once where every list is as long as in the first row (the usual triangle mesh)."""
        if not element.count:
            return None
        fields: list[tuple] = []
        sizes: dict[str, int] = {}
        for i, (name, kind, count) in enumerate(element.properties):
            if count is None:
                fields.append((f"scalar{i}", self.order + kind))
                self.at += np.dtype(kind).itemsize
                continue
            sizes[name] = int(self._next(np.dtype(self.order + count), 1)[0])
            fields += [(f"count{i}", self.order + count), (name, self.order + kind, (sizes[name],))]
            self.at += np.dtype(kind).itemsize * sizes[name]
        dtype = np.dtype(fields)
        first = self.at - dtype.itemsize
        if first + dtype.itemsize * element.count > len(self.data):
            return None
        rows = np.frombuffer(self.data, dtype=dtype, count=element.count, offset=first)
        for i, (name, _, count) in enumerate(element.properties):
            if count is not None and np.any(rows[f"count{i}"] != sizes[name]):
                return None
        self.at = first + dtype.itemsize * element.count
        return {
            name: (rows[name].astype(np.int64).ravel(), np.full(element.count, size, dtype=np.int64))
            for name, size in sizes.items()
        }


def _joined(rows: list[np.ndarray], sizes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    flat = np.concatenate(rows) if rows else np.zeros(0)
    return flat.astype(np.int64), np.array(sizes, dtype=np.int64)
