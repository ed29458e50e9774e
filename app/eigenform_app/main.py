"""Start-up: arguments first, heavy imports after them, then the window."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from eigenform_app.window import MainWindow

WARM_UP_MS = 1200  # after the window is there and can be used

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def _size(words: str) -> tuple[int, int]:
    try:
        width, height = (int(v) for v in words.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words!r} is not a size; say for example 1280x800") from None
    if not (320 <= width <= 8192 and 240 <= height <= 8192):
        raise argparse.ArgumentTypeError(f"{words} is not between 320x240 and 8192x8192")
    return width, height


def parser() -> argparse.ArgumentParser:
    """The arguments of ``eigenform-studio``."""
    from eigenform import __version__

    made = argparse.ArgumentParser("eigenform-studio", description="A desktop studio for learned geometry.")
    made.add_argument("files", nargs="*", metavar="FILE", help="shapes, bases, sessions or a folder to open")
    made.add_argument("--shot", metavar="PNG", help="write a picture of the window once everything is loaded, and quit")
    made.add_argument("--size", type=_size, metavar="WxH", help="size of the window, such as 1280x800")
    made.add_argument("--theme", choices=("light", "dark"), help="colours of the window, this time only")
    made.add_argument("--run", action="store_true", help="run the default method on what was opened")
    made.add_argument("--smoke", action="store_true", help="train a small basis, check that modes appear, and quit")
    made.add_argument("--demo", action="store_true", help="play the demo")
    made.add_argument("--version", action="version", version=f"eigenform-studio {__version__}")
    return made


def prepare(application_args: Sequence[str]) -> QApplication:
    """The application object, with what must stand before the first window."""
    from PySide6.QtWidgets import QApplication

    from eigenform_app.collector import Collector

    application = QApplication(list(application_args))
    application.setProperty("collector", Collector(application))
    QApplication.setApplicationName("eigenform")
    QApplication.setApplicationDisplayName("Eigenform")
    QApplication.setDesktopFileName("eigenform")
    return application


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window. Exit status 0 done, 1 a failure of ours, 2 bad input or usage."""
    options = parser().parse_args(argv)
    missing = [name for name in options.files if not Path(name).exists()]
    if missing:
        print(f"There is no file {missing[0]}.", file=sys.stderr)
        return 2
    if sys.platform.startswith("linux") and not any(os.environ.get(n) for n in DISPLAYS):
        print("There is no display to open a window on; `eigenform basis` works without one.", file=sys.stderr)
        return 2
    from eigenform.device import limit_threads

    from eigenform_app import preferences

    wishes = preferences.load()
    limit_threads(wishes.worker_threads())
    application = prepare(["eigenform-studio"])
    from eigenform_app import log
    from eigenform_app.keys import KeyRules
    from eigenform_app.window import MainWindow

    log.start()
    if options.theme:
        import dataclasses

        wishes = dataclasses.replace(wishes, theme=options.theme)
    rules = KeyRules()
    application.installEventFilter(rules)
    window = MainWindow(wishes)
    log.install_hooks(window.leave_note)
    _show(window, options)
    status = application.exec()
    application.removeEventFilter(rules)
    log.stop()
    _leave_behind(status)
    return status


def _leave_behind(status: int) -> None:
    """End the process here where a worker is still inside a native call or an import.

    Such a thread cannot be joined, and an interpreter that is taken down under it aborts. Everything that must be kept
    has been written by now.
    """
    if any(t is not threading.current_thread() and t.is_alive() for t in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _show(window: MainWindow, options: Any) -> None:
    """Show the window and start what the arguments ask for."""
    from PySide6.QtCore import QTimer

    from eigenform_app import theme
    from eigenform_app.errands import Shot, Smoke

    window.setWindowIcon(theme.logo(64))
    window.resize(*(options.size or (1440, 900)))
    errand = bool(options.shot or options.smoke)
    if not errand and not options.size:
        window.restore_layout()
    window.show()
    if options.smoke:
        window.errand = Smoke(window)
    elif options.shot:
        window.errand = Shot(window, options.files, Path(options.shot), run=options.run)
    else:
        window.files.open_paths(options.files, (lambda job: window.work.run()) if options.run else None)
        QTimer.singleShot(0, window.offer_recovery)
        QTimer.singleShot(WARM_UP_MS, window.work.warm_up)
        if options.demo:
            QTimer.singleShot(300, window.demo.start)


if __name__ == "__main__":
    sys.exit(main())
