"""What a closed viewport leaves behind."""

from eigenform_app.viewport import base
from eigenform_app.viewport.surface import Surface
from eigenform_app.viewport.viewport import Viewport


def test_a_closed_viewport_keeps_no_wrapper_of_what_qt_frees(qapp, qtbot, monkeypatch):
    monkeypatch.setattr(base, "draws_on_cpu", lambda: False)
    viewport = Viewport()
    qtbot.addWidget(viewport)
    viewport.show()
    surface = viewport.surface
    assert isinstance(surface, Surface)
    qtbot.waitUntil(lambda: surface._ctx is not None, timeout=10_000)
    viewport.close()
    assert surface._ctx is None
    assert surface._surface is None


def test_a_closed_viewport_draws_nothing(opened, qtbot):
    surface = opened.viewport.surface
    drawn = []
    surface.painted.connect(lambda: drawn.append(1))
    opened.viewport.close()
    surface.update()
    qtbot.wait(100)
    assert not drawn
