"""Small things a person reads: the picked vertex in the status bar, the reference that a comparison proposes."""

from __future__ import annotations

import scipy.sparse
from conftest import run_toy
from eigenform_app import commands
from eigenform_app.views import _said


def test_a_picked_vertex_is_said_in_short_numbers():
    assert _said([0.6758549809455872, 0.125]) == "(0.6759, 0.125)"
    assert _said("nose") == "nose"


def test_the_basis_of_an_operator_is_proposed_as_the_reference(opened, qtbot):
    document = opened.document
    first = run_toy(opened, qtbot)
    value = document[first].value
    operator = value.replace(stiffness=scipy.sparse.eye(len(value.verts), format="csr"))
    commands.replace_value(document, first, operator, "Give an operator", {})
    document.set_current(document[first].parent)
    second = run_toy(opened, qtbot)
    assert opened.compare.chosen() == (second, first)
    document.undo.undo()
    assert opened.compare.chosen()[0] == first


def test_all_rows_of_a_comparison_fit_a_low_window(opened, qtbot):
    opened.resize(1280, 800)
    levels = {"10": 0.5, "20": 0.5, "50": None}
    keys = ("captured_span", "captured_nested", "cosine_index", "cosine_clustered", "cosine_matched")
    opened.show_tab("compare")
    opened.compare.show_result({k: levels for k in keys} | {"eval_error": 0.1, "angles_deg": [1.0], "residuals": [0.1]})
    table = opened.compare.table
    qtbot.waitUntil(lambda: table.viewport().height() > 0)
    qtbot.wait(50)
    last = table.rowViewportPosition(table.rowCount() - 1) + table.rowHeight(table.rowCount() - 1)
    assert table.rowCount() == 5
    assert last <= table.viewport().height(), "the last row is not hidden behind the summary"
    assert table.rowHeight(0) >= table.fontMetrics().height() + 6


def test_the_spectrum_has_the_height_of_its_tab(opened, qtbot):
    opened.resize(1280, 800)
    run_toy(opened, qtbot)
    opened.show_tab("spectrum")
    qtbot.wait(50)
    plot = opened.spectrum.canvas.plot()
    assert plot is not None
    assert plot.rect.height() >= 0.55 * opened.spectrum.height()
