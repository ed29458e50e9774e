"""Parameters of the distance field of a mesh. Light: imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param


@dataclass(frozen=True)
class DistanceParams:
    """A mesh to a field."""

    resolution: int = param(
        128, "Nodes along the longest side of the box for the shown surface.", low=16, high=1024, step=32
    )
    display: int = param(
        64,
        "Nodes along the longest side of the grid that slices, volume view and level slider read.",
        label="Display resolution",
        low=16,
        high=256,
        step=16,
    )
