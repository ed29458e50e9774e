import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.geometry.neighbours import knn
from eigenform.geometry.sampling import farthest_points, surface_samples
from eigenform.geometry.spacing import spacing_mass
from eigenform.spectral.signs import fix_signs
from known_shapes import blob, icosphere, random_rotation
from scipy.spatial import cKDTree


def brute_farthest(points, count, start):
    chosen = [start]
    nearest = ((points - points[start]) ** 2).sum(1)
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, ((points - points[chosen[-1]]) ** 2).sum(1))
    return chosen


def test_farthest_points_equal_brute_force_past_the_switch_to_ball_queries():
    points = np.random.default_rng(0).random((1500, 3))
    start = int(((points - points.mean(0)) ** 2).sum(1).argmax())
    assert farthest_points(points, 500).tolist() == brute_farthest(points, 500, start)


def test_farthest_points_stop_at_duplicates():
    points = np.repeat(np.eye(3), 5, axis=0)
    chosen = farthest_points(points, 10)
    assert len(chosen) == 3
    assert len(np.unique(points[chosen], axis=0)) == 3


def test_surface_samples_are_uniform_by_area_and_on_the_surface():
    verts = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [3, 0, 0], [3, 1, 0], [6, 0, 0]])
    points = surface_samples(verts, np.array([[0, 1, 2], [3, 5, 4]]), 20_000, 0)
    assert np.all(points[:, 2] == 0)
    assert (points[:, 0] < 2).mean() == pytest.approx(0.25, abs=0.01)
    left = points[points[:, 0] < 2]
    assert left.mean(0)[:2] == pytest.approx([1 / 3, 1 / 3], abs=0.01)


def test_surface_samples_do_not_depend_on_numbering_rotation_or_scale():
    shape = blob()
    rng = np.random.default_rng(3)
    order = rng.permutation(len(shape.verts))
    rank = np.argsort(order)
    faces = np.roll(rank[shape.faces], 1, axis=1)[rng.permutation(len(shape.faces))]
    turn = random_rotation(1)
    expected = surface_samples(shape.verts, shape.faces, 500, 7)
    found = surface_samples(5 * shape.verts[order] @ turn.T, faces, 500, 7)
    assert found == pytest.approx(5 * expected @ turn.T, abs=1e-9)


def test_a_mesh_without_area_is_refused_in_words():
    with pytest.raises(InputError, match="zero area"):
        surface_samples(np.zeros((3, 3)), np.array([[0, 1, 2]]), 10, 0)


@pytest.mark.parametrize("dimension", [2, 3, 20])
def test_neighbours_equal_brute_force_and_leave_the_point_out(dimension):
    points = np.random.default_rng(0).random((200, dimension))
    points[50] = points[51]
    distances, indices = knn(points, 7)
    table = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(table, np.inf)
    assert np.all(indices != np.arange(200)[:, None])
    assert distances == pytest.approx(np.sort(table, axis=1)[:, :7], abs=1e-7)


def test_spacing_mass_follows_the_true_area_of_biased_samples():
    sphere = icosphere(5)
    rng = np.random.default_rng(0)
    p = 4 * np.exp(-2 * ((sphere.verts - [1, 0, 0]) ** 2).sum(1)) + 0.25
    points = sphere.verts[rng.choice(len(sphere.verts), 1500, replace=False, p=p / p.sum())]
    dense = surface_samples(sphere.verts, sphere.faces, 60_000, 1)
    truth = np.bincount(cKDTree(points).query(dense)[1], minlength=len(points))
    mass = spacing_mass(points)
    assert np.corrcoef(mass, truth)[0, 1] > 0.8
    assert mass.sum() == pytest.approx(4 * np.pi, rel=0.1)


def test_spacing_mass_sums_to_the_area_of_an_even_cloud_in_its_units():
    sphere = icosphere(4)
    assert spacing_mass(10 * sphere.verts).sum() == pytest.approx(400 * np.pi, rel=0.05)


def test_signs_do_not_depend_on_the_sign_that_came():
    sphere, rng = blob(), np.random.default_rng(0)
    evecs = rng.standard_normal((len(sphere.verts), 6))
    evecs[:, 1] = sphere.verts[:, 0]  # nearly no skewness of its own
    mass = rng.random(len(evecs))
    flips = np.array([1, -1, -1, 1, -1, 1.0])
    assert np.array_equal(fix_signs(evecs, mass, sphere.verts), fix_signs(evecs * flips, mass, sphere.verts))
    assert np.all(mass @ fix_signs(evecs, mass, sphere.verts)[:, 2:] ** 3 >= 0)


def test_an_odd_mode_takes_its_sign_from_x_then_y():
    sphere = icosphere(3)
    mass = np.ones(len(sphere.verts))
    x, y, _ = sphere.verts.T
    odd = np.column_stack([-x, -y])
    assert np.array_equal(fix_signs(odd, mass, sphere.verts), -odd)
