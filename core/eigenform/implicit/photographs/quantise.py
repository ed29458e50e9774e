"""Coordinate quantisation: every query is moved to the centre of its cell of an extremely fine grid.

Source: Jiang, Hua and Han, Coordinate Quantized Neural Implicit Representations for Multi-view 3D Reconstruction, ICCV
2023 (arXiv 2308.11025). Samples of different rays then coincide, so that a high-frequency encoding sees fewer distinct
inputs. It applies to the input of the field, the point of its gradient and the point the colour is asked at; *not* to
depths and section lengths along a ray, nor to view directions, nor to the network outside of the region.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Quantiser:
    """The cube ``[-half, half]^3`` with ``resolution`` nodes along a side; ``resolution`` 0 leaves points as they are.

    With ``u = (x + half) / (2 half)`` and ``cell = 1 / (resolution - 1)``, a point goes to ``floor(u / cell) cell +
    cell / 2``. The floor has no derivative, so that none passes to the coordinates.
    """

    resolution: int
    half: float

    @property
    def cell(self) -> float:
        """Side of a cell, in the units of the points."""
        return 2 * self.half / (self.resolution - 1)

    def __call__(self, points: Tensor) -> Tensor:
        """Quantised points, any shape."""
        if self.resolution < 2:
            return points
        # in float64: 51,200 cells leave float32 too few digits for where in its cell a point lies
        index = torch.floor((points.double() + self.half) / self.cell)
        return (index * self.cell + self.cell / 2 - self.half).to(points.dtype)
