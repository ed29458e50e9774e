from itertools import pairwise

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.jobs import JobContext
from eigenform.spectral.draws import make_draw
from eigenform.spectral.interpolate import interpolate
from eigenform.spectral.optimum import optimum_value, quotients, solve
from eigenform.spectral.settings import PROBES, ProbeParams
from eigenform.types import Shape
from known_shapes import blob, captured, icosphere, random_rotation

SMALL = ProbeParams(modes=12, samples=500)


def run(shape, **changes):
    values = {"modes": 12, "samples": 500, **changes}
    return solve(shape, params=ProbeParams(**values), ctx=JobContext())


def same_up_to_clusters(a, b, evals, mass):
    """Subspaces of eigenvalues closer than 1 % agree; the last cluster, cut by K, is left out."""
    gaps = np.flatnonzero(np.diff(evals) > 0.01 * evals[1:])
    ends = [0, *(gaps + 1)]
    for start, stop in pairwise(ends):
        assert captured(a[:, start:stop], b[:, start:stop], mass) > 1 - 1e-6
    return len(ends)


def test_a_basis_is_mass_orthonormal_and_starts_with_the_constant():
    basis = run(blob(3))
    assert basis.evecs.T @ (basis.mass[:, None] * basis.evecs) == pytest.approx(np.eye(12), abs=1e-8)
    assert np.ptp(basis.evecs[:, 0]) < 1e-12
    assert basis.evals[0] == 0
    assert np.all(np.diff(basis.evals) >= 0)
    assert basis.density.mean() == pytest.approx(1)
    assert basis.implicit_metric.mean() == pytest.approx(1)


def test_rotation_permutation_and_scale_change_nothing():
    shape, rng = blob(3), np.random.default_rng(0)
    order = rng.permutation(len(shape.verts))
    moved = 3 * shape.verts[order] @ random_rotation(5).T + [10.0, -4, 2]
    faces = np.argsort(order)[shape.faces][rng.permutation(len(shape.faces))]
    one, two = run(shape), run(Shape(moved, faces))
    assert two.evals[1:] * 9 == pytest.approx(one.evals[1:], rel=1e-6)
    assert two.mass.sum() == pytest.approx(9 * one.mass.sum())
    assert same_up_to_clusters(one.evecs[order], two.evecs, one.evals, two.mass) > 4


def test_the_sphere_has_the_spectrum_l_times_l_plus_one():
    basis = run(icosphere(4), samples=2000, modes=25)
    truth = np.repeat(np.arange(5) * (np.arange(5) + 1), 2 * np.arange(5) + 1)
    assert basis.evals[1:] == pytest.approx(truth[1:], rel=0.08)
    assert basis.meta["evals_scale"] == "weyl"


def test_components_are_zero_eigenvalues():
    sphere = icosphere(2)
    n = len(sphere.verts)
    verts = np.concatenate([sphere.verts + [3.0 * i, 0, 0] for i in range(3)])
    basis = run(Shape(verts, np.concatenate([sphere.faces + n * i for i in range(3)])), samples=400)
    assert np.count_nonzero(basis.evals == 0) == 3
    parts = basis.evecs[:, :3].reshape(3, n, 3)
    assert np.ptp(parts, axis=1).max() < 1e-9


@pytest.mark.parametrize("probes", PROBES)
def test_every_kind_of_probe_gives_a_basis_of_its_own(probes):
    basis = run(blob(3), probes=probes, probe_count=64)
    assert np.isfinite(basis.evecs).all()
    if probes != "exact":
        assert captured(run(blob(3)).evecs, basis.evecs, basis.mass) < 1 - 1e-6


@pytest.mark.parametrize(("name", "value"), [("width", "self-tuned"), ("width", "mass-aware"), ("neighbours", 16),
                                             ("alpha", 0.0), ("seed", 1), ("samples", 300)])  # fmt: skip
def test_every_option_changes_the_result(name, value):
    basis = run(blob(3), **{name: value})
    assert captured(run(blob(3)).evecs, basis.evecs, basis.mass) < 1 - 1e-7
    assert basis.meta["params"][name] == value


def test_many_random_heat_probes_approach_the_exact_optimum():
    points = blob(3).verts[:400]
    exact = make_draw(points, ProbeParams(modes=8), pairs=28)
    distances = []
    for count in (32, 2048):
        drawn = make_draw(points, ProbeParams(modes=8, probes="heat", probe_count=count))
        distances.append(1 - ((exact.vectors[:, :4].T @ drawn.vectors) ** 2).sum() / 4)
    assert distances[1] < 0.3 * distances[0]
    assert distances[1] < 0.02


def test_the_optimum_is_what_its_own_modes_reach():
    draw = make_draw(blob(3).verts, SMALL)
    left = [draw.total - ((draw.vectors[:, :k].T @ draw.targets) ** 2).sum() for k in range(1, 13)]
    assert optimum_value(draw) == pytest.approx(np.mean(left), rel=1e-9)
    assert np.all(np.diff(quotients(draw)) <= 1e-9)


def test_interpolation_is_exact_at_samples_and_keeps_constants():
    rng = np.random.default_rng(0)
    samples, values = rng.random((50, 3)), rng.random((50, 2))
    assert interpolate(samples, values, samples) == pytest.approx(values)
    assert interpolate(samples, np.ones(50), rng.random((20, 3))) == pytest.approx(1.0)


def test_more_modes_than_points_are_refused_in_one_sentence():
    with pytest.raises(InputError, match="only 10 distinct points"):
        run(Shape(np.random.default_rng(0).random((10, 3))))


def test_equal_points_are_refused_in_one_sentence():
    with pytest.raises(InputError, match="same place"):
        run(Shape(np.ones((30, 3))))


def test_points_on_a_line_give_cosines():
    points = np.zeros((200, 3))
    points[:, 0] = np.linspace(0, np.pi, 200)
    basis = run(Shape(points), modes=4)
    for k in (1, 2, 3):
        assert abs(np.corrcoef(basis.evecs[:, k], np.cos(k * points[:, 0]))[0, 1]) > 0.98
