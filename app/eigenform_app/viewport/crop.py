"""The crop box: six numbers in input units, with handles to drag its faces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from vtkmodules.vtkInteractionWidgets import vtkBoxRepresentation, vtkBoxWidget2

from eigenform_app.viewport.colours import rgb
from eigenform_app.viewport.pointer import Pointer


class Crop:
    """One box for all views; ``dragged(box)`` is called with (2, 3) corners while the person moves it."""

    def __init__(self, surface: Pointer, dragged: Callable[[np.ndarray], None]) -> None:
        self._surface, self._dragged = surface, dragged
        self.box: np.ndarray | None = None
        self._widget: Any = None
        self._tags: list[int] = []
        self._renderer: Any = None

    def attach(self, renderer: Any) -> None:
        """The renderer that shows the handles."""
        self._renderer = renderer
        if self._widget is not None:
            self._widget.SetDefaultRenderer(renderer)

    def set(self, box: np.ndarray | None) -> None:
        """Crop to ``box`` (2, 3), or show everything."""
        self.box = None if box is None else np.array(box, dtype=np.float64)
        if self.box is not None:
            self._show(self.box)
        elif self._widget is not None:
            self._widget.Off()

    def equations(self) -> np.ndarray:
        """(6, 4) or (0, 4) planes: ``n.x + c >= 0`` is inside."""
        if self.box is None:
            return np.zeros((0, 4))
        inward = np.concatenate([np.eye(3), -np.eye(3)])
        return np.column_stack([inward, np.concatenate([-self.box[0], self.box[1]])])

    def shut(self) -> None:
        """Remove the widget and its observers."""
        if self._widget is not None:
            self._widget.Off()
            for tag in self._tags:
                self._widget.RemoveObserver(tag)
            self._widget.SetInteractor(None)
            self._widget = None

    def _show(self, box: np.ndarray) -> None:
        if self._widget is None:
            self._widget = vtkBoxWidget2()
            self._widget.SetInteractor(self._surface.interactor())
            self._widget.SetRepresentation(self._representation())
            self._widget.RotationEnabledOff()
            self._tags = [self._widget.AddObserver("InteractionEvent", self._moved)]
        self._widget.GetRepresentation().PlaceWidget([float(v) for v in box.T.ravel()])
        self._widget.SetDefaultRenderer(self._renderer)
        self._surface.interactor().EnableRenderOff()
        self._widget.On()
        self._surface.interactor().EnableRenderOn()

    def _representation(self) -> Any:
        rep = vtkBoxRepresentation()
        rep.SetPlaceFactor(1.0)
        rep.SetHandleSize(9.0)
        for line, tint in ((rep.GetOutlineProperty(), "#4c9be8"), (rep.GetSelectedOutlineProperty(), "#8fb1ff")):
            line.LightingOff()
            line.SetAmbient(0.0)  # VTK adds it to the rest
            line.SetColor(*rgb(tint))
            line.SetLineWidth(1.5)
        rep.GetHandleProperty().SetColor(*rgb("#f0a04a"))
        rep.GetSelectedHandleProperty().SetColor(*rgb("#ffc27a"))
        rep.GetFaceProperty().SetOpacity(0.0)
        rep.GetSelectedFaceProperty().SetOpacity(0.12)
        rep.GetSelectedFaceProperty().SetColor(*rgb("#4c9be8"))
        return rep

    def _moved(self, *_: object) -> None:
        bounds = np.array(self._widget.GetRepresentation().GetBounds()).reshape(3, 2)
        self._dragged(bounds.T.copy())
