"""Methods that take nothing: where they stand, and what comes of them."""

from __future__ import annotations

import pose_toys
import pytest
import toy_methods
from conftest import open_sphere
from eigenform import registry
from eigenform_app.panels.welcome import Welcome
from eigenform_app.script import script


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toys, those that make something out of nothing as well."""
    monkeypatch.setattr(registry, "METHODS", (*toy_methods.METHODS, *registry.METHODS, *pose_toys.METHODS))


def idle(window, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.runner.active(quiet=True), timeout=60_000)


def test_a_method_without_inputs_runs_from_the_welcome_page(window, qtbot):
    action = window.actions_by_id["method.toy-ball-new"]
    assert action.isEnabled()
    make = next(a.menu() for a in window.menuBar().actions() if a.text() == "&Make")
    assert action in make.actions()
    window.work.run_method("toy-ball-new")
    idle(window, qtbot)
    item = window.document.current
    assert item.parent is None
    assert item.kind == "shape"
    assert item.provenance["inputs"] == []
    assert "jobs.run(method, []," in script(window.document)
    assert window.centre.currentWidget() is window.viewport
    assert window.inspector.method.method().inputs, "the form goes on to methods that take the new item"
    window.undo()
    assert not len(window.document)


def test_what_is_made_anew_has_the_view_to_itself(window, qtbot):
    open_sphere(window, qtbot)
    old = window.document.current.id
    window.work.make_new("avatar")
    idle(window, qtbot)
    assert window.document.current.kind == "avatar"
    assert not window.document[old].visible
    assert window.viewport.up == "z"
    window.undo()
    assert window.document[old].visible


def test_a_live_method_without_inputs_makes_the_chosen_item_again(window, qtbot):
    window.work.run_method("toy-ball-new")
    idle(window, qtbot)
    window.work.run_method("toy-ball-new")
    idle(window, qtbot)
    first, second = window.document.items("shape")
    window.document.set_current(first.id)
    window.inspector.method.choose("toy-ball-new")
    window.inspector.method.form().set_values({"size": 500})
    window.work.refit()
    idle(window, qtbot)
    assert len(window.document[first.id].value.verts) > 300
    assert len(window.document[second.id].value.verts) < 300
    assert len(window.document) == 2


def test_the_welcome_page_offers_a_body(window, qtbot):
    page = Welcome()
    qtbot.addWidget(page)
    assert any(c.name == "body" for c in page.cards) == ("body" in window.work.makers())
    asked = []
    page.new_wanted.connect(asked.append)
    next(c for c in page.cards if c.name == "body").click()
    assert asked == ["body"]
    assert window.actions_by_id["new_body"].isEnabled()
