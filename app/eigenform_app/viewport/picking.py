"""Which vertex lies under a ray: plain arithmetic on the drawn arrays, so that it works for any opacity and driver."""

from __future__ import annotations

import numpy as np


def pick_mesh(
    points: np.ndarray, faces: np.ndarray, origin: np.ndarray, direction: np.ndarray, keep: np.ndarray | None
):
    """The first triangle a ray hits.

    Parameters
    ----------
    points : (V, 3) float
        Positions as drawn.
    faces : (F, 3) int
        Triangles, hit from both sides.
    origin, direction : (3,) float
        The ray, ``direction`` of length 1.
    keep : (n, 4) float or None
        Clipping planes ``(nx, ny, nz, c)``: only hits with ``n.x + c >= 0`` count.

    Returns
    -------
    (vertex, distance) or None
        The corner of the triangle that is nearest to the hit, and the distance along the ray.
    """
    side, up = _frame(direction)
    local = (points - origin).astype(np.float64)
    flat = np.stack([local @ side, local @ up], axis=1)
    a, b, c = (flat[faces[:, i]] for i in range(3))
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    near = np.flatnonzero((low <= 0).all(axis=1) & (high >= 0).all(axis=1))
    if not len(near):
        return None
    a, b, c = a[near], b[near], c[near]
    weights = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], axis=1)
    total = weights.sum(axis=1)
    inside = np.all(weights * np.sign(total)[:, None] >= 0, axis=1) & (total != 0)
    near, weights = near[inside], weights[inside] / total[inside, None]
    corners = local[faces[near]]
    hits = np.einsum("fi,fij->fj", weights, corners)
    depth = hits @ direction
    good = depth > 0
    if keep is not None:
        for plane in keep:
            good &= (hits + origin) @ plane[:3] + plane[3] >= 0
    if not good.any():
        return None
    best = np.flatnonzero(good)[np.argmin(depth[good])]
    corner = np.argmin(np.linalg.norm(corners[best] - hits[best], axis=1))
    return int(faces[near[best], corner]), float(depth[best])


def pick_points(points: np.ndarray, origin: np.ndarray, direction: np.ndarray, radius: float, spread: float, keep):
    """The front point within ``radius + spread * distance`` of a ray; arguments and result as in :func:`pick_mesh`.

    ``radius`` is in units of length; ``spread`` is the tangent of the angle that the pointer covers.
    """
    local = (points - origin).astype(np.float64)
    depth = local @ direction
    off = np.linalg.norm(local - depth[:, None] * direction, axis=1)
    good = (depth > 0) & (off <= radius + spread * depth)
    if keep is not None:
        for plane in keep:
            good &= points @ plane[:3] + plane[3] >= 0
    if not good.any():
        return None
    index = np.flatnonzero(good)
    best = index[np.argmin(depth[index] + 4.0 * off[index])]
    return int(best), float(depth[best])


def _frame(direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    helper = np.eye(3)[np.argmin(np.abs(direction))]
    side = np.cross(direction, helper)
    side /= np.linalg.norm(side)
    return side, np.cross(side, direction)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
