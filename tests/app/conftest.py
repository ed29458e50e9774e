"""A real window, with its settings in a folder of its own, and a method that trains in a moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")

from eigenform import registry
from eigenform_app import log, main, theme
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))
import toy_methods

PATIENCE = 120_000  # milliseconds


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """Say what is missing: where Qt finds no display, it ends the whole process and tells nobody what to do."""
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    needed = os.environ.get("QT_QPA_PLATFORM", "xcb").split(":")[0] in ("xcb", "wayland")
    if sys.platform.startswith("linux") and needed and not screen and not config.option.collectonly:
        pytest.exit("The tests of the window need a display: use packaging/test.py, or xvfb-run -a pytest.", 4)


@pytest.fixture(scope="session")
def qapp(xvfb: object | None) -> QApplication:
    """The application as the program makes it, on the virtual display of this process where there is one."""
    if xvfb is not None:
        os.environ["QT_QPA_PLATFORM"] = "xcb"
        os.environ.pop("WAYLAND_DISPLAY", None)
    application = QApplication.instance() or main.prepare(["tests"])
    assert isinstance(application, QApplication)
    return application


class PatientBot(QtBot):
    """Waits end when that comes which is waited for; how long a busy machine takes for it is no failure."""

    def waitUntil(self, callback, *, timeout: int = 0) -> None:
        super().waitUntil(callback, timeout=max(timeout, PATIENCE))

    def waitSignal(self, signal, *, timeout: int = PATIENCE, **more):
        # none at all is what assertNotEmitted gives
        return super().waitSignal(signal, timeout=max(timeout, PATIENCE) if timeout else 0, **more)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """The one of pytest-qt, with more patience."""
    return PatientBot(request)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, state and cache of this test alone."""
    folder = tmp_path / "home"
    monkeypatch.setenv("EIGENFORM_HOME", str(folder))
    return folder


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put methods of a moment before the real ones: no panel may name a method, so all must take them."""
    monkeypatch.setattr(registry, "METHODS", (*toy_methods.METHODS, *registry.METHODS))


@pytest.fixture
def window(qapp: QApplication, qtbot, home: Path, toys: None) -> Iterator:
    """A shown window; it closes without a question."""
    from eigenform_app.keys import KeyRules
    from eigenform_app.window import MainWindow

    log.start()
    rules = KeyRules()
    qapp.installEventFilter(rules)
    made = MainWindow()
    made.ask = lambda sentence: "discard"
    made.work.rehearsed = True  # a rehearsal beside the jobs of a test would only blur what is waited for
    made.resize(1100, 720)
    made.show()
    qtbot.waitExposed(made)
    activate(made, qtbot)
    yield made
    made.close_now()
    made.deleteLater()
    qapp.removeEventFilter(rules)
    qapp.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    log.stop()
    theme.apply(qapp, False)
    qapp.setStyleSheet("")  # where it stands, every widget that is added costs much more; the next window sets it


def activate(window, qtbot) -> None:
    """Give the window the keyboard: without a window manager that can take more than one try."""

    def active() -> bool:
        if not window.isActiveWindow():
            window.raise_()
            window.activateWindow()
        return window.isActiveWindow()

    qtbot.waitUntil(active, timeout=10000)


def press(window, qtbot, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key in the window."""
    activate(window, qtbot)
    qtbot.keyClick(window, key, modifiers)


@pytest.fixture
def opened(window, qtbot):
    """The window with a small sphere in it, chosen."""
    return open_sphere(window, qtbot)


def open_sphere(window, qtbot, size: int = 300):
    """Add a sphere of about ``size`` vertices; returns the window."""
    from eigenform.io.samples import make_sample
    from eigenform_app import commands
    from eigenform_app.display import DisplayOptions
    from eigenform_app.document import Item

    item = Item(
        make_sample("sphere", size), "sphere", "shape", display=DisplayOptions(), provenance={"sample": "sphere"}
    )
    commands.add(window.document, item)
    qtbot.waitUntil(lambda: window.centre.currentWidget() is window.viewport)
    return window


def run_toy(window, qtbot, method: str = "toy", **values) -> str:
    """Run a toy method on the current shape to its end; returns the id of the new item."""
    panel = window.inspector.method
    panel.choose(method)
    panel.form().set_values(values)
    before = {i.id for i in window.document}
    with qtbot.waitSignal(window.runner.finished, timeout=15000):
        window.work.run()
    qtbot.waitUntil(lambda: window.work.running() is None)
    return next(i.id for i in window.document if i.id not in before)
