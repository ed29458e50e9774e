"""Quick frames while something moves, a smooth one when it rests.

Where OpenGL runs on the CPU, the edge-smoothing pass costs as much as the rest of the frame; a job that trains on the
same cores pays for it. There, frames that follow each other quickly leave it out, and one smooth frame comes when
nothing has been drawn for a moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

REST_MS = 700  # longer than the pause between two previews of a running job
SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software")


def is_software(renderer: str) -> bool:
    """Whether the name of a renderer is that of one that computes on the CPU."""
    return any(word in renderer.lower() for word in SOFTWARE)


class Refiner:
    """Decides, before each frame, whether it is smoothed. ``again`` asks for a frame.

    A frame is quick where it follows another closely, or a figure was moved since: where the machine is busy, frames of
    one movement may be far apart.
    """

    def __init__(self, parent: QObject, again: Callable[[], None]) -> None:
        self._again = again
        self._last = float("-inf")
        self._resting = self._moved = False
        self._settled_until = float("-inf")
        self.software: bool | None = None
        self._timer = QTimer(parent, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._rest)

    def learn(self, window: Any) -> None:
        """Look once at which renderer draws."""
        if self.software is None:
            self.software = is_software(window.ReportCapabilities())

    def moved(self) -> None:
        """Something was moved; the next frame is one of a movement."""
        self._moved = True

    def smooth(self) -> bool:
        """Whether the frame about to be drawn is to be smoothed."""
        now = time.monotonic()
        resting, self._resting = self._resting and not self._moved, False
        moving, self._moved = self._moved or now - self._last < REST_MS / 1000, False
        quick = bool(self.software) and moving and not resting
        quick = quick and now > self._settled_until
        self._last = now
        if quick:
            self._timer.start()
        return not quick

    def settle(self, seconds: float) -> None:
        """Smooth every frame for so long."""
        self._settled_until = time.monotonic() + seconds

    def stop(self) -> None:
        """No more frames."""
        self._timer.stop()

    def _rest(self) -> None:
        self._resting = True
        self._again()
