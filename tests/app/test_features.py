"""Points of many dimensions: drawn along their principal directions, in place while modes are learned."""

from __future__ import annotations

import numpy as np
from conftest import run_toy
from eigenform.io.samples import make_sample
from eigenform_app import commands
from eigenform_app.display import DisplayOptions
from eigenform_app.document import Item


def test_a_basis_of_features_stands_where_its_shape_stood(window, qtbot):
    shape = Item(make_sample("digits", 300), "digits", "shape", display=DisplayOptions())
    commands.add(window.document, shape)
    layer = window.viewport.views[0].layers[shape.id]
    before, camera = layer.geometry.points.copy(), window.viewport.camera()
    spread = before.std(axis=0)
    assert spread.min() > 0.3 * spread.max(), "three directions, not a line"
    basis = run_toy(window, qtbot, steps=20)
    assert list(window.viewport.views[0].layers) == [basis]
    np.testing.assert_array_equal(window.viewport.views[0].layers[basis].geometry.points, before)
    assert window.viewport.camera() == camera
    assert window.viewport.ball()[1] > 0
