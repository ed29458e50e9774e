"""Laplacians, masses and normals against closed forms."""

import numpy as np
import pytest
import trimesh
from eigenform.errors import InputError
from eigenform.geometry.dissection import nested_dissection
from eigenform.geometry.distances import edge_distance, heat_distance
from eigenform.geometry.graph import normalised_graph
from eigenform.geometry.laplacian import checked_cloud, clean_faces, cotangent, normalised, robust_cloud, robust_mesh
from eigenform.geometry.mass import face_areas, vertex_areas
from eigenform.geometry.normals import cloud_normals, face_normals, vertex_normals
from eigenform.geometry.subdivide import edges_of, subdivide


@pytest.fixture(scope="module")
def sphere():
    mesh = trimesh.creation.icosphere(3)
    return np.array(mesh.vertices), np.array(mesh.faces)


def test_cotangent_of_one_triangle_is_known():
    verts = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    stiffness, mass = cotangent(verts, np.array([[0, 1, 2]]))
    # angles 90, 45, 45 degrees: cot 0 across the hypotenuse, cot 1 across the legs, halved
    np.testing.assert_allclose(stiffness.toarray(), [[1, -0.5, -0.5], [-0.5, 0.5, 0], [-0.5, 0, 0.5]], atol=1e-12)
    np.testing.assert_allclose(mass, 0.5 / 3)


@pytest.mark.parametrize("build", [cotangent, robust_mesh])
def test_mesh_laplacian_is_symmetric_semidefinite_and_kills_constants(sphere, build):
    stiffness, mass = build(*sphere)
    assert abs(stiffness - stiffness.T).max() < 1e-14
    assert np.abs(stiffness @ np.ones(len(mass))).max() < 1e-12
    assert np.linalg.eigvalsh(stiffness.toarray())[0] > -1e-12
    assert mass.sum() == pytest.approx(face_areas(*sphere).sum(), rel=1e-12)


def test_robust_agrees_with_cotangent_on_delaunay_meshes(sphere):
    np.testing.assert_allclose(robust_mesh(*sphere)[0].toarray(), cotangent(*sphere)[0].toarray(), atol=2e-4)


def test_dirichlet_energy_of_a_linear_function_is_its_area():
    rng = np.random.default_rng(3)
    verts, faces = subdivide(np.array([[0.0, 0], [3, 0], [0, 2]]), np.array([[0, 1, 2]]), 4)
    verts[:, 0] += 0.2 * verts[:, 1]
    slope = rng.standard_normal(2)
    stiffness, mass = cotangent(verts, faces)
    values = verts @ slope
    assert values @ (stiffness @ values) == pytest.approx(slope @ slope * mass.sum(), rel=1e-12)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("offset", [0.0, 1e7])
def test_offset_and_scale(sphere, scale, offset):
    verts, faces = sphere
    if scale < 1 and offset:
        offset *= scale
    for build in (robust_mesh, cotangent):
        stiffness, mass = build(verts, faces)
        moved_stiffness, moved_mass = build(verts * scale + offset, faces)
        assert abs(stiffness - moved_stiffness).max() < 1e-6
        np.testing.assert_allclose(moved_mass, mass * scale**2, rtol=1e-6)


def test_vertices_without_faces_take_no_part(sphere):
    verts, faces = sphere
    stiffness, mass = robust_mesh(np.vstack([[[1e6, 0, 0]], verts]), faces + 1)
    assert mass[0] == 0
    assert stiffness[0].nnz == 0
    np.testing.assert_allclose(mass[1:], robust_mesh(verts, faces)[1], rtol=1e-9)


def test_repeated_and_degenerate_faces_change_nothing(sphere):
    verts, faces = sphere
    dirty = np.vstack([faces, faces[:7, ::-1], faces[:3], [[4, 4, 9]]])
    assert len(clean_faces(dirty)) == len(faces)
    np.testing.assert_array_equal(robust_mesh(verts, dirty)[0].toarray(), robust_mesh(verts, faces)[0].toarray())


def test_non_manifold_edges_are_accepted():
    verts = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1]])
    faces = np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4]])
    stiffness, mass = robust_mesh(verts, faces)
    assert np.isfinite(stiffness.data).all()
    assert mass.sum() == pytest.approx(1.5)


def test_meshes_without_area_are_refused():
    flat = np.c_[np.arange(4.0), np.zeros((4, 2))]
    for build in (robust_mesh, cotangent):
        with pytest.raises(InputError, match="no area"):
            build(flat, np.array([[0, 1, 2], [1, 2, 3]]))
        with pytest.raises(InputError, match="no area"):
            build(flat, np.array([[1, 1, 2]]))
        with pytest.raises(InputError, match="no faces"):
            build(flat, np.zeros((0, 3), int))


def test_cloud_area_and_repeats(sphere):
    points = sphere[0]
    stiffness, mass, check = checked_cloud(points)
    assert check["agrees"]
    assert mass.sum() == pytest.approx(4 * np.pi, rel=0.01)
    doubled, doubled_mass = robust_cloud(np.vstack([points, points[:50]]))
    assert (doubled_mass[len(points) :] == 0).all()
    assert abs(doubled[: len(points), : len(points)] - stiffness).max() < 1e-9


def test_the_area_trap_is_caught():
    """With few neighbours the tufted Laplacian of an even sphere loses area; the check must notice and repair."""
    points = np.array(trimesh.creation.icosphere(5).vertices)
    few = robust_cloud(points, 20)[1].sum()
    assert few < 0.97 * 4 * np.pi
    _, mass, check = checked_cloud(points, 20)
    assert check["agrees"]
    assert check["neighbours"] > 20
    assert mass.sum() == pytest.approx(4 * np.pi, rel=0.01)


def test_thin_parts_keep_the_count_asked_for():
    """In a thin rod neighbourhoods reach through to the other side: more neighbours would make it worse."""
    points = np.asarray(trimesh.creation.cylinder(0.05, 3).sample(1500, seed=0))
    _, mass, check = checked_cloud(points, 41)
    assert not check["agrees"]
    assert check["neighbours"] == 41
    assert check["second_total"] > 1.2 * mass.sum()


def test_points_on_a_line_or_at_one_place_are_refused():
    with pytest.raises(InputError, match="one line"):
        robust_cloud(np.outer(np.arange(60.0), [1, 2, 3]))
    with pytest.raises(InputError, match="distinct"):
        robust_cloud(np.ones((60, 3)))
    with pytest.raises(InputError, match="distinct"):
        normalised_graph(np.ones((60, 7)))


def test_masses(sphere):
    verts, faces = sphere
    for kind in ("barycentric", "voronoi"):
        areas = vertex_areas(verts, faces, kind)
        assert areas.sum() == pytest.approx(face_areas(verts, faces).sum())
        assert areas.min() > 0
    right = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    np.testing.assert_allclose(vertex_areas(right, [[0, 1, 2]], "voronoi"), [0.25, 0.125, 0.125])
    obtuse = np.array([[0.0, 0, 0], [4, 0, 0], [2, 0.5, 0]])
    np.testing.assert_allclose(vertex_areas(obtuse, [[0, 1, 2]], "voronoi"), [0.25, 0.25, 0.5])
    # Heron in four dimensions and the cross product in three agree
    np.testing.assert_allclose(face_areas(np.c_[verts, 0 * verts[:, 0]], faces), face_areas(verts, faces), rtol=1e-9)


def test_normals_point_outward(sphere):
    verts, faces = sphere
    assert np.einsum("ij,ij->i", vertex_normals(verts, faces), verts).min() > 0.999
    assert np.einsum("ij,ij->i", face_normals(verts, faces), verts[faces].mean(1)).min() > 0.99
    assert np.einsum("ij,ij->i", cloud_normals(verts), verts).min() > 0.98
    assert (vertex_normals(np.vstack([verts, [[0, 0, 9]]]), faces)[-1] == 0).all()


def test_subdivision_keeps_surface_and_topology(sphere):
    verts, faces = sphere
    fine, smaller = subdivide(verts, faces, 2)
    np.testing.assert_array_equal(fine[: len(verts)], verts)
    assert len(smaller) == 16 * len(faces)
    assert face_areas(fine, smaller).sum() == pytest.approx(face_areas(verts, faces).sum())
    assert len(fine) - len(edges_of(smaller)[0]) + len(smaller) == 2


def test_nested_dissection_is_a_permutation_that_saves_fill(sphere):
    import scipy.sparse as sp
    import scipy.sparse.linalg as sla

    verts, faces = subdivide(*sphere, 1)
    stiffness, mass = cotangent(verts, faces)
    order = nested_dissection(stiffness, verts)
    assert np.array_equal(np.sort(order), np.arange(len(verts)))
    matrix = sp.csc_matrix(stiffness + sp.diags(mass))
    settings = dict(permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    assert sla.splu(matrix[order][:, order], **settings).nnz < 0.5 * sla.splu(matrix, **settings).nnz


def test_distances_on_the_sphere(sphere):
    verts, faces = subdivide(*sphere, 1)
    verts = verts / np.linalg.norm(verts, axis=1, keepdims=True)
    great_circle = np.arccos(np.clip(verts @ verts[0], -1, 1))
    heat = heat_distance(verts, faces, 0)
    assert heat[0] == 0
    assert np.abs(heat - great_circle).mean() < 0.03
    along_edges = edge_distance(verts, faces, 0)
    assert (along_edges >= great_circle - 0.01).all()
    assert np.abs(along_edges - great_circle).mean() < 0.15


def test_normalisation_survives_extremes():
    points = np.random.default_rng(0).random((30, 3))
    unit, radius = normalised(points)
    for scale in (1e-200, 1e200):
        other, other_radius = normalised(points * scale)
        np.testing.assert_allclose(other, unit, atol=1e-12)
        assert other_radius == pytest.approx(radius * scale)
    assert normalised(np.ones((5, 3)))[1] == 1.0
