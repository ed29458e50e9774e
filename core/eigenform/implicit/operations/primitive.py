"""Exact distances of simple solids: kind ``primitive``.

``spec``: ``kind``, ``centre``, ``scale``, ``solid`` and its sizes in the frame, about the origin: ``sphere`` (radius),
``box`` (half, three of them), ``torus`` (ring, tube; axis z), ``cylinder`` (radius, endless; axis z) and ``plane``
(normal; what lies along it is outside). There are no arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eigenform.errors import InputError

SOLIDS = ("sphere", "box", "torus", "cylinder", "plane")


class PrimitiveField:
    """The signed distance of a solid, exact inside and outside, with its gradient."""

    lipschitz = 1.0

    def __init__(self, spec: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self.solid = str(spec.get("solid"))
        if self.solid not in SOLIDS:
            raise InputError(f"There is no solid {self.solid!r}; there are {', '.join(SOLIDS)}.")
        names = {"box": "half", "plane": "normal", "torus": "ring"}
        size = np.asarray(spec[names.get(self.solid, "radius")], dtype=np.float64)
        self.size = size / np.linalg.norm(size) if self.solid == "plane" else size
        self.tube = float(spec.get("tube", 0.0))

    def values(self, points: np.ndarray) -> np.ndarray:
        """(N,) distances."""
        return self._answer(points)[0]

    def gradients(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) unit gradients; where the closest point is not unique, one of them."""
        return self._answer(points)[1]

    def _answer(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        points = np.asarray(points, dtype=np.float64)
        if self.solid == "plane":
            return points @ self.size, np.broadcast_to(self.size, points.shape).copy()
        if self.solid == "box":
            return _box(points, self.size)
        flat = points * [1.0, 1.0, 0.0]
        if self.solid == "torus":
            axis, _ = _unit(flat)
            away, length = _unit(points - axis * self.size)
            return length - self.tube, away
        away, length = _unit(points if self.solid == "sphere" else flat)
        return length - self.size, away


def _unit(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors, x where there is no direction, and lengths."""
    length = np.linalg.norm(vectors, axis=1)
    none = length == 0
    unit = vectors / np.where(none, 1.0, length)[:, None]
    unit[none] = [1.0, 0.0, 0.0]
    return unit, length


def _box(points: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance and gradient of the box between ``-half`` and ``half``."""
    side = np.where(points < 0, -1.0, 1.0)
    over = np.abs(points) - half
    out = np.maximum(over, 0)
    away, length = _unit(out)
    inside = length == 0
    wall = np.eye(3)[np.argmax(over, axis=1)]
    return length + np.minimum(over.max(axis=1), 0), np.where(inside[:, None], wall, away) * side
