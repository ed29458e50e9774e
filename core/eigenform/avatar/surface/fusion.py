"""One field from several views of a person, in the pose of the first.

A point is carried to the pose of each view by the skin of the body nearest to it, asked there, and the answers are
averaged: views count more where their camera looks straight at the body, so that the back of a figure comes mostly from
the photograph of its back and less from what was guessed behind its front.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from eigenform.avatar.surface.fields import ViewField, swelling
from eigenform.avatar.surface.fitted import Fitted
from eigenform.avatar.surface.signed_body import Nearest
from eigenform.avatar.surface.solid import smoother

LEAST_TRUST = 0.5
"""What a view counts (before squaring) where it does not see the body: what it guesses there still evens out errors."""


class FusedField:
    """The clothes as all views say; also for one view.

    Parameters
    ----------
    fitted : Fitted
    fields : sequence of ViewField
        One a view, in their order.
    cell : float
        Metres between the nodes of the grid that will be asked: what is thinner is made thicker.
    """

    def __init__(self, fitted: Fitted, fields: Sequence[ViewField], cell: float) -> None:
        self.fields = tuple(fields)
        self.body = fitted.contexts[0].body
        self._swelling = swelling(self.body, cell)
        self._moves = [fitted.moves(i) for i in range(len(self.fields))]
        trust = np.stack([trust_of(field) for field in self.fields])
        self._trust = trust / trust.sum(axis=0)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """(N,) values at points (N, 3) in the pose of the first view, negative inside; the body is part of it."""
        nearest = self.body.nearest(points)
        if len(self.fields) == 1:
            clothes = self.fields[0].clothes(points, nearest)
        else:
            clothes = np.zeros(len(points))
            for field, moves, trust in zip(self.fields, self._moves, self._trust, strict=True):
                there = moved(points, nearest, moves, self.body.spread)
                share = self.body.spread(nearest, trust)
                clothes += share * field.clothes(there, field.context.body.nearest(there))
        return np.minimum(clothes, nearest.distance - self.body.spread(nearest, self._swelling))


def trust_of(field: ViewField) -> np.ndarray:
    """(V,) how straight a view looks at each vertex of the body, spread a little over the skin."""
    body = field.context.body
    facing = np.clip(-body.normals[:, 1], 0.0, 1.0) * field.context.visible
    mean = smoother(body.faces, len(body.verts))
    for _ in range(8):
        facing = mean @ facing
    return np.maximum(facing, LEAST_TRUST) ** 2


def moved(
    points: np.ndarray, nearest: Nearest, moves: np.ndarray, spread: Callable[[Nearest, np.ndarray], np.ndarray]
) -> np.ndarray:
    """(N, 3) points carried by the moves (V, 3, 4) of the body vertices nearest to them."""
    found = spread(nearest, moves)
    return np.einsum("nij,nj->ni", found[:, :, :3], points) + found[:, :, 3]
