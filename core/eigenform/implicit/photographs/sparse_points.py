"""The sparse points of a set of photographs as a cloud, so that every method on points can run on them."""

from __future__ import annotations

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.photographs.cameras import project
from eigenform.implicit.photographs.settings import PhotographPointsParams
from eigenform.jobs import JobContext
from eigenform.types import Photographs, Shape

FEWEST = 10


def sparse_points(photographs: Photographs, *, params: PhotographPointsParams, ctx: JobContext) -> Shape:
    """The sparse points (P, 3), in world units, without those that are not of the object.

    Raises
    ------
    InputError
        Where there are no sparse points, or fewer than ten of them belong to the object.
    """
    p = photographs
    if p.points is None or not len(p.points):
        raise InputError(f"{p.name} has no sparse points; a COLMAP model with points3D.txt has.")
    keep = np.ones(len(p.points), dtype=bool)
    if params.inside:
        keep &= np.linalg.norm(p.points - p.centre, axis=1) <= p.radius
    if params.masks and p.masks is not None:
        keep &= on_object(p, p.points, ctx)
    if keep.sum() < FEWEST:
        raise InputError(
            f"Only {int(keep.sum())} of the {len(p.points)} sparse points of {p.name} belong to the object; "
            "keeping those outside of the region or the masks would work."
        )
    lost = int(len(keep) - keep.sum())
    notes = (f"{lost} of {len(keep)} sparse points were left out: they are not of the object.",) if lost else ()
    return Shape(p.points[keep], name=f"{p.name} points", source=p.meta.get("source"), notes=notes)


def on_object(photographs: Photographs, points: np.ndarray, ctx: JobContext, slack: int = 2) -> np.ndarray:
    """(P,) bool: False where some mask, grown by ``slack`` pixels, says that a point is not on the object."""
    from scipy.ndimage import binary_dilation

    assert photographs.masks is not None
    found = np.ones(len(points), dtype=bool)
    height, width = photographs.images.shape[1:3]
    for k, pose, mask in zip(photographs.intrinsics, photographs.poses, photographs.masks, strict=True):
        ctx.check()
        pixels, depth = project(points, k, pose)
        x, y = np.floor(np.clip(pixels, -1, max(height, width) + 1)).astype(int).T
        seen = (depth > 0) & (x >= 0) & (y >= 0) & (x < width) & (y < height)
        grown = binary_dilation(mask, iterations=slack) if slack else mask
        found[seen] &= grown[y[seen], x[seen]]
    return found
