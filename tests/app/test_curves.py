"""Curves and pictures that a result carries: FreSh's choice, the U of the band, a view beside its photograph."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform_app.document import Document
from eigenform_app.panels.curves_plot import CurvesPlot
from eigenform_app.panels.training_page import TrainingPage
from eigenform_app.panels.training_plot import TrainingPlot
from pytestqt.qtbot import QtBot

FRESH = {
    "kind": "siren", "symbol": "omega", "chosen": 20.0, "candidates": [10.0, 20.0, 30.0],
    "distances": [2.0, 0.5, 1.5], "target": [0.5, 0.3, 0.15, 0.05],
    "spectra": [[0.8, 0.1, 0.06, 0.04], [0.5, 0.28, 0.16, 0.06], [0.3, 0.3, 0.25, 0.15]], "errors": {},
}  # fmt: skip
U_CURVE = {"bands": [5.0, 10.0, 20.0, 40.0], "errors": [0.02, 0.005, 0.008, 0.05], "units": 1024, "band": 20.0}


@pytest.mark.parametrize(("meta", "words"), [({"fresh": FRESH}, "omega 20"), ({"u_curve": U_CURVE}, "least at 10")])
def test_a_curve_of_the_meta_is_drawn_with_a_sentence(qtbot: QtBot, meta: dict, words: str) -> None:
    plot = CurvesPlot()
    qtbot.addWidget(plot)
    plot.resize(520, 240)
    plot.set_meta({})
    assert plot.isHidden()
    plot.set_meta(meta)
    assert not plot.isHidden()
    assert words in plot.words()
    image = plot.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colours) > 8


def test_the_page_shows_pictures_where_a_value_has_them(qtbot: QtBot) -> None:
    class Value:
        meta = {"comparison": {"view": 3, "psnr": 27.25}}
        arrays = {"rendered_view": np.zeros((8, 12, 3), np.uint8), "photograph": np.full((8, 12, 3), 255, np.uint8)}

    page = TrainingPage(TrainingPlot(), Document())
    qtbot.addWidget(page)
    page.resize(900, 240)
    page.show_value(Value())
    assert not page.views.isHidden()
    assert page.views.words == "View 3, 27.2 dB"
    assert [name for name, _ in page.views.pictures] == ["rendered view", "photograph"]
    page.show_value(None)
    assert page.views.isHidden()
    assert page.curves.isHidden()


def test_a_second_scalar_gets_its_curve_and_the_readout(qtbot: QtBot) -> None:
    plot = TrainingPlot()
    qtbot.addWidget(plot)
    plot.resize(700, 220)
    plot.extend([(n, {"loss": 1.0 / n, "psnr": 20.0 + n}) for n in range(1, 30)])
    assert plot.second() == "psnr"
    assert plot.readout() == ("49.0", "PSNR, dB")
    plot.grab()
    plot.clear()
    plot.extend([(n, {"loss": 1.0 / n, "held_out": 0.1 / n}) for n in range(1, 30)])
    assert plot.readout()[1] == "held-out error"
    plot.grab()
