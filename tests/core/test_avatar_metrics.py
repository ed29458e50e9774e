"""Metrics with answers known beforehand."""

import numpy as np
import pytest
import trimesh
from eigenform.avatar import metrics
from eigenform.errors import InputError
from known_shapes import blob, icosphere


def box(extents=(1.0, 1.0, 1.0)):
    made = trimesh.creation.box(extents=extents)
    return np.array(made.vertices), np.array(made.faces)


def test_spheres_are_as_far_apart_as_their_radii():
    sphere = icosphere(5)
    found = metrics.chamfer_p2s(sphere.verts * 0.5, sphere.faces, sphere.verts * 0.52, sphere.faces)
    assert found.p2s == pytest.approx(20.0, abs=0.1)
    assert found.completeness == pytest.approx(20.0, abs=0.1)
    assert found.chamfer == pytest.approx((found.p2s + found.completeness) / 2)


def test_directions_are_told_apart():
    """A plate of one half of another lies on it, but not the other way round."""
    plate = np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0]], float)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    found = metrics.chamfer_p2s(plate * [0.5, 1, 1], faces, plate, faces)
    assert found.p2s == pytest.approx(0.0, abs=1e-3)
    assert found.completeness == pytest.approx(250.0, abs=5.0)  # half the points are 0 to 1 m away


def test_a_moved_cube():
    verts, faces = box()
    moved = metrics.chamfer_p2s(verts + [0.01, 0, 0], faces, verts, faces)
    # Two sides are 10 mm away, of the four others a strip of 1 % leaves the cube, by 5 mm in the mean.
    assert moved.p2s == pytest.approx((2 * 10 + 4 * 0.01 * 5) / 6, rel=0.03)
    assert metrics.vertex_error(verts + [0.03, 0.04, 0], verts) == pytest.approx(50.0)
    assert metrics.vertex_error(verts + [0.03, 0.04, 0], verts, align=True) == pytest.approx(0.0, abs=1e-9)


def test_angles_between_normals():
    true = np.zeros((4, 4, 3))
    true[:2] = [0, 0, 1]
    turned = true.copy()
    turned[0] = [0, np.sin(np.radians(30)), np.cos(np.radians(30))]
    turned[3] = [1, 0, 0]  # where there is no truth
    assert metrics.normal_angle(turned * 3, true) == pytest.approx(15.0)
    assert metrics.normal_angle(turned, true, np.arange(4)[:, None] == np.zeros((1, 4))) == pytest.approx(30.0)
    assert metrics.normal_angle(-true, true) == pytest.approx(180.0)
    assert metrics.normal_angle(true * 1e-3, true) < 1e-6
    with pytest.raises(InputError, match="no pixel"):
        metrics.normal_angle(true, true, np.zeros((4, 4), bool))


def test_four_views():
    shape = blob(4)
    assert metrics.four_view_error(shape.verts, shape.faces, shape.verts, shape.faces, 96) == 0
    # Turned inside out every normal is reversed: |2 n|^2 = 4 where the figure is, 0 elsewhere.
    sphere = icosphere(4)
    found = metrics.four_view_error(sphere.verts, sphere.faces[:, ::-1], sphere.verts, sphere.faces, 96)
    radius = 1.8 / np.hypot(2, 2)  # over half the picture: the diagonal of the box is brought to 90 %
    assert found == pytest.approx(4 * np.pi * radius**2 / 4, rel=0.01)


def test_four_views_see_every_side():
    verts, faces = box((0.5, 0.5, 2.0))
    for axis in ([1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]):
        dented = verts.copy()
        side = verts @ axis > 0
        dented[side & (verts[:, 2] > 0)] += 0.3 * np.array(axis)
        assert metrics.four_view_error(dented, faces, verts, faces, 64) > 1e-3


def test_masks_and_points():
    one, other = np.zeros((10, 10), bool), np.zeros((10, 10), bool)
    one[:, :6], other[:, 3:] = True, True
    assert metrics.iou(one, other) == pytest.approx(0.3)
    assert metrics.iou(one & ~one, one & ~one) == 1
    true = np.array([[[0.0, 0], [0, 2], [1, 1], [5, 5]]])
    found = true + np.array([[[0.0, 0.09], [0.11, 0], [0.0, 0], [0, 0]]])
    visible = np.array([[True, True, True, False]])
    assert metrics.pck(found, true, 0.05, visible) == pytest.approx(2 / 3)  # the box is 2 high: 0.1 is the limit
    assert metrics.pck(found[0], true[0], 0.05) == 1.0
    assert np.isnan(metrics.pck(found, true, 0.05, ~visible & visible))


def test_what_holds_a_surface_together():
    verts, faces = box()
    good = metrics.topology(verts, faces)
    assert good == metrics.Topology(1, 0, 0, 0, True)
    assert metrics.topology(verts, faces[1:]) == metrics.Topology(1, 3, 0, 0, False)
    flipped = np.concatenate([faces[:1, ::-1], faces[1:]])
    assert metrics.topology(verts, flipped) == metrics.Topology(1, 0, 0, 3, False)
    apart = metrics.topology(np.concatenate([verts, verts + 3]), np.concatenate([faces, faces + 8]))
    assert apart == metrics.Topology(2, 0, 0, 0, True)
    # Two cubes that share one edge: four faces meet there.
    second = np.where(np.isin(np.arange(8), [0, 1]), np.arange(8), np.arange(8) + 8)
    assert {0, 1} <= set(faces[np.isin(faces, [0, 1]).sum(1) == 2][0])
    shared = metrics.topology(np.concatenate([verts, verts]), np.concatenate([faces, second[faces]]))
    assert (shared.components, shared.non_manifold_edges, shared.watertight) == (1, 1, False)
    assert metrics.topology(verts, faces[:0]) == metrics.Topology(0, 0, 0, 0, False)


def test_a_body_under_its_clothes():
    sphere = icosphere(4)
    assert metrics.body_covered(sphere.verts * 0.99, sphere.verts, sphere.faces) == 1.0
    assert metrics.body_covered(sphere.verts * 1.004, sphere.verts, sphere.faces) == 1.0
    assert metrics.body_covered(sphere.verts * 1.01, sphere.verts, sphere.faces) == 0.0
    half = np.where(sphere.verts[:, 2:] > 0, 1.02, 0.98) * sphere.verts
    assert metrics.body_covered(half, sphere.verts, sphere.faces) == pytest.approx((sphere.verts[:, 2] <= 0).mean())


def test_stretched_edges():
    verts, faces = box()
    posed = verts.copy()
    posed[verts[:, 2] > 0, 2] += 9
    # 4 upright edges of 18 become ten times as long, and so do 4 upright diagonals (from 1.41 to 10.05: sevenfold).
    assert metrics.edge_stretch(verts, posed, faces) == pytest.approx(8 / 18)
    assert metrics.edge_stretch(verts, posed, faces, factor=8) == pytest.approx(4 / 18)
    assert metrics.edge_stretch(verts, verts * 2, faces) == 0
