"""Forms made from parameter dataclasses."""

from __future__ import annotations

import dataclasses

import pytest
from eigenform import registry
from eigenform.params import make, params_of
from eigenform_app.display import DisplayOptions
from eigenform_app.panels.forms import ParamsForm
from eigenform_app.preferences import Preferences
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QSpinBox
from toy_methods import ToyParams

CLASSES = [*(m.params_class() for m in registry.methods()), DisplayOptions, Preferences, ToyParams]


def form_for(qtbot, cls, presets=None) -> ParamsForm:
    form = ParamsForm(cls, presets)
    qtbot.addWidget(form)
    return form


@pytest.mark.parametrize("cls", CLASSES, ids=lambda c: c.__name__)
def test_every_dataclass_makes_a_form_with_its_defaults(qtbot, cls):
    form = form_for(qtbot, cls)
    assert form.params_value() == cls()
    assert set(form.widgets) == {f.name for f in dataclasses.fields(cls)}
    for p in params_of(cls):
        widget = form.widgets[p.name]
        assert p.help in widget.toolTip()
        kind = {"int": QSpinBox, "float": QDoubleSpinBox, "bool": QCheckBox, "choice": QComboBox}.get(p.kind)
        if kind:
            assert isinstance(widget, kind)
    assert form.preset.currentText() == "default"


@pytest.mark.parametrize("method", registry.methods(), ids=lambda m: m.name)
def test_presets(qtbot, method):
    cls = method.params_class()
    form = form_for(qtbot, cls, method.presets)
    for name, values in method.presets.items():
        form.apply_preset(name)
        assert form.params_value() == make(cls, values)
        assert form.preset.currentText() == name
    form.reset()
    assert form.params_value() == cls()


def test_a_change_is_heard_and_makes_the_preset_custom(qtbot):
    form = form_for(qtbot, ToyParams, {"long": {"steps": 5000}})
    with qtbot.waitSignal(form.changed):
        form.widgets["modes"].setValue(12)
    assert form.values()["modes"] == 12
    assert form.preset.currentText() == "custom"
    with qtbot.assertNotEmitted(form.changed):
        form.set_values({"modes": 8, "steps": 5000})
    assert form.preset.currentText() == "long"


def test_small_numbers_survive(qtbot):
    form = form_for(qtbot, ToyParams)
    for value in (0.0, 1e-6, 0.002, 3.25, 9.999):
        form.set_values({"pause": value})
        assert form.params_value().pause == pytest.approx(value, rel=1e-9)
    box = form.widgets["pause"]
    box.lineEdit().setText("1e-3 s")
    box.interpretText()
    assert form.params_value().pause == pytest.approx(1e-3)


def test_groups_fold(qtbot):
    form = form_for(qtbot, ToyParams)
    form.show()
    assert form.widgets["modes"].isVisible()
    assert not form.widgets["loud"].isVisible()
    form.groups["More"].toggle.click()
    assert form.widgets["loud"].isVisible()


def test_a_value_that_will_not_do_gets_a_sentence(qtbot):
    @dataclasses.dataclass(frozen=True)
    class Strict:
        number: float = registry.load("eigenform.params:param")(1.0, "A number.", low=0.5, high=2.0)

    form = form_for(qtbot, Strict)
    form.show()
    box = form.widgets["number"]
    box.setRange(-10, 10)  # as if typed past the limits of the box
    box.setValue(5.0)
    assert "between 0.5 and 2" in form.problem.text()
    assert form.problem.isVisible()
    box.setValue(1.5)
    assert not form.problem.isVisible()


def test_a_lowest_value_with_a_meaning_is_said_in_words(qapp):
    from eigenform.spectral.settings import LearnedParams

    form = ParamsForm(LearnedParams)
    seconds = form.widgets["seconds"]
    assert seconds.text() == "no limit"
    seconds.setValue(5)
    assert seconds.text() == "5 s"
    assert form.values()["seconds"] == 5
    seconds.setValue(0)
    assert form.values()["seconds"] == 0


def test_paths_can_be_chosen(qtbot, tmp_path, monkeypatch):
    from eigenform.avatar.networks.settings import TrainParams
    from eigenform_app.panels.browse import BrowseButton
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QFileDialog

    form = form_for(qtbot, TrainParams)
    buttons = {b.line: b for b in form.findChildren(BrowseButton)}
    assert set(buttons) == {form.widgets[name] for name in ("data", "scans", "start")}
    asked = []

    def choose(parent, title, start):
        asked.append((title, start))
        return str(tmp_path) if len(asked) != 2 else ""

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    line = form.widgets["data"]
    button = buttons[line]
    assert button.toolTip()
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert line.nextInFocusChain() is button
    with qtbot.waitSignal(form.changed):
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert form.params_value().data == str(tmp_path)
    with qtbot.assertNotEmitted(form.changed):
        button.choose_folder()  # left without an answer
    line.setText(str(tmp_path / "none" / "such"))
    button.choose_folder()
    assert asked == [("Data", ""), ("Data", str(tmp_path)), ("Data", str(tmp_path))]


def test_a_folder_or_a_file(qtbot, tmp_path, monkeypatch):
    from eigenform.avatar.photo.settings import FindPersonParams
    from eigenform_app.panels.browse import BrowseButton
    from PySide6.QtWidgets import QFileDialog

    form = form_for(qtbot, FindPersonParams)
    button = next(b for b in form.findChildren(BrowseButton) if b.line is form.widgets["more"])
    assert [a.text() for a in button.menu().actions()] == ["Folder…", "File…"]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "a.mp4"), ""))
    button.menu().actions()[1].trigger()
    assert form.params_value().more == str(tmp_path / "a.mp4")
