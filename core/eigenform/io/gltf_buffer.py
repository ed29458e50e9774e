"""The binary side of a glTF 2.0 file: arrays one after the other, described by accessors, in one container."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from eigenform.io.atomic import atomic_path

VERTICES, INDICES = 34962, 34963
"""What a view of the buffer is for; animations and pictures say nothing."""
_COMPONENTS = {"f4": 5126, "u4": 5125, "u2": 5123, "u1": 5121}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class Parts:
    """The arrays of a file; every view begins at a multiple of four bytes."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []
        self.accessors: list[dict[str, Any]] = []
        self.views: list[dict[str, int]] = []
        self.size = 0

    def add(self, array: np.ndarray, target: int = 0, limits: bool = False) -> int:
        """The number of the accessor of ``array`` (rows; 1, 2, 3, 4 or 16), of little-endian floats or unsigned ints.

        ``limits`` writes the least and the largest of each column, as positions and times need them.
        """
        array = np.ascontiguousarray(array)
        accessor: dict[str, Any] = {
            "bufferView": self.view(array, target),
            "componentType": _COMPONENTS[array.dtype.str[1:]],
            "count": len(array),
            "type": _TYPES[array.shape[1]],
        }
        if limits and len(array):
            accessor |= {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()}
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def view(self, array: np.ndarray, target: int = 0) -> int:
        """The number of the view of the buffer that holds ``array``, without an accessor."""
        view = {"buffer": 0, "byteOffset": self.size, "byteLength": array.nbytes}
        self.views.append({**view, "target": target} if target else view)
        self.blocks.append(array)
        self.size += array.nbytes
        if short := -self.size % 4:
            self.blocks.append(np.zeros(short, dtype=np.uint8))
            self.size += short
        return len(self.views) - 1

    def write(self, path: str | os.PathLike[str], document: dict[str, Any]) -> None:
        """Write a GLB file of ``document``, completed by these arrays, atomically."""
        document = {
            **document,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": self.size}],
        }
        text = json.dumps(document, allow_nan=False).encode("utf-8")
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + self.size
        with atomic_path(path) as temporary, open(temporary, "wb") as file:
            file.write(b"glTF" + np.array([2, total, len(text)], dtype="<u4").tobytes() + b"JSON" + text)
            file.write(np.array([self.size], dtype="<u4").tobytes() + b"BIN\0")
            for block in self.blocks:
                block.tofile(file)
