"""Turntables and mode animations as GIF or MP4, pictures to the clipboard.

Frames are drawn on the GUI thread, one per timer tick, so that the window stays alive; a worker thread encodes them.
Nothing appears at the target path before the file is whole.
"""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from eigenform.errors import InputError
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from eigenform_app.films import Film, mp4_reason, write_gif, write_mp4
from eigenform_app.viewport.viewport import Viewport

FORMATS = (".gif", ".mp4")
Mover = Callable[[float], None]
WAITING = 4  # frames that may wait for the encoder


def copy_to_clipboard(viewport: Viewport, size: tuple[int, int] | None = None, transparent: bool = False) -> None:
    """Put the present picture on the clipboard."""
    QGuiApplication.clipboard().setImage(viewport.grab_image(size, transparent))


def turntable(viewport: Viewport, film: Film, move: Mover | None = None) -> Iterator[np.ndarray]:
    """Frames (h, w, 4) uint8 of one turn of the shape on a table: about the axis of its space that points most upwards
    in the picture, far enough away that nothing is cut off. The camera ends where it was. ``move(seconds)`` brings a
    figure to where it is at a moment of the film.
    """
    start = viewport.camera()
    up = np.array(start["up"])
    axis = np.zeros(3)
    axis[np.argmax(np.abs(up))] = np.sign(up[np.argmax(np.abs(up))])
    eye = np.array(start["position"]) - np.array(start["focus"])
    views = [_rotate(eye, axis, 2 * np.pi * i / film.frames) for i in range(film.frames)]
    tip = [_rotate(up, axis, 2 * np.pi * i / film.frames) for i in range(film.frames)]
    # One distance and one centre for all frames: those of the frame that needs most room.
    centre = viewport.ball()[0]
    some = slice(None, None, max(1, film.frames // 24))
    fits = viewport.fitting(list(zip(views[some], tip[some], strict=True)), film.size)
    far = max(float(np.linalg.norm(np.subtract(f["position"], f["focus"]))) for f in fits)
    focus = np.mean([f["focus"] for f in fits], axis=0)
    focus = centre + axis * ((focus - centre) @ axis)
    for i, (e, u) in enumerate(zip(views, tip, strict=True)):
        if move is not None:
            move(i / film.fps)
        now = viewport.camera()
        place = focus + e / np.linalg.norm(e) * far * 1.12
        viewport.set_camera({**start, "position": place.tolist(), "focus": focus.tolist(), "up": u.tolist()})
        try:
            yield viewport.grab_array(film.size, film.transparent)
        finally:
            viewport.set_camera(now)


def mode_animation(viewport: Viewport, film: Film) -> Iterator[np.ndarray]:
    """Frames (h, w, 4) uint8 of one swing of the shown modes; the shape ends at rest."""
    playing = viewport.animating
    viewport.set_animation(False)
    try:
        for i in range(film.frames):
            viewport.set_phase(2 * np.pi * i / film.frames)
            frame = viewport.grab_array(film.size, film.transparent)
            viewport.rest()
            yield frame
    finally:
        viewport.set_animation(playing)


def movement(viewport: Viewport, film: Film, move: Mover) -> Iterator[np.ndarray]:
    """Frames (h, w, 4) uint8 of a figure that moves; ``move(seconds)`` brings it to where it is at a moment."""
    for i in range(film.frames):
        move(i / film.fps)
        yield viewport.grab_array(film.size, film.transparent)


class FilmExport(QObject):
    """One export under way.

    Signals: ``progressed(done, total)``, then exactly one of ``finished(path)``, ``failed(sentence)``, ``cancelled()``.

    Parameters
    ----------
    frames : iterator of (h, w, 4) uint8
        From :func:`turntable` or :func:`mode_animation`; advanced on the GUI thread.
    film : Film
        Size, speed and length.
    path : path
        ``.gif`` or ``.mp4``.

    Raises
    ------
    InputError
        For another extension, or for MP4 where ffmpeg is missing.
    """

    progressed = Signal(int, int)
    finished = Signal(str)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, frames: Iterator[np.ndarray], film: Film, path: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path, self._film, self._frames = Path(path), film, frames
        suffix = self._path.suffix.lower()
        if suffix not in FORMATS:
            raise InputError(f"{self._path.name}: films are written as .gif or .mp4.")
        if suffix == ".mp4" and (reason := mp4_reason()):
            raise InputError(reason)
        self._encode: Callable[..., None] = write_gif if suffix == ".gif" else write_mp4
        self._queue: queue.Queue[np.ndarray | None] = queue.Queue(maxsize=WAITING)
        self._stop = threading.Event()
        self._error: str | None = None
        self._done = 0
        self._exhausted = False
        self._worker = threading.Thread(target=self._run, name="film", daemon=True)
        self._timer = QTimer(self, interval=1)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin; returns at once."""
        self._worker.start()
        self._timer.start()

    def cancel(self) -> None:
        """Stop and leave no file."""
        self._stop.set()

    @property
    def running(self) -> bool:
        """Whether it is still under way."""
        return self._timer.isActive()

    def _tick(self) -> None:
        if self._exhausted or self._stop.is_set() or not self._worker.is_alive():
            self._settle()
            return
        if self._queue.full():
            return
        try:
            self._queue.put_nowait(next(self._frames))
        except StopIteration:
            self._exhausted = True
            return
        except Exception as error:  # a frame that cannot be drawn ends the film in words, not the program
            self._error = self._error or str(error)
            self._stop.set()
            return
        self._done += 1
        self.progressed.emit(self._done, self._film.frames)

    def _settle(self) -> None:
        """After the last frame: let the encoder finish, then say how it went."""
        if self._exhausted and not self._stop.is_set() and not self._queue.full() and self._worker.is_alive():
            self._queue.put_nowait(None)
            self._exhausted = False
            self._timer.timeout.disconnect(self._tick)
            self._timer.timeout.connect(self._wait)
            return
        self._wait()

    def _wait(self) -> None:
        if self._worker.is_alive():
            return
        self._timer.stop()
        close = getattr(self._frames, "close", None)
        if close is not None:
            close()
        if self._error is not None:
            self.failed.emit(self._error)
        elif self._stop.is_set():
            self.cancelled.emit()
        else:
            self.finished.emit(str(self._path))

    def _incoming(self) -> Iterator[np.ndarray]:
        while True:
            try:
                frame = self._queue.get(timeout=0.1)
            except queue.Empty:
                if self._stop.is_set():
                    raise _Stopped from None
                continue
            if self._stop.is_set():
                raise _Stopped
            if frame is None:
                return
            yield frame

    def _run(self) -> None:
        try:
            self._encode(self._incoming(), self._film, self._path)
        except _Stopped:
            pass
        except (OSError, InputError, subprocess.SubprocessError) as error:
            self._error = f"{self._path.name} could not be written: {error}"


class _Stopped(Exception):
    """The export was cancelled."""


def _rotate(vector: np.ndarray, axis: np.ndarray, angle: float) -> np.ndarray:
    """Rodrigues' rotation of ``vector`` about the unit ``axis`` by ``angle`` radians."""
    c, s = np.cos(angle), np.sin(angle)
    return vector * c + np.cross(axis, vector) * s + axis * (axis @ vector) * (1 - c)
