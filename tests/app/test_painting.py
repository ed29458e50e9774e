"""Painting marks: strokes on images and surfaces, each a step of undo, kept by sessions."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform.io.samples import make_sample
from eigenform.types import Field, Image
from eigenform_app import commands
from eigenform_app.document import Item
from eigenform_app.kinds import display_for
from eigenform_app.panels.brush_tools import KNOWN, REGION
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot


def put(window, value, name: str) -> Item:
    """Add a value to the document."""
    kind = {Image: "image", Field: "field"}[type(value)]
    item = Item(value, name, kind, display=display_for(value))
    commands.add(window.document, item)
    return item


@pytest.fixture
def picture(window) -> Item:
    """A grey image of 60 by 40 pixels in the window."""
    window.show()
    return put(window, Image(np.full((40, 60, 3), 0.5), name="grey"), "grey")


def drag(widget, start: QPointF, end: QPointF) -> None:
    """A stroke of the left button."""
    points = [QPoint(round(start.x() + t * (end.x() - start.x())), round(start.y() + t * (end.y() - start.y())))
              for t in (0, 0.5, 1)]  # fmt: skip
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(widget, point)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=points[-1])


def test_a_stroke_on_an_image_marks_a_hole_and_undo_takes_it_back(window, picture: Item, qtbot: QtBot) -> None:
    window.actions_by_id["paint"].trigger()
    dialog = window.painting.open
    qtbot.waitUntil(dialog.isVisible)
    canvas = dialog.canvas
    place = canvas.place()
    drag(canvas, place.topLeft() + QPointF(0.25 * place.width(), 0.5 * place.height()),
         place.topLeft() + QPointF(0.75 * place.width(), 0.5 * place.height()))  # fmt: skip
    mask = window.document[picture.id].value.mask
    assert mask[20, 15:45].all()
    assert not mask[20, :10].any()
    assert not mask[5].any()
    assert "missing" in dialog.share.text()
    assert dialog.fill.isEnabled()
    dialog.tools.choose(REGION, 3)
    drag(canvas, place.center(), place.center())
    assert (window.document[picture.id].value.regions == 3).any()
    dialog.tools.choose(KNOWN)
    drag(canvas, place.center(), place.center())
    assert not window.document[picture.id].value.mask[20, 30]
    for _ in range(3):
        window.document.undo.undo()
    assert window.document[picture.id].value.mask is None
    assert not dialog.fill.isEnabled()
    assert not canvas.missing.any()
    dialog.close()


def test_fill_chooses_a_method_for_images(window, picture: Item, qtbot: QtBot) -> None:
    window.painting.paint()
    dialog = window.painting.open
    mask = np.zeros((40, 60), bool)
    mask[10:20, 10:20] = True
    dialog.painted.emit(picture.id, mask, np.zeros((40, 60), np.int64))
    dialog.fill.click()
    assert window.work.panel.method().inputs == ("Image",)
    assert window.work.panel.method().verb == "inpaint"
    qtbot.waitUntil(lambda: window.painting.open is None)


def test_a_brush_on_a_surface_marks_the_vertices_under_it(window, qtbot: QtBot) -> None:
    window.show()
    sphere = make_sample("sphere", 2000)
    item = put(window, Field(sphere.verts, sphere.faces, sphere.verts[:, 2]), "height")
    window.viewport.reset_camera()
    window.painting.paint()
    window.painting.open.tools.slider.setValue(250)
    surface = window.viewport.surface
    qtbot.waitUntil(lambda: window.viewport.pick(QPointF(surface.rect().center())) is not None)
    before = window.viewport.camera()
    centre = QPointF(surface.rect().center())
    drag(surface, centre, centre + QPointF(12, 0))
    mask = window.document[item.id].value.mask
    assert 5 < mask.sum() < 400
    assert window.viewport.camera() == before
    marked = sphere.verts[mask]
    assert np.ptp(marked, axis=0).max() < 0.8
    QTest.mousePress(surface, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    QTest.mouseRelease(surface, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert (window.document[item.id].value.mask == mask).all()
    window.painting.open.close()
    qtbot.waitUntil(lambda: window.painting.open is None)
    window.document.undo.undo()
    assert window.document[item.id].value.mask is None


def test_colours_of_a_shape_become_a_field_to_paint_on(window, qtbot: QtBot) -> None:
    window.show()
    sphere = make_sample("sphere", 500)
    sphere = sphere.replace(colours=(sphere.verts - sphere.verts.min()) / np.ptp(sphere.verts))
    item = Item(sphere, "ball", "shape", display=display_for(sphere))
    commands.add(window.document, item)
    window.actions_by_id["paint"].trigger()
    qtbot.waitUntil(lambda: window.painting.open is not None)
    made = window.document[window.painting.open.item_id]
    assert made.parent == item.id
    assert made.value.meta["colours"]
    np.testing.assert_allclose(made.value.values, sphere.colours)
    window.painting.open.close()
