"""The classical basis against known spectra, its invariances, and odd input."""

import numpy as np
import pytest
import trimesh
from eigenform import native
from eigenform.errors import Cancelled, InputError, NeedsMemory
from eigenform.jobs import JobContext
from eigenform.params import make
from eigenform.spectral import classical
from eigenform.spectral.classical import choose_operator, compute, solve
from eigenform.spectral.settings import ClassicalParams
from eigenform.types import Shape


def params(**values):
    return make(ClassicalParams, values)


def modes(verts, faces=None, count=20, operator="mesh", seed=0, neighbours=45):
    """The child's part, here and now."""
    faces = np.zeros((0, 3), int) if faces is None else faces
    found = compute(np.asarray(verts, float), faces, operator, count, neighbours, seed)
    gram = found["evecs"].T @ (found["mass"][:, None] * found["evecs"])
    np.testing.assert_allclose(gram, np.eye(count), atol=1e-8)
    assert (np.diff(found["evals"]) >= 0).all()
    assert found["evals"][0] == 0
    assert np.ptp(found["evecs"][:, 0]) <= 1e-12 * abs(found["evecs"][0, 0])
    assert max(found["info"]["residuals"]) < 1e-8
    return found


def captured(a, b, mass):
    """Mean captured energy of the columns of b in the span of a."""
    return float(((a.T @ (mass[:, None] * b)) ** 2).sum() / b.shape[1])


@pytest.fixture(scope="module")
def sphere():
    mesh = trimesh.creation.icosphere(4)
    return np.array(mesh.vertices), np.array(mesh.faces)


@pytest.fixture(scope="module")
def bumpy(sphere):
    """An asymmetric surface with simple eigenvalues."""
    verts, faces = sphere
    x, y, z = verts.T
    radius = 1 + 0.25 * np.sin(2 * x + 1) * y + 0.2 * np.cos(3 * z) + 0.1 * x
    return verts * radius[:, None] * [1.0, 1.3, 0.8], faces


def grid(n, width=1.0):
    """A triangulated square of n by n vertices with alternating diagonals."""
    x, y = np.meshgrid(np.linspace(0, width, n), np.linspace(0, 1, n), indexing="ij")
    i, j = (a.ravel() for a in np.meshgrid(np.arange(n - 1), np.arange(n - 1), indexing="ij"))
    a, b, c, d = i * n + j, (i + 1) * n + j, (i + 1) * n + j + 1, i * n + j + 1
    odd = ((i + j) % 2 == 1)[:, None]
    first = np.where(odd, np.c_[a, b, c], np.c_[a, b, d])
    second = np.where(odd, np.c_[a, c, d], np.c_[b, c, d])
    return np.c_[x.ravel(), y.ravel(), 0 * x.ravel()], np.vstack([first, second])


@pytest.mark.parametrize("operator", ["mesh", "cotangent", "points"])
def test_sphere(sphere, operator):
    expected = np.concatenate([np.full(2 * k + 1, k * (k + 1.0)) for k in range(5)])
    evals = modes(*sphere, count=25, operator=operator)["evals"]
    np.testing.assert_allclose(evals[1:], expected[1:], rtol=0.02)
    # the multiplets stand apart: 1, 3, 5, 7, 9
    gaps = np.flatnonzero(np.diff(evals) > 1) + 1
    assert gaps.tolist() == [1, 4, 9, 16]


def test_square_with_natural_boundary():
    evals = modes(*grid(60), count=12)["evals"]
    expected = np.sort([np.pi**2 * (m * m + n * n) for m in range(6) for n in range(6)])[:12]
    np.testing.assert_allclose(evals[1:], expected[1:], rtol=0.005)


def test_flat_cloud_of_two_dimensions_has_the_squares_spectrum():
    points = grid(40)[0][:, :2] + 1e-3 * np.random.default_rng(0).standard_normal((1600, 2))
    evals = modes(points, count=6, operator="points")["evals"]
    np.testing.assert_allclose(evals[1:], np.pi**2 * np.array([1, 1, 2, 4, 4]), rtol=0.06)


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_components_are_zero_modes(sphere, parts):
    verts, faces = sphere
    verts, faces = verts[:162], trimesh.creation.icosphere(2).faces
    many = np.vstack([verts * (1 + 0.1 * i) + 4 * i for i in range(parts)])
    index = np.vstack([faces + len(verts) * i for i in range(parts)])
    for operator in ("mesh", "points"):
        found = modes(many, index if operator == "mesh" else None, count=parts + 8, operator=operator)
        assert found["info"]["components"] == parts
        assert (found["evals"][:parts] == 0).all()
        assert found["evals"][parts] > 0.5


def test_identical_components_keep_every_copy(sphere):
    """Five equal spheres: each eigenvalue five times over, which one Krylov space would miss."""
    verts, faces = trimesh.creation.icosphere(2).vertices, trimesh.creation.icosphere(2).faces
    many = np.vstack([verts + [4 * i, 0, 0] for i in range(5)])
    index = np.vstack([faces + len(verts) * i for i in range(5)])
    evals = modes(many, index, count=45)["evals"]
    np.testing.assert_allclose(evals[5:20], evals[5], rtol=1e-9)
    assert evals[20] > 1.5 * evals[5]
    np.testing.assert_allclose(evals[20:45], 6, rtol=0.03)


def test_more_components_than_modes():
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    verts = np.vstack([corners + [0, 0, i] for i in range(40)])
    found = modes(verts, np.arange(120).reshape(-1, 3), count=10)
    assert found["info"]["components"] == 40
    assert (found["evals"] == 0).all()


def test_all_modes_of_a_small_mesh():
    box = trimesh.creation.box()
    found = modes(np.array(box.vertices), np.array(box.faces), count=8)
    assert np.allclose(found["evecs"] @ found["evecs"].T * found["mass"], np.eye(8))


def rotation(seed):
    q = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))[0]
    return q * np.sign(np.linalg.det(q))


@pytest.mark.parametrize("operator", ["mesh", "cotangent", "points"])
def test_rotation_permutation_and_scale(bumpy, operator):
    verts, faces = bumpy
    if operator == "points":
        faces = np.zeros((0, 3), int)
    base = modes(verts, faces, operator=operator)
    turned = modes(verts @ rotation(1).T + [5, -3, 2], faces, operator=operator)
    order = np.random.default_rng(2).permutation(len(verts))
    back = np.argsort(order)
    mixed = modes(verts[order], back[faces], operator=operator, seed=7)
    larger = modes(verts * 100.0, faces, operator=operator)
    for other, rows, unit in ((turned, slice(None), 1.0), (mixed, back, 1.0), (larger, slice(None), 100.0)):
        np.testing.assert_allclose(other["evals"] * unit**2, base["evals"], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(other["mass"][rows] / unit**2, base["mass"], rtol=1e-6)
        evecs = other["evecs"][rows] * unit
        agreement = np.einsum("ik,i,ik->k", evecs, base["mass"], base["evecs"])
        np.testing.assert_allclose(np.abs(agreement), 1.0, atol=1e-6)


def test_clusters_agree_jointly_under_permutation(sphere):
    verts, faces = sphere
    base = modes(verts, faces, count=16)
    order = np.random.default_rng(4).permutation(len(verts))
    back = np.argsort(order)
    mixed = modes(verts[order], back[faces], count=16)
    for start, stop in ((1, 4), (4, 9), (9, 16)):
        a, b = base["evecs"][:, start:stop], mixed["evecs"][back][:, start:stop]
        assert captured(a, b, base["mass"]) == pytest.approx(1.0, abs=1e-6)


def test_same_seed_same_bytes(bumpy):
    first, second = (modes(*bumpy, seed=3) for _ in range(2))
    assert first["evecs"].tobytes() == second["evecs"].tobytes()


def test_graph_of_features_finds_clusters_and_has_unit_mass():
    rng = np.random.default_rng(0)
    blobs = np.vstack([rng.standard_normal((120, 16)) + 40 * np.eye(16)[i] for i in range(3)])
    found = modes(np.vstack([blobs, blobs[:5]]), count=10, operator="graph", neighbours=30)
    assert found["info"]["components"] == 3
    assert found["mass"].sum() == pytest.approx(1.0)
    assert (found["evals"] <= 2).all()
    np.testing.assert_array_equal(found["evecs"][360:], found["evecs"][:5])


def test_graph_of_an_interval_has_cosines_as_modes():
    found = modes(np.linspace(0, 1, 1000)[:, None], count=6, operator="graph")
    evals = found["evals"]
    np.testing.assert_allclose(evals[2:] / evals[1], np.arange(2, 6) ** 2, rtol=0.01)


def test_solve_runs_in_a_child_and_says_what_it_did(bumpy):
    shape = Shape(np.vstack([[[30.0, 0, 0]], bumpy[0]]), bumpy[1] + 1, name="bumpy")
    ctx = JobContext()
    basis = solve(shape, params=params(modes=12, seed=5), ctx=ctx)
    assert basis.mass[0] == 0
    assert ctx.progress().step == ctx.progress().steps
    assert basis.meta["method"] == "classical"
    assert basis.meta["params"]["modes"] == 12
    assert basis.meta["seed"] == 5
    assert basis.meta["evals_scale"] == "exact"
    assert basis.meta["inner_product"] == "mass"
    assert basis.meta["left_out"] == 1
    assert len(basis.meta["residuals"]) == 12
    for key in ("versions", "seconds", "operator", "sign_rule", "normalisation", "mass_check"):
        assert basis.meta[key]
    left = basis.stiffness @ basis.evecs - basis.mass[:, None] * basis.evecs * basis.evals
    assert np.abs(left).max() < 1e-8
    expected = modes(*bumpy, count=12)["evals"]
    np.testing.assert_allclose(basis.evals, expected, rtol=1e-9, atol=1e-12)


def test_cancel_before_it_starts(bumpy):
    ctx = JobContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        solve(Shape(*bumpy), params=params(modes=5), ctx=ctx)


def test_bad_input_is_one_sentence(bumpy):
    cloud = Shape(bumpy[0][:30], name="dots")
    for shape, values, words in (
        (cloud, {"modes": 31}, "at most 30"),
        (cloud, {"modes": 5, "operator": "mesh"}, "no faces"),
        (Shape(np.ones((60, 3))), {"modes": 5}, "distinct"),
        (Shape(np.outer(np.arange(60.0), [1, 1, 1])), {"modes": 5}, "one line"),
        (Shape([[0.0, 0, 0]]), {"modes": 2}, "1 distinct vertex"),
        (Shape(bumpy[0] * 1e300), {"modes": 5}, "rescale"),
        (Shape(np.vstack([bumpy[0][:10], bumpy[0][:10]])), {"modes": 15}, "at most 10"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            solve(shape, params=params(**values), ctx=JobContext())
        assert "\n" not in str(caught.value)


def test_memory_is_refused_before_the_start(bumpy, monkeypatch):
    monkeypatch.setattr("eigenform.memory.available", lambda: 10_000_000)
    monkeypatch.setattr(native, "call", lambda *a, **k: pytest.fail("it ran"))
    with pytest.raises(NeedsMemory, match="GB"):
        solve(Shape(*bumpy), params=params(), ctx=JobContext())


def test_operator_choice(bumpy):
    mesh, cloud, features = Shape(*bumpy), Shape(bumpy[0]), Shape(np.random.default_rng(0).random((50, 9)))
    assert [choose_operator(s, "auto") for s in (mesh, cloud, features)] == ["mesh", "points", "graph"]
    assert choose_operator(mesh, "points") == "points"
    assert set(classical.NAMES) == {"mesh", "points", "cotangent", "graph"}
