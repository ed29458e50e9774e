"""The few small widgets that several panels share: a titled pane, a labelled text, a section that folds."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from eigenform_app import theme


def text(words: str, role: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A label in one of the style sheet's roles (muted, faint, title, heading, strong, number, danger, ...)."""
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    if wrap:
        label.setWordWrap(True)
    if selectable:
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        label.setTextInteractionFlags(flags)
    return label


class Elided(QLabel):
    """Words on one line, as wide as there is room: where they are longer, their middle is left out.

    ``text()`` is what they are, :meth:`shown` what is seen.
    """

    def __init__(self, role: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def shown(self) -> str:
        """The words as they fit."""
        room = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The words that fit."""
        painter, place, role = QPainter(self), self.contentsRect(), self.foregroundRole()
        align = self.alignment()
        self.style().drawItemText(painter, place, align, self.palette(), self.isEnabled(), self.shown(), role)


def set_role(widget: QWidget, role: str, name: str = "role") -> None:
    """Change a property the style sheet looks at, and restyle."""
    if widget.property(name) != role:
        widget.setProperty(name, role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def button(words: str, name: str = "", icon: str = "", tip: str = "") -> QPushButton:
    """A push button; ``name`` is primary, link, row or card."""
    made = QPushButton(words)
    made.setObjectName(name)
    if icon:
        tint = "on_accent" if name == "primary" else "text"
        made.setIcon(theme.icon(icon, tint))
        made.setProperty("icon_name", icon)
        made.setProperty("icon_tint", tint)
    made.setToolTip(tip)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def retint(root: QWidget) -> None:
    """Give every button made here, anywhere under ``root``, its icon in the colours of the theme in use."""
    for made in [*root.findChildren(QPushButton), *root.findChildren(QToolButton)]:
        if name := made.property("icon_name"):
            made.setIcon(theme.icon(name, made.property("icon_tint") or "text"))


def line() -> QFrame:
    """A thin horizontal rule."""
    made = QFrame()
    made.setObjectName("line")
    return made


class Pane(QWidget):
    """A rounded panel with an optional title row."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(10, 8, 10, 8)
        self.body.setSpacing(6)
        self.header = QHBoxLayout()
        self.header.setSpacing(4)
        if title:
            label = text(title)
            label.setObjectName("paneTitle")
            self.header.addWidget(label)
            self.header.addStretch(1)
            self.body.addLayout(self.header)


class Section(QWidget):
    """A heading that folds what stands below it."""

    def __init__(self, title: str, content: QWidget, *, expanded: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = content
        self.toggle = QToolButton()
        self.toggle.setObjectName("section")
        self.toggle.setText(title)
        self.toggle.setCheckable(True)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.toggle.setAccessibleName(f"{title}: fold or unfold")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addWidget(self.toggle)
        box.addWidget(content)
        self.toggle.toggled.connect(self.set_expanded)
        self.toggle.setChecked(expanded)
        self.set_expanded(expanded)

    def set_expanded(self, expanded: bool) -> None:
        """Fold or unfold."""
        self.content.setVisible(expanded)
        name = "down" if expanded else "right"
        self.toggle.setProperty("icon_name", name)
        self.toggle.setProperty("icon_tint", "muted")
        self.toggle.setIcon(theme.icon(name, "muted"))


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and delete it."""
    while layout.count():
        entry = layout.takeAt(0)
        if entry is None:
            continue
        if (widget := entry.widget()) is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := entry.layout()) is not None:
            clear(inner)  # type: ignore[arg-type]
