"""Posing: the chosen body or avatar follows sliders and handles as they move, and a gesture is one step of undo.

While something is dragged, the newest pose is worked out by a thread of its own and written into the arrays that are
drawn; the document gets the pose when the gesture ends.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from eigenform.jobs import JobContext
from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QGuiApplication

from eigenform_app import commands
from eigenform_app.document import Item
from eigenform_app.panels.pose_limbs import words_of
from eigenform_app.pose_figures import MAKERS, Drawn, Figure, Pose
from eigenform_app.pose_live import Newest
from eigenform_app.pose_pictures import pose_pictures
from eigenform_app.runner import Job
from eigenform_app.viewport.gizmo import Handles

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

SETTLE_MS = 450  # without a move of a slider by keys or wheel, the gesture has ended
COPIED = "eigenform pose"


class PoseController(QObject):
    """Between the pose tab, the handles in the picture and the document. ``wanted`` is the pose of a gesture under way,
    None where the document's is shown."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document, self.panel = window, window.document, window.pose_panel
        self.gizmo = window.viewport.gizmo
        self.figure: Figure | None = None
        self.drawn: Drawn | None = None
        self.wanted: Pose | None = None
        self.answered = 0  # poses drawn so far; a benchmark counts them
        self._figure_of = ""
        self._label = ""
        self._held: Pose | None = None
        self._getting = ""
        self._failed: set[str] = set()
        self._newest = Newest(self)
        self._newest.answered.connect(self._show)
        self._newest.failed.connect(self._could_not)
        self._settling = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settling.timeout.connect(self._rested)
        self._connect()

    def _connect(self) -> None:
        shape, bones = self.panel.shape, self.panel.bones
        shape.changed.connect(self.change_shape)
        shape.settled.connect(self.settle)
        shape.reset_wanted.connect(self.reset_shape)
        bones.bone_chosen.connect(self._bone_chosen)
        bones.turned.connect(self.turn)
        bones.settled.connect(self.settle)
        bones.bone_reset.connect(self.reset_bone)
        bones.pose_reset.connect(self.reset_pose)
        bones.mirrored.connect(self.mirror)
        bones.copied.connect(self.copy)
        bones.pasted.connect(self.paste)
        bones.pose_chosen.connect(self.take_sample)
        bones.all_bones.toggled.connect(lambda _: self.show_handles())
        self.panel.new.clicked.connect(lambda: self.window.work.make_new("body"))
        self.gizmo.joint_chosen.connect(bones.choose)
        self.gizmo.grabbed.connect(self._grabbed)
        self.gizmo.turned.connect(self._ring_turned)
        self.gizmo.released.connect(self.settle)
        self.gizmo.cancelled.connect(self.give_up)
        self.document.current_changed.connect(self._follow)
        self.document.changed.connect(self._changed)
        self.document.removed.connect(self._removed)
        self.window.tabs.currentChanged.connect(self._tab_changed)

    # -- following -----------------------------------------------------------------------------------------------------

    def item(self) -> Item | None:
        """The figure worked on: the chosen item or the nearest above it that has bones."""
        item = self.document.current
        while item is not None and item.kind not in MAKERS:
            item = self.document.get(item.parent) if item.parent else None
        return item if item is not None and not item.live else None

    @property
    def open(self) -> bool:
        """Whether the tab is in front."""
        return self.window.tabs.currentWidget() is self.panel

    @Slot(str)
    def _follow(self, *_: str) -> None:
        """Another item, or the tab came to the front or went: show its figure, or words."""
        item = self.item()
        if item is None or item.id != self._figure_of:
            self._let_go()
        if item is None:
            self.panel.show_words()
        elif self.open:
            self._get(item)
        self.show_handles()

    @Slot(int)
    def _tab_changed(self, _: int) -> None:
        """Who comes back to the tab may try again what could not be made ready."""
        self._failed.clear()
        self._follow()

    @Slot(str, str)
    def _changed(self, item_id: str, what: str) -> None:
        if what != "value":
            return
        item = self.document[item_id]
        if item_id == self._figure_of:
            if self.figure is None or not self._fits(self.figure, item):
                self._let_go()
                self._follow()
                return
            self.wanted = None
            self.window.player.value_changed()
            self._read(item)
        elif item is self.item():
            self._follow()  # the job that made it has ended

    @Slot(str)
    def _removed(self, item_id: str) -> None:
        if item_id == self._figure_of:
            self._let_go()
            self._follow()

    def _fits(self, figure: Figure, item: Item) -> bool:
        """Whether a figure still stands for an item: same bones, and of an avatar the same vertices at rest."""
        return figure.stands_for(item.value)

    def _let_go(self) -> None:
        """Leave the figure; a gesture under way is finished first."""
        if self._figure_of:
            self.settle()
            self.window.player.stop()
        self._newest.forget()
        self.figure, self.drawn, self.wanted, self._figure_of, self._held = None, None, None, "", None

    def _get(self, item: Item) -> None:
        """Make the figure of an item in a job, and show it."""
        if self.figure is not None and item.id == self._figure_of:
            return
        if item.id == self._getting or item.id in self._failed:
            return
        self.panel.show_words(f"Getting {item.name} ready to be posed…")
        self._getting = item.id
        maker, value = MAKERS[item.kind], item.value

        def make(ctx: JobContext) -> Figure:
            ctx.message("Reading the bones")
            return maker(value, ctx)  # type: ignore[call-arg]

        def done(job: Job) -> None:
            current = self.item()
            if current is not None and current.id == item.id and item.id in self.document:
                if not self._fits(job.result, current):
                    self._getting = ""
                    self._get(current)
                    return
                self.figure, self._figure_of = job.result, item.id
                self._begin(current)

        def ended(job: Job) -> None:
            if self._getting == item.id:
                self._getting = ""
            if job.state in ("failed", "cancelled"):
                self._failed.add(item.id)
                self.panel.show_words(f"{item.name} cannot be posed now: {job.error or 'its preparation was stopped'}.")

        self.window.runner.submit(f"Get {item.name} ready to be posed", make, done=done, ended=ended)

    def _begin(self, item: Item) -> None:
        figure = self.figure
        assert figure is not None
        self.panel.shape.set_names(figure.phenotypes, figure.local)
        self.panel.bones.set_skeleton(figure.skeleton.names, figure.main, figure.limits)
        self.panel.bones.set_poses(list(figure.samples()))
        self.panel.show_figure(bool(figure.phenotypes or figure.local))
        self.window.player.begin(figure, item)
        self._read(item)
        self._picture_poses(item)
        self.window.refresh_actions()

    def _picture_poses(self, item: Item) -> None:
        """Draw the sample poses of the figure in a job, and show them in the list."""
        figure, pose, faces = self.figure, self.pose_of(item), item.value.faces
        assert figure is not None

        def done(job: Job) -> None:
            if self.figure is figure:
                self.panel.bones.set_pictures(job.result)

        self.window.runner.submit(
            f"Draw the poses of {item.name}",
            lambda ctx: pose_pictures(figure, pose, faces, ctx),
            done=done,
            quiet=True,
            info={"idle": True},
        )

    def _read(self, item: Item) -> None:
        """Show the pose of the document."""
        pose = self.pose_of(item)
        self.panel.shape.show_values(pose.shape)
        meta = item.value.meta
        self.panel.shape.show_facts(meta.get("height"), meta.get("mass"))
        self.panel.bones.show_pose(pose.rotations)
        self._ask(pose, place_only=True)

    @staticmethod
    def pose_of(item: Item) -> Pose:
        """The pose that an item has in the document."""
        value = item.value
        return Pose(value.rotations, value.translation, dict(getattr(value, "shape", {})))

    def pose(self) -> Pose | None:
        """The pose shown now: that of the gesture under way, else the document's."""
        item = self.item()
        if item is None or self.figure is None:
            return None
        return self.wanted or self.pose_of(item)

    # -- drawing -------------------------------------------------------------------------------------------------------

    def _ask(self, pose: Pose, place_only: bool = False) -> None:
        figure, item_id = self.figure, self._figure_of
        assert figure is not None
        rows = self.window.viewport.rows_moved(item_id)

        def answer() -> tuple[str, Drawn, dict[str, float], bool]:
            found = figure.draw(pose)
            if not place_only:
                found.places.at(rows)  # worked out here, and not by the thread that draws
            return item_id, found, figure.read_out(pose), place_only

        self._newest.ask(answer)

    def draw(self, pose: Pose) -> None:
        """Draw a pose as soon as the newest one before it is done, without changing the document."""
        self._ask(pose)

    @property
    def drawing(self) -> bool:
        """Whether a pose is being worked out."""
        return self._newest.busy

    @Slot(object)
    def _show(self, answer: tuple[str, Drawn, dict[str, float], bool]) -> None:
        item_id, found, said, place_only = answer
        if item_id != self._figure_of or item_id not in self.document:
            return
        self.drawn = found
        self.answered += 1
        if not place_only:
            self.window.viewport.move_points(item_id, found.places)
            if self.wanted is not None and said:
                self.panel.shape.show_facts(said.get("height"), said.get("mass"))
        self.show_handles()

    @Slot(str, str)
    def _could_not(self, words: str, details: str) -> None:
        self._settling.stop()
        self.wanted, self._label, self._held = None, "", None
        self.window.player.halt()
        self.window.viewport.rest_points(self._figure_of)
        self.window.show_error(f"The pose could not be drawn: {words}", details)

    def show_handles(self) -> None:
        """Show the handles where the figure was drawn last; none while it plays, when nobody can hold them."""
        figure, drawn = self.figure, self.drawn
        wanted = self.open and self.panel.showing and not self.window.player.playing
        if not wanted or figure is None or drawn is None:
            if self.gizmo.handles is not None:
                self.gizmo.show_handles(None)
            return
        names, main = figure.skeleton.names, set(figure.main)
        everything = self.panel.bones.all_bones.isChecked() or not main
        shown = tuple(n for n, name in enumerate(names) if everything or name in main)
        self.gizmo.chosen = self.panel.bones.bone
        self.gizmo.show_handles(Handles(drawn.joints, drawn.axes, shown, figure.lines(shown)))

    # -- gestures ------------------------------------------------------------------------------------------------------

    def want(self, pose: Pose, label: str, settle: bool = False) -> None:
        """Go to a pose; it becomes a step of undo called ``label`` at the end of the gesture, or at once."""
        if self.figure is None:
            return
        self.window.player.stop()
        if self._label and label != self._label:
            self.settle()
        self._label, self.wanted = label, pose
        self.panel.bones.show_pose(pose.rotations)
        if settle:
            self.panel.shape.show_values(pose.shape)
            self.settle()
            return
        self._ask(pose)
        self._settling.start()

    @Slot()
    def _rested(self) -> None:
        """Nothing moved for a while: the gesture has ended, unless the mouse still holds a slider or a ring."""
        if not self.panel.sliding() and not self.gizmo.dragging:
            self.settle()

    @Slot()
    def settle(self) -> None:
        """End the gesture under way: its pose goes into the document."""
        self._settling.stop()
        self._held = None
        pose, label, figure = self.wanted, self._label, self.figure
        self.wanted, self._label = None, ""
        item = self.document.get(self._figure_of)
        if pose is None or figure is None or item is None or pose.same(self.pose_of(item)):
            return
        self._newest.forget()
        found = self.drawn if self.drawn is not None and self.drawn.pose.same(pose) else figure.draw(pose)
        self.drawn = found
        value = figure.value(item.value, found)
        provenance = {**item.provenance, "posed": figure.posed(pose)}
        commands.replace_value(self.document, item.id, value, label, provenance)

    @Slot()
    def give_up(self) -> None:
        """Take back the gesture under way: the document's pose is shown again."""
        self._settling.stop()
        self.wanted, self._label, self._held = None, "", None
        item = self.document.get(self._figure_of)
        if item is not None and self.figure is not None:
            self._newest.forget()
            self.window.viewport.rest_points(item.id)
            self._read(item)

    @Slot(str, float)
    def change_shape(self, name: str, value: float) -> None:
        """Move a slider of the shape."""
        if (pose := self.pose()) is not None:
            self.want(Pose(pose.rotations, pose.translation, {**pose.shape, name: value}), f"Shape: {name}")

    @Slot()
    def reset_shape(self) -> None:
        """The middle of every slider."""
        if (pose := self.pose()) is not None:
            self.want(Pose(pose.rotations, pose.translation, {}), "Reset the shape", settle=True)

    @Slot(int, int, float)
    def turn(self, bone: int, axis: int, radians: float) -> None:
        """Set one angle of a bone."""
        if (pose := self.pose()) is not None:
            rotation = pose.rotations[bone].copy()
            rotation[axis] = radians
            self._turn_to(pose, bone, rotation)

    def _turn_to(self, pose: Pose, bone: int, rotation: np.ndarray) -> None:
        assert self.figure is not None
        rotations = np.array(pose.rotations)
        rotations[bone] = self.figure.limited(bone, rotation)
        name = words_of(self.figure.skeleton.names[bone]).lower()
        self.want(Pose(rotations, pose.translation, pose.shape), f"Turn {name}")

    @Slot(int)
    def _grabbed(self, bone: int) -> None:
        self.window.player.stop()
        self.settle()
        self._held = self.pose()

    @Slot(int, int, float)
    def _ring_turned(self, bone: int, axis: int, angle: float) -> None:
        from eigenform.avatar.figure.rotations import matrices, vectors

        held = self._held
        if held is None or not 0 <= bone < len(held.rotations):
            return
        step = np.zeros(3)
        step[axis] = angle
        self._turn_to(held, bone, vectors(matrices(step) @ matrices(held.rotations[bone])))

    @Slot(int)
    def reset_bone(self, bone: int) -> None:
        """A bone as it is at rest."""
        if (pose := self.pose()) is not None and 0 <= bone < len(pose.rotations):
            rotations = np.array(pose.rotations)
            rotations[bone] = 0.0
            self.want(Pose(rotations, pose.translation, pose.shape), "Reset a bone", settle=True)

    @Slot()
    def reset_pose(self) -> None:
        """Every bone as it is at rest."""
        if (pose := self.pose()) is not None and self.figure is not None:
            self.want(Pose(np.zeros_like(pose.rotations), pose.translation, pose.shape), "Rest", settle=True)

    @Slot()
    def mirror(self) -> None:
        """Left and right change places."""
        if (pose := self.pose()) is not None and self.figure is not None:
            self.want(self.figure.mirrored(pose), "Mirror the pose", settle=True)

    @Slot(str)
    def take_sample(self, name: str) -> None:
        """Take one of the sample poses."""
        if (pose := self.pose()) is not None and self.figure is not None:
            rotations = self.figure.samples()[name]
            self.want(Pose(rotations, pose.translation, pose.shape), f"Take the pose “{name}”", settle=True)

    @Slot()
    def copy(self) -> None:
        """The pose to the clipboard, as text that other programs can read."""
        if (pose := self.pose()) is not None and self.figure is not None:
            QGuiApplication.clipboard().setText(json.dumps({COPIED: self.figure.posed(pose)["rotations"]}))
            self.window.say("The pose is on the clipboard.")

    @Slot()
    def paste(self) -> None:
        """Take the pose of the clipboard."""
        pose, figure = self.pose(), self.figure
        if pose is None or figure is None:
            return
        rotations = pasted(QGuiApplication.clipboard().text(), figure.skeleton.names)
        if rotations is None:
            self.window.show_banner("There is no pose on the clipboard: copy one first.", seconds=5)
            return
        self.want(Pose(rotations, pose.translation, pose.shape), "Paste a pose", settle=True)

    def export_dialog(self) -> None:
        """Choose a format and a file for the figure."""
        if (item := self.item()) is not None:
            self.settle()
            self.document.set_current(item.id)
            self.window.files.export_dialog()

    @Slot(int)
    def _bone_chosen(self, bone: int) -> None:
        self.gizmo.choose(bone)

    def shut(self) -> None:
        """End the thread; the window closes."""
        self._settling.stop()
        self._newest.stop()


def pasted(text: str, names: tuple[str, ...]) -> np.ndarray | None:
    """Rotations (J, 3) from the text of :meth:`PoseController.copy`; None where it holds none of these bones."""
    try:
        found: Any = json.loads(text)[COPIED]
        rotations = np.array([found.get(name, (0.0, 0.0, 0.0)) for name in names], dtype=np.float64)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    fits = rotations.shape == (len(names), 3) and np.isfinite(rotations).all() and any(n in found for n in names)
    return rotations if fits else None
