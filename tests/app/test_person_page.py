"""The page of a person in photographs, driven by mouse and keys in the real window."""

from __future__ import annotations

import numpy as np
import pytest
import toy_figures as toys
import toy_people
from eigenform import registry
from eigenform_app import commands, person_steps
from eigenform_app.document import Item
from eigenform_app.kinds import display_for
from eigenform_app.panels.person_picture import ADD, ERASE, INSIDE, OUTSIDE, POINTS
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def people(window, monkeypatch):
    """The window with methods of a moment for people before the real ones."""
    monkeypatch.setattr(registry, "METHODS", (*toy_people.METHODS, *registry.METHODS))
    window.work.panel.fill()
    return window


def put(window, value, name="someone", parent=None, **provenance) -> Item:
    """Add a value to the document."""
    kind = {"Person": "person", "Image": "image", "Avatar": "avatar"}[type(value).__name__]
    item = Item(value, name, kind, parent=parent, display=display_for(value), provenance=provenance)
    commands.add(window.document, item)
    return item


@pytest.fixture
def page(people, qtbot):
    """The page with a person who was found but not fitted."""
    put(people, toys.toy_person(1))
    people.actions_by_id["edit_person"].trigger()
    qtbot.waitUntil(people.person_page.isVisible)
    qtbot.waitUntil(lambda: people.person_page.canvas.height() > 250)
    return people.person_page


def value(window):
    return window.person.item().value


def drag(canvas, start: QPointF, end: QPointF) -> None:
    """A stroke of the left button."""
    at = [QPoint(round(start.x() + t * (end.x() - start.x())), round(start.y() + t * (end.y() - start.y())))
          for t in (0, 0.25, 0.5, 0.75, 1)]  # fmt: skip
    QTest.mousePress(canvas, LEFT, pos=at[0])
    for point in at[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, LEFT, pos=at[-1])


def test_a_point_is_dragged_and_undo_brings_it_back(people, page) -> None:
    before = value(people).views[0].keypoints
    canvas = page.canvas
    start = canvas.to_widget(*before[7, :2])
    drag(canvas, start, start + QPointF(30, -20))
    after = value(people).views[0].keypoints
    moved = np.array([30, -20]) / canvas.scale()
    assert np.abs(after[7, :2] - before[7, :2] - moved).max() < 1.5 / canvas.scale() + 0.5
    assert after[7, 2] == 1
    assert np.array_equal(np.delete(after, 7, 0), np.delete(before, 7, 0))
    assert people.document.undo.undoText() == "Move the left elbow"
    people.undo()
    assert np.array_equal(value(people).views[0].keypoints, before)
    assert canvas.view.keypoints is value(people).views[0].keypoints, "the page follows undo"


def test_a_click_chooses_a_point_and_keys_nudge_and_hide_it(people, page) -> None:
    canvas, before = page.canvas, value(people).views[0].keypoints
    QTest.mouseClick(canvas, LEFT, pos=canvas.to_widget(*before[3, :2]).toPoint())
    assert canvas.chosen == 3
    assert page.points.list.currentRow() == 3
    assert np.array_equal(value(people).views[0].keypoints, before), "a click moves nothing"
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert value(people).views[0].keypoints[3, 0] > before[3, 0]
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert value(people).views[0].keypoints[3, 2] == 0
    assert people.person.item() is not None, "Delete hides the point, not the person"
    assert "1 hidden" in page.points.note.text()
    page.points.list.setCurrentRow(3)
    QTest.mouseClick(canvas, LEFT, pos=canvas.to_widget(60, 100).toPoint())
    placed = value(people).views[0].keypoints[3]
    assert np.abs(placed[:2] - [60, 100]).max() < 1
    assert placed[2] == 1


def test_points_are_placed_one_after_another_where_there_are_none(people, qtbot) -> None:
    bare = toys.toy_person(0)
    put(people, bare)
    people.person.toggle()
    page = people.person_page
    qtbot.waitUntil(lambda: page.canvas.height() > 250)
    page.points.list.setCurrentRow(0)
    for n, (x, y) in enumerate(((20, 30), (40, 50), (60, 70))):
        QTest.mouseClick(page.canvas, LEFT, pos=page.canvas.to_widget(x, y).toPoint())
        assert page.canvas.chosen == n + 1, "the next one waits"
    found = value(people).views[0].keypoints
    assert (found[:3, 2] == 1).all()
    assert (found[3:, 2] == 0).all()
    assert np.abs(found[:3, :2] - [[20, 30], [40, 50], [60, 70]]).max() < 1


def test_the_brush_adds_and_takes_away(people, page) -> None:
    canvas, before = page.canvas, value(people).views[0].mask
    assert not before[10, 80]
    page.tools.choose(ADD)
    page.tools.slider.setValue(120)
    drag(canvas, canvas.to_widget(78, 8), canvas.to_widget(84, 14))
    mask = value(people).views[0].mask
    assert mask[10, 80]
    assert mask[60, 45]
    assert people.document.undo.undoText() == "Paint the mask"
    page.tools.choose(ERASE)
    drag(canvas, canvas.to_widget(40, 60), canvas.to_widget(50, 60))
    assert not value(people).views[0].mask[60, 45]
    people.undo()
    people.undo()
    assert np.array_equal(value(people).views[0].mask, before)


def test_strokes_cut_the_person_out(people, page, qtbot) -> None:
    canvas = page.canvas
    people.person.hand.paint([(45.0, 60.0)], 200.0, True)  # a mask of everything, to be corrected
    assert value(people).views[0].mask.all()
    page.tools.choose(INSIDE)
    page.tools.slider.setValue(40)
    drag(canvas, canvas.to_widget(45, 25), canvas.to_widget(45, 95))
    assert page.tools.cut.isEnabled()
    page.tools.choose(OUTSIDE)
    drag(canvas, canvas.to_widget(8, 10), canvas.to_widget(8, 110))
    drag(canvas, canvas.to_widget(82, 110), canvas.to_widget(82, 10))
    assert len(canvas.strokes[OUTSIDE]) == 2
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not value(people).views[0].mask.all(), timeout=60000)
    found, true = value(people).views[0].mask, toys.silhouette()
    assert (found & true).sum() / (found | true).sum() > 0.9


def test_bad_strokes_lose_nothing_and_say_so(people, page, qtbot) -> None:
    before = value(people)
    page.tools.choose(ERASE)
    page.tools.slider.setValue(200)
    people.person.hand.paint([(45.0, 60.0)], 500.0, False)
    assert value(people) is before
    assert any("marks no pixel" in b.words for b in people.banners.messages())
    people.person.hand.take_file("keypoints", "/nowhere/at/all.json")
    qtbot.waitUntil(lambda: any("no file /nowhere" in b.words for b in people.banners.messages()))
    assert value(people) is before


def test_files_of_masks_and_keypoints_are_taken(people, page, qtbot, tmp_path) -> None:
    from eigenform.avatar.photo.keypoint_files import write_keypoints
    from PIL import Image as Pillow

    mask = np.zeros((120, 90), np.uint8)
    mask[20:100, 30:60] = 255
    Pillow.fromarray(mask).save(tmp_path / "mask.png")
    points = toys.keypoints() + (3, 4, 0)
    write_keypoints(tmp_path / "points.json", points, (120, 90))
    people.person.hand.take_file("mask", str(tmp_path / "mask.png"))
    qtbot.waitUntil(lambda: value(people).views[0].mask.sum() == 80 * 30)
    people.person.hand.take_file("keypoints", str(tmp_path / "points.json"))
    qtbot.waitUntil(lambda: np.abs(value(people).views[0].keypoints[:, :2] - points[:, :2]).max() < 1e-4)
    people.undo()
    people.undo()
    assert np.array_equal(value(people).views[0].mask, toys.silhouette())


def test_left_and_right_change_places(people, page) -> None:
    before = value(people).views[0].keypoints
    people.person.hand.swap("left arm")
    after = value(people).views[0].keypoints
    assert np.array_equal(after[[5, 7, 9]], before[[6, 8, 10]])
    assert np.array_equal(after[[6, 8, 10]], before[[5, 7, 9]])
    assert np.array_equal(after[11:], before[11:])
    people.person.hand.swap("")
    assert np.array_equal(value(people).views[0].keypoints[13], before[14])


def test_the_wheel_zooms_about_the_pointer(people, page) -> None:
    canvas = page.canvas
    at = QPointF(canvas.width() * 0.6, canvas.height() * 0.4)
    under = canvas.to_photograph(at)
    canvas.zoom_at(at, 3.0)
    assert canvas.to_photograph(at) == pytest.approx(under)
    assert canvas.scale() > 2.9 * min((canvas.width() - 12) / 90, (canvas.height() - 12) / 120)
    page.fit.click()
    assert canvas.to_photograph(QPointF(canvas.width() / 2, canvas.height() / 2)) == pytest.approx((45, 60))


@pytest.mark.parametrize(("width", "height"), [(900, 400), (400, 900), (400, 400)])
def test_a_person_near_an_edge_leaves_no_room_beside_the_photograph(qtbot, width: int, height: int) -> None:
    from eigenform.types import View
    from eigenform_app.panels.person_picture import PersonPicture

    picture = PersonPicture()
    qtbot.addWidget(picture)
    picture.resize(width, height)
    mask = np.zeros((512, 512), bool)
    mask[40:460, 300:480] = True
    picture.set_view(View(np.zeros((512, 512, 3), np.uint8), np.array([390.0, 250.0, 230.0]), mask=mask))
    picture.fit_person()
    first, last = picture.to_widget(0, 0), picture.to_widget(512, 512)
    assert picture.scale() > 1.02 * (min(width, height) - 12) / 512, "enlarged"
    for low, high, room in ((first.x(), last.x(), width), (first.y(), last.y(), height)):
        if high - low >= room:
            assert low <= 1e-6
            assert high >= room - 1e-6
        else:
            assert low == pytest.approx(room - high), "in the middle"
    for x, y in ((300, 40), (480, 460)):
        at = picture.to_widget(x, y)
        assert 0 <= at.x() <= width
        assert 0 <= at.y() <= height


def states(window) -> dict[int, str]:
    return {s.number: s.state for s in window.person.steps()}


def has_avatar(window) -> bool:
    """Whether an avatar was made and chosen."""
    current = window.document.current
    return current is not None and current.kind == "avatar" and not current.live


def test_the_way_to_an_avatar_step_by_step(people, page, qtbot) -> None:
    person_id = people.person.item().id
    assert states(people) == {1: "done", 2: "next", 3: "later", 4: "later"}
    page.way.buttons[2].click()
    assert people.person.locked()
    qtbot.waitUntil(lambda: value(people).views[0].verts is not None and not people.person.locked(), timeout=60000)
    assert states(people) == {1: "done", 2: "done", 3: "next", 4: "later"}
    assert len(people.document) == 1, "the fit is in the same person"
    assert people.document.undo.undoText() == "Toy fit"
    page.way.buttons[3].click()
    qtbot.waitUntil(lambda: bool(value(people).views[0].maps) and not people.person.locked(), timeout=60000)
    page.way.buttons[4].click()
    qtbot.waitUntil(
        lambda: people.document.current.kind == "avatar" and not people.document.current.live, timeout=60000
    )
    assert people.centre.currentWidget() is people.viewport, "the avatar is looked at in space"
    assert people.document.current.parent == person_id
    people.document.set_current(person_id)
    assert people.centre.currentWidget() is page
    assert states(people) == {1: "done", 2: "done", 3: "done", 4: "done"}
    people.person.hand.swap("left leg")
    assert states(people) == {1: "done", 2: "old", 3: "old", 4: "old"}
    assert "out of date" in page.way.words.text()
    page.way.buttons[2].click()
    qtbot.waitUntil(lambda: not people.person.locked(), timeout=60000)
    assert states(people) == {1: "done", 2: "done", 3: "next", 4: "old"}
    for _ in range(2):
        people.undo()
    assert states(people) == {1: "done", 2: "done", 3: "done", 4: "done"}, "undo takes the steps back as well"


def test_all_steps_at_once(people, page, qtbot) -> None:
    page.way.all.click()
    qtbot.waitUntil(
        lambda: people.document.current.kind == "avatar" and not people.document.current.live, timeout=15000
    )
    person = people.document[people.document.current.parent]
    assert [s["method"] for s in person.provenance["steps"]] == ["toy-fit", "toy-clothe"]
    assert people.person.running() is None


def test_cancelling_a_step_changes_nothing_and_ends_the_rest(people, page, qtbot) -> None:
    before = value(people)
    people.work.panel.choose("toy-fit")
    people.work.panel.form().set_values({"pause": 8.0})
    page.way.all.click()
    qtbot.waitUntil(lambda: people.person.running() is not None and people.person.running().state == "running")
    QTest.mouseClick(page.way.cancel, LEFT)
    qtbot.waitUntil(lambda: people.person.running() is None, timeout=60000)
    assert value(people) is before
    assert [i.kind for i in people.document] == ["person"]


def test_nothing_is_set_by_hand_while_a_step_runs(people, page, qtbot) -> None:
    before = value(people)
    people.work.panel.choose("toy-fit")
    people.work.panel.form().set_values({"pause": 8.0})
    page.way.buttons[2].click()
    qtbot.waitUntil(lambda: people.person.running() is not None)
    people.person.hand.swap("")
    assert people.person.item().value is before
    people.person.cancel()
    qtbot.waitUntil(lambda: people.person.running() is None, timeout=60000)


def test_the_person_is_found_again_in_one_of_several_photographs(people, qtbot) -> None:
    two = toys.toy_person(3, 2)
    put(people, two)
    people.person.toggle()
    page = people.person_page
    assert page.views.isVisible()
    assert page.views.count() == 2
    page.views.setCurrentIndex(1)
    assert page.canvas.view is two.views[1]
    page.way.buttons[1].click()
    qtbot.waitUntil(lambda: value(people) is not two and not people.person.locked(), timeout=60000)
    assert value(people).views[0] is two.views[0]
    assert value(people).views[1].verts is None
    assert states(people)[2] == "next"


def test_the_page_opens_and_closes_with_a_key_and_gives_the_dock_back(people, qtbot) -> None:
    from conftest import press

    item = put(people, toys.toy_person(1))
    assert people.centre.currentWidget() is people.viewport
    bottom = people.docks["bottom"].isVisible()
    press(people, qtbot, Qt.Key.Key_P)
    assert people.centre.currentWidget() is people.person_page
    assert not people.docks["bottom"].isVisible()
    people.person_page.done.click()
    assert people.centre.currentWidget() is people.viewport
    assert people.docks["bottom"].isVisible() == bottom
    people.person.toggle()
    commands.delete(people.document, item.id)
    assert people.centre.currentWidget() is not people.person_page
    people.undo()
    assert people.centre.currentWidget() is people.person_page


def test_the_fitted_body_is_drawn_over_the_photograph(people, qtbot) -> None:
    put(people, toys.toy_person(2))
    people.person.toggle()
    canvas = people.person_page.canvas
    qtbot.waitUntil(lambda: not canvas._body.isNull(), timeout=60000)
    body = canvas._body
    middle = body.pixelColor(body.width() // 2, body.height() // 2)
    assert middle.alpha() == 255
    assert middle.blue() > middle.red()
    assert body.pixelColor(3, 3).alpha() == 0


def test_steps_of_a_person_are_known_from_what_it_holds() -> None:
    found = {n: person_steps.steps_of(toys.toy_person(n), {}) for n in range(4)}
    assert [[s.state for s in found[n]] for n in range(4)] == [
        ["next", "later", "later", "later"],
        ["done", "next", "later", "later"],
        ["done", "done", "next", "later"],
        ["done", "done", "done", "next"],
    ]
    assert found[0][0].methods, "a real method finds people"
    records = [{"hand": "keypoints", "view": 0, "keypoints": [1]}, {"hand": "keypoints", "view": 0, "keypoints": [2]}]
    provenance: dict = {}
    for record in records:
        provenance = person_steps.with_step(provenance, record)
    assert provenance["steps"] == records[1:], "of drags one after another the last is kept"


def test_tools_follow_what_the_view_has(people, qtbot) -> None:
    put(people, toys.toy_person(0))
    people.person.toggle()
    tools = people.person_page.tools
    assert not tools.sides.isEnabled()
    assert not tools.flips.isEnabled()
    assert not people.person_page.shows["body"].isEnabled()
    put(people, toys.toy_person(3), "fitted")
    assert tools.sides.isEnabled()
    assert tools.flips.isEnabled()
    page = people.person_page
    page.map.setCurrentIndex(1)
    assert not page.canvas._map.isNull()
    page.map.setCurrentIndex(0)
    assert page.canvas._map.isNull()
    tools.choose(POINTS)
