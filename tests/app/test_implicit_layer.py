"""How implicit surfaces, images and photographs are drawn: what moves, what is cut, what is read off."""

from __future__ import annotations

import time

import numpy as np
import pytest
from eigenform.types import Image, Photographs
from eigenform_app.display import ImageDisplay, ImplicitDisplay, PhotographsDisplay
from eigenform_app.viewport import level_sets
from eigenform_app.viewport.slices import nice
from eigenform_app.viewport.viewport import Viewport
from PySide6.QtCore import QPointF
from toy_surfaces import ball


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


def shot(viewport: Viewport) -> np.ndarray:
    return viewport.grab_array((200, 160), notes=False).astype(int)


def covered(viewport: Viewport) -> float:
    """The share of the picture that is not background."""
    return float((viewport.grab_array((200, 160), transparent=True, notes=False)[..., 3] > 128).mean())


def test_level_sets_stand_where_the_field_has_the_level():
    value = ball(0.6, 48, (5.0, 0.0, -3.0))
    for level in (0.0, 0.1, -0.2):
        found = level_sets.level_geometry(value, level)
        radius = np.linalg.norm(found.points, axis=1)
        assert np.abs(radius - (0.6 + level)).max() < 2e-3
        assert np.allclose(found.centre, (5.0, 0.0, -3.0))
        outward = np.einsum("ij,ij->i", found.points, found.normals) / radius
        assert outward.min() > 0.99, "normals look outward"
        a, b, c = (found.points[found.faces[:, i]] for i in range(3))
        assert np.einsum("ij,ij->i", np.cross(b - a, c - a), a).min() >= -1e-9, "faces are counter-clockwise outside"
    assert not len(level_sets.level_geometry(value, 5.0).faces)


def test_a_level_set_is_contoured_while_a_slider_moves():
    value = ball(0.6, 96)
    level_sets.level_geometry(value, 0.01)
    spent = []
    for i in range(8):
        began = time.process_time()
        level_sets.level_geometry(value, 0.02 + 0.01 * i)
        spent.append(time.process_time() - began)
    assert np.median(spent) < 0.05


def test_values_between_the_samples_are_those_of_the_field():
    value = ball(0.5, 64, (1.0, 2.0, 3.0))
    rng = np.random.default_rng(0)
    for x in rng.uniform(-0.9, 0.9, (20, 3)):
        found, gradient = level_sets.read(value, x + (1.0, 2.0, 3.0))
        assert found == pytest.approx(np.linalg.norm(x) - 0.5, abs=4e-3)
        assert np.allclose(gradient, x / np.linalg.norm(x), atol=0.12)


def test_the_level_moves_the_surface_in_the_same_actor(viewport):
    viewport.set_item("b", ball())
    layer = viewport.views[0].layers["b"]
    actor, small = layer.actor, covered(viewport)
    viewport.set_options("b", ImplicitDisplay(level=0.2))
    assert viewport.views[0].layers["b"] is layer
    assert layer.actor is actor
    assert covered(viewport) > 1.3 * small
    assert np.allclose(np.linalg.norm(layer.points, axis=1), 0.8, atol=5e-3)
    viewport.set_options("b", ImplicitDisplay())
    assert len(layer.points) == len(ball().verts), "at its own level it is the mesh that came with it"


def test_previews_of_other_topology_keep_layer_and_camera(viewport):
    viewport.set_item("b", ball(0.4))
    viewport.set_options("b", ImplicitDisplay(slice_z=True))
    layer, camera, before = viewport.views[0].layers["b"], viewport.camera(), covered(viewport)
    phi = layer.slices[2].phi
    viewport.set_item("b", ball(0.6), ImplicitDisplay(slice_z=True))
    assert viewport.views[0].layers["b"] is layer
    assert layer.slices[2].phi is phi, "a grid of the same size is written in place"
    assert viewport.camera() == camera
    assert covered(viewport) >= before
    assert len(layer.points) == len(ball(0.6).verts)
    viewport.set_item("b", ball(0.6, 20), ImplicitDisplay(slice_z=True))
    assert viewport.views[0].layers["b"] is layer
    assert layer.slices[2].phi.shape == (400,)


def test_slices_show_the_field_relative_to_the_level(viewport):
    value = ball(0.6, 41)
    options = ImplicitDisplay(surface=False, slice_z=True, at_z=0.5, level=0.1)
    viewport.set_item("b", value, options)
    plane = viewport.views[0].layers["b"].slices[2]
    assert np.allclose(plane.phi.reshape(41, 41), value.samples[:, :, 20] - 0.1, atol=1e-6)
    viewport.view_along("z")
    pixels = shot(viewport)
    tint = (pixels[..., 0] - pixels[..., 2]).astype(float)
    assert tint[80, 100] < -25, "blue inside"
    assert tint[35:45, 60:70].mean() > 25, "red outside"
    viewport.set_options("b", ImplicitDisplay(surface=False, slice_z=True, at_z=0.75))
    moved = viewport.views[0].layers["b"].slices[2]
    assert moved is plane
    assert moved.actor.GetPosition()[2] == pytest.approx(0.5)
    assert moved.phi.min() == pytest.approx(0.5 - 0.6, abs=0.02)


def test_level_lines_are_drawn_on_slices(viewport):
    plain = ImplicitDisplay(surface=False, slice_z=True, isolines=0, level_line=False)
    viewport.set_item("b", ball(0.6, 48), plain)
    viewport.view_along("z")
    bare = shot(viewport)
    viewport.set_options("b", ImplicitDisplay(surface=False, slice_z=True, isolines=16, level_line=False))
    lines = (bare - shot(viewport)).max(axis=2) > 15
    viewport.set_options("b", ImplicitDisplay(surface=False, slice_z=True, isolines=0))
    level = (bare - shot(viewport)).max(axis=2) > 60
    assert lines.mean() > 0.02
    assert 0.002 < level.mean() < lines.mean()
    assert [nice(x) for x in (0.09, 0.013, 3.7)] == pytest.approx([0.1, 0.01, 5.0])


def test_the_volume_shows_levels_on_both_sides(viewport):
    viewport.set_item("b", ball(0.6))
    alone = covered(viewport)
    viewport.set_options("b", ImplicitDisplay(volume=True, shell_opacity=0.9))
    assert covered(viewport) > 1.2 * alone
    levels = viewport.views[0].layers["b"]._shell_arrays[2]
    assert levels.min() < -0.05
    assert levels.max() > 0.05


def test_crop_and_clip_cut_together(viewport):
    viewport.set_item("b", ball(0.6, 40), ImplicitDisplay(slice_z=True, edges=True))
    viewport.view_along("z")
    whole = covered(viewport)
    viewport.set_crop(np.array([[0.0, -1.0, -1.0], [1.0, 1.0, 1.0]]))
    half = covered(viewport)
    viewport.set_clip(True, (0.0, 1.0, 0.0), (0.0, 0.0, 0.0), interactive=False)
    quarter = covered(viewport)
    assert half < 0.75 * whole
    assert quarter < 0.75 * half
    viewport.set_clip(False)
    viewport.set_crop(None)
    assert covered(viewport) == pytest.approx(whole, abs=0.01)


def test_nothing_is_picked_outside_of_the_crop_box(viewport):
    viewport.set_item("b", ball(0.6))
    viewport.view_along("z")
    at = QPointF(viewport.width() / 2 - 40, viewport.height() / 2)
    assert viewport.pick(at) is not None
    viewport.set_crop(np.array([[0.0, -1.0, -1.0], [1.0, 1.0, 1.0]]))
    assert viewport.pick(at) is None


def test_surface_and_slices_are_read_by_the_pointer(viewport, qtbot):
    viewport.set_item("b", ball(0.6, 48), ImplicitDisplay(surface=False, slice_z=True))
    viewport.view_along("z")
    at = QPointF(viewport.width() / 2, viewport.height() / 2)
    with qtbot.waitSignal(viewport.pointed) as heard:
        viewport.surface.hovered.emit(at)
    item, point, facts, clicked = heard.args
    assert item == "b"
    assert not clicked
    assert point[2] == pytest.approx(0.0, abs=1e-6)
    assert facts["distance"] == pytest.approx(np.linalg.norm(point) - 0.6, abs=5e-3)
    with qtbot.waitSignal(viewport.pointed) as heard:
        viewport.surface.clicked.emit(at, False)
    assert heard.args[3]
    viewport.add_facts("b", heard.args[1], {"mean curvature": 1.5})
    words = viewport.notes_for(viewport.size())[0].mark_text
    assert any("mean curvature" in line and "1.5" in line for line in words)


def test_a_dragged_crop_box_is_told(viewport, qtbot):
    viewport.set_item("b", ball())
    viewport.set_crop(np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]]))
    widget = viewport._crop._widget
    widget.GetRepresentation().PlaceWidget([-0.5, 1.0, -1.0, 1.0, -1.0, 1.0])
    with qtbot.waitSignal(viewport.crop_dragged) as heard:
        widget.InvokeEvent("InteractionEvent")
    assert np.allclose(heard.args[0], [[-0.5, -1, -1], [1, 1, 1]])


def test_a_surface_without_a_triangle_is_drawn_by_its_slices(viewport):
    empty = ball(0.6)
    empty = empty.replace(verts=np.zeros((0, 3)), faces=np.zeros((0, 3), dtype=np.int64))
    viewport.set_item("b", empty)
    assert covered(viewport) == 0
    viewport.set_options("b", ImplicitDisplay(slice_y=True, slice_z=True))
    assert covered(viewport) > 0.05
    viewport.set_item("b", ball(0.6), ImplicitDisplay())
    assert covered(viewport) > 0.05


def test_one_of_a_place_is_drawn(viewport):
    viewport.set_item("a", ball(0.6), place="p")
    viewport.set_item("b", ball(0.7), place="p")
    assert set(viewport.views[0].layers) == {"b"}, "the newest"
    viewport.set_active("a")
    assert set(viewport.views[0].layers) == {"a"}, "the active one"
    viewport.set_item("c", ball(0.5), place="q")
    assert set(viewport.views[0].layers) == {"a", "c"}


def test_images_and_photographs_are_drawn(viewport):
    pixels = np.zeros((4, 6, 3), dtype=np.float32)
    pixels[:2, :, 0] = 1.0
    mask = np.zeros((4, 6), dtype=bool)
    mask[2:, :3] = True
    viewport.set_item("i", Image(pixels, mask=mask), ImageDisplay(hole=False, sharp=True))
    viewport.view_along("z")
    seen = shot(viewport)
    assert seen[50, 100, 0] > 200 > 60 > seen[95, 100, 0], "row 0 is at the top"
    found = viewport.pick(QPointF(200, 120))
    assert found is not None
    assert 0 <= found.vertex < 24
    before = shot(viewport)
    viewport.set_options("i", ImageDisplay(hole=True, sharp=True))
    assert np.abs(shot(viewport) - before).max() > 60
    viewport.clear()
    poses = np.tile(np.eye(4), (3, 1, 1))
    poses[:, 0, 3], poses[:, 2, 3] = (-1, 0, 1), -3
    k = np.array([[20.0, 0, 10], [0, 20, 8], [0, 0, 1]])
    images = np.full((3, 16, 20, 3), (250, 30, 30), np.uint8)
    value = Photographs(images, np.tile(k, (3, 1, 1)), poses, np.zeros(3), 1.0, points=np.eye(3))
    viewport.set_item("p", value, PhotographsDisplay(camera_size=3.0))
    pixels = shot(viewport)
    assert ((pixels[..., 0] > 180) & (pixels[..., 1] < 90)).any(), "the photographs themselves are seen"
    viewport.set_options("p", PhotographsDisplay(pictures=False))
    pixels = shot(viewport)
    assert not ((pixels[..., 0] > 180) & (pixels[..., 1] < 90)).any()
