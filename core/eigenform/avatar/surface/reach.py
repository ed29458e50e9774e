"""How far the clothes stand off the body at each of its vertices, read off the maps and spread over what is hidden."""

from __future__ import annotations

import numpy as np

from eigenform.avatar.surface.diffuse import harmonic_fill
from eigenform.avatar.surface.features import FeatureContext
from eigenform.avatar.surface.view_maps import nearest_pixel

FACING = 0.35
"""Cosine to the view from which on the depth of the clothes tells how far they stand off."""
WIDEST = 0.4
"""Metres that the outline is followed outward at most."""


def reach(context: FeatureContext) -> tuple[np.ndarray, np.ndarray]:
    """How far the clothes reach.

    Where a vertex is seen from the front or from behind and faces the view, the gap in depth times the cosine; on the
    outline of the body, the way to that of the clothes, or half of it where the body begins again (between the legs in
    a skirt). The rest is harmonic in between.

    Returns
    -------
    offset : (V,) float64
        Metres along the normal, at least 0.
    measured : (V,) bool
        Where it was read off.
    """
    body = context.body
    toward = -body.normals[:, 1]
    behind = ~body.blocked_behind() & (toward < 0)
    pixels = context.pixels(body.verts)
    front = nearest_pixel(context.maps["offset_front"], pixels) * toward
    back = nearest_pixel(context.maps["offset_back"], pixels) * -toward
    by_front = (context.visible > 0.5) & (toward > FACING)
    by_back = behind & (toward < -FACING)
    offset = np.where(by_front, front, np.where(by_back, back, 0.0))
    beside, ways = _outline_ways(context, np.abs(toward) < FACING)
    offset[beside] = ways
    measured = by_front | by_back
    measured[beside] = True
    used = np.zeros(len(offset), bool)
    used[body.faces] = True
    measured &= used
    if not measured.any():
        return np.zeros(len(offset)), measured
    spread = harmonic_fill(body.verts, body.faces, offset[:, None], measured)[:, 0]
    return np.maximum(spread, 0.0), measured


def _outline_ways(context: FeatureContext, sideways: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices on the outline of the body, and the metres from each outward to the outline of the clothes."""
    body, covered = context.body, context.clothed.covered
    pixel = 2 / (context.size * float(context.camera[0]))
    across = body.normals * [1.0, 0.0, 1.0]
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)

    def at(which: np.ndarray, metres: float) -> np.ndarray:
        return context.pixels(body.verts[which] + metres * across[which])

    candidates = np.flatnonzero(sideways)
    beside = candidates[~nearest_pixel(covered, at(candidates, 1.5 * pixel))]
    ways, running = np.zeros(len(beside)), np.ones(len(beside), bool)
    mask = context.maps["mask"] > 0.5
    for step in range(1, int(WIDEST / pixel) + 1):
        where = np.flatnonzero(running)
        if not len(where):
            break
        here = at(beside[where], step * pixel)
        body_again = nearest_pixel(covered, here) & (step > 2)
        ways[where] = np.where(body_again, step * pixel / 2, ways[where])
        on = nearest_pixel(mask, here) & ~body_again
        ways[where[on]] = step * pixel
        running[where[~on]] = False
    return beside, ways
