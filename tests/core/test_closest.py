"""The nearest triangle: against brute force on meshes of very uneven triangles, and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform.geometry.closest import distance_to_triangles, nearest_triangles
from eigenform.io.samples import make_sample


def brute(verts: np.ndarray, faces: np.ndarray, points: np.ndarray) -> np.ndarray:
    """All distances of all triangles, the least of them."""
    corners = verts[faces]
    return np.array([distance_to_triangles(np.repeat(p[None], len(faces), 0), corners).min() for p in points])


def test_distances_to_one_triangle() -> None:
    triangle = np.array([[[0, 0, 0], [2, 0, 0], [0, 2, 0]]], dtype=float)
    for point, expected in (
        ((0.5, 0.5, 3), 3), ((-1, -1, 0), np.sqrt(2)), ((1, -2, 0), 2), ((2, 2, 0), np.sqrt(2)), ((0.5, 0.5, 0), 0),
        ((5, 0, 4), 5),
    ):  # fmt: skip
        assert distance_to_triangles(np.array([point], dtype=float), triangle)[0] == pytest.approx(expected)
    needle = np.array([[[0, 0, 0], [1, 0, 0], [2, 0, 0]]], dtype=float)
    assert distance_to_triangles(np.array([[1.5, 1.0, 0.0]]), needle)[0] == pytest.approx(1)


@pytest.mark.parametrize("spread", [0.05, 1.0])
def test_it_agrees_with_brute_force_on_uneven_triangles(spread: float) -> None:
    rng = np.random.default_rng(0)
    small = make_sample("knot", 400)
    wall = np.array([[-9, -9, -0.3], [9, -9, -0.3], [0, 12, -0.3]])  # one triangle far larger than all others
    slivers = rng.standard_normal((60, 3)) * 2
    verts = np.concatenate([small.verts, wall, slivers])
    n = len(small.verts)
    faces = np.concatenate([small.faces, [[n, n + 1, n + 2]], n + 3 + np.arange(60).reshape(20, 3)])
    points = verts[rng.integers(0, len(verts), 150)] + spread * rng.standard_normal((150, 3))
    distance, triangle = nearest_triangles(verts, faces, points)
    np.testing.assert_allclose(distance, brute(verts, faces, points), atol=1e-12)
    np.testing.assert_allclose(distance_to_triangles(points, verts[faces[triangle]]), distance, atol=1e-12)


def test_far_points_are_off_by_a_triangle_at_most() -> None:
    sphere = make_sample("sphere", 3000)
    distance, _ = nearest_triangles(sphere.verts, sphere.faces, np.zeros((1, 3)))
    corners = sphere.verts[sphere.faces]
    size = np.linalg.norm(corners - corners.mean(axis=1, keepdims=True), axis=2).max()
    exact = brute(sphere.verts, sphere.faces, np.zeros((1, 3)))[0]
    assert exact <= distance[0] <= exact + size
