"""What a photograph shows of a surface: colours at points of it, and how far to trust them."""

from __future__ import annotations

import numpy as np

from eigenform.avatar.photo.crops import to_pixels
from eigenform.avatar.surface.view_maps import bilinear, nearest_pixel, rendered, to_image
from eigenform.avatar.surface.view_maps import to_pixels as to_rows
from eigenform.figure_types import View

FACING = 0.2
"""Cosine to the view below which a photograph shows a surface too flatly."""
EDGE = 0.006
"""Share of the crop's side by which the mask is eroded: beside the outline the background shines through."""
DEPTH_SIZE = 1024
"""Pixels along a side of the depth map that tells what is hidden."""
BEHIND = 0.025
"""Metres that something else must be nearer for a point beside it to count as possibly hidden."""


class PhotoColours:
    """A photograph laid on a surface.

    Parameters
    ----------
    view : View
        With camera.
    verts, faces : (V, 3) float, (F, 3) int
        The surface in the pose of the view.
    """

    def __init__(self, view: View, verts: np.ndarray, faces: np.ndarray) -> None:
        from scipy.ndimage import distance_transform_edt, maximum_filter

        self._pixels = np.asarray(view.pixels)
        self._crop, self._camera = np.asarray(view.crop), np.asarray(view.camera)
        maps = rendered(verts, faces, self._camera, DEPTH_SIZE)
        depth = np.where(maps["mask"], maps["depth_front"], -np.inf)
        self._depth, self._nearby = depth, maximum_filter(depth, size=5)
        self._inside = None
        if view.mask is not None:
            padded = np.pad(np.asarray(view.mask), 1)
            self._inside = np.asarray(distance_transform_edt(padded))[1:-1, 1:-1].astype(np.float32)
        self._edge = max(1.5, 2 * EDGE * float(self._crop[2]))

    def __call__(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Colours (N, 3) in [0, 255] of points (N, 3) with unit normals, and their weights (N,), 0 where unseen."""
        image = to_image(points, self._camera)
        place = to_pixels(image, self._crop)
        rows = np.stack([place[:, 1] - 0.5, place[:, 0] - 0.5], axis=1)
        facing = -normals[:, 1]
        weight = np.clip((facing - FACING) / (1 - FACING), 0.0, 1.0) ** 2
        at = to_rows(image, DEPTH_SIZE)
        depth = -points[:, 1]
        shown = nearest_pixel(self._depth, at) - depth < 0.004 + 0.004 / np.maximum(facing, 0.1)
        clear = nearest_pixel(self._nearby, at) - depth < BEHIND
        height, width = self._pixels.shape[:2]
        within = (rows >= 0).all(axis=1) & (rows[:, 0] <= height - 1) & (rows[:, 1] <= width - 1)
        if self._inside is not None:
            within &= bilinear(self._inside, rows) > self._edge
        weight = np.where(shown & clear & within, weight, 0.0)
        return bilinear(self._pixels, rows).astype(np.float64), weight


def blended_colours(
    photos: list[PhotoColours], points: list[np.ndarray], normals: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Colours (N, 3) in [0, 255] from all photographs, and (N,) whether any shows the point.

    ``points`` and ``normals`` hold the same points in the pose of each view. The straighter view prevails (weights
    squared), so that two views do not blur each other.
    """
    total, weights = np.zeros((len(points[0]), 3)), np.zeros(len(points[0]))
    for photo, place, normal in zip(photos, points, normals, strict=True):
        colour, weight = photo(place, normal)
        total += weight[:, None] ** 2 * colour
        weights += weight**2
    seen = weights > 1e-5
    return total / np.maximum(weights, 1e-12)[:, None], seen
