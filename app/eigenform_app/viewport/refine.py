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


class Refiner:
    """Decides, before each frame, whether it is smoothed. ``again`` asks for a frame."""

    def __init__(self, parent: QObject, again: Callable[[], None]) -> None:
        self._again = again
        self._last = float("-inf")
        self._resting = False
        self._settled_until = float("-inf")
        self.software: bool | None = None
        self._timer = QTimer(parent, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._rest)

    def learn(self, window: Any) -> None:
        """Look once at which renderer draws."""
        if self.software is None:
            name = window.ReportCapabilities().lower()
            self.software = any(word in name for word in SOFTWARE)

    def smooth(self) -> bool:
        """Whether the frame about to be drawn is to be smoothed."""
        now = time.monotonic()
        resting, self._resting = self._resting, False
        quick = bool(self.software) and now - self._last < REST_MS / 1000 and not resting
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
