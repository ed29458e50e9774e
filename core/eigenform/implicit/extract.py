"""The surface of a field: its level set as a triangle mesh."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.implicit.fields import ScalarField
from eigenform.jobs import unwatched


def grid_shape(box: np.ndarray, resolution: int) -> tuple[int, int, int]:
    """Nodes along each axis of ``box`` (2, 3): ``resolution`` along the longest side, cells nearly cubes."""
    side = np.asarray(box)[1] - np.asarray(box)[0]
    counts = np.maximum(2, np.rint((resolution - 1) * side / side.max()).astype(int) + 1)
    return int(counts[0]), int(counts[1]), int(counts[2])


def sample_grid(
    field: ScalarField, box: np.ndarray, resolution: int, check: Callable[[], None] = unwatched
) -> np.ndarray:
    """(nx, ny, nz) float32 values of ``field`` on a regular grid over ``box``, corners included."""
    shape = grid_shape(box, resolution)
    axes = [np.linspace(box[0, i], box[1, i], shape[i]) for i in range(3)]
    out = np.empty(shape, dtype=np.float32)
    for i, x in enumerate(axes[0]):
        check()
        y, z = np.meshgrid(axes[1], axes[2], indexing="ij")
        points = np.stack([np.full(y.size, x), y.ravel(), z.ravel()], axis=1)
        out[i] = field.values(points).reshape(shape[1:])
    return out


def contour(samples: np.ndarray, box: np.ndarray, level: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Level set of samples over ``box``: ``verts`` (V, 3) float64 and ``faces`` (F, 3) int64, outward.

    Empty where the level is not crossed.
    """
    from skimage.measure import marching_cubes

    if not (samples.min() < level < samples.max()):
        return np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64)
    cell = (box[1] - box[0]) / (np.array(samples.shape) - 1)
    verts, faces, _, _ = marching_cubes(np.asarray(samples), level, allow_degenerate=False)
    return verts * cell + box[0], faces.astype(np.int64)
