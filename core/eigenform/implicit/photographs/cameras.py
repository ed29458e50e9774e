"""Pinhole cameras: projection, rays, decomposition of a projection matrix, and what a camera sees of a sphere.

Conventions of :class:`eigenform.types.Photographs`: poses are camera to world, cameras look along +z with x right and
y down, and the centre of the first pixel is (0.5, 0.5).
"""

from __future__ import annotations

import numpy as np

from eigenform.errors import InputError

OPENGL_TO_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])
"""Right factor that turns a camera looking along -z with y up into one looking along +z with y down."""


def pixel_centres(height: int, width: int) -> np.ndarray:
    """(height * width, 2) positions (x, y) of all pixel centres, row by row."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def rays(intrinsics: np.ndarray, pose: np.ndarray, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rays through pixels.

    Parameters
    ----------
    intrinsics : (3, 3) array
    pose : (4, 4) array
        Camera to world.
    pixels : (N, 2) array
        Positions (x, y).

    Returns
    -------
    origin : (3,) array
        The centre of the camera, in world units.
    directions : (N, 3) array
        Unit vectors, in the world.
    """
    homogeneous = np.concatenate([pixels, np.ones((len(pixels), 1))], axis=1)
    inside = homogeneous @ np.linalg.inv(intrinsics).T
    directions = inside @ pose[:3, :3].T
    return pose[:3, 3].copy(), directions / np.linalg.norm(directions, axis=1, keepdims=True)


def project(points: np.ndarray, intrinsics: np.ndarray, pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``(pixels (N, 2), depth (N,))`` of points (N, 3) of the world; behind the camera depth is not positive."""
    inside = (points - pose[:3, 3]) @ pose[:3, :3]
    flat = inside @ intrinsics.T
    depth = inside[:, 2]
    return flat[:, :2] / np.where(np.abs(flat[:, 2:]) < 1e-12, 1e-12, flat[:, 2:]), depth


def look_at(eye: np.ndarray, target: np.ndarray, up: np.ndarray) -> np.ndarray:
    """(4, 4) pose of a camera at ``eye`` that looks at ``target`` with ``up`` pointing up in the picture."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, up)
    if np.linalg.norm(right) < 1e-3:  # looking along up: any right vector will do
        right = np.cross(forward, np.roll(up, 1))
    right = right / np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = eye
    return pose


def decompose(projection: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Intrinsics (3, 3) and pose (4, 4) of a projection matrix ``P = s K [R | t]`` (3, 4), with any factor ``s``.

    ``K`` is upper triangular with a positive diagonal and ``K[2, 2] = 1`` (Hartley and Zisserman, section 6.2.4).

    Raises
    ------
    InputError
        Where the matrix has no camera centre, or is not finite.
    """
    p = np.asarray(projection, dtype=np.float64)[:3, :4]
    if not np.isfinite(p).all() or abs(np.linalg.det(p[:, :3])) < 1e-300:
        raise InputError("A projection matrix is singular or not finite, so that it is no camera.")
    if np.linalg.det(p[:, :3]) < 0:  # the factor s was negative
        p = -p
    flip = np.eye(3)[::-1]
    q, r = np.linalg.qr((flip @ p[:, :3]).T)  # RQ by QR of the reversed rows
    intrinsics, rotation = flip @ r.T @ flip, flip @ q.T
    signs = np.sign(np.diag(intrinsics))
    intrinsics, rotation = intrinsics * signs, rotation * signs[:, None]
    pose = np.eye(4)
    pose[:3, :3] = rotation.T
    pose[:3, 3] = -np.linalg.solve(p[:, :3], p[:, 3])
    return intrinsics / intrinsics[2, 2], pose


def sees_sphere(
    intrinsics: np.ndarray, pose: np.ndarray, size: tuple[int, int], centre: np.ndarray, radius: float
) -> bool:
    """Whether a sphere reaches into the view of a camera with pictures of ``size`` (height, width)."""
    height, width = size
    at = (centre - pose[:3, 3]) @ pose[:3, :3]
    if at[2] < -radius:
        return False
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    edges = np.concatenate([corners, np.ones((4, 1))], axis=1) @ np.linalg.inv(intrinsics).T
    planes = np.cross(edges, np.roll(edges, -1, axis=0))  # inward for corners that run clockwise in the picture
    planes = planes / np.linalg.norm(planes, axis=1, keepdims=True)
    return bool((planes @ at >= -radius).all())


def meeting_point(poses: np.ndarray) -> np.ndarray:
    """(3,) point nearest to the optical axes of all cameras, in least squares.

    Raises
    ------
    InputError
        Where the axes are parallel, so that there is none.
    """
    axes = poses[:, :3, 2]
    across = np.eye(3) - axes[:, :, None] * axes[:, None, :]
    total = across.sum(axis=0)
    if np.linalg.eigvalsh(total)[0] < 1e-6 * len(poses):
        raise InputError(
            "The cameras all look in one direction, so that where the object lies cannot be told from them; "
            "sparse points or a region in the camera file would say it."
        )
    found: np.ndarray = np.linalg.solve(total, np.einsum("nij,nj->i", across, poses[:, :3, 3]))
    return found
