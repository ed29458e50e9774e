"""FreSh and random features: spectra of known signals, closed-form fits, and the U of the error over the band."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.implicit.frequency.choose import choose, race
from eigenform.implicit.frequency.random_features import LAWS, RandomFeatureField, draw, fit
from eigenform.implicit.frequency.random_field import band_curve, labels
from eigenform.implicit.frequency.spectra import soft_occupancy, spectrum, wasserstein


def wave(frequency: tuple[int, ...], n: int = 32) -> np.ndarray:
    """A plane wave on a periodic grid."""
    axes = np.meshgrid(*[np.arange(n) / n] * len(frequency), indexing="ij")
    return np.cos(2 * np.pi * sum(k * x for k, x in zip(frequency, axes, strict=True)))


@pytest.mark.parametrize("frequency", [(3, 0), (2, 5), (0, 7)])
def test_the_spectrum_of_a_plane_wave_is_one_line(frequency: tuple[int, int]) -> None:
    found = spectrum(wave(frequency), 12)
    expected = np.zeros(12)
    expected[sum(frequency) - 1] = 1
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("frequency", [(3, 0, 0), (2, -3, 1), (0, 1, -6)])
def test_a_volume_counts_every_octant(frequency: tuple[int, int, int]) -> None:
    found = spectrum(wave(frequency, 24), 10)
    expected = np.zeros(10)
    expected[sum(abs(k) for k in frequency) - 1] = 1
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_two_lines_share_the_spectrum_by_their_amplitudes() -> None:
    found = spectrum(2 * wave((2, 0)) + wave((6, 0)), 10)
    np.testing.assert_allclose(found[[1, 5]], [2 / 3, 1 / 3], atol=1e-9)
    assert spectrum(np.full((16, 16), 3.0), 5).sum() == 0


def test_the_real_transform_of_a_volume_agrees_with_the_complex_one() -> None:
    volume = np.random.default_rng(0).standard_normal((10, 12, 8))
    magnitude = np.abs(np.fft.fftn(volume))
    order = sum(np.meshgrid(*[np.minimum(np.arange(n), n - np.arange(n)) for n in volume.shape], indexing="ij"))
    expected = np.array([magnitude[order == s].sum() for s in range(1, 7)])
    np.testing.assert_allclose(spectrum(volume, 6), expected / expected.sum(), rtol=1e-9)


def test_wasserstein_counts_bins() -> None:
    one, two = np.eye(8)[1], np.eye(8)[5]
    assert wasserstein(one, two) == pytest.approx(4)
    assert wasserstein(one, (one + two) / 2) == pytest.approx(2)


def test_the_candidate_with_the_signals_frequency_is_chosen_and_a_race_can_overrule_it() -> None:
    candidates = [2, 4, 6, 8]
    found = choose("siren", lambda k, seed: wave((int(k), 0)), wave((6, 0)), candidates=candidates, bins=12)
    assert found.value == 6
    assert found.as_dict()["distances"][2] == pytest.approx(0, abs=1e-9)
    raced = race(found, lambda k: abs(k - 4), best=3)
    assert raced.value == 4
    assert len(raced.errors) == 3
    with pytest.raises(InputError, match="constant"):
        choose("siren", lambda k, seed: wave((int(k), 0)), np.ones((32, 32)))


def test_clipping_narrowly_moves_the_spectrum_of_a_sphere_up() -> None:
    g = np.linspace(-0.56, 0.56, 32)
    distance = np.sqrt(g[:, None, None] ** 2 + g[None, :, None] ** 2 + g[None, None] ** 2) - 0.4
    bins = np.arange(1, 11)
    wide, narrow = (float(spectrum(soft_occupancy(distance, c), 10) @ bins) for c in (0.3, 0.018))
    assert narrow > wide + 0.5


def test_untrained_networks_have_higher_spectra_for_higher_frequencies_and_repeat() -> None:
    from eigenform.implicit.frequency.render import untrained

    bins = np.arange(1, 17)
    for kind, values in (("siren", (5, 20, 60)), ("fourier", (1, 6, 20)), ("finer", (0.0, 1.5, 3.0))):
        means = []
        for value in values:
            render = untrained({"kind": kind, "dimension": 2, "hidden": 64}, (48, 48))
            one, again = (render(value, 1)[..., 0] for _ in range(2))
            assert np.array_equal(one, again)
            means.append(float(spectrum(one, 16) @ bins))
        assert means[0] < means[1] < means[2], (kind, means)


@pytest.mark.parametrize("law", LAWS)
def test_features_stay_inside_their_band(law: str) -> None:
    a = draw(2000, 3, 10.0, law, seed=3).frequencies
    if law == "gaussian":
        assert a.std() == pytest.approx(10, rel=0.05)
    elif law == "ball":
        assert np.linalg.norm(a, axis=0).max() <= 10
        assert np.median(np.linalg.norm(a, axis=0)) == pytest.approx(10 * 0.5 ** (1 / 3), rel=0.03)
    else:
        assert np.abs(a).max() <= 10
        assert np.abs(a).mean() == pytest.approx(5, rel=0.05)


def test_a_function_of_the_features_is_found_exactly_and_its_gradient_agrees() -> None:
    rng = np.random.default_rng(0)
    features = draw(24, 3, 6.0, seed=1)
    c = rng.standard_normal(24)
    x = rng.uniform(-0.5, 0.5, (3000, 3))
    found = fit(features, x, features(x) @ c, ridge=1e-12)
    np.testing.assert_allclose(found(x), features(x) @ c, atol=2e-3)
    arrays = {"frequencies": features.frequencies, "phases": features.phases, "coefficients": found.coefficients}
    field, h = RandomFeatureField({}, arrays), 1e-3
    slopes = np.stack([(field.values(x[:50] + h * e) - field.values(x[:50] - h * e)) / (2 * h) for e in np.eye(3)], 1)
    np.testing.assert_allclose(field.gradients(x[:50]), slopes, atol=0.02 * np.abs(slopes).max())


class Ball:
    """The distance from a sphere of radius 0.35 with a fine ripple."""

    def values(self, x: np.ndarray) -> np.ndarray:
        return np.linalg.norm(x, axis=1) - 0.35 - 0.01 * np.sin(40 * x[:, 0])

    def gradients(self, x: np.ndarray) -> np.ndarray:
        return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_the_error_over_the_band_is_a_u() -> None:
    rng = np.random.default_rng(0)
    on = rng.standard_normal((4000, 3))
    on *= 0.35 / np.linalg.norm(on, axis=1, keepdims=True)
    train, test = labels(Ball(), on, 4000, rng), labels(Ball(), on, 800, rng)
    bands = [1.0, 4.0, 12.0, 60.0]
    errors = band_curve(bands, train, test, units=300)
    low = int(np.argmin(errors))
    assert 0 < low < 3, errors
    assert errors[0] > 1.5 * errors[low]
    assert errors[3] > 1.5 * errors[low]


def test_random_features_become_a_surface_with_its_curve() -> None:
    from eigenform.implicit.fields import field_of
    from eigenform.implicit.frequency.random_field import CURVE_FACTORS, run
    from eigenform.implicit.frequency.settings import RandomFeatureParams
    from eigenform.jobs import JobContext
    from eigenform.types import Shape

    rng = np.random.default_rng(0)
    n = rng.standard_normal((2500, 3))
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    cloud = Shape(100 + 3 * n, normals=n, name="ball")
    params = RandomFeatureParams(band=6.0, units=200, samples=1500, resolution=40)
    found = run(cloud, params=params, ctx=JobContext())
    assert np.median(np.abs(np.linalg.norm(found.verts - 100, axis=1) - 3)) < 0.02
    assert len(found.meta["u_curve"]["errors"]) == len(CURVE_FACTORS)
    middle, outside = field_of(found).values(np.array([[100.0] * 3, [103.25, 100, 100]]))
    assert middle < -0.2
    assert outside == pytest.approx(0.25, abs=0.12)
