"""What the viewport asks of every layer, whatever it draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eigenform_app.places import Places
from eigenform_app.viewport.geometry import Geometry, same_topology


@dataclass(frozen=True)
class Hit:
    """Where a ray meets a layer: the distance along it, the point (3,) in world coordinates, and the vertex that is
    nearest there, -1 where there is none (a slice)."""

    distance: float
    point: tuple[float, float, float]
    vertex: int = -1


@dataclass
class Bar:
    """A colour bar: its caption, map and range."""

    caption: str
    map_name: str
    low: float
    high: float


class AnyLayer:
    """Draws one value in one view with the actors in ``actors``.

    A class belongs to one type; :data:`eigenform_app.viewport.scene.LAYERS` says which. ``geometry`` is what the camera
    and the clipping plane go by.
    """

    mode: Any = None  # an int where the value has modes
    probes = False
    """Whether the pointer reads values off this layer while it hovers."""

    def __init__(self, value: Any, geometry: Geometry, options: Any, dark: bool) -> None:
        self.value, self.geometry, self.options, self.dark = value, geometry, options, dark
        self.actors: list[Any] = []
        self.crop: np.ndarray | None = None

    def set_crop(self, box: np.ndarray | None) -> None:
        """Draw only what lies in ``box`` (2, 3) in world coordinates."""
        self.crop = box

    @staticmethod
    def takes(old: Any, value: Any) -> bool:
        """Whether a layer of ``old`` can go on with ``value``; otherwise it is built anew."""
        return same_topology(old, value)

    def set_value(self, value: Any) -> None:
        """A newer value that the layer takes."""
        self.value = value

    def show_mode(self, mode: int) -> None:
        """Show a mode, if the value has modes."""

    def set_geometry(self, geometry: Geometry) -> None:
        """New positions of the same vertices."""
        self.geometry = geometry

    def set_options(self, options: Any, dark: bool) -> None:
        """Change how it looks."""
        self.options, self.dark = options, dark

    def outline(self) -> np.ndarray:
        """(n, 3) some thousand points, in world coordinates, that a picture of it must hold."""
        points = self.geometry.points
        if not len(points):
            return np.zeros((0, 3))
        ends = np.concatenate([points.argmin(axis=0), points.argmax(axis=0)])
        some = np.concatenate([points[:: max(1, len(points) // 4000)], points[ends]])
        return some.astype(np.float64) + self.geometry.centre

    def fit_points(self, pixels_per_unit: float) -> None:
        """The camera stands so that a unit of length is so many device pixels."""

    def swing(self, share: float) -> None:
        """Displace by a share in [-1, 1] of the amplitude of an animation."""

    def rest(self) -> None:
        """End any displacement."""

    def move(self, places: Places) -> None:
        """Draw its vertices elsewhere until the value changes."""

    def rows_moved(self) -> np.ndarray | None:
        """The vertices that frames of a movement show; None for all of them."""
        return None

    def detail(self, full: bool) -> None:
        """A frame is about to be drawn, in full or, while it moves on a slow machine, with less."""

    def moving(self) -> np.ndarray | None:
        """(n, 3) points in world coordinates around all that :meth:`move` draws; None where that is not known."""
        return None

    def hit(self, origin: np.ndarray, direction: np.ndarray, spread: float, keep: np.ndarray | None) -> Hit | None:
        """Where a ray in world coordinates meets it; ``keep`` (n, 4) are clipping planes."""
        return None

    def facts_at(self, hit: Hit) -> dict[str, Any]:
        """What is known where a ray met it; ``vertex`` and ``position`` come first."""
        return {"position": [float(v) for v in hit.point]}

    def place_of(self, hit: Hit) -> np.ndarray:
        """(3,) where what was hit is now: a vertex may move."""
        return np.asarray(hit.point)

    def bar(self) -> Bar | None:
        """The colour bar, if it has one."""
        return None


def local_planes(keep: np.ndarray | None, shift: np.ndarray) -> np.ndarray | None:
    """Clipping planes (n, 4) in coordinates relative to ``shift`` (3,)."""
    return None if keep is None else np.column_stack([keep[:, :3], keep[:, 3] + keep[:, :3] @ shift])
