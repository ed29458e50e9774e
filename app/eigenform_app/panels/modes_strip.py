"""The modes strip: a thumbnail of every mode, with its eigenvalue, in one row that scrolls."""

from __future__ import annotations

from eigenform.types import Basis
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from eigenform_app.panels.thumbnail_row import ThumbnailRow


class ModesStrip(QWidget):
    """Thumbnails of the modes of one basis.

    Signals: ``mode_chosen(k)`` by click or key; ``flip_requested(k)`` by double click, ``F`` or the context menu.
    """

    mode_chosen = Signal(int)
    flip_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = ThumbnailRow(self)
        self._row.mode_chosen.connect(self.mode_chosen)
        self._row.flip_requested.connect(self.flip_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._row)
        self.setFocusProxy(self._row)
        self.setMinimumHeight(110)

    def set_basis(self, basis: Basis | None) -> None:
        """Show a basis; None empties the strip."""
        self._row.set_basis(basis)

    def update_preview(self, basis: Basis) -> None:
        """A newer version of the basis shown: thumbnails stay until their successors are drawn."""
        self._row.set_basis(basis, keep=True)

    def set_mode(self, mode: int) -> None:
        """Mark a mode and scroll to it; tells nobody."""
        self._row.set_mode(mode)

    @property
    def mode(self) -> int:
        """The marked mode."""
        return self._row.mode

    @property
    def ready(self) -> bool:
        """Whether every visible thumbnail is drawn."""
        return self._row.ready

    def shut(self) -> None:
        """Stop the worker."""
        self._row.shut()

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(600, 132)
