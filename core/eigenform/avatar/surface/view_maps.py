"""The maps of a view, asked at points of space: clothed depths, normals, mask and the distance to the outline."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eigenform.errors import InputError

NEEDED = ("normal_front", "normal_back", "offset_front", "offset_back", "mask")
"""Names of the maps without which no surface can be made."""


def check_maps(maps: Mapping[str, np.ndarray], needed: tuple[str, ...] = NEEDED) -> int:
    """The side S of the maps, or :class:`InputError` where one is missing or of another size."""
    missing = [name for name in needed if name not in maps]
    if missing:
        raise InputError(
            f"This person has no map {', '.join(missing)}: run 'Clothed normals' first, or give the maps by hand."
        )
    size = np.shape(maps[needed[0]])[0]
    wrong = [name for name in needed if np.shape(maps[name])[:2] != (size, size)]
    if wrong:
        raise InputError(f"The maps are not all {size} x {size}: {', '.join(wrong)} differs.")
    return int(size)


def to_image(points: np.ndarray, camera: np.ndarray) -> np.ndarray:
    """(N, 2) crop coordinates x, y in [-1, 1] of points (N, 3) in metres, for a camera (s, t_x, t_y)."""
    scale, tx, ty = (float(v) for v in camera)
    return np.stack([scale * points[:, 0] + tx, scale * points[:, 2] + ty], axis=1)


def to_pixels(image: np.ndarray, size: int) -> np.ndarray:
    """(N, 2) row and column, pixel centres at whole numbers, of crop coordinates on a map of S x S."""
    return np.stack([(1 - image[:, 1]) / 2 * size - 0.5, (image[:, 0] + 1) / 2 * size - 0.5], axis=1)


def bilinear(array: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """(N, ...) values of a map (S, S, ...) between its pixels; clamped at the rim."""
    height, width = array.shape[:2]
    row = np.clip(pixels[:, 0], 0, height - 1)
    column = np.clip(pixels[:, 1], 0, width - 1)
    r0 = np.minimum(row.astype(np.int64), height - 2)
    c0 = np.minimum(column.astype(np.int64), width - 2)
    extra = (slice(None),) + (None,) * (array.ndim - 2)
    fr, fc = (row - r0)[extra], (column - c0)[extra]
    upper = array[r0, c0] * (1 - fc) + array[r0, c0 + 1] * fc
    lower = array[r0 + 1, c0] * (1 - fc) + array[r0 + 1, c0 + 1] * fc
    return upper * (1 - fr) + lower * fr


def nearest_pixel(array: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """(N, ...) values of a map (S, S, ...) at the pixels that points fall into."""
    row = np.clip(np.rint(pixels[:, 0]).astype(np.int64), 0, array.shape[0] - 1)
    column = np.clip(np.rint(pixels[:, 1]).astype(np.int64), 0, array.shape[1] - 1)
    return array[row, column]


def view_to_world(normals: np.ndarray) -> np.ndarray:
    """(..., 3) directions in world axes of directions (right, up, toward the viewer)."""
    return np.stack([normals[..., 0], -normals[..., 2], normals[..., 1]], axis=-1)


def world_to_view(normals: np.ndarray) -> np.ndarray:
    """(..., 3) directions (right, up, toward the viewer) of directions in world axes."""
    return np.stack([normals[..., 0], normals[..., 2], -normals[..., 1]], axis=-1)


def outline_distance(mask: np.ndarray, scale: float) -> np.ndarray:
    """(S, S) float32 distance in metres to the outline of a mask (S, S) in [0, 1], positive on the person.

    ``scale`` is that of the camera: a pixel is ``2 / (S scale)`` metres wide. The outline lies half a pixel beyond the
    centres of the last pixels.
    """
    from scipy.ndimage import distance_transform_edt

    on = np.asarray(mask) > 0.5
    if not on.any():
        raise InputError("The mask of this person is empty: nothing of the person is in it.")
    away = np.where(on, distance_transform_edt(on) - 0.5, 0.5 - np.asarray(distance_transform_edt(~on)))
    return (away * 2 / (len(mask) * float(scale))).astype(np.float32)


def rendered(verts: np.ndarray, faces: np.ndarray, camera: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """The maps of :func:`eigenform.avatar.raster.maps.body_maps` of one surface, as arrays without a batch."""
    import torch

    from eigenform.avatar.raster.maps import body_maps

    with torch.no_grad():
        maps = body_maps(
            torch.as_tensor(np.array(verts), dtype=torch.float32)[None],
            torch.as_tensor(np.array(faces)),
            torch.as_tensor(np.array(camera), dtype=torch.float32)[None],
            size,
        )
    return {name: value[0].numpy() for name, value in maps.items()}


class ClothedDepth:
    """Depths of the clothes before and behind a body, as its maps say.

    Attributes
    ----------
    front, back : (S, S) float32
        Metres toward the viewer; beside the body they go on from its nearest pixel.
    covered : (S, S) bool
        Where the body itself is seen.
    """

    def __init__(
        self, verts: np.ndarray, faces: np.ndarray, camera: np.ndarray, maps: Mapping[str, np.ndarray]
    ) -> None:
        import torch

        from eigenform.avatar.raster.extend import extend_depth

        body = rendered(verts, faces, camera, check_maps(maps))
        self.covered = body["mask"]
        if not self.covered.any():
            raise InputError("The fitted body lies outside of the picture: fit it again.")
        mask = torch.from_numpy(self.covered)
        front, back = (extend_depth(torch.from_numpy(body[f"depth_{s}"]), mask).numpy() for s in ("front", "back"))
        self.front = (front + maps["offset_front"]).astype(np.float32)
        self.back = (back - maps["offset_back"]).astype(np.float32)
