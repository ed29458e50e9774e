"""The page on which a person works on a person in photographs: the photograph in the middle, tools around it."""

from __future__ import annotations

import numpy as np
from eigenform.avatar.views import MAPS as MAP_NAMES
from eigenform.types import Person
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from eigenform_app.display import MAPS
from eigenform_app.panels.person_canvas import PersonCanvas
from eigenform_app.panels.person_points import PersonPoints
from eigenform_app.panels.person_tools import PersonTools
from eigenform_app.panels.person_way import PersonWay
from eigenform_app.panels.views_panel import picture_of
from eigenform_app.panels.widgets import button, text
from eigenform_app.viewport.geometry import equal

NARROW = 560  # logical pixels below which the list of points makes room for the photograph
ROOMY = 900  # logical pixels from which on the name of the person stands over it


class PersonPage(QWidget):
    """``view_chosen(number)`` from 0; ``closed()`` when the person is done here."""

    view_chosen = Signal(int)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas, self.tools, self.points, self.way = PersonCanvas(), PersonTools(), PersonPoints(), PersonWay()
        self.title = text("", "heading")
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.views = QComboBox()
        self.views.setAccessibleName("Photograph")
        self.views.setIconSize(QSize(22, 22))
        self.views.currentIndexChanged.connect(self._view_picked)
        self.fit = QToolButton()
        self.fit.setProperty("icon_name", "frame")
        self.fit.setToolTip("The whole photograph, or the person  (double click)")
        self.fit.setAccessibleName("The whole photograph, or the person")
        self.fit.clicked.connect(self.canvas.toggle_fit)
        self.shows: dict[str, QCheckBox] = {}
        for name, words in (("points", "Points"), ("outline", "Outline"), ("body", "Body")):
            self.shows[name] = QCheckBox(words)
            self.shows[name].setChecked(True)
            self.shows[name].toggled.connect(self._show_options)
        self.map = QComboBox()
        self.map.setAccessibleName("What of the clothes is shown")
        self.map.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.map.setMinimumContentsLength(11)
        for words, name in zip(MAPS, ("", *MAP_NAMES), strict=True):
            self.map.addItem("No maps" if not name else words.capitalize(), name)
        self.map.currentIndexChanged.connect(self._show_options)
        self.done = button("Done", "", "check", "Back to the 3-D view  (P)")
        self.done.clicked.connect(self.closed)
        self._arrange()
        self.tools.tool_chosen.connect(self._tool_chosen)
        self.tools.share_changed.connect(self._share_changed)
        self.canvas.brush_grown.connect(self.tools.grow)
        self._busy = False
        self._pictures: list[np.ndarray] = []
        self._share_changed(self.tools.slider.value() / 1000)

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(9)
        top.setContentsMargins(4, 2, 4, 0)
        top.addWidget(self.title, 2)
        top.addWidget(self.views)
        for made in self.shows.values():
            top.addWidget(made)
        top.addWidget(self.map)
        top.addStretch(1)
        top.addWidget(self.fit)
        top.addWidget(self.done)
        middle = QHBoxLayout()
        middle.setSpacing(6)
        middle.addWidget(self.tools)
        middle.addWidget(self.canvas, 1)
        middle.addWidget(self.points)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addLayout(top)
        box.addLayout(middle, 1)
        box.addWidget(self.way)

    def show_person(self, person: Person, name: str, number: int) -> None:
        """A view of a person."""
        self.title.setText(name)
        self.title.setToolTip(name)
        view = person.views[number]
        pictures = [v.pixels for v in person.views]
        known = len(pictures) == len(self._pictures) and all(map(equal, pictures, self._pictures))
        self._busy = True
        if not known:
            self._pictures = pictures
            self.views.clear()
            for i, one in enumerate(person.views):
                step = max(1, max(one.pixels.shape[:2]) // 60)
                icon = QIcon(QPixmap.fromImage(picture_of(one.pixels[::step, ::step])))
                self.views.addItem(icon, f"{i + 1} of {len(person.views)}")
        self.views.setVisible(len(person.views) > 1)
        self.views.setCurrentIndex(number)
        self._busy = False
        self.canvas.set_view(view)
        self.points.show_points(view.keypoints, self.canvas.chosen)
        has = {"points": view.keypoints is not None, "outline": view.mask is not None, "body": view.verts is not None}
        for key, made in self.shows.items():
            made.setEnabled(has[key])
        self._offer_maps(set(view.maps))

    def _offer_maps(self, known: set[str]) -> None:
        model = self.map.model()
        for row in range(1, self.map.count()):
            there = self.map.itemData(row) in known
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable if there else Qt.ItemFlag.NoItemFlags
            model.item(row).setFlags(flags)  # type: ignore[attr-defined]
        self.map.setEnabled(bool(known))
        if self.map.currentData() and self.map.currentData() not in known:
            self.map.setCurrentIndex(0)

    def _view_picked(self, row: int) -> None:
        if not self._busy and row >= 0:
            self.view_chosen.emit(row)

    def _show_options(self, *_: object) -> None:
        canvas = self.canvas
        canvas.show_points = self.shows["points"].isChecked()
        canvas.show_outline = self.shows["outline"].isChecked()
        canvas.show_body = self.shows["body"].isChecked()
        canvas.set_map(self.map.currentData() or "")

    def _tool_chosen(self, tool: str) -> None:
        self.canvas.set_tool(tool)

    def _share_changed(self, share: float) -> None:
        self.canvas.share = share
        self.canvas.update()

    def resizeEvent(self, event: object) -> None:
        """The photograph goes before the list of points."""
        self.points.setVisible(self.width() >= NARROW)
        self.title.setVisible(self.width() >= ROOMY)
        super().resizeEvent(event)  # type: ignore[arg-type]
