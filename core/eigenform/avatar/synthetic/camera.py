"""Random cameras, and keypoints as they see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eigenform.avatar.synthetic.person import ClothedPerson

HEIGHTS = (0.45, 0.95)
"""Share of the crop that a person's longer side takes."""

TIGHT = 0.75
"""Share of pictures with the person large and near the middle, as a crop around a person shows it."""

REACH = np.array([
    0.03, 0.03, 0.03, 0.05, 0.05, 0.12, 0.12, 0.08, 0.08, 0.06, 0.06, 0.17, 0.17, 0.11, 0.11, 0.09, 0.09,
    0.06, 0.06, 0.08, 0.06, 0.06, 0.08,
])  # fmt: skip
"""How far under the visible surface a keypoint may lie and still count as visible, m: flesh, and some cloth."""


def random_camera(person: ClothedPerson, rng: np.random.Generator) -> np.ndarray:
    """A camera (3,) s, t_x, t_y that shows all of a person somewhere in the crop; a few are cut by the edge."""
    low, high = person.verts.min(0)[[0, 2]], person.verts.max(0)[[0, 2]]
    tight = rng.random() < TIGHT
    share = rng.uniform(0.8, HEIGHTS[1]) if tight else rng.uniform(HEIGHTS[0], 0.8)
    if rng.random() < 0.03:
        share = rng.uniform(0.95, 1.2)
    scale = 2 * share / float((high - low).max())
    extent = scale * (high - low) / 2
    room = np.maximum(0.98 - extent, 0.0)
    offset = np.clip(rng.normal(size=2) * (0.08 if tight else 0.5), -1, 1) * room
    offset += (extent > 0.98) * rng.uniform(-0.15, 0.15, 2)
    return np.array([scale, *(offset - scale * (low + high) / 2)])


def framed(person: ClothedPerson, rng: np.random.Generator) -> np.ndarray:
    """A camera (3,) that shows a person whole, large and near the middle."""
    low, high = person.verts.min(0)[[0, 2]], person.verts.max(0)[[0, 2]]
    scale = 2 * rng.uniform(0.82, 0.93) / float((high - low).max())
    return np.array([scale, *(rng.uniform(-0.02, 0.02, 2) - scale * (low + high) / 2)])


def keypoints_in_crop(points: np.ndarray, camera: np.ndarray, depth: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Keypoints (23, 3): x, y in crop coordinates, and 1 where nothing else hides them, else 0.

    Parameters
    ----------
    points : (23, 3)
        World, m.
    depth, mask : (S, S)
        Of the visible surface, m toward the viewer.
    """
    size = len(mask)
    s, tx, ty = camera
    x, y = s * points[:, 0] + tx, s * points[:, 2] + ty
    column, row = np.floor((x + 1) / 2 * size).astype(int), np.floor((1 - y) / 2 * size).astype(int)
    inside = (column >= 0) & (column < size) & (row >= 0) & (row < size)
    column, row = np.clip(column, 0, size - 1), np.clip(row, 0, size - 1)
    ahead = np.where(mask[row, column], depth[row, column] + points[:, 1], 0.0)
    return np.stack([x, y, (inside & (ahead < REACH)).astype(float)], 1)
