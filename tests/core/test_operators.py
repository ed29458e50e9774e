import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.spectral.operators import diffusion
from eigenform.spectral.pairs import leading_pairs
from known_shapes import blob, flat_torus, icosphere, random_rotation

WIDTHS = ["global", "self-tuned", "mass-aware"]


def two_spheres():
    sphere = icosphere(2).verts
    return np.concatenate([sphere, sphere * 0.5 + [4, 0, 0]])


@pytest.mark.parametrize("width", WIDTHS)
def test_the_operator_is_symmetric_smooths_and_keeps_constants(width):
    found = diffusion(blob(2).verts, width=width)
    s = found.operator
    assert abs(s - s.T).max() < 1e-14
    assert s @ found.root == pytest.approx(found.root, abs=1e-12)
    values = np.linalg.eigvalsh(s.toarray())
    assert values.max() == pytest.approx(1.0, abs=1e-12)
    assert values.min() > -1
    assert found.width == width


@pytest.mark.parametrize("width", WIDTHS)
def test_as_many_eigenvalues_of_one_as_components(width):
    found = diffusion(two_spheres(), width=width)
    values, vectors = leading_pairs(found, 8)
    assert found.components == 2
    assert values[:2] == pytest.approx(1.0, abs=1e-12)
    assert values[2] < 1 - 1e-4
    assert vectors.T @ vectors == pytest.approx(np.eye(8), abs=1e-10)
    assert np.abs(found.operator @ vectors - vectors * values).max() < 1e-10


def test_leading_pairs_equal_the_dense_answer():
    found = diffusion(blob(3).verts)
    values, vectors = leading_pairs(found, 12)
    assert values == pytest.approx(np.linalg.eigvalsh(found.operator.toarray())[::-1][:12], abs=1e-10)
    assert np.abs(found.operator @ vectors - vectors * values).max() < 1e-9


def test_rotation_and_scale_change_nothing():
    points = blob(2).verts
    expected = diffusion(points).operator
    found = diffusion(7 * points @ random_rotation(2).T).operator
    assert abs(found - expected).max() < 1e-12


def test_auto_takes_the_global_width_unless_samples_are_uneven():
    sphere = icosphere(4).verts
    rng = np.random.default_rng(0)
    p = 4 * np.exp(-2 * ((sphere - [1, 0, 0]) ** 2).sum(1)) + 0.25
    biased = sphere[rng.choice(len(sphere), 800, replace=False, p=p / p.sum())]
    assert diffusion(sphere).width == "global"
    assert diffusion(biased).width == "mass-aware"
    assert diffusion(flat_torus(400)).width == "global"


def test_density_correction_changes_the_measure_under_uneven_sampling():
    rng = np.random.default_rng(0)
    x = np.sort(rng.random(600) ** 2)  # ten times denser at 0
    circle = np.column_stack([np.cos(2 * np.pi * x), np.sin(2 * np.pi * x)])
    spread = [np.std(diffusion(circle, alpha=a, width="self-tuned").root ** 2) for a in (0.0, 1.0)]
    assert spread[0] != pytest.approx(spread[1], rel=0.1)


def test_a_lone_far_point_keeps_a_place_on_the_graph():
    points = np.concatenate([blob(2).verts, [[40.0, 0, 0]]])
    found = diffusion(points)
    assert found.components == 1
    assert np.isfinite(found.operator.data).all()


def test_two_points_are_refused():
    with pytest.raises(InputError, match="at least 3"):
        diffusion(np.eye(3)[:2])


def test_the_flat_torus_has_the_spectrum_m2_plus_n2():
    found = diffusion(flat_torus(2000), neighbours=12)
    rate = -np.log(leading_pairs(found, 21)[0])[1:]
    truth = np.sort([m * m + n * n for m in range(-4, 5) for n in range(-4, 5)])[1:21]
    scale = (truth @ rate) / (rate @ rate)
    assert np.mean(np.abs(scale * rate - truth) / truth) < 0.08
