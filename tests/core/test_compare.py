"""Comparison of bases against hand-made answers."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
from eigenform.errors import InputError
from eigenform.spectral.compare import compare, eval_error
from eigenform.types import Basis

N = 200


@pytest.fixture(scope="module")
def reference():
    """Mass-orthonormal columns with a stiffness that has them as modes."""
    rng = np.random.default_rng(0)
    mass = rng.uniform(0.5, 2.0, N)
    columns = rng.standard_normal((N, 60))
    columns[:, 0] = 1.0
    root = np.sqrt(mass)[:, None]
    q = np.linalg.qr(root * columns)[0]
    evals = np.arange(60.0) ** 1.3
    stiffness = sp.csr_matrix((root * q * evals) @ (root * q).T)
    return basis(q / root, evals, mass, stiffness)


def basis(evecs, evals=None, mass=None, stiffness=None, verts=None):
    verts = np.random.default_rng(1).random((N, 3)) if verts is None else verts
    evals = np.arange(float(evecs.shape[1])) if evals is None else evals
    mass = np.ones(len(verts)) if mass is None else mass
    return Basis(verts, np.zeros((0, 3)), evecs, evals, mass, stiffness=stiffness)


def test_a_basis_equals_itself(reference):
    found = compare(reference, reference)
    for key in ("captured_span", "captured_nested", "cosine_index", "cosine_matched", "cosine_clustered"):
        for value in getattr(found, key).values():
            assert value == pytest.approx(1.0, abs=1e-12)
    assert found.eval_error == pytest.approx(0.0, abs=1e-12)
    assert found.angles_deg.max() < 1e-6
    assert found.residuals.max() < 1e-10
    assert found.per_mode == pytest.approx(np.ones(60))


def test_signs_and_lengths_do_not_count(reference):
    rng = np.random.default_rng(2)
    flipped = reference.replace(evecs=reference.evecs * rng.choice([-3.0, 2.0], 60), evals=7.0 * reference.evals)
    found = compare(flipped, reference)
    assert found.cosine_index["50"] == pytest.approx(1.0)
    assert found.eval_error == pytest.approx(0.0, abs=1e-12)
    assert found.residuals.max() < 1e-10


def test_keys_of_the_contract_and_json(reference):
    short = reference.replace(evecs=reference.evecs[:, :20], evals=reference.evals[:20])
    found = json.loads(json.dumps(compare(short, reference).as_dict()))
    wanted = {"captured_span", "captured_nested", "cosine_index", "cosine_matched", "eval_error", "angles_deg"}
    assert wanted | {"residuals"} <= set(found)
    assert found["cosine_index"]["20"] == pytest.approx(1.0)
    assert found["cosine_index"]["50"] is None
    assert found["captured_nested"]["50"] is None
    # 20 of the first 50 modes are in the span of A
    assert found["captured_span"]["50"] == pytest.approx(0.4)
    assert len(found["angles_deg"]) == 20
    assert compare(reference, short).captured_span["50"] is None


def test_a_swap_costs_index_but_not_matching(reference):
    order = np.arange(60)
    order[[2, 3]] = [3, 2]
    found = compare(reference.replace(evecs=reference.evecs[:, order]), reference)
    assert found.cosine_index["10"] == pytest.approx(0.8)
    assert found.cosine_matched["10"] == pytest.approx(1.0)
    assert found.captured_nested["10"] == pytest.approx(1.0)


def test_a_missing_mode_costs_its_share(reference):
    order = np.r_[0:5, 6:60]
    found = compare(reference.replace(evecs=reference.evecs[:, order], evals=reference.evals[order]), reference)
    assert found.captured_span["10"] == pytest.approx(0.9)
    assert found.captured_nested["10"] == pytest.approx(0.9)
    assert found.per_mode[5] == pytest.approx(0.0, abs=1e-12)
    assert found.angles_deg[-1] == pytest.approx(90.0)


def test_a_known_angle(reference):
    turn = np.radians(25.0)
    evecs = reference.evecs[:, :10].copy()
    evecs[:, 9] = np.cos(turn) * evecs[:, 9] + np.sin(turn) * reference.evecs[:, 30]
    short = reference.replace(evecs=reference.evecs[:, :10], evals=reference.evals[:10])
    found = compare(reference.replace(evecs=evecs, evals=reference.evals[:10]), short)
    assert found.angles_deg[-1] == pytest.approx(25.0)
    assert found.angles_deg[:-1].max() < 1e-6
    assert found.captured_span["10"] == pytest.approx((9 + np.cos(turn) ** 2) / 10)


def test_clusters_are_rotated_jointly(reference):
    turn = np.radians(40.0)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    evecs = reference.evecs.copy()
    evecs[:, 4:6] = evecs[:, 4:6] @ rotation
    evals = reference.evals.copy()
    evals[5] = evals[4] * 1.001
    found = compare(reference.replace(evecs=evecs), reference.replace(evals=evals))
    assert found.cosine_index["10"] == pytest.approx((8 + 2 * np.cos(turn)) / 10)
    assert found.cosine_clustered["10"] == pytest.approx(1.0)
    apart = compare(reference.replace(evecs=evecs), reference)
    assert apart.cosine_clustered["10"] == pytest.approx(apart.cosine_index["10"])


def test_dependent_columns_add_nothing(reference):
    evecs = np.c_[reference.evecs[:, :10], reference.evecs[:, :10]]
    found = compare(basis(evecs, mass=reference.mass), reference)
    assert found.captured_span["20"] == pytest.approx(0.5)


def test_eigenvalue_error_by_hand():
    assert eval_error(np.array([0, 2.0, 4.0]), np.array([0, 1.0, 2.0])) == pytest.approx(0.0, abs=1e-14)
    # ratios 1 and 2: the best scale is 3/5, the errors 0.4 and 0.2
    assert eval_error(np.array([0, 1.0, 4.0]), np.array([0, 1.0, 2.0])) == pytest.approx(0.3)
    # two zero modes are left out
    assert eval_error(np.array([0, 0.0, 4.0]), np.array([0, 0.0, 2.0])) == pytest.approx(0.0)
    assert eval_error(np.zeros(1), np.zeros(1)) is None


def test_vertices_without_mass_do_not_count(reference):
    mass = np.array(reference.mass)
    mass[:30] = 0
    evecs = np.array(reference.evecs)
    changed = evecs.copy()
    changed[:30] += 5.0
    found = compare(basis(changed, mass=mass), basis(evecs, mass=mass))
    assert found.cosine_index["50"] == pytest.approx(1.0)


def test_other_shapes_are_refused(reference):
    with pytest.raises(InputError, match=r"different shapes.*200 vertices"):
        compare(reference, basis(np.ones((50, 2)), verts=np.random.default_rng(0).random((50, 3))))
    with pytest.raises(InputError, match="apart"):
        compare(reference, reference.replace(verts=reference.verts[::-1]))
    # float32 coordinates are near enough
    assert compare(reference, reference.replace(verts=reference.verts.astype(np.float32))).eval_error == 0
    with pytest.raises(InputError, match="no mass"):
        compare(reference, reference.replace(mass=0 * reference.mass))
