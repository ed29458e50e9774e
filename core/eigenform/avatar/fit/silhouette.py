"""A silhouette as distances: the body is pulled into the mask, and where the mask is empty of it, toward its border.

No soft rasteriser: distances to the mask are read at projected vertices, and points of the mask's border look for the
nearest projected vertex. Both have derivatives everywhere, and cost next to nothing.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from eigenform.avatar.photo import crops
from eigenform.figure_types import View

SIZE = 192
"""Pixels along a side of the map of distances."""

BORDER = 240
"""Points of the border that are looked at."""

CLOTH = 0.012
"""Distance in crop coordinates between body and border that is left to the clothes."""


class Silhouette:
    """The mask of one view as tensors.

    Parameters
    ----------
    view : View
        With a mask.
    """

    def __init__(self, view: View) -> None:
        from scipy.ndimage import distance_transform_edt

        assert view.mask is not None
        mask = crops.resample(view.mask, view.crop, SIZE, fill=0.0) >= 0.5
        self.empty = not mask.any()
        outside = np.zeros(mask.shape) if self.empty else distance_transform_edt(~mask) * (2.0 / SIZE)
        self.distance = torch.from_numpy(outside.astype(np.float32))[None, None]
        self.border = torch.from_numpy(_border(mask))

    def out(self, points: Tensor) -> Tensor:
        """(B, n) distances from the mask of points (B, n, 2) in crop coordinates; 0 inside."""
        grid = torch.stack([points[..., 0], -points[..., 1]], dim=-1)[None]
        read = functional.grid_sample(self.distance, grid, padding_mode="border", align_corners=False)[0, 0]
        return read + (points.abs() - 1).clamp_min(0).sum(dim=-1)

    def nearest(self, points: Tensor) -> Tensor:
        """(m,) int64: the point of (n, 2) that is nearest to each of the m points of the border."""
        with torch.no_grad():
            return torch.cdist(self.border, points).argmin(dim=1)

    def short(self, points: Tensor, nearest: Tensor) -> Tensor:
        """(B, m, 2) from the nearest ones of points (B, n, 2) to the border, less what is left to the clothes."""
        gap = self.border - points[:, nearest]
        length = (gap.square().sum(dim=-1, keepdim=True) + 1e-12).sqrt()
        return gap * (1 - CLOTH / length).clamp_min(0)


def _border(mask: np.ndarray) -> np.ndarray:
    """(m, 2) float32 points of the border inside the crop, evenly spaced, in crop coordinates."""
    import cv2

    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    lines = [line[:, 0] for line in found if len(line) > 8]
    if not lines:
        return np.zeros((0, 2), np.float32)
    points = np.concatenate(lines).astype(np.float32)
    size = len(mask)
    points = points[((points > 0) & (points < size - 1)).all(axis=1)]  # where the picture cuts there is no border
    points = points[:: max(1, len(points) // BORDER)]
    flat = np.stack([(points[:, 0] + 0.5) * 2 / size - 1, 1 - (points[:, 1] + 0.5) * 2 / size], axis=1)
    return flat.astype(np.float32)
