"""From the crop and the body of a photograph to its pixels: what is drawn over the picture.

Pixel coordinates count x to the right and y down from the upper left corner of the photograph; the centre of pixel
(column i, row j) is at ``(i + .5, j + .5)``. Crop coordinates are those of :class:`eigenform.figure_types.View`.
"""

from __future__ import annotations

import numpy as np

from eigenform.avatar.photo import crops
from eigenform.figure_types import View

MAPS = ("normal_front", "normal_back", "offset_front", "offset_back", "mask")
"""Names of the maps of a view, in the order in which they are offered."""

BODY = (0.62, 0.72, 1.0)  # sRGB of a body over a photograph: blue, since it is no person
OFFSET = 0.10  # metres between cloth and body at which the colours of an offset are strongest


def project(view: View, verts: np.ndarray) -> np.ndarray:
    """(n, 3) where the camera of ``view`` shows ``verts`` (n, 3): x, y in pixels and nearness, in pixels as well.

    ``x = s X + t_x`` and ``y = s Z + t_y`` in crop coordinates; nearness is ``-s Y`` and grows toward the viewer.

    Raises
    ------
    ValueError
        If the view has no camera yet.
    """
    if view.camera is None:
        raise ValueError("the view has no camera")
    s, tx, ty = (float(v) for v in view.camera)
    verts = np.asarray(verts, dtype=np.float64)
    flat = crops.to_pixels(np.stack([s * verts[:, 0] + tx, s * verts[:, 2] + ty], axis=1), view.crop)
    return np.column_stack([flat, -s * verts[:, 1] * float(view.crop[2])])


def crop_corners(view: View) -> np.ndarray:
    """(4, 2) pixel coordinates of the corners of the crop: below left, below right, above right, above left."""
    return crops.to_pixels(np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]), view.crop)


def outline(mask: np.ndarray) -> list[np.ndarray]:
    """The borders of a mask (H, W) as closed polylines, each (n, 2) in pixel coordinates."""
    import cv2

    padded = np.pad(np.asarray(mask, dtype=np.uint8), 1)
    found, _ = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_TC89_L1)
    return [line[:, 0].astype(np.float64) - 0.5 for line in found if len(line) > 2]


def map_picture(view: View, name: str) -> np.ndarray | None:
    """A map of the crop as (S, S, 4) uint8 colours with opacity; None where the view has no such map.

    Normals are ``(n + 1) / 2``; offsets go from blue (behind the body's surface) over white to red
    (:data:`OFFSET` metres before it); a mask is white. Where the map ``mask`` says background it is clear.
    """
    values = view.maps.get(name)
    if values is None:
        return None
    clothed = view.maps.get("mask")
    if values.ndim == 3:
        length = np.linalg.norm(values, axis=2)
        shown = values / np.maximum(length, 1e-6)[:, :, None]
        colours, there = (shown + 1) / 2, np.clip(length, 0, 1)
    elif name == "mask":
        colours, there = np.ones((*values.shape, 3)), np.clip(values, 0, 1)
    else:
        t = np.clip(values / OFFSET, -1, 1)[:, :, None]
        warm, cold = np.array([0.83, 0.25, 0.20]), np.array([0.20, 0.42, 0.85])
        colours = 1 - np.abs(t) * (1 - np.where(t >= 0, warm, cold))
        there = np.ones(values.shape)
    if clothed is not None and clothed.shape == there.shape:
        there = there * np.clip(clothed, 0, 1)
    return np.rint(255 * np.concatenate([colours, there[:, :, None]], axis=2)).astype(np.uint8)


def body_picture(view: View, faces: np.ndarray, size: int = 384) -> np.ndarray | None:
    """The fitted body over the crop, shaded, as (size, size, 4) uint8 with opacity; None where there is none yet."""
    if view.verts is None or view.camera is None or not len(faces):
        return None
    import torch

    from eigenform.avatar.raster.maps import body_maps

    with torch.no_grad():
        verts, camera = (torch.tensor(np.asarray(a), dtype=torch.float32)[None] for a in (view.verts, view.camera))
        maps = body_maps(verts, torch.tensor(np.asarray(faces)), camera, size)
    normal, mask = maps["normal_front"][0].numpy(), maps["mask"][0].numpy()
    light = 0.42 + 0.58 * np.clip(normal @ (np.array([-0.4, 0.5, 0.77]) / np.linalg.norm([0.4, 0.5, 0.77])), 0, 1)
    colours = 255 * light[:, :, None] * np.array(BODY)
    return np.rint(np.concatenate([colours, 255 * mask[:, :, None]], axis=2)).astype(np.uint8)
