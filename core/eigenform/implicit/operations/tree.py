"""Fields made of other fields: kind ``tree``.

``spec``: ``kind``, ``centre``, ``scale``, ``operation``, ``children`` (a list of specs, each with its own frame and its
arrays under ``0/``, ``1/``, ...) and, by operation, in input units:

- ``union``, ``intersection``, ``difference``, ``blend``: ``radius``;
- ``offset``: ``distance``; ``shell``: ``thickness`` and ``wall``; ``invert``; ``level``: ``level``;
- ``cut``: ``origin`` and ``normal`` of a plane; what lies beyond it goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.fields import make_field
from eigenform.implicit.frame import Frame
from eigenform.implicit.operations.algebra import combine_values, wall_values

MANY = ("union", "intersection", "difference", "blend")
ONE = ("offset", "shell", "invert", "level", "cut")


class TreeField:
    """A field computed from its children; distances in its frame."""

    def __init__(self, spec: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        from eigenform.implicit.tiles.bound import declared_slope

        self.spec, self.frame, self.operation = spec, Frame.of_spec(spec), str(spec["operation"])
        children = spec["children"]
        if self.operation not in MANY + ONE:
            raise InputError(f"Fields cannot be combined by {self.operation!r}; there are {', '.join(MANY + ONE)}.")
        if len(children) < 1 or (self.operation in ONE and len(children) != 1):
            raise InputError(f"A field of operation {self.operation!r} cannot be made of {len(children)} fields.")
        self.children = [make_field(child, _own(arrays, i)) for i, child in enumerate(children)]
        slopes = [declared_slope(child) for child in self.children]
        known = [s for s in slopes if s is not None]
        self.lipschitz = max(known) if len(known) == len(slopes) else None
        self.cell = min(cell_of(child) for child in self.children) / self.frame.scale
        self.chunk = min(int(getattr(child.inner, "chunk", 16384)) for child in self.children)

    def values(self, points: np.ndarray) -> np.ndarray:
        """(N,) values at (N, 3) points, both in the frame."""
        at = self.frame.to_input(points)
        return self._combined(np.stack([child.values(at) for child in self.children]), at)[0] / self.frame.scale

    def gradients(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) gradients: those of the children by the chain rule."""
        at = self.frame.to_input(points)
        _, weights, plane = self._combined(np.stack([child.values(at) for child in self.children]), at)
        found = np.zeros((len(at), 3))
        if plane is not None:
            found += plane[:, None] * np.asarray(self.spec["normal"], dtype=np.float64)
        for child, weight in zip(self.children, weights, strict=True):
            used = np.flatnonzero(weight)  # most points see one of the children only
            found[used] += weight[used, None] * child.gradients(at[used])
        return found

    def _combined(self, values: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Values in input units, derivatives by the values of the children, and by the distance of the plane."""
        spec, one = self.spec, np.ones_like(values)
        if self.operation in MANY:
            return *combine_values(self.operation, values, float(spec.get("radius", 0.0))), None
        if self.operation == "offset":
            return values[0] - float(spec["distance"]), one, None
        if self.operation == "level":
            return values[0] - float(spec["level"]), one, None
        if self.operation == "invert":
            return -values[0], -one, None
        if self.operation == "shell":
            found, weight = wall_values(values[0], float(spec["thickness"]), str(spec["wall"]))
            return found, weight[None], None
        beyond = (at - np.asarray(spec["origin"], dtype=np.float64)) @ np.asarray(spec["normal"], dtype=np.float64)
        kept = values[0] >= beyond
        return np.where(kept, values[0], beyond), kept[None].astype(np.float64), (~kept).astype(np.float64)


def tree(
    operation: str,
    fields: Sequence[tuple[Mapping[str, Any], Mapping[str, np.ndarray]]],
    frame: Frame,
    **values: Any,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """``spec`` and ``arrays`` of a field made of others, each given by its own ``(spec, arrays)``."""
    spec = {"kind": "tree", **frame.spec(), "operation": operation, "children": [dict(s) for s, _ in fields], **values}
    arrays = {f"{i}/{name}": value for i, (_, own) in enumerate(fields) for name, value in own.items()}
    return spec, arrays


def cell_of(field: Any) -> float:
    """The length over which a framed field changes, in input units: its cell, or a 256th of its box."""
    cell = getattr(field.inner, "cell", None)
    return float(np.min(cell)) * field.frame.scale if cell is not None else field.frame.scale / 256


def _own(arrays: Mapping[str, np.ndarray], index: int) -> dict[str, np.ndarray]:
    """The arrays of one child, under their own names."""
    start = f"{index}/"
    return {name[len(start) :]: value for name, value in arrays.items() if name.startswith(start)}
