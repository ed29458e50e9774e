"""A demo that plays by itself: it opens samples, learns their modes while they turn, and steps through them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Slot

from eigenform_app.runner import Job

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

SHOWS = ("creature", "knot", "high-genus", "dumbbell")
MODES = (1, 2, 3, 5, 8, 12, 17, 24, 33)
TURN_MS, STEP_MS = 33, 1400
DEGREES_PER_SECOND = 14.0


class Demo(QObject):
    """``toggle`` starts and stops it. Each show: open, learn, step through modes, let one swing."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.playing = False
        self._show = -1
        self._place = 0
        self._job: Job | None = None
        self._turning = QTimer(self, interval=TURN_MS)
        self._turning.timeout.connect(self._turn)
        self._stepping = QTimer(self, interval=STEP_MS)
        self._stepping.timeout.connect(self._step)

    def toggle(self) -> None:
        """Start, or stop where it is."""
        if self.playing:
            self.stop()
        else:
            self.start()

    def start(self) -> None:
        """Play until stopped. The session that is open stays: samples are added to it."""
        self.playing = True
        self._turning.start()
        self.window.show_banner("The demo plays by itself. F12 stops it.", seconds=5)
        self._next_show()

    def stop(self) -> None:
        """Stop where it is."""
        self.playing = False
        self._turning.stop()
        self._stepping.stop()
        if self.window.viewport.animating:
            self.window.views.set_animation(False)

    def _next_show(self) -> None:
        self._show = (self._show + 1) % len(SHOWS)
        self._stepping.stop()
        self.window.views.set_animation(False)
        self.window.files.open_sample(SHOWS[self._show], self._opened)

    def _opened(self, job: Job) -> None:
        if not self.playing:
            return
        for item in self.window.document.items("shape", live=False)[:-1]:
            self.window.viewport.set_visible(item.id, False)
        self.window.viewport.reset_camera()
        self._place = 0
        self.window.work.run()
        self._stepping.start()

    @Slot()
    def _step(self) -> None:
        window = self.window
        basis = window.views.basis()
        if basis is None:
            if window.work.running() is None:
                self._next_show()
            return
        if self._place < len(MODES):
            window.document.set_current(basis.id)
            window.document.set_mode(basis.id, MODES[self._place])
            self._place += 1
        elif window.work.running() is None and self._place == len(MODES):
            window.document.set_mode(basis.id, 4)
            window.views.set_animation(True)
            self._place += 1
        elif self._place > len(MODES) + 3:
            self._next_show()
        elif window.work.running() is None:
            self._place += 1

    @Slot()
    def _turn(self) -> None:
        state = self.window.viewport.camera()
        angle = math.radians(DEGREES_PER_SECOND * TURN_MS / 1000)
        focus, up = np.asarray(state["focus"]), np.asarray(state["up"])
        eye = np.asarray(state["position"]) - focus
        axis = up / np.linalg.norm(up)
        turned = (
            eye * math.cos(angle) + np.cross(axis, eye) * math.sin(angle) + axis * (axis @ eye) * (1 - math.cos(angle))
        )
        self.window.viewport.set_camera({**state, "position": list(focus + turned)})
