"""Cyclic garbage is collected on the GUI thread alone.

Python collects in whichever thread happens to allocate. A closed dialog is part of reference cycles; collected in the
training thread it would destroy Qt widgets there, and the program would crash. So automatic collection is switched off
and a timer on the GUI thread does the same work, generation by generation, with Python's own thresholds.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

EVERY_MS = 250


class Collector(QObject):
    """Lives as long as the application."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()
        self._young = self._old = 0

    @Slot()
    def collect(self) -> None:
        """Collect the youngest generation; the older ones as seldom as Python would."""
        first, second, third = gc.get_threshold()
        if gc.get_count()[0] <= first:
            return
        self._young += 1
        generation = 0
        if self._young > second:
            self._young, generation = 0, 1
            self._old += 1
            if self._old > third:
                self._old, generation = 0, 2
        gc.collect(generation)
