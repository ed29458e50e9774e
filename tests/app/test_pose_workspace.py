"""Posing in the real window: sliders, rings over the picture, whole poses, the player; a gesture is a step of undo."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pose_toys
import pytest
from conftest import press
from eigenform.avatar.figure.posing import pose
from eigenform_app import commands, kinds
from eigenform_app.document import Item
from eigenform_app.pose_live import Newest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QApplication, QComboBox, QTreeWidget

ARM = list(pose_toys.HEADS).index("upperarm01.L")


@pytest.fixture
def posing(window, qtbot):
    """The window with a toy figure in its pose tab."""
    value = pose_toys.avatar()
    commands.add(window.document, Item(value, "toy", "avatar", display=kinds.display_for(value)))
    window.files.look_at(window.document.current)
    window.show_tab("pose")
    qtbot.waitUntil(lambda: window.pose.figure is not None, timeout=60_000)
    qtbot.waitUntil(lambda: window.viewport.gizmo.handles is not None, timeout=30_000)
    return window


def value(window):
    return window.document.current.value


def drawn(window) -> np.ndarray:
    """The points that the viewport draws of the chosen item."""
    layer = window.viewport.views[0].layers[window.document.current.id]
    return layer.points + layer.geometry.centre


def idle(window, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.pose.drawing, timeout=30_000)
    qtbot.wait(20)


def test_a_slider_moves_the_picture_at_once_and_is_one_step_of_undo(posing, qtbot):
    bones = posing.pose_panel.bones
    before, start = drawn(posing).copy(), value(posing)
    bones.choose(ARM)
    assert bones.title.text() == "Left upper arm"
    steps = posing.document.undo.count()
    slider = bones.axes[1].slider
    slider.setSliderDown(True)
    for at in range(1000, 1400, 40):
        slider.setValue(at)
    idle(posing, qtbot)
    assert np.abs(drawn(posing) - before).max() > 0.05, "it follows while it is dragged"
    assert posing.document.undo.count() == steps
    assert value(posing) is start
    slider.setSliderDown(False)
    assert posing.document.undo.count() == steps + 1
    turned = value(posing).rotations[ARM, 1]
    assert turned == pytest.approx(np.radians(bones.axes[1].value()), abs=1e-3)
    assert np.abs(drawn(posing) - value(posing).verts).max() < 1e-5
    exact = pose(start, value(posing).rotations)
    assert np.abs(exact.verts - value(posing).verts).max() < 1e-5
    posing.undo()
    assert np.abs(drawn(posing) - before).max() < 1e-6
    assert bones.axes[1].value() == 0
    posing.redo()
    assert value(posing).rotations[ARM, 1] == turned


def test_limits_hold(posing, qtbot):
    low, high = posing.pose.figure.limits["upperarm01.L"][0]
    bones = posing.pose_panel.bones
    bones.choose(ARM)
    assert np.degrees([low, high]) == pytest.approx([bones.axes[0].low, bones.axes[0].high])
    bones.axes[0].box.setValue(500.0)
    posing.pose.settle()
    assert value(posing).rotations[ARM, 0] == pytest.approx(high)


def test_typing_settles_by_itself_and_undo_settles_first(posing, qtbot):
    bones = posing.pose_panel.bones
    bones.choose(ARM)
    bones.axes[2].box.setValue(20.0)
    bones.axes[2].box.setValue(25.0)
    qtbot.waitUntil(lambda: value(posing).rotations[ARM, 2] > 0, timeout=30_000)
    assert posing.document.undo.undoText() == "Turn left upper arm"
    bones.axes[0].box.setValue(10.0)
    posing.undo()
    assert value(posing).rotations[ARM] == pytest.approx([0, 0, np.radians(25)], abs=1e-4)


def test_another_item_ends_the_gesture(posing, qtbot):
    first = posing.document.current.id
    posing.pose_panel.bones.choose(ARM)
    posing.pose_panel.bones.axes[0].box.setValue(10.0)
    other = pose_toys.avatar(300, "other")
    commands.add(posing.document, Item(other, "other", "avatar", display=kinds.display_for(other)))
    assert posing.document[first].value.rotations[ARM, 0] > 0.1
    qtbot.waitUntil(
        lambda: posing.pose.drawn is not None and len(posing.pose.drawn.verts) == len(other.verts), timeout=30_000
    )
    posing.document.set_current("")
    assert not posing.pose_panel.showing
    assert posing.viewport.gizmo.handles is None


def test_sample_poses_come_with_pictures_of_the_figure(posing, qtbot):
    poses = posing.pose_panel.bones.poses
    height = poses.height()
    assert poses.count() > 5
    qtbot.waitUntil(lambda: not poses.itemIcon(poses.count() - 1).isNull(), timeout=30_000)
    pictures = [poses.itemIcon(row).pixmap(88).toImage() for row in range(poses.count())]
    for picture in pictures:
        assert picture.pixelColor(picture.width() // 2, picture.height() // 2).alpha() > 200
        assert picture.pixelColor(0, 0).alpha() == 0
    assert all(a != b for a, b in itertools.pairwise(pictures)), "each pose looks its own way"
    assert poses.height() == height, "the closed list stays low"


def mouse(window, kind, at: QPointF, buttons=Qt.MouseButton.LeftButton) -> None:
    """A mouse event on the GL widget."""
    from PySide6.QtGui import QMouseEvent

    surface = window.viewport.surface
    button = Qt.MouseButton.LeftButton if kind != QEvent.Type.MouseMove else Qt.MouseButton.NoButton
    there = surface.mapToGlobal(at)
    QApplication.sendEvent(surface, QMouseEvent(kind, at, there, button, buttons, Qt.KeyboardModifier.NoModifier))


def grab_ring(window, axis: int) -> QPointF:
    """A place on a ring that no other ring and no joint lies on."""
    gizmo = window.viewport.gizmo
    ring = gizmo.ring(axis)
    for x, y, front in ring:
        if front > 0.1 and gizmo.under(QPointF(x, y)) == ("ring", axis):
            others = [np.linalg.norm(gizmo.ring(a)[:, :2] - [x, y], axis=1).min() for a in range(3) if a != axis]
            if min(others) > 12:
                return QPointF(x, y)
    raise AssertionError("the ring cannot be grabbed")


def test_a_joint_is_chosen_and_a_ring_turns_its_bone(posing, qtbot):
    gizmo = posing.viewport.gizmo
    qtbot.wait(100)
    camera = posing.viewport.camera()
    dot = gizmo.dot(ARM)
    mouse(posing, QEvent.Type.MouseButtonPress, dot)
    mouse(posing, QEvent.Type.MouseButtonRelease, dot)
    assert posing.pose_panel.bones.bone == ARM
    steps, start = posing.document.undo.count(), drawn(posing).copy()
    at = grab_ring(posing, 1)
    centre = gizmo.dot(ARM)
    mouse(posing, QEvent.Type.MouseButtonPress, at)
    assert gizmo.dragging
    arm = np.array([at.x() - centre.x(), at.y() - centre.y()])
    for degrees in (5, 15, 25):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        x, y = c * arm[0] - s * arm[1], s * arm[0] + c * arm[1]
        mouse(posing, QEvent.Type.MouseMove, QPointF(centre.x() + x, centre.y() + y))
    idle(posing, qtbot)
    assert np.abs(drawn(posing) - start).max() > 0.02
    assert posing.document.undo.count() == steps
    mouse(posing, QEvent.Type.MouseButtonRelease, at)
    assert posing.document.undo.count() == steps + 1
    turned = value(posing).rotations[ARM]
    assert abs(turned[1]) == pytest.approx(np.radians(25), abs=0.03), "the ring is seen from the front"
    assert np.abs(turned[[0, 2]]).max() < 1e-6
    assert posing.viewport.camera() == camera, "the camera stays while a ring is turned"


def test_escape_takes_a_drag_back(posing, qtbot):
    posing.pose_panel.bones.choose(ARM)
    qtbot.wait(100)
    before = value(posing)
    at = grab_ring(posing, 1)
    mouse(posing, QEvent.Type.MouseButtonPress, at)
    mouse(posing, QEvent.Type.MouseMove, at + QPointF(30, 40))
    idle(posing, qtbot)
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(posing.viewport.surface, key)
    idle(posing, qtbot)
    assert value(posing) is before
    assert not posing.viewport.gizmo.dragging
    assert np.abs(drawn(posing) - before.verts).max() < 1e-6
    mouse(posing, QEvent.Type.MouseButtonRelease, at)
    assert value(posing) is before


def test_the_camera_still_turns_beside_the_handles(posing, qtbot):
    before = posing.viewport.camera()["position"]
    corner = QPoint(12, 12)
    qtbot.mousePress(posing.viewport.surface, Qt.MouseButton.LeftButton, pos=corner)
    for step in range(1, 6):
        qtbot.mouseMove(posing.viewport.surface, corner + QPoint(12 * step, 4 * step))
        mouse(posing, QEvent.Type.MouseMove, QPointF(corner + QPoint(12 * step, 4 * step)))
    qtbot.mouseRelease(posing.viewport.surface, Qt.MouseButton.LeftButton, pos=corner + QPoint(60, 20))
    assert posing.viewport.camera()["position"] != before


def test_handles_are_on_the_screen_and_in_no_file(posing, qtbot):
    posing.viewport.settle(600)
    qtbot.wait(150)
    posing.pose_panel.bones.choose(ARM)
    qtbot.wait(50)
    with_rings = posing.viewport.grab_array()
    seen = posing.viewport.grab().toImage()
    posing.viewport.gizmo.show_handles(None)
    qtbot.wait(50)
    assert np.array_equal(with_rings, posing.viewport.grab_array())
    assert seen != posing.viewport.grab().toImage()


def test_whole_poses(posing, qtbot):
    bones, first = posing.pose_panel.bones, value(posing)
    assert bones.poses.count() > 8
    posing.pose.take_sample("waving")
    waving = value(posing).rotations
    assert posing.document.undo.undoText().startswith("Take the pose")
    right = list(pose_toys.HEADS).index("upperarm01.R")
    assert np.abs(waving[right]).max() > 0.2
    bones.buttons["copy"].click()
    bones.buttons["mirror"].click()
    mirrored = value(posing).rotations
    assert mirrored[ARM] == pytest.approx(waving[right] * [1, -1, -1])
    bones.buttons["rest"].click()
    assert not value(posing).rotations.any()
    bones.buttons["paste"].click()
    assert value(posing).rotations == pytest.approx(waving)
    bones.choose(right)
    bones.reset.click()
    assert not value(posing).rotations[right].any()
    for _ in range(5):
        posing.undo()
    assert value(posing).rotations == pytest.approx(first.rotations)
    QGuiApplication.clipboard().setText("no pose")
    bones.buttons["paste"].click()
    assert value(posing).rotations == pytest.approx(first.rotations)


def test_fingers_are_listed_on_demand(posing, qtbot):
    bones, finger = posing.pose_panel.bones, list(pose_toys.HEADS).index("finger1-1.L")
    assert finger not in bones._rows
    assert finger not in posing.viewport.gizmo.handles.shown
    bones.all_bones.setChecked(True)
    assert finger in bones._rows
    assert finger in posing.viewport.gizmo.handles.shown


def test_the_player_moves_the_figure_and_keeps_a_pose(posing, qtbot):
    player, before = posing.player, value(posing)
    assert player.clip().name == "nod"
    posing.pose_panel.player.play.click()
    counted = posing.pose.answered
    qtbot.waitUntil(lambda: np.abs(drawn(posing) - before.verts).max() > 1e-3, timeout=30_000)
    qtbot.waitUntil(lambda: posing.pose.answered > counted + 3, timeout=30_000)
    assert value(posing) is before, "playing changes nothing in the document"
    assert posing.viewport.gizmo.handles is None, "nobody can hold what moves"
    posing.pose_panel.player.play.click()
    assert not player.playing
    assert posing.viewport.gizmo.handles is not None
    posing.pose_panel.player.time.setValue(250)
    idle(posing, qtbot)
    assert np.abs(drawn(posing) - before.verts).max() > 0.01
    steps = posing.document.undo.count()
    posing.pose_panel.player.keep.click()
    assert posing.document.undo.count() == steps + 1
    assert value(posing).rotations[5, 0] == pytest.approx(0.5, abs=0.01)
    posing.undo()
    assert np.abs(drawn(posing) - before.verts).max() < 1e-6


def test_a_movement_without_a_loop_ends(posing, qtbot):
    posing.pose_panel.player.loop.setChecked(False)
    posing.pose_panel.player.speed.box.setValue(3.0)
    assert posing.player.speed == 3.0
    posing.player.toggle()
    qtbot.waitUntil(lambda: not posing.player.playing, timeout=30_000)
    assert posing.player.seconds == pytest.approx(1.0)
    qtbot.waitUntil(lambda: posing.viewport.gizmo.handles is not None, timeout=30_000)
    posing.player.toggle()
    assert posing.player.seconds < 0.9, "it begins again"
    posing.pose_panel.bones.choose(ARM)
    posing.pose_panel.bones.axes[0].box.setValue(5.0)
    assert not posing.player.playing, "who poses does not want it to move"


def test_the_figure_rests_when_another_item_is_chosen(posing, qtbot):
    item = posing.document.current
    posing.player.toggle()
    qtbot.waitUntil(lambda: np.abs(drawn(posing) - item.value.verts).max() > 1e-3, timeout=30_000)
    posing.document.set_current("")
    assert not posing.player.playing
    layer = posing.viewport.views[0].layers[item.id]
    assert np.abs(layer.points + layer.geometry.centre - item.value.verts).max() < 1e-6


def test_films_of_the_movement(posing, qtbot, tmp_path):
    from eigenform_app.picture_export import FilmSize, MovementSize
    from PIL import Image

    path = tmp_path / "nod.gif"
    posing.pictures.save_movement(MovementSize(64, 64, 1, 8), path)
    qtbot.waitUntil(lambda: not posing.pictures.film.running, timeout=60_000)
    with Image.open(path) as film:
        assert film.n_frames >= 2
    assert np.abs(drawn(posing) - value(posing).verts).max() < 1e-6, "it rests afterwards"
    posing.player.toggle()
    turned = tmp_path / "turn.gif"
    posing.pictures.save_turntable(FilmSize(64, 64, 0.5, 8), turned)
    qtbot.waitUntil(lambda: not posing.pictures.film.running, timeout=60_000)
    assert turned.exists()


def test_keys_and_names(posing, qtbot):
    from eigenform_app.actions import all_actions

    assert {a.id for a in all_actions() if a.menu == "Pose"} >= {"play", "import_bvh", "rest_pose", "mirror_pose"}
    press(posing, qtbot, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert posing.player.playing
    press(posing, qtbot, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert not posing.player.playing
    kinds_ = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QTreeWidget)
    for kind in kinds_:
        for widget in posing.pose_panel.findChildren(kind):
            if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
                continue
            assert widget.accessibleName() or getattr(widget, "text", lambda: "")(), widget
    slider = posing.pose_panel.bones.axes[0].slider
    posing.pose_panel.bones.choose(ARM)
    slider.setFocus()
    before = value(posing).rotations[ARM, 0]
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: value(posing).rotations[ARM, 0] > before, timeout=30_000)


def test_the_newest_question_is_answered_and_older_ones_are_not(qapp, qtbot):
    newest, said = Newest(), []
    newest.answered.connect(said.append)

    def slow(n):
        time.sleep(0.05)
        return n

    for n in range(20):
        newest.ask(lambda n=n: slow(n))
    qtbot.waitUntil(lambda: 19 in said, timeout=30_000)
    assert len(said) <= 3
    failures = []
    newest.failed.connect(lambda words, details: failures.append(words))
    newest.ask(lambda: 1 / 0)
    qtbot.waitUntil(lambda: bool(failures), timeout=30_000)
    newest.ask(lambda: slow(7))
    qtbot.waitUntil(lambda: 7 in said, timeout=30_000)
    newest.stop()
    assert not newest._thread


def test_copy_as_python_and_sessions_keep_the_pose(posing, qtbot, tmp_path):
    from eigenform_app.loading import read_session

    posing.pose.take_sample("waving")
    posing.files.save_to(tmp_path / "a.eigenform")
    qtbot.waitUntil(lambda: not posing.runner.active(quiet=True), timeout=60_000)
    items, _ = read_session(tmp_path / "a.eigenform")
    assert items[0].value.rotations == pytest.approx(value(posing).rotations)
    assert items[0].provenance["posed"]["rotations"]


def test_a_movement_of_a_bvh_file_is_taken_over(posing, qtbot, tmp_path):
    path = tmp_path / "kick.bvh"
    path.write_text(pose_toys.bvh(), encoding="utf-8")
    posing.player.import_bvh(path)
    qtbot.waitUntil(lambda: len(value(posing).clips) == 2, timeout=60_000)
    assert posing.player.clip().name == "kick"
    assert posing.pose_panel.player.clips.currentText() == "kick"
    leg = list(pose_toys.HEADS).index("upperleg01.L")
    swing = np.ptp(value(posing).clips[1].rotations[:, leg, 0])
    assert swing == pytest.approx(np.radians(80), abs=0.05), "40 degrees to each side"
    posing.undo()
    assert len(value(posing).clips) == 1
    broken = tmp_path / "broken.bvh"
    broken.write_text("nothing", encoding="utf-8")
    posing.player.import_bvh(broken)
    qtbot.waitUntil(lambda: bool(posing.banners.messages()), timeout=60_000)
    assert "broken.bvh" in posing.banners.messages()[-1].words


def test_the_script_poses_the_figure_again(posing, tmp_path):
    import runpy

    from eigenform_app.script import script

    posing.pose.take_sample("waving")
    wanted = value(posing)
    text = script(posing.document).replace("toy = None", "import pose_toys\ntoy = pose_toys.avatar()")
    path = tmp_path / "again.py"
    path.write_text(text, encoding="utf-8")
    again = runpy.run_path(str(path))["items"]["toy"]
    assert np.abs(again.verts - wanted.verts).max() < 1e-5
