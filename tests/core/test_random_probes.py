"""Probe functions: reproducible, finite, of the law they claim, in any dimension."""

import numpy as np
import pytest
import scipy.sparse as sp
from eigenform.spectral import random_probes as probes
from eigenform.spectral.random_probes import KINDS, draw
from eigenform.spectral.settings import PROBES


def ring(n=120):
    """A circle and its exact symmetric smoothing: a circulant with eigenvalues (1 + 2 cos) / 3."""
    angle = 2 * np.pi * np.arange(n) / n
    points = np.c_[np.cos(angle), np.sin(angle)]
    shift = sp.csr_matrix((np.ones(n), (np.arange(n), (np.arange(n) + 1) % n)), shape=(n, n))
    return points, sp.csr_matrix((sp.eye(n) + shift + shift.T) / 3)


def sphere(n=400, d=3, seed=0):
    points = np.random.default_rng(seed).standard_normal((n, d))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize("d", [1, 3, 24])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_in_any_dimension(kind, d):
    points = np.random.default_rng(1).standard_normal((150, d))
    first, second = (draw(kind, points, 30, np.random.default_rng(7)) for _ in range(2))
    other = draw(kind, points, 30, np.random.default_rng(8))
    assert first.shape == (150, 30)
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, other)
    if kind != "heat-published":
        np.testing.assert_allclose(np.linalg.norm(first, axis=0), 1.0)


def test_all_kinds_of_the_settings_are_here():
    assert set(PROBES) - {"exact"} <= set(KINDS)
    with pytest.raises(ValueError, match="no 'cold' probes"):
        draw("cold", sphere(), 3, np.random.default_rng(0))


def test_heat_has_the_covariance_of_the_smoothed_noise():
    points, operator = ring()
    rounds = (5, 20, 10)
    drawn = probes.heat(operator, 30_000, np.random.default_rng(0), rounds=rounds)
    dense = operator.toarray()
    for group, t in zip(np.array_split(np.arange(30_000), 3), rounds, strict=True):
        expected = np.linalg.matrix_power(dense, 2 * t)
        found = drawn[:, group] @ drawn[:, group].T / len(group)
        assert np.abs(found - expected).max() < 0.06 * expected.max()
    assert draw("heat", points, 8, np.random.default_rng(0), operator=operator).shape == (120, 8)


def test_heat_weight_multiplies_the_noise():
    _, operator = ring()
    weight = np.zeros(120)
    weight[3] = 2.0
    drawn = probes.heat(operator, 4, np.random.default_rng(0), rounds=(1,), weight=weight)
    assert set(np.flatnonzero(np.abs(drawn).sum(1))) == {2, 3, 4}


def test_published_heat_averages_stay_in_range_and_keep_constants():
    points = sphere()
    drawn = draw("heat-published", points, 40, np.random.default_rng(0))
    assert np.abs(drawn).max() < 1.0
    rough = np.random.default_rng(0).uniform(-1, 1, (400, 40))
    assert drawn.std() < 0.4 * rough.std()
    # one round of averaging a constant gives it back: rows sum to one
    fixed = probes.heat_published(points, 1, np.random.default_rng(0), rounds=(4000, 4000), sigma=(1.0, 1.0))
    assert np.ptp(fixed) < 1e-3


def test_published_heat_does_not_depend_on_units():
    points = sphere()
    small, large = (draw("heat-published", points * s, 5, np.random.default_rng(3)) for s in (1e-4, 1e4))
    np.testing.assert_allclose(small, large, atol=1e-9)
    # an absolute width far below the spacing still gives numbers
    tiny = draw("heat-published", points, 5, np.random.default_rng(3), relative=False, sigma=(1e-6, 1e-6))
    assert np.isfinite(tiny).all()


def test_hadamard_is_constant_on_equal_cells():
    drawn = probes.hadamard(sphere(512), 6, np.random.default_rng(0), depth=4, probability=1.0)
    for column in drawn.T:
        values, sizes = np.unique(column, return_counts=True)
        assert len(values) == 16
        assert (sizes == 32).all()
    few = probes.hadamard(sphere(512), 40, np.random.default_rng(0), depth=4, probability=0.3)
    assert np.mean([len(np.unique(c)) for c in few.T]) < 10


def test_wavelets_peak_at_their_centre_and_are_local():
    points = sphere(600)
    drawn = probes.wavelets(points, 50, np.random.default_rng(0), width=(0.05, 0.05))
    np.testing.assert_allclose(drawn.max(0), 1.0)
    far = np.linalg.norm(points[:, None] - points[drawn.argmax(0)], axis=2) > 1.0
    assert np.abs(drawn[far]).max() < 1e-4
    hats = probes.wavelets(points, 50, np.random.default_rng(0), directed=False, width=(0.1, 0.1))
    assert (hats.max(0) > 0.99).all()
    assert (hats.min(0) < -0.05).all()


def test_sparse_keeps_one_in_twenty():
    drawn = probes.sparse_noise(2000, 20, np.random.default_rng(0))
    assert (drawn != 0).mean() == pytest.approx(0.05, abs=0.01)
    assert ((probes.sparse_noise(5, 300, np.random.default_rng(0)) != 0).sum(0) >= 1).all()


def test_a_potential_pushes_functions_to_where_it_is_low(monkeypatch):
    points, operator = ring()
    high = (points[:, 0] > 0).astype(float)
    monkeypatch.setattr(probes, "potential", lambda p, r: high)
    drawn = probes.schrodinger(points, operator, 200, np.random.default_rng(0), strength=(5.0, 5.0))
    energy = (drawn**2).sum(1)
    assert energy[points[:, 0] > 0.5].sum() < 0.1 * energy[points[:, 0] < -0.5].sum()
    without = probes.schrodinger(points, operator, 4, np.random.default_rng(0), strength=(0.0, 0.0), rounds=(10, 10))
    noise = np.random.default_rng(0).standard_normal((120, 4))
    np.testing.assert_allclose(without, np.linalg.matrix_power(operator.toarray(), 10) @ noise, atol=1e-12)


def test_potentials_fill_the_unit_interval():
    rng = np.random.default_rng(0)
    for _ in range(20):
        values = probes.potential(sphere(), rng)
        assert values.min() == 0.0
        assert values.max() == 1.0


def test_polynomials_span_what_they_should():
    points = np.random.default_rng(0).standard_normal((300, 3)) + 50.0
    assert np.linalg.matrix_rank(probes.polynomial(points, 80, np.random.default_rng(0), degree=2), tol=1e-8) == 10
    assert np.linalg.matrix_rank(probes.polynomial(points, 80, np.random.default_rng(0)), tol=1e-8) == 35
    wide = np.random.default_rng(0).standard_normal((60, 120))
    assert np.isfinite(probes.polynomial(wide, 5, np.random.default_rng(0))).all()


def test_smoothing_makes_rough_probes_smooth():
    points, operator = ring()
    rough, smooth = (
        draw("sparse", points, 20, np.random.default_rng(0), operator=operator, smoothing=s) for s in (0, 30)
    )

    def energy(probe):
        return np.einsum("ij,ij->", probe, probe - operator @ probe)

    assert energy(smooth) < 0.1 * energy(rough)
