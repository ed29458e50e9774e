"""The window from outside: what a person sees and presses."""

from __future__ import annotations

import numpy as np
from conftest import activate, open_sphere, press, run_toy
from eigenform import registry
from eigenform_app import actions, theme
from eigenform_app.panels.palette import score
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget


def test_welcome_stands_where_nothing_is_loaded(window, qtbot):
    assert window.centre.currentWidget() is window.welcome
    assert not window.docks["right"].isVisible()
    open_sphere(window, qtbot)
    assert window.centre.currentWidget() is window.viewport
    assert window.docks["right"].isVisible()
    window.items.delete()
    assert window.centre.currentWidget() is window.welcome


def test_a_sample_card_opens_its_sample(window, qtbot):
    card = next(c for c in window.welcome.cards if c.name == "torus")
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.document) == 1, timeout=10000)
    assert window.document.current.name == "torus"
    assert window.document.current.provenance == {"sample": "torus"}


def test_r_runs_the_method_and_keys_step_through_modes(opened, qtbot):
    window = opened
    window.inspector.method.choose("toy")
    with qtbot.waitSignal(window.runner.finished, timeout=10000):
        press(window, qtbot, Qt.Key.Key_R)
    basis = window.document.current
    assert basis.kind == "basis"
    assert window.document[basis.parent].name == "sphere"
    assert window.document.mode(basis.id) == 1
    picture = window.viewport.grab_array(notes=False)
    press(window, qtbot, Qt.Key.Key_Right)
    assert window.document.mode(basis.id) == 2
    assert np.any(window.viewport.grab_array(notes=False) != picture)
    press(window, qtbot, Qt.Key.Key_Left)
    press(window, qtbot, Qt.Key.Key_Left)
    press(window, qtbot, Qt.Key.Key_Left)
    assert window.document.mode(basis.id) == 0, "steps stop at the first mode"


def test_f_flips_the_sign_and_undo_takes_it_back(opened, qtbot):
    item = opened.document[run_toy(opened, qtbot)]
    before = np.array(item.value.evecs)
    press(opened, qtbot, Qt.Key.Key_F)
    after = opened.document[item.id].value.evecs
    assert np.array_equal(after[:, 1], -before[:, 1])
    assert np.array_equal(np.delete(after, 1, 1), np.delete(before, 1, 1))
    opened.undo()
    assert np.array_equal(opened.document[item.id].value.evecs, before)


def test_a_failing_method_says_so_and_keeps_everything(opened, qtbot):
    window = opened
    window.inspector.method.choose("toy")
    for kind, words in (("input", "give it a sphere"), ("crash", "the toy broke")):
        window.inspector.method.form().set_values({"fail": kind})
        with qtbot.waitSignal(window.runner.finished, timeout=10000):
            window.work.run()
        banner = window.banners.messages()[-1]
        assert banner.tone == "error"
        assert words in banner.words
        assert ("Traceback" in banner.details.toPlainText()) == (kind == "crash"), "bad input needs no traceback"
    assert len(window.document) == 1


def test_dropped_files_open(window, qtbot, tmp_path):
    path = tmp_path / "dreieck äöü.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\nf 1 3 4\nf 2 3 4\n", encoding="utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    window.dropEvent(QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, left, none))
    qtbot.waitUntil(lambda: len(window.document) == 1, timeout=10000)
    assert window.document.current.name == "dreieck äöü"
    assert str(path) in window.document.current.provenance["file"]


def test_a_bad_file_is_one_sentence_and_the_window_lives(window, qtbot, tmp_path):
    path = tmp_path / "broken.ply"
    path.write_bytes(b"ply\nformat ascii 1.0\nelement vertex 7\n")
    with qtbot.waitSignal(window.runner.finished, timeout=10000):
        window.files.open_paths([path])
    assert "broken.ply" in window.banners.messages()[-1].words
    open_sphere(window, qtbot)
    assert len(window.document) == 1


def test_page_keys_step_through_a_folder(window, qtbot, tmp_path):
    from eigenform.io.samples import make_sample
    from eigenform.io.write import write_shape

    for name, size in (("a", 200), ("b", 700), ("c", 1200)):
        write_shape(make_sample("sphere", size), tmp_path / f"{name}.ply")
    window.files.open_paths([tmp_path])
    qtbot.waitUntil(lambda: len(window.document) == 1, timeout=10000)
    assert window.document.current.name == "a"
    press(window, qtbot, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.document.current is not None and window.document.current.name == "b", timeout=10000)
    assert len(window.document) == 1, "a file that was only looked at makes room for the next"
    press(window, qtbot, Qt.Key.Key_PageUp)
    press(window, qtbot, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: window.document.current is not None and window.document.current.name == "c", timeout=10000)


def test_everything_derives_from_the_actions(window):
    listed = actions.all_actions()
    assert len({a.id for a in listed}) == len(listed)
    keys = [QKeySequence(a.shortcut).toString() for a in listed if a.shortcut]
    assert len(set(keys)) == len(keys), "two actions share a shortcut"
    for a in listed:
        assert callable(actions.find(window, a.callback)), a.id
        assert a.menu in actions.MENUS
    in_menus = {m.objectName() for title in window.menuBar().actions() for m in title.menu().actions()}
    assert {a.id for a in listed} <= in_menus
    assert {f"method.{m.name}" for m in registry.methods()} <= in_menus


def test_actions_are_enabled_when_they_can_do_something(window, qtbot):
    made = window.actions_by_id
    assert not made["run"].isEnabled()
    assert not made["flip"].isEnabled()
    open_sphere(window, qtbot)
    assert made["run"].isEnabled()
    assert not made["flip"].isEnabled()
    run_toy(window, qtbot)
    assert made["flip"].isEnabled()
    assert not made["compare"].isEnabled()
    run_toy(window, qtbot)
    assert made["compare"].isEnabled()


def test_the_palette_finds_and_does(opened, qtbot):
    window = opened
    press(window, qtbot, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    palette = window.palette_panel
    assert palette.isVisible()
    qtbot.keyClicks(palette.field, "four vi")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.viewport.view_count == 4
    assert not palette.isVisible()
    assert score("fv", "Four views") is not None
    assert score("four", "Four views") > score("four", "Find our vertex")
    assert score("xyz", "Four views") is None


def test_light_and_dark(opened, qtbot):
    window = opened
    window.show_theme(False)
    light = window.grab().toImage().pixelColor(5, 60).lightness()
    press(window, qtbot, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert theme.is_dark()
    assert window.grab().toImage().pixelColor(5, 60).lightness() < light - 100
    assert window.preferences.theme == "dark"


def test_every_control_can_be_reached_and_is_named(opened, qtbot):
    run_toy(opened, qtbot)
    reached = [w for w in opened.findChildren(QWidget) if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert len(reached) > 15
    panel = opened.inspector.method
    assert panel.run.focusPolicy() & Qt.FocusPolicy.TabFocus
    for widget in panel.form().widgets.values():
        assert widget.accessibleName()
        assert widget.toolTip()


def test_buttons_keep_space_and_fields_give_letters(opened, qtbot):
    window = opened
    window.inspector.method.choose("toy")
    spin = window.inspector.method.form().widgets["modes"]
    activate(window, qtbot)
    spin.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is spin)
    with qtbot.waitSignal(window.runner.submitted, timeout=5000):
        qtbot.keyClick(spin, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: window.work.running() is None, timeout=10000)


def test_copy_picture_and_display_options(opened, qtbot):
    window = opened
    run_toy(window, qtbot)
    window.pictures.copy()
    assert not QApplication.clipboard().image().isNull()
    box = window.inspector.display.widgets["nodal_lines"]
    was = window.document.current.display.nodal_lines
    box.setChecked(not was)
    assert window.document.current.display.nodal_lines is not was
    window.undo()
    assert window.document.current.display.nodal_lines is was
    assert box.isChecked() is was, "the form follows the undo"
