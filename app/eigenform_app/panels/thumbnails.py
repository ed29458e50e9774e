"""The worker behind the modes strip: draws thumbnails in a thread, newest basis and nearest modes first."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import numpy as np
from eigenform.types import Basis

from eigenform_app.viewport.geometry import geometry_of
from eigenform_app.viewport.raster import Sight, look, shade

BREATH = 0.002  # seconds between two thumbnails, so that training and window keep their share of the cores


class ThumbnailWorker:
    """One thread. ``show`` and ``want`` say what is wanted; ``take`` collects what is ready, from the GUI thread.

    Pictures are (h, w, 4) uint8 arrays of ``size`` (width, height) pixels.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._wake = threading.Condition()
        self._basis: Basis | None = None
        self._version = 0
        self._wanted: list[int] = []
        self._ready: dict[int, np.ndarray] = {}
        self._stopped = False
        self._thread: threading.Thread | None = None

    def show(self, basis: Basis | None, size: tuple[int, int] | None = None) -> None:
        """Draw this basis from now on; what is ready of an older one is dropped."""
        with self._wake:
            self._basis, self._version = basis, self._version + 1
            self._size = size or self._size
            self._wanted, self._ready = [], {}
            self._wake.notify()
        if self._thread is None and basis is not None and not self._stopped:
            self._thread = threading.Thread(target=self._run, name="thumbnails", daemon=True)
            self._thread.start()

    def want(self, modes: Sequence[int]) -> None:
        """Replace the queue."""
        with self._wake:
            self._wanted = list(modes)
            self._wake.notify()

    def take(self) -> dict[int, np.ndarray]:
        """Pictures that are ready, by mode, once."""
        with self._wake:
            ready, self._ready = self._ready, {}
            return ready

    @property
    def busy(self) -> bool:
        """Whether anything is still to be drawn or taken."""
        with self._wake:
            return bool(self._wanted or self._ready)

    def stop(self) -> None:
        """End the thread."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(timeout=2.0)
            self._thread = None

    def _run(self) -> None:
        sight: Sight | None = None
        held: Basis | None = None
        while True:
            with self._wake:
                while not self._stopped and not (self._basis is not None and self._wanted):
                    self._wake.wait()
                if self._stopped:
                    return
                basis, version, size = self._basis, self._version, self._size
                mode = self._wanted[0]
            assert basis is not None
            pixels = (2 * size[0], 2 * size[1])
            if sight is None or held is None or (sight.width, sight.height) != pixels or not _same_place(held, basis):
                sight, held = look(geometry_of(basis), *pixels), basis
            picture = shade(sight, basis.evecs[:, mode]) if mode < basis.modes else None
            with self._wake:
                if version == self._version:
                    if mode in self._wanted:
                        self._wanted.remove(mode)
                    if picture is not None:
                        self._ready[mode] = picture
            time.sleep(BREATH)


def _same_place(a: Basis, b: Basis) -> bool:
    """Whether two bases are drawn at the same positions."""
    if a is b:
        return True
    if a.verts.shape[1] > 3:
        return False  # drawn at positions that depend on the modes
    return np.array_equal(a.verts, b.verts) and np.array_equal(a.faces, b.faces)
