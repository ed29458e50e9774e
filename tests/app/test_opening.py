"""What is shown after something was opened, and what hiding and showing do."""

from __future__ import annotations

import pytest
from conftest import run_toy
from eigenform.io.samples import make_sample
from eigenform.io.write import write_shape
from eigenform_app.display import DisplayOptions
from eigenform_app.panels.forms import ParamsForm


@pytest.fixture
def files(tmp_path):
    """Two small mesh files of different size."""
    made = []
    for name, scale in (("one", 1.0), ("two", 40.0)):
        shape = make_sample("sphere", 200)
        made.append(tmp_path / f"{name}.obj")
        write_shape(shape.replace(verts=shape.verts * scale), made[-1])
    return made


def open_and_wait(window, qtbot, names, count):
    window.files.open_paths(names)
    qtbot.waitUntil(lambda: len(window.document) == count, timeout=10000)


def shown(window) -> list[str]:
    return [i.name for i in window.document if window.document.shown(i)]


def test_one_file_takes_the_place_of_what_was_shown(window, qtbot, files):
    open_and_wait(window, qtbot, files[:1], 1)
    basis = run_toy(window, qtbot)
    open_and_wait(window, qtbot, files[1:], 3)
    assert shown(window) == ["two"]
    assert list(window.viewport.views[0].layers) == [window.document.current.id], (
        "the basis of a hidden shape is hidden"
    )
    radius = window.viewport.ball()[1]
    assert radius > 40, "the camera's ball is that of the large sphere alone"
    window.undo()
    assert len(window.document) == 2, "opening is one step of undo"
    assert shown(window) == ["one", window.document[basis].name]


def test_files_dropped_together_stay_together(window, qtbot, files):
    open_and_wait(window, qtbot, files, 2)
    assert shown(window) == ["one", "two"]
    window.files.open_sample("torus")
    qtbot.waitUntil(lambda: len(window.document) == 3, timeout=10000)
    assert shown(window) == ["torus"]


def test_show_only_this_and_running_on_a_hidden_shape(window, qtbot, files):
    open_and_wait(window, qtbot, files[:1], 1)
    open_and_wait(window, qtbot, files[1:], 2)
    one = window.document.items()[0].id
    window.document.set_current(one)
    window.actions_by_id["show_only"].trigger()
    assert shown(window) == ["one"]
    window.undo()
    assert shown(window) == ["two"]
    run_toy(window, qtbot)
    assert "one" in shown(window), "modes that are being learned are seen"
    assert "two" not in shown(window)


def test_every_display_option_has_a_group(qapp):
    form = ParamsForm(DisplayOptions)
    assert set(form.groups) == {"Colour", "Surface", "Lines", "Animation"}
    form.deleteLater()
