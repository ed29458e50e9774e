"""What a photograph shows of a surface: colours at points of it, and how far to trust them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eigenform.avatar.photo.crops import to_pixels
from eigenform.avatar.surface.signed_body import TOWARD_VIEWER, Rays
from eigenform.avatar.surface.view_maps import bilinear, nearest_pixel, rendered, to_image
from eigenform.avatar.surface.view_maps import to_pixels as to_rows
from eigenform.figure_types import View

FACING = 0.01
"""Cosine to the view below which a photograph says nothing of a surface."""
STRAIGHT = 0.2
"""Cosine from which on it shows it well enough to be believed to the letter."""
EDGE = 1 / 128
"""Share of half the crop's side by which the mask is eroded: the outline is known to a pixel of the maps, and beside it
the background shines through."""
DEPTH_SIZE = 1024
"""Pixels along a side of the depth map that tells what lies beside something nearer."""
BEHIND = 0.025
"""Metres that something else must be nearer for a point beside it to count as possibly hidden."""
LITTLE = 0.02
"""What a colour from the rim counts against one that is seen well."""


class Shown(NamedTuple):
    """What a photograph says of points.

    Attributes
    ----------
    colours : (N, 3) float64
        In [0, 255].
    weights : (N,) float64
        0 where it says nothing.
    exact : (N,) bool
        Where the colour is that of the very pixel that shows the point; elsewhere it was taken from near by.
    """

    colours: np.ndarray
    weights: np.ndarray
    exact: np.ndarray


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
        self._rays = Rays(verts, faces)
        maps = rendered(verts, faces, self._camera, DEPTH_SIZE)
        self._nearby = maximum_filter(np.where(maps["mask"], maps["depth_front"], -np.inf), size=5)
        mask = np.ones(self._pixels.shape[:2], bool) if view.mask is None else np.asarray(view.mask)
        self._edge = max(1.5, EDGE * float(self._crop[2]))
        inside = np.asarray(distance_transform_edt(np.pad(mask, 1)))[1:-1, 1:-1] > self._edge
        away, near = distance_transform_edt(~inside, return_indices=True)
        self._inside, self._away, self._near = inside, np.asarray(away, np.float32), np.asarray(near, np.int32)

    def __call__(self, points: np.ndarray, normals: np.ndarray) -> Shown:
        """Colours of points (N, 3) of the surface with unit normals (N, 3)."""
        image = to_image(points, self._camera)
        place = to_pixels(image, self._crop)
        rows = np.stack([place[:, 1] - 0.5, place[:, 0] - 0.5], axis=1)
        facing = -normals[:, 1]
        shown = (facing > FACING) & ~self._rays.blocked(points + 0.003 * normals, TOWARD_VIEWER)
        height, width = self._pixels.shape[:2]
        shown &= (rows >= -0.5).all(axis=1) & (rows[:, 0] <= height - 0.5) & (rows[:, 1] <= width - 0.5)
        shown &= nearest_pixel(self._away, rows) < 4 * self._edge + 2
        clear = nearest_pixel(self._nearby, to_rows(image, DEPTH_SIZE)) + points[:, 1] < BEHIND
        low = np.floor(np.clip(rows, 0, [height - 1, width - 1])).astype(np.int64)
        high = np.minimum(low + 1, [height - 1, width - 1])
        within = self._inside[low[:, 0], low[:, 1]] & self._inside[high[:, 0], high[:, 1]]
        exact = shown & clear & within & (facing > STRAIGHT)
        at = nearest_pixel(self._near.transpose(1, 2, 0), rows)
        colours = np.where(within[:, None], bilinear(self._pixels, rows), self._pixels[at[:, 0], at[:, 1]])
        weights = np.clip((facing - FACING) / (1 - FACING), 0.0, 1.0) ** 4
        weights = np.where(exact, weights + 1e-6, LITTLE * weights + 1e-9)
        return Shown(colours.astype(np.float64), np.where(shown, weights, 0.0), exact)


def blended_colours(
    photos: list[PhotoColours], points: list[np.ndarray], normals: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colours (N, 3) in [0, 255] from all photographs, (N,) whether any shows the point, and whether exactly.

    ``points`` and ``normals`` hold the same points in the pose of each view. The straighter view prevails, so that two
    views do not blur each other; where one shows a point exactly, colours from near by do not count.
    """
    found = [photo(place, normal) for photo, place, normal in zip(photos, points, normals, strict=True)]
    exact = np.any([f.exact for f in found], axis=0)
    total, weights = np.zeros((len(points[0]), 3)), np.zeros(len(points[0]))
    for shown in found:
        weight = np.where(exact & ~shown.exact, 0.0, shown.weights)
        total += weight[:, None] * shown.colours
        weights += weight
    return total / np.maximum(weights, 1e-30)[:, None], weights > 0, exact
