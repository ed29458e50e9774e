"""The swinging of a mode: a timer that moves the vertices of all layers, thirty times a second."""

from __future__ import annotations

import time
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer

PERIOD = 2.0  # seconds of one swing
FRAME_MS = 33


class Swinging(Protocol):
    """What the timer needs of the viewport."""

    def set_phase(self, phase: float) -> None:
        """Displace by ``sin(phase)``."""

    def rest(self) -> None:
        """End the displacement."""


class Animation:
    """Plays until told to rest. A slow machine skips frames instead of falling behind: the phase follows the clock."""

    def __init__(self, viewport: Any) -> None:
        self._viewport: Swinging = viewport
        parent: QObject = viewport
        self._timer = QTimer(parent, interval=FRAME_MS)
        self._timer.timeout.connect(self._tick)
        self._began = 0.0

    @property
    def playing(self) -> bool:
        """Whether it moves."""
        return self._timer.isActive()

    def play(self, playing: bool) -> None:
        """Start or stop; stopping puts the vertices back."""
        if playing == self.playing:
            return
        if playing:
            self._began = time.monotonic()
            self._timer.start()
        else:
            self._timer.stop()
            self._viewport.rest()

    def _tick(self) -> None:
        self._viewport.set_phase(2 * 3.141592653589793 * (time.monotonic() - self._began) / PERIOD)
