"""Where the viewport looks from, and what it cuts away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from vtkmodules.vtkRenderingCore import vtkCamera

from eigenform_app.viewport import cameras
from eigenform_app.viewport.base import LAYOUTS, ViewportBase


class CameraPart(ViewportBase):
    """Camera and clipping plane of the viewport.

    ``up`` is the axis, ``y`` or ``z``, that points up: the front, the side and the top are said for y up and turned.
    """

    up = "y"

    def camera(self) -> dict[str, Any]:
        """The state of the camera, JSON-serialisable."""
        return cameras.state(self._camera)

    def set_camera(self, state: Mapping[str, Any]) -> None:
        """Restore a state from :meth:`camera`."""
        cameras.restore(self._camera, state)
        self._framed = True
        self._redraw()

    def reset_camera(self) -> None:
        """Look at everything from the front."""
        self._look(*cameras.upright(cameras.START, self.up))

    def view_along(self, axis: str) -> None:
        """Look from ``x``, ``-x``, ``y``, ``-y``, ``z`` or ``-z``, the front being ``z``, the top ``y``."""
        self._look(*cameras.upright(cameras.ALONG[axis], self.up))

    def frame(self) -> None:
        """Fit everything, from where the camera looks now."""
        eye = np.subtract(self._camera.GetPosition(), self._camera.GetFocalPoint())
        self._look(eye, self._camera.GetViewUp())

    def fitting(self, directions: Sequence[tuple[Any, Any]], size: tuple[int, int]) -> list[dict[str, Any]]:
        """The states of cameras that see everything from each ``(eye, up)`` in a picture of ``size`` in pixels."""
        cloud, found = self._cloud(), []
        for eye, up in directions:
            trial = vtkCamera()
            cameras.restore(trial, self.camera())
            trial.SetViewAngle(cameras.widened(trial.GetViewAngle(), self.narrowing(*size)))
            self._fit(trial, eye, up, cloud, *size)
            found.append(cameras.state(trial))
        return found

    def narrowing(self, width: int, height: int) -> float:
        """How much higher a picture must see than the screen, so that its narrower sides cut nothing off."""
        return max(1.0, self.width() / max(1, self.height()) * height / max(1, width))

    def set_clip(
        self,
        enabled: bool,
        normal: tuple[float, float, float] | None = None,
        origin: tuple[float, float, float] | None = None,
        *,
        axis: str | None = None,
        offset: float = 0.0,
        interactive: bool = True,
    ) -> None:
        """Cut everything by a plane; what lies on the side of ``normal`` stays.

        ``axis`` (as in :meth:`view_along`) with ``offset`` in [-1, 1] from the centre to the bounds is the short form.
        ``interactive`` shows a plane to drag.
        """
        cloud = self._cloud()
        low, high = cloud.min(axis=0), cloud.max(axis=0)
        centre, half = (low + high) / 2, 0.56 * (high - low) + 1e-3 * float(np.max(high - low))
        if axis is not None:
            normal = tuple(float(v) for v in cameras.ALONG[axis][0])  # type: ignore[assignment]
            origin = tuple(centre + offset * (high - low) / 2 * np.asarray(normal))  # type: ignore[assignment]
        self._clip.set(enabled, normal, origin, centre, half, interactive)
        for view in self._views:
            view.clip(self._clip.planes())
        self._redraw()

    def set_crop(self, box: np.ndarray | None) -> None:
        """Draw only what lies in ``box`` (2, 3), with handles to drag its faces; None draws everything."""
        self._crop.set(box)
        for view in self._views:
            view.crop(self._crop.box)
        self._redraw()

    def crop_to(self, box: np.ndarray) -> None:
        """As the box is dragged: what is drawn follows, the handles are where they are."""
        self._crop.box = np.array(box, dtype=np.float64)
        for view in self._views:
            view.crop(self._crop.box)
        self._redraw()

    def clip_state(self) -> dict[str, Any]:
        """Whether and where everything is cut, JSON-serialisable: ``enabled``, ``normal``, ``origin``."""
        return self._clip.state()

    def ball(self) -> tuple[np.ndarray, float]:
        """Centre (3,) and radius of a ball around the visible items."""
        points = self._cloud()
        low, high = points.min(axis=0), points.max(axis=0)
        return (low + high) / 2, float(np.linalg.norm(high - low)) / 2 or 1.0

    def _cloud(self) -> np.ndarray:
        """(n, 3) some thousand points of all drawn layers, in world coordinates."""
        found = []
        for layer in (layer for view in self._views for layer in view.layers.values()):
            found.append(layer.outline())
        return np.concatenate(found) if sum(map(len, found)) else np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])

    def _look(self, eye: Any, up: Any) -> None:
        self._framed = bool(self._items)
        self._fit(self._camera, eye, up, self._cloud(), self.width(), self.height())
        self._redraw()

    def _fit(self, camera: vtkCamera, eye: Any, up: Any, cloud: np.ndarray, width: int, height: int) -> None:
        left, bottom, right, top = LAYOUTS[len(self._views)][-1]
        # Writing keeps its share of a picture that is larger or smaller than the screen's.
        unit = max(0.5, min(width / max(1, self.width()), height / max(1, self.height())))
        room = float(np.clip(66 * unit / max(1.0, height * (top - bottom)), 0.06, 0.32))
        aspect = max(1, width) * (right - left) / (max(1, height) * (top - bottom))
        cameras.look(camera, eye, up, cloud, aspect, room)
