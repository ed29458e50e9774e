"""Where the object is: the sphere that is reconstructed, from sparse points or from the cameras alone."""

from __future__ import annotations

import numpy as np

from eigenform.implicit.photographs.cameras import meeting_point

MARGIN = 1.1
"""Radius of the region over that of what was found."""


def region_of_points(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and radius of the sphere around sparse points (P, 3), not drawn out by a few stray ones.

    Points farther from the median than three times the distance within which 90 in 100 lie are left out; the centre is
    that of the box of the others, the radius reaches the farthest of them.
    """
    distance = np.linalg.norm(points - np.median(points, axis=0), axis=1)
    near = points[distance <= 3 * max(float(np.quantile(distance, 0.9)), 1e-12)]
    centre = (near.min(axis=0) + near.max(axis=0)) / 2
    return centre, MARGIN * max(float(np.linalg.norm(near - centre, axis=1).max()), 1e-9)


def region_of_cameras(poses: np.ndarray, intrinsics: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, float]:
    """Centre and radius of the largest sphere that the median camera shows whole, around where all of them look.

    Raises
    ------
    InputError
        Where all cameras look in one direction.
    """
    centre = meeting_point(poses)
    distance = np.linalg.norm(poses[:, :3, 3] - centre, axis=1)
    slope = np.minimum(size[1] / 2 / intrinsics[:, 0, 0], size[0] / 2 / intrinsics[:, 1, 1])
    return centre, float(np.median(distance * np.sin(np.arctan(slope))))
