"""Fields whose zero level is the clothed surface in one view, in metres or nearly so, negative inside.

All routes end in a union with the body (:mod:`eigenform.avatar.surface.fusion`): no limb can break, whatever the maps
say.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from eigenform.avatar.surface.features import FeatureContext, features_at
from eigenform.avatar.surface.signed_body import Nearest, SignedBody
from eigenform.avatar.surface.solid import smoother
from eigenform.avatar.surface.view_maps import bilinear

SHRINK = 0.002
"""Metres by which the body is shrunk before it is united with the clothes."""
THIN = 2.2
"""Cells of the grid that a part must be thick to be kept by it."""
MOST = 0.004
"""Metres that a thin part is swollen by at most."""
ROOM = 0.01
"""Metres that the network may go beyond what the maps say of how far the clothes stand off."""
METRES_PER_LOGIT = 0.002
"""What one unit of the network's answer stands for: only the level matters, the scale joins it smoothly to the body."""
LEAST_COSINE = 0.3
"""A gap in depth counts as at least this share of a distance, however steep the surface."""


class ViewField(Protocol):
    """The clothes in one view."""

    context: FeatureContext

    def clothes(self, points: np.ndarray, nearest: Nearest) -> np.ndarray:
        """(N,) values at points (N, 3) whose nearest points on the body are known."""


class OccupancyField:
    """The answer of a network to the features of a point, no farther from the body than the clothes stand.

    The network is told gaps in depth, but not whether the front that is seen at a pixel is that of the limb nearest to
    the point; without the bound there are lumps between hands and hips. The published features stay as published,
    without it.

    Parameters
    ----------
    context : FeatureContext
    network : OccupancyNetwork
        From :func:`eigenform.avatar.networks.weights.load`.
    variant : str
        The features that it was trained on.
    """

    def __init__(self, context: FeatureContext, network: Any, variant: str = "local") -> None:
        self.context, self.network, self.variant = context, network, variant
        self._reach = standing_off(context) + ROOM if variant == "local" else None

    def clothes(self, points: np.ndarray, nearest: Nearest) -> np.ndarray:
        """(N,) values: minus the logit, as metres."""
        from eigenform.avatar.networks.occupancy import logits

        told = features_at(self.context, points, nearest, self.variant)
        values = -METRES_PER_LOGIT * logits(self.network, told).astype(np.float64)
        if self._reach is None:
            return values
        return np.maximum(values, nearest.distance - bilinear(self._reach, self.context.pixels(points)))


class DepthField:
    """The space between front and back depth and within the outline, no farther from the body than the clothes stand.

    A view shows neither the back of an arm nor what the arm hides: without the last condition it would be one with the
    trunk. How far the clothes stand off is measured at each pixel, as the distance to the body of the farther one of
    the two surfaces seen there: little on an arm before the trunk, much on a skirt, between the legs as well.

    Parameters
    ----------
    context : FeatureContext
    slack : float
        Metres by which that distance is widened.
    """

    def __init__(self, context: FeatureContext, slack: float = 0.005) -> None:
        self.context = context
        maps = context.maps
        self._cosines = [np.clip(np.abs(maps[f"normal_{s}"][..., 2]), LEAST_COSINE, 1.0) for s in ("front", "back")]
        self._reach = standing_off(context) + slack

    def clothes(self, points: np.ndarray, nearest: Nearest) -> np.ndarray:
        """(N,) values, metres."""
        context = self.context
        pixels = context.pixels(points)
        front, back = context.gaps(points, pixels)
        front, back = (g * bilinear(c, pixels) for g, c in zip((front, back), self._cosines, strict=True))
        within = np.maximum(np.maximum(front, back), -bilinear(context.outline, pixels))
        return np.maximum(within, nearest.distance - bilinear(self._reach, pixels))


def standing_off(context: FeatureContext) -> np.ndarray:
    """(S, S) float32 metres from the body to the farther one of the two clothed surfaces at each pixel; 0 beside."""
    from scipy.ndimage import maximum_filter

    rows, columns = np.nonzero(context.maps["mask"] > 0.5)
    scale, tx, ty = (float(v) for v in context.camera)
    x = ((columns + 0.5) * 2 / context.size - 1 - tx) / scale
    z = (1 - (rows + 0.5) * 2 / context.size - ty) / scale
    farther = np.zeros(context.outline.shape, np.float32)
    for depth in (context.clothed.front, context.clothed.back):
        points = np.stack([x, -depth[rows, columns].astype(np.float64), z], axis=1)
        away = context.body.nearest(points).distance
        farther[rows, columns] = np.maximum(farther[rows, columns], away)
    return np.asarray(maximum_filter(farther, size=3))


def swelling(body: SignedBody, cell: float) -> np.ndarray:
    """(V,) metres by which the body is swollen before it is united with the clothes; negative shrinks it.

    Clothes and skin need room, hence the shrinking; but what is thinner than some two cells of the grid, fingers and
    ears, would be lost on it and is made that thick.
    """
    wanted = np.clip((THIN * cell - body.thickness()) / 2, -SHRINK, MOST)
    mean = smoother(body.faces, len(body.verts))
    for _ in range(2):
        wanted = np.maximum(wanted, mean @ wanted)
    return np.clip(mean @ wanted, -SHRINK, MOST)
