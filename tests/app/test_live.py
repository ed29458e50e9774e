"""A live method runs again while values change, in the place of its last result; sliders stand beside their numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from eigenform import registry
from eigenform.params import param
from eigenform.registry import Method
from eigenform.types import Field, Image, Shape
from eigenform_app import commands
from eigenform_app.document import Document, Item
from eigenform_app.panels.forms import ParamsForm
from eigenform_app.panels.slider import NumberSlider
from eigenform_app.panels.training_page import TrainingPage
from eigenform_app.panels.training_plot import TrainingPlot
from pytestqt.qtbot import QtBot


@dataclass(frozen=True)
class Params:
    """Of a field that is its factor."""

    factor: float = param(1.0, "The value everywhere.", low=0.1, high=100.0, slider=True)
    count: int = param(5, "Nothing.", low=0, high=10, slider=True)


def constant(shape: Shape, *, params: Params, ctx) -> Field:
    """A field of one value."""
    ctx.step(1, 1)
    return Field(shape.verts, shape.faces, np.full(len(shape.verts), params.factor))


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Method:
    """A live method in the registry."""
    here = __name__
    method = Method("toy-live", "Toy constant", "spectral", "toy", ("Shape",), "Field", f"{here}:Params",
                    f"{here}:constant", "A constant.", live=True)  # fmt: skip
    monkeypatch.setattr(registry, "METHODS", (*registry.METHODS, method))
    return method


def test_moving_a_slider_replaces_the_result(window, live: Method, qtbot: QtBot) -> None:
    window.files.open_sample("sphere")
    qtbot.waitUntil(lambda: len(window.document) == 1, timeout=20_000)
    panel = window.work.panel
    panel.fill()
    panel.choose("toy-live")
    assert panel.live.isVisibleTo(panel)
    window.work.run()
    qtbot.waitUntil(lambda: len(window.document.items("field", live=False)) == 1, timeout=20_000)
    item = window.document.items("field", live=False)[0]
    slider = panel.form().findChildren(NumberSlider)[0]
    slider.setValue(500)  # halfway in the logarithm between 0.1 and 100
    assert panel.form().values()["factor"] == pytest.approx(3.16)
    qtbot.waitUntil(lambda: window.document[item.id].value.values[0] == pytest.approx(3.16), timeout=20_000)
    assert len(window.document.items("field")) == 1
    assert window.document[item.id].provenance["params"]["factor"] == pytest.approx(3.16)
    window.document.undo.undo()
    assert window.document[item.id].value.values[0] == 1.0
    panel.live.setChecked(False)
    slider.setValue(900)
    assert not window.work._refit_timer.isActive()


def test_a_slider_follows_its_number(qtbot: QtBot) -> None:
    form = ParamsForm(Params)
    qtbot.addWidget(form)
    factor, count = form.findChildren(NumberSlider)
    form.set_values({"factor": 100.0, "count": 10})
    assert (factor.value(), count.value()) == (1000, 1000)
    count.setValue(300)
    assert form.values()["count"] == 3
    form.set_values({"factor": 1.0})
    assert factor.value() == 333
    assert form.values()["factor"] == 1.0


def test_an_image_is_shown_beside_what_it_was_made_from(qtbot: QtBot) -> None:
    document = Document()
    page = TrainingPage(TrainingPlot(), document)
    qtbot.addWidget(page)
    mask = np.zeros((8, 8), bool)
    mask[2:4] = True
    before = Item(Image(np.zeros((8, 8, 3)), mask), "before", "image")
    commands.add(document, before)
    assert page.views.isHidden()
    commands.add(document, Item(Image(np.ones((8, 8, 3))), "after", "image", parent=before.id))
    assert [name for name, _ in page.views.pictures] == ["before", "after"]
    assert page.views.pictures[0][1].pixelColor(3, 2).name() == "#e0409a"
    assert page.views.pictures[1][1].pixelColor(3, 2).name() == "#ffffff"
