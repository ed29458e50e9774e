import numpy as np
import pytest
import trimesh
from eigenform import jobs, registry
from eigenform.errors import InputError
from eigenform.implicit.distance.mesh_field import distance_field_of_mesh
from eigenform.implicit.distance.unsigned import closest_on_triangles
from eigenform.implicit.distance.winding import compact_order, exact_winding_number, fast_winding_number
from eigenform.implicit.fields import central_gradients, field_of
from eigenform.params import make
from eigenform.types import Shape

RNG = np.random.default_rng(0)


def run(shape, **values):
    record = registry.get("distance")
    return jobs.run(record, [shape], make(record.params_class(), {"resolution": 32, "display": 16, **values}))


def ball(level=3, radius=1.0):
    mesh = trimesh.creation.icosphere(subdivisions=level, radius=radius)
    return np.array(mesh.vertices), np.array(mesh.faces)


def torus():
    mesh = trimesh.creation.torus(1.0, 0.4, major_sections=48, minor_sections=24)
    return np.array(mesh.vertices), np.array(mesh.faces)


def box():
    mesh = trimesh.creation.box(extents=[1.0, 2.0, 3.0])
    return np.array(mesh.vertices), np.array(mesh.faces)


def test_the_exact_winding_number_of_closed_meshes_counts():
    verts, faces = ball()
    points = RNG.uniform(-1.5, 1.5, (300, 3))
    inside = np.linalg.norm(points, axis=1) < 0.99
    sure = inside | (np.linalg.norm(points, axis=1) > 1.0)
    found = exact_winding_number(verts, faces, points[sure])
    assert found == pytest.approx(inside[sure].astype(float), abs=1e-9)
    twice = exact_winding_number(verts, np.concatenate([faces, faces]), np.zeros((1, 3)))
    assert twice == pytest.approx(2)
    assert exact_winding_number(verts, faces[:, ::-1], np.zeros((1, 3))) == pytest.approx(-1)


def test_half_a_cube_is_seen_under_half_the_angle():
    verts, faces = box()
    centre = verts[faces].mean(axis=1)
    assert exact_winding_number(verts, faces[centre[:, 2] > 1.4], np.array([[0, 0, 1.5 - 1e-9]])) == pytest.approx(0.5)


@pytest.mark.parametrize("keep", [1.0, 0.8])
@pytest.mark.parametrize("shape", [ball, torus])
def test_the_fast_winding_number_agrees_with_the_exact_one(shape, keep):
    verts, faces = shape()
    faces = faces[RNG.random(len(faces)) < keep]  # with holes as well
    far = RNG.uniform(-2, 2, (400, 3))
    near = verts[RNG.integers(0, len(verts), 400)] + RNG.normal(0, 0.02, (400, 3))
    points = np.concatenate([far, near])
    exact = exact_winding_number(verts, faces, points)
    error = [np.abs(fast_winding_number(verts, faces, points, accuracy=a) - exact) for a in (1.5, 3.0, 6.0)]
    assert error[1].max() < 0.02
    assert error[1].mean() < 0.004
    assert error[0].mean() > error[1].mean() > error[2].mean()
    moved = fast_winding_number(1e3 * verts + 5e5, faces, 1e3 * points + 5e5)
    assert np.abs(moved - exact).max() < 0.021


def test_few_points_and_few_triangles():
    verts, faces = box()
    assert fast_winding_number(verts, faces, np.array([[0.1, 0.2, 0.3]])) == pytest.approx(1, abs=1e-5)
    assert fast_winding_number(verts, faces[:0], np.zeros((2, 3))).tolist() == [0, 0]
    order = compact_order(RNG.random((37, 3)), 4)
    assert set(order.tolist()) == set(range(37))
    assert len(order) == 64


def test_closest_points_on_a_triangle_in_each_of_its_regions():
    corners = np.broadcast_to(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), (8, 3, 3))
    points = np.array(
        [[0.2, 0.2, 3], [-1, -1, 0], [3, -1, 1], [-1, 3, 1], [0.5, -1, 0], [-1, 0.5, 2], [1, 1, 1], [0.3, 0.3, 0]]
    )
    expected = [[0.2, 0.2, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0], [0.5, 0, 0], [0, 0.5, 0], [0.5, 0.5, 0], [0.3, 0.3, 0]]
    assert closest_on_triangles(points, corners) == pytest.approx(np.array(expected))
    flat = np.zeros((8, 3, 3)) + [1.0, 2.0, 3.0]
    assert closest_on_triangles(points, flat) == pytest.approx(np.broadcast_to([1.0, 2.0, 3.0], (8, 3)))


def test_the_distance_to_a_box_is_exact_in_input_units():
    verts, faces = box()
    verts = 10 * verts + [100.0, -50.0, 7.0]
    field = distance_field_of_mesh(verts, faces)
    points = RNG.uniform(-20, 20, (2000, 3)) + [100.0, -50.0, 7.0]
    over = np.abs(points - [100.0, -50.0, 7.0]) - [5.0, 10.0, 15.0]
    expected = np.linalg.norm(np.maximum(over, 0), axis=1) + np.minimum(over.max(axis=1), 0)
    assert field.values(points) == pytest.approx(expected, abs=1e-5)
    error = np.abs(field.gradients(points) - central_gradients(field, points, 1e-4)).max(axis=1)
    assert np.quantile(error, 0.98) < 1e-5
    assert np.linalg.norm(field.gradients(points), axis=1) == pytest.approx(1)
    assert field.gradients(np.array([[105.0, -48.0, 10.0]])) == pytest.approx(np.array([[1.0, 0, 0]]))


def test_a_closed_mesh_gives_its_own_surface():
    verts, faces = torus()
    surface = run(Shape(verts, faces, name="ring"), resolution=48)
    report = surface.meta["report"]
    assert (report["open_edges"], report["soup"], report["inside_out"], report["ambiguous"]) == (0, False, False, 0.0)
    assert (report["watertight"], report["genus"], report["components"]) == (True, 1, 1)
    assert report["volume"] == pytest.approx(2 * np.pi**2 * 0.16, rel=0.04)
    assert np.abs(field_of(surface).values(surface.verts)).max() < 5e-3
    assert surface.samples.shape[0] == 16


def test_holes_are_closed_and_reported():
    verts, faces = ball()
    holed = faces[verts[faces][:, :, 2].mean(axis=1) < 0.8]
    report = run(Shape(verts, holed)).meta["report"]
    assert report["open_edges"] > 10
    assert report["watertight"]
    assert report["volume"] == pytest.approx(4 / 3 * np.pi, rel=0.1)
    assert 0 < report["ambiguous"] < 0.2


def test_soups_and_meshes_that_are_inside_out_are_told():
    verts, faces = ball(2)
    apart = verts[faces] + RNG.normal(0, 1e-3, (len(faces), 1, 3))  # every triangle on its own
    soup = run(Shape(apart.reshape(-1, 3), np.arange(3 * len(faces)).reshape(-1, 3)))
    assert soup.meta["report"]["soup"]
    assert soup.meta["report"]["volume"] == pytest.approx(4 / 3 * np.pi, rel=0.1)
    unwelded = run(Shape(verts[faces].reshape(-1, 3), np.arange(3 * len(faces)).reshape(-1, 3)))
    assert unwelded.meta["report"]["open_edges"] == 0
    turned = run(Shape(verts, faces[:, ::-1]))
    assert turned.meta["report"]["inside_out"]
    assert field_of(turned).values(np.zeros((1, 3)))[0] == pytest.approx(-1, abs=0.05)


def test_what_cannot_be_a_distance_field_is_refused():
    with pytest.raises(InputError, match="method 'grid'"):
        run(Shape(RNG.random((50, 3)), name="cloud"))
    sheet = Shape(np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]), np.array([[0, 1, 2], [0, 2, 3]]))
    with pytest.raises(InputError, match="enclose nothing"):
        run(sheet)
