"""Messages that stand above the picture and wait: errors with their details, offers with buttons. Never a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from eigenform_app import theme
from eigenform_app.panels.widgets import button, text

_ICONS = {
    "error": ("error", "danger"),
    "warning": ("warning", "warning"),
    "good": ("done", "good"),
    "info": ("info", "accent"),
}
KEEP = 3


class Banner(QFrame):
    """One message with its tone, details and buttons."""

    def __init__(
        self,
        words: str,
        tone: str = "info",
        details: str = "",
        offers: tuple[tuple[str, Callable[[], None]], ...] = (),
        seconds: float = 0.0,
    ) -> None:
        super().__init__()
        self.words, self.tone, self.asks = words, tone, bool(offers)
        self.setObjectName("banner")
        self.setProperty("tone", tone)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 5, 8, 5)
        row = QHBoxLayout()
        row.setSpacing(9)
        mark = text("")
        name, tint = _ICONS[tone]
        mark.setPixmap(theme.tinted(name, theme.colours()[tint], 18))
        row.addWidget(mark)
        label = text(words, wrap=True, selectable=True)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(label, 1)
        self.details = QPlainTextEdit(details)
        self.details.setObjectName("log")
        self.details.setReadOnly(True)
        self.details.setMaximumHeight(170)
        self.details.hide()
        if details:
            show = button("Details", "link")
            show.clicked.connect(lambda: self.details.setVisible(not self.details.isVisible()))
            copy = button("Copy", "link", tip="Copy the message and its details")
            copy.clicked.connect(lambda: QApplication.clipboard().setText(f"{words}\n\n{details}"))
            row.addWidget(show)
            row.addWidget(copy)
        for caption, do in offers:
            offer = button(caption)
            offer.clicked.connect(self._chosen(do))
            row.addWidget(offer)
        close = QToolButton()
        close.setIcon(theme.icon("close", "muted"))
        close.setToolTip("Dismiss")
        close.setAccessibleName("Dismiss this message")
        close.clicked.connect(self.dismiss)
        row.addWidget(close)
        box.addLayout(row)
        box.addWidget(self.details)
        if seconds:
            QTimer.singleShot(int(seconds * 1000), self, self.dismiss)

    def _chosen(self, do: Callable[[], None]) -> Callable[[], None]:
        def choose() -> None:
            self.dismiss()
            do()

        return choose

    def dismiss(self) -> None:
        """Take the message away."""
        self.hide()
        self.setParent(None)
        self.deleteLater()


class Banners(QWidget):
    """The stack of messages; the oldest goes when there are too many."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)

    def messages(self) -> list[Banner]:
        """The messages that stand now, oldest first."""
        return [b for b in self.findChildren(Banner) if b.parent() is self]

    def settle(self) -> None:
        """Take away what went wrong before: something new is tried. What asks something stays."""
        for old in self.messages():
            if old.tone == "error" and not old.asks:
                old.dismiss()

    def show_message(
        self,
        words: str,
        tone: str = "info",
        details: str = "",
        offers: tuple[tuple[str, Callable[[], None]], ...] = (),
        seconds: float = 0.0,
    ) -> Banner:
        """Add a message; one that says the same is replaced."""
        for old in self.messages():
            if old.words == words:
                old.dismiss()
        for old in self.messages()[: -KEEP + 1]:
            old.dismiss()
        banner = Banner(words, tone, details, offers, seconds)
        self._box.addWidget(banner)
        return banner
