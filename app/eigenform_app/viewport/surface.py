"""The OpenGL widget: pyvistaqt's interactor with single redraws, no keys, and clicks told apart from drags."""

from __future__ import annotations

from typing import Any

import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  (registers the factories)
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget
from pyvistaqt.rwi import QVTKRenderWindowInteractor

from eigenform_app.viewport.pointer import Pointer


class Surface(Pointer, QVTKRenderWindowInteractor):
    """A GL widget with one VTK render window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.render_window = self.GetRenderWindow()
        self.set_up()

    @property
    def _iren(self) -> Any:
        return self._Iren

    due = False  # Qt draws the overlay with the frame

    def initialize(self) -> None:
        """Make the GL context now; a widget that was never shown has none yet."""
        self._ensure_initialized()

    def update_part(self, part: QRect) -> None:
        """Draw a frame of which only ``part``, in logical pixels, is new."""
        self.update()

    def draw_all(self) -> None:
        """Each frame is drawn whole."""

    def put_back(self) -> None:
        """The render window drew something else: draw what is to be seen again."""
        self.update()

    def paintGL(self) -> None:
        """Draw, then tell overlays that the picture is new."""
        self.about_to_paint.emit()
        super().paintGL()
        self.painted.emit()

    def shut(self) -> None:
        """Release GL resources and observers; the widget draws nothing afterwards."""
        self.let_go()
        self.close()
        # Qt frees the context and its surface with the window. A Python wrapper kept past that would answer for
        # whatever object comes to lie at the same address: a header view that claims to be a QSurface.
        self._forget_context()
