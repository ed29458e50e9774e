"""The page that stands where nothing is loaded: samples to try, recent files, and how to begin."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from eigenform_app import preferences, theme
from eigenform_app.panels.widgets import button, clear, text

THUMBNAILS = theme.RESOURCES / "samples"
CARD = QSize(143, 128)
BODY = "A parametric human body: shape it with sliders, pose it, let it walk. The first one takes a minute to prepare."
HINTS = (
    "Meshes, point clouds and tables of points: a basis, or a surface through them.",
    "Saved fields: slice, offset, combine, extract. Pictures: paint a hole and fill it.",
    "A folder of photographs with cameras (NeuS, transforms.json, COLMAP): their surface.",
    "A photograph of a person, or several of them: a clothed figure to pose.",
)


class SampleCard(QPushButton):
    """A picture of a sample over its name."""

    def __init__(self, name: str, words: str, title: str = "") -> None:
        super().__init__()
        self.name = name
        self.title = title or name.replace("-", " ").capitalize()
        self.setObjectName("card")
        self.setFixedSize(CARD)
        self.setToolTip(f"<qt>{words}</qt>")
        self.setAccessibleName(f"{title}. {words}" if title else f"Open the sample {name}. {words}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._picture = QPixmap(str(THUMBNAILS / f"{name}.png"))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        side = self.height() - 36
        box = QRect((self.width() - side) // 2, 6, side, side)
        if not self._picture.isNull():
            ratio = self.devicePixelRatioF()
            scaled = self._picture.scaled(
                round(side * ratio), round(side * ratio), Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )  # fmt: skip
            scaled.setDevicePixelRatio(ratio)
            painter.drawPixmap(box.topLeft(), scaled)
        else:
            painter.drawPixmap(
                box.center().x() - 20, box.center().y() - 20, theme.tinted("shape", theme.colours()["faint"], 40)
            )
        painter.setPen(theme.colour("text"))
        where = QRect(0, self.height() - 30, self.width(), 22)
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, self.title)
        painter.end()


def _hint() -> QFrame:
    """What can be dropped, and what to press then."""
    made = QFrame()
    made.setObjectName("hint")
    made.setMinimumHeight(CARD.height())
    box = QVBoxLayout(made)
    box.setContentsMargins(18, 10, 14, 10)
    box.setSpacing(6)
    box.addStretch(1)
    box.addWidget(text("Drop anything anywhere in this window, then press R", "strong", wrap=True))
    for words in HINTS:
        box.addWidget(text(words, "muted", wrap=True))
    box.addStretch(1)
    return made


class Welcome(QScrollArea):
    """Sends what the person chose."""

    sample_chosen = Signal(str)
    file_chosen = Signal(str)
    open_wanted = Signal()
    demo_wanted = Signal()
    new_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        outer = QHBoxLayout(inside)
        outer.addStretch(1)
        page = QWidget()
        page.setMaximumWidth(980)
        outer.addWidget(page, 100)
        outer.addStretch(1)
        self.setWidget(inside)
        box = QVBoxLayout(page)
        box.setContentsMargins(28, 14, 28, 10)
        box.setSpacing(12)
        box.addStretch(2)
        box.addLayout(self._head())
        box.addSpacing(6)
        box.addWidget(text("Samples", "heading"))
        self._grid = QGridLayout()
        self._grid.setSpacing(12)
        self.cards: list[SampleCard] = []
        box.addLayout(self._grid)
        self._recent_title = text("Recent files", "heading")
        box.addWidget(self._recent_title)
        self._recent = QGridLayout()
        self._recent.setSpacing(1)
        self._recent.setColumnStretch(0, 1)
        self._recent.setColumnStretch(1, 1)
        box.addLayout(self._recent)
        box.addStretch(3)
        self._columns = 0
        self.hint = _hint()
        self._fill()
        self.refresh()

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        mark = text("")
        mark.setPixmap(theme.logo(60))
        row.addWidget(mark)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(text("Watch geometry being learned", "title"))
        words.addWidget(text("Eigenbases, surfaces and figures, from points, meshes and photographs.", "muted"))
        row.addLayout(words, 1)
        demo, open_ = button("Play the demo", icon="demo"), button("Open files…", "primary", "open")
        demo.clicked.connect(self.demo_wanted)
        open_.clicked.connect(self.open_wanted)
        row.addWidget(demo)
        row.addWidget(open_)
        return row

    def _fill(self) -> None:
        from eigenform import registry
        from eigenform.io.samples import NAMES, describe

        from eigenform_app.loading import PHOTOGRAPHS, TEXTURES

        for name, words in {**{name: describe(name) for name in NAMES}, **TEXTURES, **PHOTOGRAPHS}.items():
            card = SampleCard(name, words)
            card.clicked.connect(lambda _=False, name=name: self.sample_chosen.emit(name))
            self.cards.append(card)
        if any(m.output == "Body" and not m.inputs for m in registry.methods()):
            card = SampleCard("body", BODY, "A body to pose")
            card.clicked.connect(lambda: self.new_wanted.emit("body"))
            self.cards.append(card)
        self._arrange(6)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for n, card in enumerate(self.cards):
            self._grid.addWidget(card, n // columns, n % columns)
        row, column = divmod(len(self.cards), columns)
        self._grid.removeWidget(
            self.hint
        )  # it takes what the cards leave of the last row, where that is enough to read
        if columns - column < 3:
            row, column = row + 1, 0
        self._grid.addWidget(self.hint, row, column, 1, columns - column)
        for column in range(12):
            self._grid.setColumnStretch(column, 0)
        self._grid.setColumnStretch(columns, 1)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        room = min(self.viewport().width(), 980) - 60
        fits = max(2, min(6, (room + 12) // (CARD.width() + 12)))
        self._arrange(next(n for n in (6, 4, 3, 2) if n <= fits))

    def refresh(self) -> None:
        """The recent files that are still there."""
        clear(self._recent)
        found = [p for p in map(Path, preferences.recent_files()) if p.exists()][:6]
        self._recent_title.setVisible(bool(found))
        for n, path in enumerate(found):
            row = button(f"{path.name}    {path.parent}", "row", "folder" if path.is_dir() else "shape")
            row.clicked.connect(lambda _=False, path=path: self.file_chosen.emit(str(path)))
            row.setMinimumWidth(60)
            row.setToolTip(str(path))
            self._recent.addWidget(row, n // 2, n % 2)
