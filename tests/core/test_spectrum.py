"""Spectra, signatures and filters against identities."""

import numpy as np
import pytest
import trimesh
from eigenform.errors import InputError
from eigenform.spectral import descriptors, spectrum
from eigenform.spectral.classical import compute
from eigenform.types import Basis

SPHERE = np.concatenate([np.full(2 * k + 1, k * (k + 1.0)) for k in range(8)])


def basis_of(mesh, modes, operator="cotangent"):
    verts, faces = np.array(mesh.vertices), np.array(mesh.faces)
    found = compute(verts, faces, operator, modes, 45, 0)
    return Basis(verts, faces, found["evecs"], found["evals"], found["mass"], stiffness=found["stiffness"])


@pytest.fixture(scope="module")
def sphere():
    """All modes up to l = 7, so that sums over multiplets are constant."""
    return basis_of(trimesh.creation.icosphere(4), 64)


@pytest.fixture(scope="module")
def complete():
    mesh = trimesh.creation.icosphere(1)
    mesh.apply_scale([1.0, 1.4, 0.7])
    return basis_of(mesh, len(mesh.vertices))


def test_weyl_line_runs_through_the_means_of_the_multiplets():
    line = spectrum.weyl_line(64, 4 * np.pi)
    for level in range(8):
        assert line[level * (level + 1) == SPHERE].mean() == pytest.approx(level * (level + 1))
    assert spectrum.weyl_slope(SPHERE) == pytest.approx(1.0, rel=0.05)


def test_scale_fits():
    assert spectrum.fit_scale(3.0 * SPHERE, SPHERE) == pytest.approx(1 / 3)
    assert spectrum.weyl_scale(0.1 * SPHERE, 4 * np.pi) == pytest.approx(10, rel=0.1)
    with pytest.raises(InputError, match="no nonzero"):
        spectrum.fit_scale(np.zeros(3), SPHERE)


def test_zero_modes_and_clusters():
    assert spectrum.zero_modes(SPHERE) == 1
    assert spectrum.zero_modes(np.array([0, 1e-14, 0.5, 3.0])) == 2
    assert spectrum.clusters(SPHERE[:16]) == [(1, 4), (4, 9), (9, 16)]
    assert spectrum.clusters(np.array([0.0, 1.0, 1.005, 1.2, 2.0])) == [(1, 3)]
    assert spectrum.clusters(np.array([0.0, 0.0, 1.0])) == [(0, 2)]


def test_heat_trace():
    np.testing.assert_allclose(spectrum.heat_trace(SPHERE, [0.0, 1e9]), [64, 1])
    assert spectrum.heat_trace(np.array([0, 2.0]), [0.5])[0] == pytest.approx(1 + np.exp(-1))


@pytest.mark.parametrize("normalise", ["area", "first", "weyl"])
def test_shape_dna_ignores_scale(normalise):
    small = spectrum.shape_dna(SPHERE, 20, normalise, area=4 * np.pi)
    large = spectrum.shape_dna(SPHERE / 9, 20, normalise, area=36 * np.pi)
    np.testing.assert_allclose(small, large)
    assert len(small) == 20
    assert spectrum.dna_distance(small, large) == pytest.approx(0, abs=1e-12)
    other = spectrum.shape_dna(np.arange(30.0) ** 1.2, 20, normalise, area=1.0)
    assert spectrum.dna_distance(small, other) > 0.1


def test_shape_dna_refuses():
    with pytest.raises(InputError, match="area"):
        spectrum.shape_dna(SPHERE, 20, "area")
    with pytest.raises(InputError, match="no normalisation"):
        spectrum.shape_dna(SPHERE, 20, "size")
    np.testing.assert_array_equal(spectrum.shape_dna(SPHERE, 5, "none"), [2, 2, 2, 6, 6])


def test_parseval_and_complete_reconstruction(complete):
    verts = complete.verts
    found = descriptors.coefficients(complete, verts)
    np.testing.assert_allclose((found**2).sum(0), complete.mass @ verts**2, rtol=1e-10)
    np.testing.assert_allclose(descriptors.spectral_filter(complete, verts), verts, atol=1e-10)


def test_compression_error_falls_with_every_mode(complete):
    errors = []
    for k in range(2, complete.modes + 1):
        part = complete.replace(evecs=complete.evecs[:, :k], evals=complete.evals[:k])
        apart = descriptors.spectral_filter(part, complete.verts) - complete.verts
        errors.append(float(complete.mass @ (apart**2).sum(1)))
    assert (np.diff(errors) <= 1e-12).all()
    assert errors[-1] < 1e-20


def test_filter_response(complete):
    mode = complete.evecs[:, 5]
    damped = descriptors.spectral_filter(complete, mode, lambda e: np.exp(-0.3 * e))
    np.testing.assert_allclose(damped, np.exp(-0.3 * complete.evals[5]) * mode, atol=1e-12)


def test_signatures_are_constant_on_the_sphere(sphere):
    for signature in (descriptors.hks(sphere), descriptors.hks(sphere, normalise=True), descriptors.wks(sphere)):
        assert np.isfinite(signature).all()
        assert (signature.std(0) / signature.mean(0)).max() < 0.01


def test_heat_trace_is_the_integral_of_the_signature(sphere):
    times = descriptors.hks_times(sphere, 5)
    np.testing.assert_allclose(
        sphere.mass @ descriptors.hks(sphere, times), spectrum.heat_trace(sphere.evals, times), rtol=1e-9
    )
    np.testing.assert_allclose(sphere.mass @ descriptors.hks(sphere, times, normalise=True), 1.0)


def test_heat_kernel_keeps_heat(sphere):
    kernel = descriptors.heat_kernel(sphere, 7, 0.5)
    assert sphere.mass @ kernel == pytest.approx(1.0)
    assert kernel.argmax() == 7


def test_point_signature_inverts_the_laplacian(complete):
    signature = descriptors.gps(complete)
    green = signature @ signature.T
    rest = np.eye(len(green)) - np.outer(np.ones(len(green)), complete.mass) / complete.mass.sum()
    np.testing.assert_allclose(green @ complete.stiffness.toarray(), rest, atol=1e-8)


def test_distances_are_metrics_and_grow_along_the_sphere(sphere):
    axis = sphere.verts @ sphere.verts[0]
    for distance in (descriptors.biharmonic_distance(sphere, 0), descriptors.diffusion_distance(sphere, 0, 1.0)):
        assert distance[0] == 0
        assert np.corrcoef(distance, -axis)[0, 1] > 0.9
    apart = np.stack([descriptors.biharmonic_distance(sphere, i) for i in range(12)])[:, :12]
    np.testing.assert_allclose(apart, apart.T, atol=1e-12)
    assert (apart[:, None] <= apart[:, :, None] + apart[None] + 1e-12).all()


def test_a_basis_of_constants_has_no_signature(sphere):
    constant = sphere.replace(evecs=sphere.evecs[:, :1], evals=sphere.evals[:1])
    with pytest.raises(InputError, match="more modes"):
        descriptors.hks(constant)
