"""The modes strip, the spectrum plot and the training plot."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from eigenform_app.panels.axes import Axis, label, nice_step
from eigenform_app.panels.modes_strip import ModesStrip
from eigenform_app.panels.spectrum_plot import SpectrumPlot, errors, relative, weyl_line
from eigenform_app.panels.thumbnail_row import clusters
from eigenform_app.panels.training_plot import TrainingPlot
from eigenform_app.viewport.fonts import scaled
from eigenform_app.viewport.geometry import geometry_of
from eigenform_app.viewport.raster import look, shade
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont
from viewport_scene import sphere_basis


@pytest.fixture
def strip(qapp, qtbot):
    made = ModesStrip()
    made.resize(700, 140)
    made.show()
    yield made
    made.shut()
    made.close()


def picture(widget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGBA8888)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return raw[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).astype(int)


def test_clusters_are_runs_of_near_equal_eigenvalues():
    assert clusters(np.array([0, 2, 2.001, 2.002, 6, 6.01, 12.0])) == [(1, 3), (4, 5)]
    assert clusters(np.array([0, 0, 1.0])) == [(0, 1)]
    assert clusters(np.array([])) == []


def test_thumbnails_are_drawn_and_follow_previews(strip, qtbot):
    basis = sphere_basis()
    strip.set_basis(basis)
    qtbot.waitUntil(lambda: strip.ready, timeout=5000)
    row = strip._row
    assert sorted(row._pictures) == list(range(basis.modes))
    before = row._pictures[1].toImage()
    strip.update_preview(basis.replace(evecs=-basis.evecs))
    qtbot.waitUntil(lambda: strip.ready, timeout=5000)
    assert row._pictures[1].toImage() != before


def test_strip_keys_and_clicks_choose_and_flip(strip, qtbot):
    strip.set_basis(sphere_basis())
    chosen: list[int] = []
    flipped: list[int] = []
    strip.mode_chosen.connect(chosen.append)
    strip.flip_requested.connect(flipped.append)
    strip.set_mode(2)
    assert chosen == []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_Left, Qt.Key.Key_End, Qt.Key.Key_F):
        qtbot.keyClick(strip._row, key)
    assert chosen == [3, 0, 0, 4]
    assert flipped == [4]
    cell = strip._row._cell(1).center()
    qtbot.mouseClick(strip._row.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    assert chosen[-1] == 1
    strip.set_basis(None)
    assert picture(strip).std() > 0


def test_strip_scrolls_to_the_mode(strip, qtbot):
    basis = sphere_basis()
    many = basis.replace(evecs=np.tile(basis.evecs, (1, 8)), evals=np.arange(40.0))
    strip.set_basis(many)
    strip.set_mode(39)
    cell = strip._row._cell(39)
    assert cell.left() >= 0
    assert cell.right() <= strip._row.viewport().width()
    qtbot.waitUntil(lambda: strip.ready, timeout=5000)
    assert len(strip._row._pictures) < 40  # only what is near is drawn


@pytest.mark.parametrize("mesh", [True, False])
def test_raster_sees_the_front(mesh):
    basis = sphere_basis()
    if not mesh:
        basis = basis.replace(faces=np.zeros((0, 3), dtype=int))
    geometry = geometry_of(basis)
    sight = look(geometry, 120, 100, eye=(0, 0, 1))
    seen = np.einsum("pcd,pc->pd", geometry.points[sight.corners], sight.weights)
    assert seen[:, 2].min() > -0.25
    expected = np.pi * (0.45 * 100) ** 2
    assert len(sight.pixels) == pytest.approx(expected, rel=0.08 if mesh else 0.25)
    pixels = shade(sight, basis.evecs[:, 1]).astype(int)
    assert pixels.shape == (50, 60, 4)
    assert pixels[25, 45, 0] > pixels[25, 45, 2] + 40  # x > 0: red on the right
    assert pixels[25, 15, 2] > pixels[25, 15, 0] + 40
    assert pixels[0, 0, 3] == 0


def test_raster_fills_large_triangles():
    basis = sphere_basis(3)
    sight = look(geometry_of(basis), 160, 160, eye=(0, 1, 0.01))
    covered = np.zeros(160 * 160, bool)
    covered[sight.pixels] = True
    assert covered.reshape(160, 160)[70:90, 70:90].all()


def test_relative_errors_and_weyl():
    reference = np.array([0.0, 2.0, 2.0, 6.0])
    np.testing.assert_allclose(relative(reference), [0, 1, 1, 3])
    found = errors(3 * reference, reference)
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], 0, atol=1e-12)
    assert errors(np.array([0.0, 2.0, 2.0, 9.0]), reference)[3] > 1
    sphere = np.concatenate([[l * (l + 1)] * (2 * l + 1) for l in range(20)])  # noqa: E741
    assert weyl_line(4 * np.pi, len(sphere))[-1] == pytest.approx(sphere[-1], rel=0.06)


def test_spectrum_points_are_clickable(qapp, qtbot):
    plot = SpectrumPlot()
    plot.resize(500, 300)
    plot.show()
    evals = np.array([0.0, 2.0, 3.0, 6.0, 12.0])
    plot.set_bases([("a", "classical", evals, "#3f7fbf"), ("b", "learned", evals * 1.2, "#e08a3c")])
    plot.set_area(4 * np.pi)
    plot.set_current("a", 2)
    canvas = plot.canvas
    axes = canvas.plot()
    assert axes is not None
    at = axes.at(3, 1.2 * 6.0).toPoint()
    with qtbot.waitSignal(plot.mode_chosen) as got:
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at)
    assert got.args == ["b", 3]
    with qtbot.waitSignal(plot.mode_chosen) as got:
        qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert got.args == ["b", 4]
    with qtbot.assertNotEmitted(plot.mode_chosen):
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    seen = []
    for view in range(4):
        plot.set_view(view)
        seen.append(picture(canvas))
    assert all((a != b).any() for a, b in itertools.pairwise(seen))
    plot.set_bases([])
    assert canvas.plot() is None
    assert picture(canvas).std() > 0


def test_training_plot_reads_the_ratio(qapp):
    plot = TrainingPlot()
    plot.resize(640, 220)
    plot.show()
    assert plot.readout() == ("–", "loss / optimum")
    empty = picture(plot)
    for step in range(5000):
        plot.append(step, {"loss": 2.0 + 1.0 / (step + 1), "optimum": 2.0})
    assert plot.ratio == pytest.approx(1 + 0.5 / 5000)
    assert plot.readout()[0] == "1.0001"
    assert len(plot._steps) <= 2000
    assert plot._steps[-1] == 4999
    assert plot.closeness() == 1.0
    drawn = picture(plot)
    assert (drawn != empty).any()
    plot.set_captured(np.linspace(1, 0.5, 20))
    assert (picture(plot) != drawn).any()
    plot.clear()
    assert plot.ratio is None
    plot.append(0, {"loss": 0.25})
    assert plot.readout() == ("0.25", "loss")
    picture(plot)


def test_axes_have_round_ticks():
    assert [nice_step(v) for v in (0.9, 1.1, 3, 7, 0.02)] == [1, 2, 5, 10, 0.02]
    assert Axis(0, 70).ticks(7) == [0, 10, 20, 30, 40, 50, 60, 70]
    assert Axis(1e-3, 1, log=True).ticks(4) == pytest.approx([1e-3, 1e-2, 1e-1, 1])
    assert float(Axis(1, 100, log=True).unit(10)) == pytest.approx(0.5)
    assert label(-0.25, 0.25) == "\N{MINUS SIGN}0.2" or label(-0.25, 0.05) == "\N{MINUS SIGN}0.25"
    assert label(2e7) == "2e7"


@pytest.mark.parametrize("in_pixels", [True, False])
def test_fonts_scale_in_points_and_in_pixels(qapp, in_pixels):
    font = QFont()
    if in_pixels:
        font.setPixelSize(20)
        assert scaled(font, 0.5).pixelSize() == 10
        assert scaled(font, 0.01).pixelSize() > 0
    else:
        font.setPointSizeF(20)
        assert scaled(font, 0.5).pointSizeF() == 10
        assert scaled(font, 0.01, bold=True).weight() == QFont.Weight.DemiBold
