"""What runs in the child process: open3d's reconstructions, arrays in and out."""

from __future__ import annotations

from typing import Any

import numpy as np


def poisson_reconstruction(
    points: np.ndarray, normals: np.ndarray, depth: int, point_weight: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``verts``, ``faces`` and the density of points at each vertex (log 2 of the octree's depth there).

    On one thread: with several, open3d gives another mesh each time, and has crashed.
    """
    import open3d as o3d

    found, density = o3d.geometry.TriangleMesh.create_from_point_cloud_poisson(
        _cloud(points, normals), depth=depth, linear_fit=False, n_threads=1, point_weight=point_weight
    )
    return np.asarray(found.vertices), np.asarray(found.triangles, dtype=np.int64), np.asarray(density)


def ball_pivoting(points: np.ndarray, normals: np.ndarray, radii: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """``verts`` and ``faces``."""
    import open3d as o3d

    cloud = _cloud(points, normals)
    found = o3d.geometry.TriangleMesh.create_from_point_cloud_ball_pivoting(cloud, o3d.utility.DoubleVector(radii))
    return np.asarray(found.vertices), np.asarray(found.triangles, dtype=np.int64)


def _cloud(points: np.ndarray, normals: np.ndarray) -> Any:
    import open3d as o3d

    cloud = o3d.geometry.PointCloud()
    cloud.points = o3d.utility.Vector3dVector(points)
    cloud.normals = o3d.utility.Vector3dVector(normals)
    return cloud
