"""Distances between meshes against closed forms."""

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.implicit.metrics import compare_meshes, point_distances, sample_points, topology
from eigenform.types import Shape


def square(height=0.0, flip=False):
    """A unit square of two triangles at a height."""
    verts = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=float) + [0, 0, height]
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return Shape(verts, faces[:, ::-1] if flip else faces)


def ball(radius=1.0, centre=(0.0, 0.0, 0.0)):
    """A fine sphere."""
    import trimesh

    found = trimesh.creation.icosphere(4)
    return Shape(np.asarray(found.vertices) * radius + centre, np.asarray(found.faces))


def test_parallel_squares_lie_their_distance_apart():
    """In units of the box of the truth, whose side is 1; every figure is exact."""
    found = compare_meshes(square(0.03), square(), 5000)
    for key in ("accuracy", "completeness", "chamfer", "hausdorff", "hd95"):
        assert found[key] == pytest.approx(0.03, abs=1e-6), key
    assert found["chamfer_squared"] == pytest.approx(0.0009, abs=1e-7)
    assert found["f1_1"] == 0.0
    assert found["normal_consistency"] == pytest.approx(100)
    assert not found["watertight"]
    assert found["genus"] is None
    assert found["boundary"] == pytest.approx(4.0)


def test_the_score_counts_what_is_within_its_threshold():
    """0.5 % of the box lies within 1 % and beyond 0.1 %."""
    found = compare_meshes(square(0.005), square(), 2000)
    assert found["f1_1"] == pytest.approx(100)
    assert found["f1_01"] == 0.0


def test_concentric_spheres():
    """Radii 1 and 1.02: 0.02 over the side 2 of the box, up to the facets."""
    found = compare_meshes(ball(1.02), ball(1.0), 20_000)
    assert found["chamfer"] == pytest.approx(0.01, rel=0.02)
    assert found["normal_consistency"] > 99.9
    assert found["normal_agreement"] > 99.9
    assert found["watertight"]
    assert found["components"] == 1
    assert found["genus"] == 0
    assert found["boundary"] == 0.0


def test_units_and_place_do_not_matter():
    """Both meshes moved and scaled alike: the same figures."""
    moved = [Shape(1e3 * m.verts + [4e4, 0, -1e4], m.faces) for m in (ball(1.02), ball())]
    first, second = compare_meshes(ball(1.02), ball(), 3000), compare_meshes(*moved, 3000)
    assert first["chamfer"] == pytest.approx(second["chamfer"], rel=1e-3)


def test_an_inside_out_result_shows():
    """The absolute cosine does not see it, the other does."""
    found = compare_meshes(square(0.01, flip=True), square(), 1000)
    assert found["normal_consistency"] == pytest.approx(100)
    assert found["normal_agreement"] == pytest.approx(-100)


def test_what_is_missing_and_what_is_too_much_are_told_apart():
    """Half a square against the whole: accuracy 0, completeness the mean distance to it."""
    half = Shape(square().verts * [0.5, 1, 1], square().faces)
    found = compare_meshes(half, square(), 50_000)
    assert found["accuracy"] < 1e-6
    assert found["completeness"] == pytest.approx(0.125, rel=0.02)
    assert found["hausdorff"] == pytest.approx(0.5, abs=0.01)


def test_topology_of_known_meshes():
    """A torus, two spheres, two faces on one edge with opposite sides."""
    import trimesh

    torus = trimesh.creation.torus(1.0, 0.3)
    found = topology(np.asarray(torus.vertices), np.asarray(torus.faces))
    assert found["watertight"]
    assert found["genus"] == 1
    assert found["components"] == 1
    a, b = ball(), ball(1.0, (3, 0, 0))
    found = topology(np.concatenate([a.verts, b.verts]), np.concatenate([a.faces, b.faces + len(a.verts)]))
    assert found["watertight"]
    assert found["genus"] == 0
    assert found["components"] == 2
    turned = a.faces.copy()
    turned[0] = turned[0, ::-1]
    assert not topology(a.verts, turned)["watertight"]


def test_samples_lie_on_the_mesh_evenly_with_the_noise_that_was_asked_for():
    """Noise is a share of the longest side; the normals are those of the triangles."""
    mesh = Shape(10 * square().verts, square().faces)
    points, normals = sample_points(mesh, 40_000, 0.0, 3)
    assert (points[:, 2] == 0).all()
    assert (normals == [0, 0, 1]).all()
    assert points[:, :2].mean(axis=0) == pytest.approx([5, 5], abs=0.05)
    noisy, _ = sample_points(mesh, 40_000, 0.0025, 3)
    assert (noisy - points).std() == pytest.approx(0.025, rel=0.02)
    assert np.array_equal(points, sample_points(mesh, 40_000, 0.0, 3)[0])


def test_distances_of_points():
    """Above a square, and beside its corner."""
    found = point_distances(np.array([[0.5, 0.5, 0.2], [2.0, 1.0, 0.0]]), square())
    assert found == pytest.approx([0.2, 1.0], abs=1e-6)


def test_a_mesh_without_area_is_refused():
    """In a sentence that says which."""
    with pytest.raises(InputError, match="result has no triangle"):
        compare_meshes(Shape(np.zeros((3, 3)), [[0, 1, 2]]), square())
    with pytest.raises(InputError, match="truth has no triangle"):
        compare_meshes(square(), Shape(np.zeros((3, 3))))
