"""The tools beside a photograph of a person: points, brush, strokes to cut out along, files, sides, depth."""

from __future__ import annotations

from collections.abc import Callable

from eigenform.avatar import keypoints as names
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QMenu, QSizePolicy, QSlider, QToolButton, QVBoxLayout, QWidget

from eigenform_app import theme
from eigenform_app.panels.person_picture import ADD, ERASE, INSIDE, OUTSIDE, POINTS

TOOLS = (
    (POINTS, "points", "Drag keypoints; click to place the one chosen in the list"),
    (ADD, "brush", "Paint what belongs to the person"),
    (ERASE, "eraser", "Take away what does not"),
    (INSIDE, "stroke-in", "Stroke over the person, then cut out"),
    (OUTSIDE, "stroke-out", "Stroke over the background, then cut out"),
)


class PersonTools(QWidget):
    """Signals: ``tool_chosen(tool)``; ``cut_wanted()``; ``swap_wanted(limb)``, empty for both sides whole;
    ``flip_wanted(limb)``; ``file_wanted(kind)``, ``mask`` or ``keypoints``; ``share_changed(share)`` of the brush.
    """

    tool_chosen = Signal(str)
    cut_wanted = Signal()
    swap_wanted = Signal(str)
    flip_wanted = Signal(str)
    file_wanted = Signal(str)
    share_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(5, 6, 5, 6)
        self._box.setSpacing(3)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for tool, icon, tip in TOOLS:
            made = self._button(icon, tip)
            made.setCheckable(True)
            made.clicked.connect(self._chooser(tool))
            self._group.addButton(made)
            self.buttons[tool] = made
        self.cut = self._button("cut", "Cut out along the strokes  (Enter)")
        self.cut.clicked.connect(self.cut_wanted)
        self.slider = QSlider(Qt.Orientation.Vertical)
        self.slider.setRange(4, 200)
        self.slider.setValue(30)
        self.slider.setAccessibleName("Size of the brush")
        self.slider.setToolTip("Size of the brush  (Ctrl and the wheel)")
        self.slider.setMaximumHeight(110)
        self.slider.valueChanged.connect(lambda v: self.share_changed.emit(v / 1000))
        self._box.addWidget(self.slider, 1, Qt.AlignmentFlag.AlignHCenter)
        self._rule()
        self.files = self._menu("import", "Take a mask or keypoints from a file", (
            ("Mask from a picture…", lambda: self.file_wanted.emit("mask")),
            ("Keypoints from JSON…", lambda: self.file_wanted.emit("keypoints")),
        ))  # fmt: skip
        self.sides = self._menu("sides", "Left and right change places", (
            ("All points", lambda: self.swap_wanted.emit("")),
            ("The arms", lambda: self.swap_wanted.emit("left arm")),
            ("The legs", lambda: self.swap_wanted.emit("left leg")),
        ))  # fmt: skip
        self.flips = self._menu("depth", "Flip a limb of the fitted body in depth: what points here points away", ())
        self.flips.menu().aboutToShow.connect(self._fill_depth)
        self._box.addStretch(1)
        self.buttons[POINTS].setChecked(True)

    def choose(self, tool: str) -> None:
        """Take a tool."""
        self.buttons[tool].setChecked(True)
        self.tool_chosen.emit(tool)

    def grow(self, steps: int) -> None:
        """A larger or smaller brush."""
        self.slider.setValue(round(self.slider.value() * 1.2**steps) + steps)

    def set_possible(self, editable: bool, photograph: bool, strokes: bool, points: bool, body: bool) -> None:
        """Enable what can be done with the view shown."""
        for tool, made in self.buttons.items():
            made.setEnabled(editable and (photograph or tool in (POINTS, ADD, ERASE)))
        self.cut.setEnabled(editable and photograph and strokes)
        self.slider.setEnabled(editable)
        self.files.setEnabled(editable)
        self.sides.setEnabled(editable and points)
        self.flips.setEnabled(editable and body)

    def _chooser(self, tool: str) -> Callable[[], None]:
        return lambda: self.tool_chosen.emit(tool)

    def _button(self, icon: str, tip: str) -> QToolButton:
        made = QToolButton()
        made.setIcon(theme.icon(icon))
        made.setProperty("icon_name", icon)
        made.setIconSize(QSize(20, 20))
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._box.addWidget(made, 0, Qt.AlignmentFlag.AlignHCenter)
        return made

    def _menu(self, icon: str, tip: str, entries: tuple[tuple[str, Callable[[], None]], ...]) -> QToolButton:
        made = self._button(icon, tip)
        menu = QMenu(made)
        for words, do in entries:
            menu.addAction(words, do)
        made.setMenu(menu)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return made

    def _fill_depth(self) -> None:
        menu = self.flips.menu()
        if menu.actions():
            return
        from eigenform.avatar.fit.settings import LIMBS

        for limb in LIMBS:
            menu.addAction(limb.capitalize(), self._flipper(limb))

    def _flipper(self, limb: str) -> Callable[[], None]:
        return lambda: self.flip_wanted.emit(limb)

    def _rule(self) -> None:
        line = QFrame()
        line.setObjectName("line")
        self._box.addWidget(line)


def both_sides(limb: str) -> list[int] | None:
    """The keypoints that swapping a limb moves; None for all."""
    return list(names.LIMBS[limb]) if limb else None
