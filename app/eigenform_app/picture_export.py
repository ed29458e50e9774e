"""Pictures and films of the viewport: dialogs made from small parameter dataclasses, exports with cancel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from eigenform.errors import InputError
from eigenform.params import param
from PySide6.QtCore import QObject

from eigenform_app import pictures
from eigenform_app.panels.banner import Banner

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow


@dataclass(frozen=True)
class PictureSize:
    """A still picture."""

    width: int = param(1920, "Width of the picture.", low=16, high=8192, unit="px")
    height: int = param(1080, "Height of the picture.", low=16, high=8192, unit="px")
    transparent: bool = param(False, "Leave the background out (PNG).", label="Transparent background")


@dataclass(frozen=True)
class FilmSize:
    """A film."""

    width: int = param(960, "Width of the film.", low=16, high=4096, unit="px")
    height: int = param(720, "Height of the film.", low=16, high=4096, unit="px")
    seconds: float = param(4.0, "Length of one loop.", low=0.2, high=120.0, step=0.5, unit="s")
    fps: int = param(25, "Frames a second.", low=2, high=60, label="Frames per second")
    transparent: bool = param(False, "Leave the background out (GIF).", label="Transparent background")


@dataclass(frozen=True)
class MovementSize:
    """A film of a movement."""

    width: int = param(720, "Width of the film.", low=16, high=4096, unit="px")
    height: int = param(960, "Height of the film.", low=16, high=4096, unit="px")
    times: int = param(3, "How often the movement is seen.", low=1, high=100)
    fps: int = param(25, "Frames a second.", low=2, high=60, label="Frames per second")
    transparent: bool = param(False, "Leave the background out (GIF).", label="Transparent background")


class PictureController(QObject):
    """What the menu Picture does."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.viewport = window, window.viewport
        self.film: pictures.FilmExport | None = None

    def copy(self) -> None:
        """The present picture to the clipboard."""
        pictures.copy_to_clipboard(self.viewport)
        self.window.say("The picture is on the clipboard.")

    def picture_dialog(self) -> None:
        """Choose size and file of a still picture."""
        self._ask("Save picture", PictureSize, (".png", ".jpg"), self.save_picture)

    def turntable_dialog(self) -> None:
        """Choose size, length and file of a turntable."""
        self._ask("Save turntable", FilmSize, pictures.FORMATS, self.save_turntable)

    def mode_dialog(self) -> None:
        """Choose size, length and file of a mode animation."""
        self._ask("Save mode animation", FilmSize, pictures.FORMATS, self.save_mode_animation)

    def clip_dialog(self) -> None:
        """Choose size and file of a film of the movement chosen in the pose tab."""
        if self.window.player.clip() is None:
            self.window.show_banner("Choose a movement in the pose tab first.", seconds=5)
            return
        self._ask("Save the movement", MovementSize, pictures.FORMATS, self.save_movement)

    def _ask(self, title: str, cls: type, suffixes: tuple[str, ...], do: Callable[[Any, Path], None]) -> None:
        from eigenform_app.panels.picture_dialog import PictureDialog

        greyed = {".mp4": pictures.mp4_reason() or ""}
        start = Path(self.window.files.start_folder()) / self.window.session_name()
        dialog = PictureDialog(title, cls, {s: greyed.get(s, "") for s in suffixes}, start, self.window)
        dialog.chosen.connect(do)
        dialog.open()

    def save_picture(self, wish: PictureSize, path: Path) -> None:
        """Write a still picture."""
        try:
            self.viewport.screenshot(path, (wish.width, wish.height), wish.transparent)
        except (InputError, OSError) as error:
            self.window.show_error(f"{path.name} could not be written: {error}")
            return
        self.window.show_banner(f"Wrote {path}", "good", seconds=5)

    def save_turntable(self, wish: FilmSize, path: Path) -> None:
        """Write one turn around the shape; a figure whose movement plays goes on moving."""
        move = self.window.player.mover()
        self._start(lambda viewport, film: pictures.turntable(viewport, film, move), wish, path, moved=move is not None)

    def save_movement(self, wish: MovementSize, path: Path) -> None:
        """Write the movement chosen, as fast as it plays."""
        player = self.window.player
        seconds = wish.times * player.total() / player.speed
        size = FilmSize(wish.width, wish.height, max(0.2, seconds), wish.fps, wish.transparent)
        move = player.film_mover()
        self._start(lambda viewport, film: pictures.movement(viewport, film, move), size, path, moved=True)

    def save_mode_animation(self, wish: FilmSize, path: Path) -> None:
        """Write one swing of the shown mode."""
        self._start(pictures.mode_animation, wish, path)

    def _start(
        self, make: Callable[..., Iterator[np.ndarray]], wish: FilmSize, path: Path, moved: bool = False
    ) -> None:
        if self.film is not None and self.film.running:
            self.window.show_error("Another film is still being written; wait for it or cancel it.")
            return
        film = pictures.Film((wish.width, wish.height), wish.seconds, wish.fps, wish.transparent)
        try:
            export = pictures.FilmExport(make(self.viewport, film), film, path, self)
        except InputError as error:
            self.window.show_error(str(error))
            return
        banner = self.window.show_banner(f"Writing {path.name}…", offers=(("Cancel", export.cancel),))
        self.film = export
        export.progressed.connect(lambda done, total: self.window.say(f"{path.name}: frame {done} of {total}"))
        export.finished.connect(lambda where: self._ended(banner, f"Wrote {where}", "good"))
        export.failed.connect(lambda sentence: self._ended(banner, sentence, "error"))
        export.cancelled.connect(lambda: self._ended(banner, f"{path.name} was not written.", "info"))
        if moved:
            for signal in (export.finished, export.failed, export.cancelled):
                signal.connect(lambda *_: self.window.player.stop())
        export.start()

    def _ended(self, banner: Banner, words: str, tone: str) -> None:
        if banner in self.window.banners.messages():
            banner.dismiss()
        self.window.show_banner(words, tone, seconds=0 if tone == "error" else 5)
        self.window.say("")

    def stop(self) -> None:
        """Leave no half film behind when the window closes."""
        if self.film is not None:
            self.film.cancel()
