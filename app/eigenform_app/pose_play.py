"""Movements of a figure: the player of the pose tab, BVH files, films."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from eigenform.jobs import JobContext
from eigenform.types import Clip
from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QFileDialog

from eigenform_app import commands
from eigenform_app.document import Item
from eigenform_app.pose_figures import Figure, Pose
from eigenform_app.runner import Job

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

TICK_MS = 8
CLOCK_SECONDS = 0.1  # each change of a label redraws the window, on software GL with the 3-D picture


class PlayController(QObject):
    """Plays by the clock: a slow machine leaves frames out instead of falling behind. Nothing of it is undone until the
    person keeps a pose or takes in a movement."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document, self.panel = window, window.document, window.pose_panel.player
        self.clips: list[Clip] = []
        self.chosen = -1
        self.seconds, self.speed, self.loop = 0.0, 1.0, True
        self.moved = False
        self.late: list[float] = []
        self._figure: Figure | None = None
        self._item = ""
        self._before = self._told = 0.0
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self.panel.clip_chosen.connect(self.choose)
        self.panel.play_wanted.connect(self.play)
        self.panel.speed_changed.connect(self._set_speed)
        self.panel.loop_changed.connect(self._set_loop)
        self.panel.scrubbed.connect(self.scrub)
        self.panel.import_wanted.connect(self.import_dialog)
        self.panel.keep_wanted.connect(self.keep)
        self.panel.film_wanted.connect(self.window_film)

    # -- the figure ----------------------------------------------------------------------------------------------------

    def begin(self, figure: Figure, item: Item) -> None:
        """Another figure."""
        self._figure, self._item = figure, item.id
        self.seconds, self.chosen, self.moved = 0.0, 0, False
        self.value_changed()

    def value_changed(self) -> None:
        """The item has another value: other movements, or another pose at rest."""
        item = self.document.get(self._item)
        if item is None or self._figure is None:
            return
        was = self.clip()
        self.clips = [*item.value.clips, *self._figure.clips()]
        names = [clip.name for clip in self.clips]
        if was is not None and was.name in names:
            self.chosen = names.index(was.name)
        self.chosen = min(max(self.chosen, 0), len(self.clips) - 1)
        if not self.playing:
            self.moved = False
        self.panel.set_clips(names, self.chosen)
        self._say()

    def clip(self) -> Clip | None:
        """The movement chosen."""
        return self.clips[self.chosen] if 0 <= self.chosen < len(self.clips) else None

    def total(self) -> float:
        """How long the movement chosen takes, seconds; 0 for none."""
        clip = self.clip()
        return 0.0 if clip is None else seconds_of(clip, self.loop)

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    # -- playing -------------------------------------------------------------------------------------------------------

    @Slot(int)
    def choose(self, row: int) -> None:
        """Another movement, from its beginning."""
        self.chosen, self.seconds = row, 0.0
        if not self.playing:
            self._draw()
        self._say()

    @Slot(bool)
    def play(self, on: bool) -> None:
        """Play or pause."""
        if on and self.clip() is not None and self._figure is not None:
            self.window.pose.settle()
            if not self.loop and self.seconds >= self.total() - 1e-6:
                self.seconds = 0.0
            self._before = time.monotonic()
            self.late.clear()
            self._timer.start()
        else:
            self._timer.stop()
            self.window.pose.show_handles()
        self._say()

    def toggle(self) -> None:
        """Play or pause, from a key; the tab comes to the front."""
        self.window.show_tab("pose")
        self.play(not self.playing)

    def halt(self) -> None:
        """End it where it is."""
        self._timer.stop()
        self.moved = False
        self.window.pose.show_handles()
        self._say()

    def stop(self) -> None:
        """End it and show the figure as it is in the document."""
        self._timer.stop()
        if self.moved:
            self.moved = False
            self.window.pose.give_up()
        self.window.pose.show_handles()
        self._say()

    @Slot(float)
    def scrub(self, share: float) -> None:
        """Show a place of the movement."""
        if self.clip() is not None:
            self.seconds = share * self.total()
            self._before = time.monotonic()
            self._draw()
            self._say()

    @Slot()
    def keep(self) -> None:
        """The pose shown becomes that of the figure; one step of undo."""
        pose = self.pose_at(self.seconds)
        self._timer.stop()
        self.moved = False
        if pose is not None:
            self.window.pose.want(pose, "Keep a pose of a movement", settle=True)
        self._say()

    def pose_at(self, seconds: float) -> Pose | None:
        """The figure at a moment of the movement chosen, in the shape it has."""
        clip, item = self.clip(), self.document.get(self._item)
        if clip is None or item is None:
            return None
        from eigenform.avatar.figure.clips import frame

        rotations, translation = frame(clip, seconds, self.loop)
        return Pose(rotations, translation, self.window.pose.pose_of(item).shape)

    def show_at(self, seconds: float) -> None:
        """Draw the figure at a moment, at once: for films."""
        pose = self.pose_at(seconds)
        if pose is not None and self._figure is not None:
            found = self._figure.draw(pose)
            self.window.viewport.move_points(self._item, found.places)

    def mover(self) -> Callable[[float], None] | None:
        """What moves the figure through a film, while a movement plays; None where none does."""
        return self.film_mover() if self.playing else None

    def film_mover(self) -> Callable[[float], None]:
        """What moves the figure through a film; the clock of the window stands still meanwhile."""
        self._timer.stop()
        self.moved = True
        self._say()
        speed, total = self.speed, max(self.total(), 1e-6)
        return lambda seconds: self.show_at(seconds * speed % total)

    @Slot()
    def _tick(self) -> None:
        clip = self.clip()
        if clip is None or self._item not in self.document:
            self._timer.stop()
            return
        if self.window.pose.drawing:
            return
        now = time.monotonic()
        self.late.append(now - self._before)
        self.seconds += (now - self._before) * self.speed
        self._before = now
        total = self.total()
        if self.loop:
            self.seconds %= total
        elif self.seconds >= total:
            self.seconds = total
            self._timer.stop()
        self._draw()
        if now - self._told > CLOCK_SECONDS or not self.playing:
            self._told = now
            self._say()

    def _draw(self) -> None:
        if (pose := self.pose_at(self.seconds)) is not None and self._figure is not None:
            self.moved = True
            self.window.pose.draw(pose)

    def _say(self) -> None:
        self.panel.show_time(self.seconds, self.total())
        self.panel.show_playing(self.playing, self.moved)

    @Slot(float)
    def _set_speed(self, factor: float) -> None:
        self.speed = factor

    @Slot(bool)
    def _set_loop(self, on: bool) -> None:
        self.loop = on
        self._say()

    # -- files ---------------------------------------------------------------------------------------------------------

    def import_from_menu(self) -> None:
        """Choose a BVH file; the tab comes to the front, which makes the figure ready."""
        self.window.show_tab("pose")
        self.import_dialog()

    @Slot()
    def import_dialog(self) -> None:
        """Choose a BVH file."""
        name, _ = QFileDialog.getOpenFileName(
            self.window, "Import a movement", self.window.files.start_folder(), "Movements (*.bvh *.BVH)"
        )
        if name:
            self.import_bvh(Path(name))

    def import_bvh(self, path: Path) -> Job | None:
        """Take the movement of a BVH file over to the figure; one step of undo."""
        item = self.document.get(self._item)
        if item is None or self._figure is None:
            return None
        figure, item_id = self._figure, item.id

        def done(job: Job) -> None:
            current = self.document.get(item_id)
            if current is None:
                return
            clip = job.result
            value = current.value.replace(clips=(*current.value.clips, clip))
            taken = [*current.provenance.get("movements", []), str(path.absolute())]
            provenance = {**current.provenance, "movements": taken}
            commands.replace_value(self.document, item_id, value, f"Import {path.name}", provenance)
            self.choose(len(value.clips) - 1)
            self.panel.set_clips([c.name for c in self.clips], self.chosen)
            self.window.say(f"{path.name}: {len(clip.rotations)} frames, {seconds_of(clip, False):.1f} seconds")

        def work(ctx: JobContext) -> Clip:
            ctx.message(f"Reading {path.name}")
            return figure.read_movement(path, ctx)

        return self.window.runner.submit(f"Import {path.name}", work, done=done)

    @Slot()
    def window_film(self) -> None:
        """Choose size and file of a film of the movement."""
        self.window.pictures.clip_dialog()


def seconds_of(clip: Clip, loop: bool) -> float:
    """How long a movement takes; in a loop, with the way from its last frame back to the first."""
    return (len(clip.rotations) - (not loop)) / clip.fps
