"""How a person in photographs is drawn: one photograph with what was found in it over it.

Everything lies in the plane of the picture, the longer side 1, y up. The fitted body is drawn nearly flat, with the
normals it has in space: a camera in perspective would else shift what is nearer against the photograph.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.avatar import keypoints as names
from eigenform.avatar import views
from eigenform.avatar.photo import crops
from eigenform.types import Person, View

from eigenform_app.display import MAPS, PersonDisplay
from eigenform_app.viewport.colours import rgb
from eigenform_app.viewport.geometry import Geometry, equal, geometry_of
from eigenform_app.viewport.layer_base import AnyLayer, Hit
from eigenform_app.viewport.layers_image import Picture
from eigenform_app.viewport.sketch import Ghost, Sketch
from eigenform_app.viewport.studio import BACKGROUND

SIDES = {"left": "#2fb7a8", "right": "#f08a3c", "middle": "#f5f5f5"}
OUTLINE, SQUARE = "#ff4fa3", "#8aa4ff"
LARGEST = 4096  # pixels of the longer side that are drawn; more are left out evenly
SURE = 0.05  # keypoints of less confidence are hidden
MAP_NAMES = dict(zip(MAPS[1:], views.MAPS, strict=True))
person_geometry = geometry_of
Z_MAP, Z_BODY, Z_LINES = 0.0004, 0.0008, 0.004


class PersonLayer(AnyLayer):
    """Draws one view of a :class:`~eigenform.types.Person`; newer ones of any kind are taken."""

    value: Person
    options: PersonDisplay

    def __init__(self, value: Person, geometry: Geometry, options: PersonDisplay, dark: bool) -> None:
        super().__init__(value, geometry, options, dark)
        self.picture, self.map, self.body = Picture(), Picture(), Ghost()
        self.map.actor.ForceOpaqueOn()  # in the order of the actors, under the body
        self.outline_drawn, self.square, self.limbs, self.points = Sketch(2.0), Sketch(1.5), Sketch(3.0), Sketch(9.0)
        lines = (self.square, self.outline_drawn, self.limbs, self.points)
        self.actors = [self.picture.actor, self.map.actor, *self.body.actors, *(s.actor for s in lines)]
        self._written: tuple[Any, ...] = ()
        self._body_of: tuple[Any, ...] = ()
        self.refresh()

    @staticmethod
    def takes(old: Any, value: Any) -> bool:
        """Any newer person."""
        return True

    def set_value(self, value: Person) -> None:
        """More was found, or something was corrected."""
        self.value = value
        self.refresh()

    def set_geometry(self, geometry: Geometry) -> None:
        """Another rectangle."""
        self.geometry = geometry
        self._written = self._body_of = ()

    def set_options(self, options: PersonDisplay, dark: bool) -> None:
        """Change what is drawn."""
        super().set_options(options, dark)
        self.refresh()

    @property
    def index(self) -> int:
        """The number of the view drawn, from 0."""
        return min(self.options.view, len(self.value.views)) - 1

    @property
    def view(self) -> View:
        """The view drawn."""
        return self.value.views[self.index]

    # -- places --------------------------------------------------------------------------------------------------------

    def place(self, pixels: np.ndarray, z: float = 0.0) -> np.ndarray:
        """(n, 3) float32 places, relative to the centre of the layer, of points (n, 2) in pixels of the photograph."""
        h, w = self.view.pixels.shape[:2]
        flat = (np.asarray(pixels) - (w / 2, h / 2)) * (1, -1) / max(h, w)
        return np.column_stack([flat, np.full(len(flat), z)]).astype(np.float32)

    def pixel(self, point: np.ndarray) -> tuple[float, float]:
        """The inverse of :meth:`place`, of a point in world coordinates."""
        h, w = self.view.pixels.shape[:2]
        x, y = (np.asarray(point)[:2] - self.geometry.centre[:2]) * max(h, w)
        return float(x + w / 2), float(h / 2 - y)

    # -- drawing -------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Write what is shown of the view."""
        view, o = self.view, self.options
        self._show_picture(view)
        self._show_map(view)
        self._show_body(view)
        lines = views.outline(view.mask) if o.mask and view.mask is not None else []
        self.outline_drawn.set_lines([self.place(line, Z_LINES) for line in lines], OUTLINE, closed=True)
        self.square.set_lines([self.place(views.crop_corners(view), Z_LINES)] if o.crop else [], SQUARE, closed=True)
        self._show_keypoints(view)
        for actor in self.actors:
            actor.SetPosition(*self.geometry.centre)

    def _show_picture(self, view: View) -> None:
        how = (self.options.photograph, self.dark)
        if self._written and self._written[1:] == how and equal(self._written[0], view.pixels):
            return
        self._written = (view.pixels, *how)
        h, w = view.pixels.shape[:2]
        step = max(1, int(np.ceil(max(h, w) / LARGEST)))
        shown = view.pixels[::step, ::step]
        if self.options.photograph < 1:
            ground = 255 * np.array(rgb(BACKGROUND[self.dark][1]))
            s = self.options.photograph
            shown = (s * shown.astype(np.float32) + (1 - s) * ground).astype(np.uint8)
        self.picture.set_corners(self.place(np.array([[0, h], [w, h], [w, 0], [0, 0]])))
        self.picture.set_pixels(shown)
        self.picture.texture.SetInterpolate(True)

    def _show_map(self, view: View) -> None:
        picture = views.map_picture(view, MAP_NAMES.get(self.options.map, ""))
        self.map.actor.SetVisibility(picture is not None)
        if picture is not None:
            self.map.set_corners(self.place(views.crop_corners(view), Z_MAP))
            self.map.set_pixels(picture)
            self.map.texture.SetInterpolate(True)
            self.map.actor.GetProperty().SetOpacity(self.options.map_opacity)

    def _show_body(self, view: View) -> None:
        faces = self.value.body_faces
        shown = self.options.body and view.verts is not None and view.camera is not None and len(faces) > 0
        self.body.show(shown, self.options.body_opacity, self.dark)
        if not shown or view.verts is None or view.camera is None:
            return
        key = (view.verts, view.camera, view.crop, faces)
        if self._body_of and all(map(equal, self._body_of, key)):
            return
        self._body_of = key
        at = views.project(view, view.verts)
        near = at[:, 2] - at[:, 2].min()
        depth = (Z_LINES - Z_BODY) * 0.9 * near / max(float(near.max()), 1e-9)
        points = self.place(at[:, :2])
        points[:, 2] = Z_BODY + depth
        self.body.set_mesh(points, faces, view.verts)

    def _show_keypoints(self, view: View) -> None:
        found = view.keypoints if self.options.keypoints else None
        if found is None:
            self.limbs.set_lines([], OUTLINE)
            self.points.set_points(np.zeros((0, 3), np.float32), [])
            return
        places = self.place(found[:, :2], Z_LINES)
        sure = found[:, 2] > SURE
        pairs = [pair for pair in names.LINES if sure[list(pair)].all()]
        self.limbs.set_lines([places[list(pair)] for pair in pairs], [SIDES[line_side(pair)] for pair in pairs])
        shown = np.flatnonzero(sure)
        self.points.set_points(places[shown], [SIDES[names.side(int(i))] for i in shown])

    # -- answers -------------------------------------------------------------------------------------------------------

    def hit(self, origin: np.ndarray, direction: np.ndarray, spread: float, keep: np.ndarray | None) -> Hit | None:
        """Where a ray meets the photograph; ``vertex`` is the flat index of the pixel."""
        if abs(direction[2]) < 1e-12:
            return None
        distance = (self.geometry.centre[2] - origin[2]) / direction[2]
        point = origin + distance * direction
        h, w = self.view.pixels.shape[:2]
        x, y = self.pixel(point)
        if distance <= 0 or not (0 <= x < w and 0 <= y < h):
            return None
        where = (float(point[0]), float(point[1]), float(point[2]))
        return Hit(float(distance), where, int(y) * w + int(x))

    def facts_at(self, hit: Hit) -> dict[str, Any]:
        """Row and column, the keypoint that is near, and what the maps say there."""
        view = self.view
        h, w = view.pixels.shape[:2]
        row, column = divmod(hit.vertex, w)
        if row >= h:
            return {}
        found: dict[str, Any] = {"row": row, "column": column}
        at = np.array([[column + 0.5, row + 0.5]])
        if view.keypoints is not None and self.options.keypoints:
            away = np.linalg.norm(view.keypoints[:, :2] - at, axis=1) + 1e9 * (view.keypoints[:, 2] <= SURE)
            nearest = int(away.argmin())
            if away[nearest] < 0.015 * max(h, w):
                found["keypoint"] = names.NAMES[nearest]
        if view.mask is not None:
            found["person"] = "yes" if view.mask[row, column] else "no"
        x, y = crops.to_ndc(at, view.crop)[0]
        for name in ("offset_front", "offset_back"):
            if name in view.maps and abs(x) < 1 and abs(y) < 1:
                size = view.maps[name].shape[0]
                value = view.maps[name][int((1 - y) / 2 * size), int((x + 1) / 2 * size)]
                found[f"{'before' if name == 'offset_front' else 'behind'} the body [mm]"] = float(1000 * value)
        return found


def line_side(pair: tuple[int, int]) -> str:
    """The side that a line between two keypoints belongs to."""
    sides = {names.side(i) for i in pair} - {"middle"}
    return sides.pop() if len(sides) == 1 else "middle"
