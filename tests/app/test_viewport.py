"""The viewport draws what it is told, in place, and picks what it drew."""

from __future__ import annotations

import json

import numpy as np
import pytest
from eigenform.types import Basis, Field, Shape
from eigenform_app.display import DIVERGING, DisplayOptions
from eigenform_app.viewport.viewport import Viewport
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from viewport_scene import sphere_basis


@pytest.fixture
def viewport(qapp, qtbot):
    made = Viewport()
    made.resize(400, 320)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.shut()
    made.close()
    made.deleteLater()
    qapp.processEvents()


def shot(viewport: Viewport, **more) -> np.ndarray:
    return viewport.grab_array((200, 160), notes=False, **more).astype(int)


def red_minus_blue(pixels: np.ndarray) -> float:
    return float((pixels[..., 0] - pixels[..., 2]).mean())


def test_mode_switch_writes_in_place_and_changes_the_picture(viewport):
    viewport.set_item("b", sphere_basis())
    viewport.set_mode("b", 1)
    layer = viewport.views[0].layers["b"]
    array, first = layer._scalar_array, shot(viewport)
    viewport.set_mode("b", 2)
    assert viewport.views[0].layers["b"] is layer
    assert layer._scalar_array is array
    np.testing.assert_allclose(layer.scalars, sphere_basis().evecs[:, 2], rtol=1e-6, atol=1e-7)
    assert np.abs(shot(viewport) - first).max() > 60


def test_positive_values_are_red_and_negative_ones_blue(viewport):
    viewport.set_item("b", sphere_basis())
    viewport.set_mode("b", 1)  # the value is x
    viewport.view_along("z")
    pixels = shot(viewport)
    assert red_minus_blue(pixels[60:100, 110:130]) > 40
    assert red_minus_blue(pixels[60:100, 70:90]) < -40


def test_live_previews_keep_the_layer_and_new_topology_replaces_it(viewport):
    basis = sphere_basis()
    viewport.set_item("b", basis)
    layer = viewport.views[0].layers["b"]
    viewport.update_basis("b", basis.replace(evecs=-basis.evecs))
    assert viewport.views[0].layers["b"] is layer
    np.testing.assert_allclose(layer.scalars, -basis.evecs[:, 1], rtol=1e-6, atol=1e-7)
    viewport.update_basis("b", sphere_basis(12))
    assert viewport.views[0].layers["b"] is not layer
    assert len(viewport.views[0].layers["b"].points) == len(sphere_basis(12).verts)


def test_moved_vertices_are_written_in_place(viewport):
    basis = sphere_basis()
    viewport.set_item("b", basis)
    layer = viewport.views[0].layers["b"]
    viewport.update_basis("b", basis.replace(verts=basis.verts * [1, 2, 1]))
    assert viewport.views[0].layers["b"] is layer
    assert np.ptp(layer.points[:, 1]) == pytest.approx(4, abs=0.01)


def test_pick_finds_the_nearest_vertex_and_tells_its_values(viewport, qtbot):
    basis = sphere_basis()
    viewport.set_item("b", basis)
    viewport.set_mode("b", 3)
    viewport.view_along("z")
    found = viewport.pick(QPointF(200, 152))
    assert found is not None
    assert basis.verts[found.vertex] @ [0, 0, 1] > 0.95
    with qtbot.waitSignal(viewport.picked) as got:
        viewport._on_click(QPointF(200, 152), False)
    item, vertex, values = got.args
    assert (item, vertex) == ("b", found.vertex)
    assert values["value"] == pytest.approx(basis.evecs[vertex, 3])
    assert values["position"] == pytest.approx(list(basis.verts[vertex]), abs=1e-6)
    assert viewport.pick(QPointF(3, 3)) is None


def test_pick_far_from_the_origin_and_behind_a_cut(viewport):
    basis = sphere_basis(centre=(1e7, 0, 0))
    viewport.set_item("b", basis)
    viewport.view_along("z")
    front = viewport.pick(QPointF(200, 152))
    assert basis.verts[front.vertex, 2] > 0.9
    viewport.set_clip(True, axis="-z", interactive=False)
    behind = viewport.pick(QPointF(200, 152))
    assert basis.verts[behind.vertex, 2] < -0.9
    assert viewport.clip_state()["enabled"]


def test_clipping_removes_what_it_should(viewport):
    viewport.set_item("b", sphere_basis())
    viewport.view_along("z")
    whole = shot(viewport, transparent=True)[..., 3] > 128
    viewport.set_clip(True, axis="x", interactive=False)
    half = shot(viewport, transparent=True)[..., 3] > 128
    assert half.sum() == pytest.approx(whole.sum() / 2, rel=0.08)
    viewport.set_clip(True, axis="x", interactive=True)
    viewport.set_clip(False)
    assert (shot(viewport, transparent=True)[..., 3] > 128).sum() == pytest.approx(whole.sum(), rel=0.01)


def test_cloud_is_drawn_and_picked(viewport):
    basis = sphere_basis()
    cloud = basis.replace(faces=np.zeros((0, 3), dtype=int))
    viewport.set_item("c", cloud)
    viewport.view_along("z")
    assert (shot(viewport, transparent=True)[..., 3] > 128).mean() > 0.1
    found = viewport.pick(QPointF(200, 152))
    assert found is not None
    assert cloud.verts[found.vertex, 2] > 0.5


@pytest.mark.parametrize("dimension", [1, 2, 7])
def test_points_of_any_dimension_are_drawn(viewport, dimension):
    rng = np.random.default_rng(0)
    shape = Shape(rng.standard_normal((200, dimension)), labels=np.arange(200) % 10)
    viewport.set_item("s", shape)
    points = viewport.views[0].layers["s"].points
    assert points.shape == (200, 3)
    assert np.ptp(points[:, 2]) == 0 if dimension < 3 else np.ptp(points[:, 2]) > 0
    pixels = shot(viewport, transparent=True)
    colours = pixels[pixels[..., 3] > 200][:, :3]
    assert len(colours) > 20
    assert np.ptp(colours, axis=0).max() > 60  # labels have different colours


def test_a_basis_of_features_is_drawn_along_principal_directions(viewport):
    basis = sphere_basis()
    rng = np.random.default_rng(0)
    flat = rng.standard_normal((len(basis.verts), 3)) * [3.0, 2.0, 1.0]
    turned = flat @ np.linalg.qr(rng.standard_normal((9, 9)))[0][:3]
    viewport.set_item("b", basis.replace(verts=turned, faces=np.zeros((0, 3), int)))
    points = viewport.views[0].layers["b"].points
    values = np.linalg.svd(turned - turned.mean(0), compute_uv=False)[:3]
    np.testing.assert_allclose(np.linalg.norm(points - points.mean(0), axis=0), values, rtol=1e-4)


def test_layouts_show_successive_modes_and_assignments_hold(viewport):
    viewport.set_item("b", sphere_basis())
    viewport.set_mode("b", 1)
    viewport.set_layout(4)
    assert [viewport.shown_mode(i) for i in range(4)] == [1, 2, 3, 4]
    viewport.assign(1, "b", 0)
    viewport.set_mode("b", 2)
    assert [viewport.shown_mode(i) for i in range(3)] == [2, 0, 4]
    cameras = {id(v.renderer.GetActiveCamera()) for v in viewport.views}
    assert len(cameras) == 1
    for n in (3, 2, 1):
        viewport.set_layout(n)
        assert viewport.view_count == n
    with pytest.raises(ValueError, match="layout of 5"):
        viewport.set_layout(5)


def test_a_click_activates_its_view(viewport, qtbot):
    viewport.set_item("b", sphere_basis())
    viewport.set_layout(2)
    with qtbot.waitSignal(viewport.view_activated) as got:
        qtbot.mousePress(viewport.surface, Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    qtbot.mouseRelease(viewport.surface, Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    assert got.args == [1]
    assert viewport.active_view == 1


def test_difference_aligns_signs_and_refuses_strangers(viewport):
    basis = sphere_basis()
    evecs = basis.evecs.copy()
    evecs[:, 2] *= -1
    evecs[:, 3] += 0.5
    viewport.set_item("a", basis)
    viewport.set_item("b", basis.replace(evecs=evecs))
    viewport.difference("a", "b", 2)
    (layer,) = viewport.views[0].layers.values()
    assert np.abs(layer.scalars).max() == 0
    viewport.difference("a", "b", 3)
    (layer,) = viewport.views[0].layers.values()
    np.testing.assert_allclose(layer.scalars, 0.5, atol=1e-6)
    viewport.set_item("c", sphere_basis(10))
    with pytest.raises(ValueError, match="cannot be compared"):
        viewport.difference("a", "c", 1)


def test_assigned_views_follow_the_mode_of_their_item_and_differences_stay_in_range(viewport):
    basis = sphere_basis()
    viewport.set_item("a", basis)
    viewport.set_item("b", basis.replace(evecs=basis.evecs[:, :3], evals=basis.evals[:3]))
    viewport.set_layout(2)
    viewport.assign(1, "a")
    viewport.set_mode("a", 2)
    assert viewport.shown_mode(1) == 2
    viewport.difference("a", "b", view_index=1)
    viewport.set_mode("a", 4)
    (layer,) = viewport.views[1].layers.values()
    assert layer.caption() == "|difference| of mode 2"


def test_settled_frames_are_smooth(viewport, qtbot):
    viewport.set_item("b", sphere_basis())
    viewport.settle(5)
    for _ in range(3):
        with qtbot.waitSignal(viewport.surface.painted):
            viewport.surface.update()
        assert viewport.views[0].renderer.GetUseFXAA()


def test_moving_frames_are_quick_on_software_gl(viewport, qtbot):
    viewport.set_item("b", sphere_basis())
    viewport._refiner.software = True
    smooth = []
    viewport.surface.painted.connect(lambda: smooth.append(bool(viewport.views[0].renderer.GetUseFXAA())))
    for _ in range(3):
        with qtbot.waitSignal(viewport.surface.painted):
            viewport.surface.update()
    assert smooth[-1] is False
    qtbot.waitUntil(lambda: smooth[-1] is True, timeout=3000)


def test_only_one_of_two_items_in_one_place_is_drawn(viewport):
    basis = sphere_basis()
    viewport.set_item("s", Shape(basis.verts, basis.faces))
    viewport.set_item("b", basis)
    assert set(viewport.views[0].layers) == {"b"}
    viewport.set_active("s")
    assert set(viewport.views[0].layers) == {"s"}
    viewport.set_visible("s", False)
    assert set(viewport.views[0].layers) == {"b"}
    viewport.remove_item("b")
    assert not viewport.views[0].layers


def test_camera_state_survives_json(viewport):
    viewport.set_item("b", sphere_basis())
    viewport.view_along("-x")
    saved = json.loads(json.dumps(viewport.camera()))
    viewport.reset_camera()
    assert viewport.camera() != saved
    viewport.set_camera(saved)
    assert viewport.camera() == saved


@pytest.mark.parametrize("axis", ["x", "-x", "y", "-y", "z", "-z"])
def test_straight_views_look_from_where_they_say(viewport, axis):
    viewport.set_item("b", sphere_basis())
    viewport.view_along(axis)
    state = viewport.camera()
    eye = np.subtract(state["position"], state["focus"])
    expected = np.zeros(3)
    expected["xyz".index(axis[-1])] = -1 if axis[0] == "-" else 1
    np.testing.assert_allclose(eye / np.linalg.norm(eye), expected, atol=1e-9)


def test_framing_fits_the_shape(viewport):
    viewport.set_item("b", sphere_basis(centre=(5e6, -3e6, 1e6)))
    alpha = shot(viewport, transparent=True)[..., 3] > 128
    rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    assert 100 < np.ptp(rows) < 150
    assert columns[0] > 5
    assert columns[-1] < 195


OPTIONS = [
    {"nodal_lines": False},
    {"isolines": 9},
    {"edges": True},
    {"smooth": False},
    {"opacity": 0.4},
    {"quantity": "mass"},
    {"quantity": "coordinates"},
    {"quantity": "none"},
    {"range_mode": "manual", "range_max": 0.2},
    *({"colour_map": name} for name in DIVERGING[1:]),
]


@pytest.mark.parametrize("changes", OPTIONS, ids=str)
def test_every_option_changes_the_picture(viewport, changes):
    basis = sphere_basis(8)
    mass = basis.mass * (1 + basis.evecs[:, 2] / 2)
    viewport.set_item("b", basis.replace(mass=mass), DisplayOptions())
    viewport.set_mode("b", 1)
    before = shot(viewport)
    viewport.set_options("b", DisplayOptions(**changes))
    assert (np.abs(shot(viewport) - before).max(axis=2) > 12).mean() > 0.002


def test_nodal_line_is_dark_where_the_mode_is_zero(viewport):
    viewport.set_item("b", sphere_basis(), DisplayOptions(nodal_lines=True))
    viewport.set_mode("b", 1)
    viewport.view_along("z")
    with_line = shot(viewport)[70, 95:106, :3].min()
    viewport.set_options("b", DisplayOptions(nodal_lines=False))
    assert with_line < shot(viewport)[70, 95:106, :3].min() - 60


def test_point_size_changes_a_cloud(viewport):
    basis = sphere_basis()
    viewport.set_item("c", basis.replace(faces=np.zeros((0, 3), int)), DisplayOptions(point_size=0.3))
    small = (shot(viewport, transparent=True)[..., 3] > 128).sum()
    viewport.set_options("c", DisplayOptions(point_size=1.5))
    assert (shot(viewport, transparent=True)[..., 3] > 128).sum() > 1.3 * small


def test_animation_displaces_along_normals_and_comes_back(viewport, qtbot):
    viewport.set_item("b", sphere_basis(), DisplayOptions(displace=0.1))
    viewport.set_mode("b", 2)
    layer = viewport.views[0].layers["b"]
    rest, array = layer.points.copy(), layer._points_array
    viewport.set_phase(np.pi / 2)
    top = int(np.argmax(rest[:, 1]))
    assert layer.points[top, 1] - rest[top, 1] == pytest.approx(0.2 * layer.geometry.size, rel=1e-3)
    viewport.set_animation(True)
    qtbot.wait(120)
    assert viewport.animating
    viewport.set_animation(False)
    assert layer._points_array is array
    np.testing.assert_array_equal(layer.points, rest)


def test_field_and_theme(viewport):
    basis = sphere_basis()
    viewport.set_item("f", Field(basis.verts, basis.faces, np.abs(basis.evecs[:, 1]), name="heat", meta={"unit": "K"}))
    note = viewport.notes_for(viewport.size())[0]
    assert note.bar.caption == "heat [K]"
    assert note.bar.low == pytest.approx(0, abs=1e-6)
    dark = shot(viewport)[0].mean()
    viewport.set_theme(False)
    assert shot(viewport)[0].mean() > dark + 80


def test_colour_bar_names_mode_and_eigenvalue(viewport):
    viewport.set_item("b", sphere_basis())
    viewport.set_mode("b", 4)
    bar = viewport.notes_for(viewport.size())[0].bar
    assert bar.caption.startswith("mode 4")
    assert bar.caption.endswith("λ = 6")
    assert (bar.low, bar.high) == pytest.approx((-0.5, 0.5), abs=0.02)
    viewport.set_options("b", DisplayOptions(scalar_bar=False))
    assert viewport.notes_for(viewport.size())[0].bar is None


def test_keys_are_left_to_the_window(viewport):
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Q, Qt.KeyboardModifier.NoModifier, "q")
    viewport.surface.keyPressEvent(event)
    assert not event.isAccepted()


def test_a_still_viewport_draws_nothing(viewport, qtbot):
    viewport.set_item("b", sphere_basis())
    qtbot.wait(1200)
    drawn = []
    viewport.surface.painted.connect(lambda: drawn.append(1))
    qtbot.wait(500)
    assert not drawn


def test_large_values_and_empty_modes_do_no_harm(viewport):
    basis = sphere_basis()
    evecs = basis.evecs.copy()
    evecs[:, 1] = 0
    evecs[:, 2] *= 1e30
    viewport.set_item("b", Basis(basis.verts, basis.faces, evecs, basis.evals, basis.mass))
    for mode in (0, 1, 2, 99, -5):
        viewport.set_mode("b", mode)
        assert np.isfinite(viewport.views[0].layers["b"].range).all()
        assert (shot(viewport, transparent=True)[..., 3] > 128).any()
