"""A demo that plays by itself: it opens samples, learns their modes while they turn, and steps through them; of some
it solves a surface first, cuts through its field and learns the modes of the result.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from eigenform import registry
from PySide6.QtCore import QObject, QTimer, Slot

from eigenform_app.runner import Job

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

SHOWS = (("creature", False), ("knot", True), ("high-genus", False), ("dumbbell", True))
"""Samples, and whether a surface is solved before the modes are learned."""
CUTS: tuple[dict[str, Any], ...] = (
    {"slice_x": True, "at_x": 0.35}, {"at_x": 0.45}, {"at_x": 0.55}, {"at_x": 0.65}, {"slice_x": False, "volume": True},
    {"volume": False, "level": 0.04}, {"level": 0.02}, {"level": -0.01}, {"level": 0.0},
)  # fmt: skip
"""Display options of the surface, one after another; levels in lengths of its box."""
MODES = (1, 2, 3, 5, 8, 12, 17, 24, 33)
TURN_MS, STEP_MS = 33, 1400
DEGREES_PER_SECOND = 14.0


class Demo(QObject):
    """``toggle`` starts and stops it. Each show: open, perhaps a surface and cuts through it, learn, step
    through modes, let one swing."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.playing = False
        self._show = -1
        self._place = self._cut = 0
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
        self.window.files.open_sample(SHOWS[self._show][0], self._opened)

    def _opened(self, job: Job) -> None:
        if not self.playing:
            return
        for item in self.window.document.items("shape", live=False)[:-1]:
            self.window.viewport.set_visible(item.id, False)
        self.window.viewport.reset_camera()
        self._place = self._cut = 0
        self._run("implicit" if SHOWS[self._show][1] else "basis")
        self._stepping.start()

    def _run(self, verb: str) -> None:
        """Run the first method of a verb, quickly where it has such a preset; its form stays as it was."""
        method = registry.methods(verb)[0]
        self.window.work.panel.choose(method.name)
        form = self.window.work.panel.form()
        before = form.values()
        form.set_values(dict(method.presets.get("quick", {})))
        self.window.work.run()
        form.set_values(before)

    def _cut_through(self) -> None:
        """The next cut through the surface; after the last one its modes are learned."""
        surface = self.window.field.surface()
        if surface is None or surface.live:
            if self.window.work.running() is None:
                self._next_show()
            return
        cut = dict(CUTS[self._cut])
        if "level" in cut:
            cut["level"] *= float(np.ptp(surface.value.box, axis=0).max())
        self.window.field.change(cut)
        self._cut += 1
        if self._cut == len(CUTS):
            self.window.field.learn_basis()

    @Slot()
    def _step(self) -> None:
        window = self.window
        if SHOWS[self._show][1] and self._cut < len(CUTS):
            self._cut_through()
            return
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
