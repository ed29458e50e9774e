"""The bones of a figure: which one, how far it is turned about each axis, and whole poses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QListView,
    QStyledItemDelegate,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from eigenform_app.panels.number_slider import NumberSlider, compact
from eigenform_app.panels.pose_limbs import grouped, words_of
from eigenform_app.panels.widgets import button, text

AXES = "xyz"
TIPS = (
    "About the axis to the figure's left: bend and stretch",
    "About the axis to its back: lift and lower sideways",
    "About the upright axis: turn",
)
COLUMNS = 4
PICTURE, CELL = QSize(44, 44), QSize(104, 68)
FREE = ((-np.pi, np.pi),) * 3
_BONE = int(Qt.ItemDataRole.UserRole)


class PoseBones(QWidget):
    """Signals: ``bone_chosen(bone)``; ``turned(bone, axis, radians)`` with every move of a slider and ``settled()`` at
    the end of one; ``bone_reset(bone)``, ``pose_reset()``, ``mirrored()``, ``copied()``, ``pasted()`` and
    ``pose_chosen(name)``.
    """

    bone_chosen = Signal(int)
    turned = Signal(int, int, float)
    settled = Signal()
    bone_reset = Signal(int)
    pose_reset = Signal()
    mirrored = Signal()
    copied = Signal()
    pasted = Signal()
    pose_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._main: frozenset[str] = frozenset()
        self._limits: Mapping[str, np.ndarray] = {}
        self._rows: dict[int, QTreeWidgetItem] = {}
        self._rotations = np.zeros((0, 3))
        self.bone = -1
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(12)
        self.tree.setUniformRowHeights(True)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tree.setAccessibleName("Bones")
        self.tree.setMinimumWidth(158)
        self.tree.currentItemChanged.connect(self._row_chosen)
        self.all_bones = QCheckBox("All bones")
        self.all_bones.setToolTip("Fingers, toes and face as well")
        self.all_bones.toggled.connect(self._fill)
        left = QVBoxLayout()
        left.setSpacing(2)
        head = QHBoxLayout()
        title = text("Bones", "strong")
        title.setMinimumHeight(24)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.all_bones)
        left.addLayout(head)
        left.addWidget(self.tree, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addLayout(left, 4)
        row.addLayout(self._axis_part(), 5)

    def _axis_part(self) -> QVBoxLayout:
        box = QVBoxLayout()
        box.setSpacing(4)
        head = QHBoxLayout()
        self.title = text("", "strong")
        self.title.setMinimumHeight(24)
        self.reset = button("Reset bone", "link", tip="This bone as it is at rest")
        self.reset.clicked.connect(lambda: self.bone_reset.emit(self.bone))
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.reset)
        box.addLayout(head)
        grid = QGridLayout()
        grid.setVerticalSpacing(1)
        grid.setHorizontalSpacing(8)
        grid.setColumnStretch(1, 1)
        self.axes: list[NumberSlider] = []
        for axis, name in enumerate(AXES):
            slider = NumberSlider(f"Turn about {name}", f"{TIPS[axis]}, in degrees")
            slider.box.setSuffix("°")
            compact(slider, 76)
            slider.changed.connect(lambda degrees, axis=axis: self._moved(axis, degrees))
            slider.slider.sliderReleased.connect(self.settled)
            label = text(name, "muted")
            label.setBuddy(slider.slider)
            self.axes.append(slider)
            grid.addWidget(label, axis, 0)
            grid.addWidget(slider, axis, 1)
        box.addLayout(grid)
        self.poses = QComboBox()
        self.poses.setAccessibleName("Sample pose")
        self.poses.setToolTip("Take a pose; a step of undo")
        self.poses.setPlaceholderText("Take a pose…")
        self.poses.setProperty("compact", "true")
        self.poses.setStyleSheet("QComboBox { combobox-popup: 0; }")  # a list that keeps to its count of rows
        self.poses.setView(_gallery())
        self.poses.setItemDelegate(QStyledItemDelegate(self.poses))  # as high as the pictures
        self.poses.activated.connect(self._pose_activated)
        box.addWidget(self.poses)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.buttons = {}
        for name, words, tip, signal in (
            ("mirror", "Mirror", "Left and right change places", self.mirrored),
            ("copy", "Copy", "Keep this pose on the clipboard", self.copied),
            ("paste", "Paste", "Take the pose of the clipboard", self.pasted),
            ("rest", "Rest", "Every bone as it is at rest", self.pose_reset),
        ):
            made = self.buttons[name] = button(words, "", "", tip)
            made.setAccessibleName(f"{words} pose")
            made.setProperty("compact", "true")
            made.clicked.connect(signal)
            row.addWidget(made, 1)
        box.addLayout(row)
        box.addStretch(1)
        return box

    # -- showing -------------------------------------------------------------------------------------------------------

    def set_skeleton(self, names: Sequence[str], main: Sequence[str], limits: Mapping[str, np.ndarray]) -> None:
        """The bones there are, which of them are the main ones, and how far (3, 2) radians each may turn."""
        known = tuple(names), frozenset(main)
        self._limits = limits
        if known != (self._names, self._main):
            self._names, self._main = known
            self.all_bones.setVisible(0 < len(self._main) < len(self._names))
            self.bone = -1
            self._fill()

    def set_poses(self, names: Sequence[str]) -> None:
        """The sample poses there are."""
        if names != [self.poses.itemText(i) for i in range(self.poses.count())]:
            self.poses.clear()
            self.poses.addItems(list(names))
            self.poses.setMaxVisibleItems(-(-len(names) // COLUMNS))  # rows: the list opens that high
        self.poses.setCurrentIndex(-1)
        self.poses.setVisible(bool(names))

    def set_pictures(self, pictures: Mapping[str, np.ndarray]) -> None:
        """Pictures (H, W, 4) uint8 of sample poses, by name, at twice the size they are shown."""
        for row in range(self.poses.count()):
            if (picture := pictures.get(self.poses.itemText(row))) is not None:
                h, w = picture.shape[:2]
                image = QImage(picture.tobytes(), w, h, 4 * w, QImage.Format.Format_RGBA8888).copy()
                image.setDevicePixelRatio(2.0)
                self.poses.setItemIcon(row, QIcon(QPixmap.fromImage(image)))

    def show_pose(self, rotations: np.ndarray) -> None:
        """The rotations (J, 3) of the pose, radians; sliders that are being moved keep what they say."""
        self._rotations = np.asarray(rotations)
        for bone, row in self._rows.items():
            font = row.font(0)
            turned = bool(np.abs(self._rotations[bone]).max() > 1e-6) if bone < len(self._rotations) else False
            if font.bold() != turned:
                font.setBold(turned)
                row.setFont(0, font)
        self._show_axes()

    def choose(self, bone: int) -> None:
        """Choose a bone from outside; one that is not listed makes the list longer."""
        if bone >= 0 and bone not in self._rows and bone < len(self._names):
            self.all_bones.setChecked(True)
        if bone in self._rows:
            self.tree.setCurrentItem(self._rows[bone])

    def _fill(self, *_: object) -> None:
        chosen = self.bone
        self.tree.blockSignals(True)
        self.tree.clear()
        self._rows = {}
        everything = self.all_bones.isChecked() or not self._main
        for group, bones in grouped(self._names).items():
            listed = [b for b in bones if everything or self._names[b] in self._main]
            if not listed:
                continue
            head = QTreeWidgetItem([group])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.tree.addTopLevelItem(head)
            for bone in listed:
                row = QTreeWidgetItem([words_of(self._names[bone])])
                row.setData(0, _BONE, bone)
                row.setToolTip(0, self._names[bone])
                head.addChild(row)
                self._rows[bone] = row
            head.setExpanded(True)
        self.tree.blockSignals(False)
        if self._rows:
            first = next(iter(self._rows))
            self.tree.setCurrentItem(self._rows.get(chosen, self._rows[first]))
            if len(self._rotations) == len(self._names):
                self.show_pose(self._rotations)

    def _row_chosen(self, row: QTreeWidgetItem | None, _: object = None) -> None:
        bone = row.data(0, _BONE) if row is not None else None
        if bone is None:
            return
        self.bone = int(bone)
        self.title.setText(words_of(self._names[self.bone]))
        self._show_axes()
        self.bone_chosen.emit(self.bone)

    def _show_axes(self) -> None:
        if not 0 <= self.bone < len(self._rotations):
            return
        limits = self._limits.get(self._names[self.bone], FREE)
        for axis, slider in enumerate(self.axes):
            low, high = (float(np.degrees(v)) for v in limits[axis])
            value = float(np.degrees(self._rotations[self.bone, axis]))
            if abs(slider.value() - value) > 0.006 or (slider.low, slider.high) != (low, high):
                slider.show_value(value, low, high)
            slider.setEnabled(high > low)

    def _moved(self, axis: int, degrees: float) -> None:
        limits = self._limits.get(self._names[self.bone], FREE)
        low, high = limits[axis]
        self.turned.emit(self.bone, axis, float(np.clip(np.radians(degrees), low, high)))

    def _pose_activated(self, row: int) -> None:
        self.pose_chosen.emit(self.poses.itemText(row))
        self.poses.setCurrentIndex(-1)


def _gallery() -> QListView:
    """Rows of pictures with their names below."""
    view = QListView()
    view.setViewMode(QListView.ViewMode.IconMode)
    view.setMovement(QListView.Movement.Static)
    view.setResizeMode(QListView.ResizeMode.Adjust)
    view.setIconSize(PICTURE)
    view.setGridSize(CELL)
    view.setMinimumWidth(COLUMNS * CELL.width() + 32)  # a scroll bar must not take a column
    return view
