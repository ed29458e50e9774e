"""The clipping plane, with a widget to drag it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkInteractionWidgets import vtkImplicitPlaneRepresentation, vtkImplicitPlaneWidget2

from eigenform_app.viewport.colours import rgb
from eigenform_app.viewport.pointer import Pointer


class Clip:
    """One plane for all views; what lies on the side its normal points to stays. ``changed`` is called on a drag."""

    def __init__(self, surface: Pointer, changed: Callable[[], None]) -> None:
        self._surface, self._changed = surface, changed
        self.plane = vtkPlane()
        self.enabled = False
        self._widget: Any = None
        self._tag: int | None = None
        self._renderer: Any = None

    def attach(self, renderer: Any) -> None:
        """The renderer that shows the plane to drag."""
        self._renderer = renderer
        if self._widget is not None:
            self._widget.SetDefaultRenderer(renderer)

    def planes(self) -> list[vtkPlane]:
        """The planes that mappers cut by."""
        return [self.plane] if self.enabled else []

    def equations(self) -> np.ndarray | None:
        """(1, 4) float: ``n.x + c >= 0`` stays; None where nothing is cut."""
        if not self.enabled:
            return None
        n, o = np.array(self.plane.GetNormal()), np.array(self.plane.GetOrigin())
        return np.array([[*n, -float(n @ o)]])

    def state(self) -> dict[str, Any]:
        """JSON-serialisable state."""
        return {
            "enabled": self.enabled,
            "normal": list(self.plane.GetNormal()),
            "origin": list(self.plane.GetOrigin()),
        }

    def set(
        self, enabled: bool, normal: Any, origin: Any, centre: np.ndarray, half: np.ndarray, interactive: bool
    ) -> None:
        """Switch it on or off; None keeps the normal, and puts the plane through the centre when first shown.

        ``centre`` and ``half`` (3,) are those of the box that the plane to drag fills.
        """
        if normal is not None:
            length = float(np.linalg.norm(normal))
            if length == 0:
                raise ValueError("The normal of a clipping plane must not be zero.")
            self.plane.SetNormal(*(float(v) / length for v in normal))
        if origin is not None:
            self.plane.SetOrigin(*(float(v) for v in origin))
        elif enabled and not self.enabled:
            self.plane.SetOrigin(*centre)
        self.enabled = enabled
        if enabled and interactive:
            self._show(centre, half)
        elif self._widget is not None:
            self._widget.Off()

    def shut(self) -> None:
        """Remove the widget and its observer."""
        if self._widget is not None:
            self._widget.Off()
            self._widget.RemoveObserver(self._tag)
            self._widget.SetInteractor(None)
            self._widget = None

    def _show(self, centre: np.ndarray, half: np.ndarray) -> None:
        if self._widget is None:
            self._widget = vtkImplicitPlaneWidget2()
            self._widget.SetInteractor(self._surface.interactor())
            self._widget.SetRepresentation(self._representation())
            self._tag = self._widget.AddObserver("InteractionEvent", self._dragged)
        rep = self._widget.GetRepresentation()
        bounds = [v for c, r in zip(centre, half, strict=True) for v in (c - r, c + r)]
        rep.PlaceWidget(bounds)
        rep.SetNormal(*self.plane.GetNormal())
        rep.SetOrigin(*self.plane.GetOrigin())
        self._widget.SetDefaultRenderer(self._renderer)
        self._surface.interactor().EnableRenderOff()
        self._widget.On()
        self._surface.interactor().EnableRenderOn()

    def _representation(self) -> Any:
        rep = vtkImplicitPlaneRepresentation()
        rep.SetPlaceFactor(1.0)
        rep.OutlineTranslationOff()
        rep.SetDrawOutline(False)
        rep.ScaleEnabledOff()
        rep.GetPlaneProperty().SetOpacity(0.10)
        rep.GetPlaneProperty().SetColor(*rgb("#4c9be8"))
        rep.GetSelectedPlaneProperty().SetOpacity(0.22)
        rep.GetSelectedPlaneProperty().SetColor(*rgb("#4c9be8"))
        rep.SetEdgeColor(*rgb("#4c9be8"))
        rep.TubingOff()
        rep.GetEdgesProperty().SetLineWidth(1.5)
        rep.GetNormalProperty().SetColor(*rgb("#f0a04a"))
        rep.GetSelectedNormalProperty().SetColor(*rgb("#ffc27a"))
        return rep

    def _dragged(self, *_: object) -> None:
        rep = self._widget.GetRepresentation()
        self.plane.SetNormal(*rep.GetNormal())
        self.plane.SetOrigin(*rep.GetOrigin())
        self._changed()
