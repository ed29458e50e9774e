"""First fields to train from: the visual hull of the masks, the grid solve of the sparse points, or a sphere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.photographs.cameras import project
from eigenform.implicit.photographs.training_views import TrainingViews
from eigenform.jobs import JobContext, Relay
from eigenform.types import Photographs

MARGIN = 1.15
"""Side of the cube that is trained in over that of the object's box."""

SPHERE = 0.5
"""Radius of the first sphere, in radii of the region."""


def cube_nodes(centre: np.ndarray, half: float, side: int) -> np.ndarray:
    """(side^3, 3) nodes of a cube, x slowest."""
    axis = np.linspace(-half, half, side)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    found: np.ndarray = grid.reshape(-1, 3) + centre
    return found


def cube_around(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and half side of the cube around points, with a margin."""
    low, high = points.min(axis=0), points.max(axis=0)
    return (low + high) / 2, max(MARGIN * float((high - low).max()) / 2, 1e-3)


def sphere(points: np.ndarray) -> np.ndarray:
    """Distance to the first sphere."""
    found: np.ndarray = np.linalg.norm(points, axis=1) - SPHERE
    return found


def hull(views: TrainingViews, points: np.ndarray, check: Callable[[], None]) -> np.ndarray:
    """Signed distance, to first order, to the visual hull of the training masks at points (N, 3) of the unit sphere.

    A view's silhouette is a cone; the distance to it is that in the picture times depth over focal length. The hull is
    the intersection of the cones: the largest value over all views. Where a point is behind a camera or outside of its
    picture, that view says nothing; a point that no view sees is outside.
    """
    import cv2
    from scipy.ndimage import distance_transform_edt

    assert views.masks is not None
    found = np.full(len(points), -np.inf, dtype=np.float32)
    height, width = views.size
    rows = -(-len(points) // 512)
    for view in views.train:
        check()
        mask = views.masks[view]
        away = distance_transform_edt(~mask) if mask.any() else np.full(mask.shape, float(max(height, width)))
        within = distance_transform_edt(mask) if not mask.all() else np.full(mask.shape, float(max(height, width)))
        signed = np.where(mask, 0.5 - within, away - 0.5).astype(np.float32)
        pixels, depth = project(points, views.intrinsics[view], views.poses[view])
        seen = (depth > 1e-6) & (pixels > 0).all(axis=1) & (pixels[:, 0] < width) & (pixels[:, 1] < height)
        maps = np.full((rows * 512, 2), -1, dtype=np.float32)
        maps[: len(points)] = np.clip(pixels - 0.5, -1, max(height, width))
        x, y = maps[:, 0].reshape(rows, 512), maps[:, 1].reshape(rows, 512)
        at = cv2.remap(signed, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).ravel()[: len(points)]
        value = at * (depth / views.intrinsics[view, 0, 0]).astype(np.float32)
        found = np.where(seen, np.maximum(found, value), found)
    unseen = ~np.isfinite(found)
    found[unseen] = np.linalg.norm(points[unseen], axis=1) + 0.1
    return np.asarray(np.maximum(found, np.linalg.norm(points, axis=1) - 1), dtype=np.float64)


def hull_cube(views: TrainingViews, check: Callable[[], None], side: int = 48) -> tuple[np.ndarray, float]:
    """Centre and half side of the cube around the visual hull.

    Raises
    ------
    InputError
        Where the masks have no volume in common.
    """
    nodes = cube_nodes(np.zeros(3), 1.0, side)
    inside = nodes[hull(views, nodes, check) < 1.0 / side]
    if not len(inside):
        raise InputError(
            "The masks and cameras agree on no volume: the masks are empty, or the cameras or the region are not those "
            "of these photographs; training without the masks, or other cameras, would work."
        )
    return cube_around(np.concatenate([inside - 1.0 / side, inside + 1.0 / side]))


def from_points(
    photographs: Photographs, seed: int, ctx: JobContext
) -> tuple[Callable[[np.ndarray], np.ndarray], tuple[np.ndarray, float]]:
    """The grid solve of the sparse points: a function of points (N, 3) of the unit sphere, and the cube around them.

    Raises
    ------
    InputError
        Where the points give no surface.
    """
    from eigenform.implicit.fields import field_of
    from eigenform.implicit.photographs.settings import PhotographPointsParams
    from eigenform.implicit.photographs.sparse_points import sparse_points
    from eigenform.implicit.points.grid import run
    from eigenform.implicit.points.settings import GridParams

    part = Relay(ctx, previews=False)
    cloud = sparse_points(photographs, params=PhotographPointsParams(), ctx=part)
    surface = run(cloud, params=GridParams(resolution="64", open="closed", seed=seed), ctx=part)
    field, centre, radius = field_of(surface), photographs.centre, float(photographs.radius)

    def ask(points: np.ndarray) -> np.ndarray:
        return np.asarray(field.values(points * radius + centre) / radius)

    return ask, cube_around((cloud.verts - centre) / radius)
