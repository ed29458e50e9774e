"""The viewport widget: items in, pictures and picks out. It knows data types; it knows no document and no method.

The class is put together from parts, each in a module of its own: ``base`` (widgets and frames), ``part_camera``,
``part_items``, ``part_views``, ``part_picks``. The numbered invariants of everything in this folder are in
:mod:`eigenform_app.viewport`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from eigenform_app.viewport import grab
from eigenform_app.viewport.animation import Animation
from eigenform_app.viewport.gizmo import PoseGizmo
from eigenform_app.viewport.part_picks import PicksPart


class Viewport(PicksPart):
    """One to four linked 3-D views of the visible items.

    Signals
    -------
    picked(item_id, vertex, values)
        A vertex was clicked; ``values`` is a dict of what is known there.
    pointed(item_id, point, values, clicked)
        The pointer rests on, or clicked, a point (3,) of a layer that can be read anywhere; ``values`` is what is
        known there at once.
    crop_dragged(box)
        The person moves a face of the crop box, now (2, 3).
    view_activated(index)
        A view was clicked.
    """

    def __init__(self, parent: QWidget | None = None, dark: bool = True) -> None:
        super().__init__(parent, dark)
        self._animation = Animation(self)
        self.gizmo = PoseGizmo(self)
        self._overlay.handles, self._overlay.handles_place = self.gizmo.paint, self.gizmo.place
        self._surface.clicked.connect(self._on_click)
        self._surface.pressed.connect(self._on_press)
        self.set_layout(1)

    def set_theme(self, dark: bool) -> None:
        """Dark or light."""
        self._dark = self._overlay.dark = dark
        for view in self._views:
            view.show_theme(dark)
        self._redraw()

    def set_animation(self, playing: bool) -> None:
        """Let the modes swing along the normals, or rest."""
        self._animation.play(playing)

    @property
    def animating(self) -> bool:
        """Whether the modes swing."""
        return self._animation.playing

    def set_phase(self, phase: float) -> None:
        """Displace every mode by ``sin(phase)`` of its amplitude (radians); for animations to files."""
        swing = float(np.sin(phase))
        for view in self._views:
            for layer in view.layers.values():
                layer.swing(swing)
        self._redraw()

    def rest(self) -> None:
        """End any displacement."""
        for view in self._views:
            for layer in view.layers.values():
                layer.rest()
        self._redraw()

    def grab_array(
        self, size: tuple[int, int] | None = None, transparent: bool = False, scale: float = 1.0, notes: bool = True
    ) -> np.ndarray:
        """The picture as (h, w, 4) uint8, not premultiplied.

        Parameters
        ----------
        size : (width, height) in pixels, optional
            That of the widget by default.
        transparent : bool
            Leave the background out.
        scale : float
            Multiplies the size, and the size of the writing with it.
        notes : bool
            Write colour bars and labels over it.
        """
        return grab.grab(self, size, transparent, scale, notes)

    def screenshot(
        self, path: Any, size: tuple[int, int] | None = None, transparent: bool = False, scale: float = 1.0
    ) -> None:
        """Write a PNG (or JPEG) of the picture, atomically; arguments as in :meth:`grab_array`."""
        grab.write(self.grab_array(size, transparent, scale), path)

    def grab_image(self, size: tuple[int, int] | None = None, transparent: bool = False, scale: float = 1.0) -> QImage:
        """As :meth:`grab_array`, as a QImage that owns its memory (for the clipboard)."""
        return grab.to_image(self.grab_array(size, transparent, scale))

    def shut(self) -> None:
        """Stop timers and release GL resources; call it before the window goes."""
        self._animation.play(False)
        self._hover_timer.stop()
        super().shut()
