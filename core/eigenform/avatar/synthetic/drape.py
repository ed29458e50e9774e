"""Cloth that hangs: closed solids around a set of body points, held at the top and falling straight down.

A solid is a stack of rings. Each ring surrounds the convex hull of the body points at its height, so that a skirt
spans both legs; no ring is narrower than the one above it by more than a little, as cloth hangs from its widest hold.
Built in the posed world, where down is down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eigenform.avatar.synthetic.noise import Waves

ANGLES = 96


@dataclass(frozen=True)
class Drape:
    """How a sheet hangs.

    Parameters
    ----------
    ease : float
        Distance to the hull, m.
    flare : float
        Added at the hem, m.
    folds : int
        Folds around the hem.
    depth : float
        Depth of the folds at the hem, m.
    slack : float
        How much narrower a ring may be than the one above, as a slope: 0 falls straight, 1 clings.
    phase : float
        Where the folds begin, rad.
    recess : float
        How far the underside lies above the hem, m.
    top : float
        How much the uppermost ring is drawn in, m: it hides under the garment above.
    rise : float
        Height over which it comes out, m.
    waves : Waves
        Small wrinkles.
    wrinkle : float
        Their height, m.
    """

    ease: float
    flare: float
    folds: int
    depth: float
    slack: float
    phase: float
    recess: float
    top: float
    waves: Waves
    wrinkle: float
    rise: float = 0.05


def hang(points: np.ndarray, levels: np.ndarray, drape: Drape, angles: int = ANGLES) -> np.ndarray:
    """The sheet around ``points`` (n, 3): a grid (K, angles, 3), ring 0 at the top.

    Parameters
    ----------
    levels : (K,)
        World heights of the rings, falling, m.
    """
    count = len(levels)
    theta = np.arange(angles) * (2 * np.pi / angles)
    directions = np.stack([np.cos(theta), np.sin(theta)])
    step = max((levels[0] - levels[-1]) / max(count - 1, 1), 1e-3)
    edges = np.concatenate([[levels[0] + step], (levels[:-1] + levels[1:]) / 2, [levels[-1] - step / 2]])
    ring = np.searchsorted(-edges, -points[:, 2], side="right") - 1
    chosen = (ring >= 0) & (ring < count)
    points, ring = points[chosen], ring[chosen]
    order = np.argsort(ring, kind="stable")
    points, ring = points[order], ring[order]
    support = np.full((count, angles), -np.inf, dtype=np.float64)
    if len(ring):
        starts = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
        support[ring[starts]] = np.maximum.reduceat(points[:, :2] @ directions, starts, axis=0)
    for k in range(count - 2, -1, -1):  # a ring without points takes the one below, or above
        if not np.isfinite(support[k, 0]):
            support[k] = support[k + 1]
    for k in range(1, count):
        if not np.isfinite(support[k, 0]):
            support[k] = support[k - 1]
    for k in range(1, count):
        drop = levels[k - 1] - levels[k]
        support[k] = np.maximum(support[k], support[k - 1] - drape.slack * drop)
    support[1:-1] = (support[:-2] + 2 * support[1:-1] + support[2:]) / 4
    centres = (support[:, :, None] * directions.T[None]).mean(1) * 2  # Steiner point: inside every hull
    u = np.linspace(0, 1, count)[:, None]
    emerge = np.clip((levels[0] - levels[:, None]) / drape.rise, 0, 1)
    held = support - centres @ directions + drape.ease * emerge - drape.top * (1 - emerge)
    cosine = np.cos(theta[:, None] - theta[None])
    radius = np.empty_like(held)
    for k in range(count):
        with np.errstate(divide="ignore"):
            radius[k] = np.where(cosine > 0.2, held[k][None] / np.maximum(cosine, 0.2), np.inf).min(1)
    fold = np.sin(drape.folds * theta + drape.phase + 0.6 * np.sin(2 * theta + drape.phase) + 0.5 * u)
    radius = radius + drape.flare * u + drape.depth * u**1.5 * (fold + 1) / 2
    grid = np.empty((count, angles, 3))
    grid[..., :2] = centres[:, None] + radius[..., None] * directions.T[None]
    grid[..., 2] = levels[:, None]
    ripple = drape.wrinkle * (drape.waves(grid.reshape(-1, 3)).reshape(count, angles) + 1) * np.minimum(1, 4 * u)
    grid[..., :2] += ripple[..., None] * directions.T[None]
    return grid


def close_tube(grid: np.ndarray, thickness: float, recess: float) -> tuple[np.ndarray, np.ndarray]:
    """Close a tube (K, A, 3), angles counter-clockwise from above, ring 0 at the top, to a solid.

    Below it ends in an underside that lies ``recess`` above the hem, ``thickness`` within it. Returns vertices (n, 3),
    the K A of the grid first, and triangles (m, 3), outward counter-clockwise.
    """
    count, angles = grid.shape[:2]
    hem = grid[-1]
    centre = hem.mean(0)
    inward = centre[None, :2] - hem[:, :2]
    inward /= np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-6)
    inner = hem.copy()
    inner[:, :2] += thickness * inward
    upper = inner + [0, 0, recess]
    upper[:, :2] += 0.15 * (centre[:2] - upper[:, :2])
    rings = np.concatenate([grid, inner[None], upper[None]])
    top, bottom = grid[0].mean(0), upper.mean(0)
    verts = np.concatenate([rings.reshape(-1, 3), top[None], bottom[None]])
    faces = [_band(k * angles, (k + 1) * angles, angles) for k in range(count + 1)]
    i, j = np.arange(angles), np.roll(np.arange(angles), -1)
    last = (count + 1) * angles
    faces.append(np.stack([i, j, np.full(angles, len(verts) - 2)], 1))
    faces.append(np.stack([last + j, last + i, np.full(angles, len(verts) - 1)], 1))
    return verts, np.concatenate(faces).astype(np.int64)


def close_strip(outer: np.ndarray, inner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Close an open sheet ``outer`` (K, A, 3), angles counter-clockwise from above, with ``inner`` behind it."""
    count, angles = outer.shape[:2]
    verts = np.concatenate([outer.reshape(-1, 3), inner.reshape(-1, 3)])
    k, a = np.meshgrid(np.arange(count - 1), np.arange(angles - 1), indexing="ij")
    p = (k * angles + a).ravel()
    quads = np.stack([p, p + angles, p + angles + 1, p + 1], 1)
    outside = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    inside = outside[:, ::-1] + count * angles
    border = np.concatenate([
        np.arange(angles - 1, -1, -1),
        np.arange(1, count) * angles,
        (count - 1) * angles + np.arange(1, angles),
        np.arange(count - 2, -1, -1) * angles + angles - 1,
    ])  # fmt: skip
    border = border[:-1] if border[-1] == border[0] else border
    a, b = border, np.roll(border, -1)
    shift = count * angles
    sides = np.concatenate([np.stack([b, a, a + shift], 1), np.stack([b, a + shift, b + shift], 1)])
    return verts, np.concatenate([outside, inside, sides]).astype(np.int64)


def _band(upper: int, lower: int, angles: int) -> np.ndarray:
    i, j = np.arange(angles), np.roll(np.arange(angles), -1)
    return np.concatenate([
        np.stack([upper + i, lower + i, lower + j], 1),
        np.stack([upper + i, lower + j, upper + j], 1),
    ])  # fmt: skip
