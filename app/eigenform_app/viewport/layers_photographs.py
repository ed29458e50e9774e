"""How photographs are drawn: each camera a pyramid with its picture on the base, and the sparse points."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Photographs
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from eigenform_app.display import PhotographsDisplay
from eigenform_app.viewport.colours import rgb
from eigenform_app.viewport.geometry import Geometry
from eigenform_app.viewport.layer import cells
from eigenform_app.viewport.layer_base import AnyLayer, Hit, local_planes
from eigenform_app.viewport.layers_image import Picture
from eigenform_app.viewport.picking import pick_points

THUMBNAIL = 128  # pixels of the longer side of a photograph on its pyramid
MOST = 60  # pictures drawn; the pyramids of all cameras always are
INK = {True: "#8fb1ff", False: "#3a5fd9"}


class PhotographsLayer(AnyLayer):
    """Draws :class:`~eigenform.types.Photographs`."""

    value: Photographs
    options: PhotographsDisplay

    def __init__(self, value: Photographs, geometry: Geometry, options: PhotographsDisplay, dark: bool) -> None:
        super().__init__(value, geometry, options, dark)
        self.cameras, self._camera_data = _actor()
        self.points, self._point_data = _actor()
        self.points.GetProperty().SetRenderPointsAsSpheres(True)
        self.ball, self._ball_data = _actor()
        self.pictures = [Picture() for _ in range(0, len(value.images), self._stride())]
        self.actors = [self.cameras, self.points, self.ball, *(p.actor for p in self.pictures)]
        for i, picture in enumerate(self.pictures):
            image = value.images[i * self._stride()]
            step = max(1, int(np.ceil(max(image.shape[:2]) / THUMBNAIL)))
            picture.set_pixels(image[::step, ::step])
        self._build()
        self.set_options(options, dark)

    def set_geometry(self, geometry: Geometry) -> None:
        """Cameras or points moved."""
        self.geometry = geometry
        self._build()

    def set_value(self, value: Photographs) -> None:
        """Newer cameras or points."""
        self.value = value
        self._build()

    def set_options(self, options: PhotographsDisplay, dark: bool) -> None:
        """Change how it looks."""
        resized = options.camera_size != self.options.camera_size
        super().set_options(options, dark)
        if resized:
            self._build()
        for actor, shown in ((self.cameras, options.cameras), (self.points, options.points), (self.ball, options.ball)):
            actor.SetVisibility(shown)
            actor.GetProperty().SetColor(*rgb(INK[dark]))
        self.ball.GetProperty().SetOpacity(0.12)
        self.points.GetProperty().SetColor(*rgb("#d9d3c8" if dark else "#5d6879"))
        for picture in self.pictures:
            picture.actor.SetVisibility(options.cameras and options.pictures)

    def fit_points(self, pixels_per_unit: float) -> None:
        """Points as large as they are apart."""
        size = 0.5 * self._spacing * pixels_per_unit * self.options.point_size
        self.points.GetProperty().SetPointSize(float(np.clip(size, 2.5, 12.0)))

    def outline(self) -> np.ndarray:
        """Cameras, points and the ball."""
        c, r = self.value.centre, self.value.radius
        return np.concatenate([super().outline(), c + r * np.concatenate([np.eye(3), -np.eye(3)])])

    def hit(self, origin: np.ndarray, direction: np.ndarray, spread: float, keep: np.ndarray | None) -> Hit | None:
        """The camera or the point nearest to a ray; ``vertex`` counts cameras first, then points."""
        c = self.geometry.centre
        radius = 0.4 * self._camera_depth()
        places = self.geometry.points
        found = pick_points(places, origin - c, direction, radius, spread, local_planes(keep, c))
        if found is None:
            return None
        x = places[found[0]].astype(np.float64) + c
        return Hit(found[1], (float(x[0]), float(x[1]), float(x[2])), found[0])

    def facts_at(self, hit: Hit) -> dict[str, Any]:
        """Which camera or point it is."""
        n = len(self.value.images)
        named = {"camera": hit.vertex + 1} if hit.vertex < n else {"point": hit.vertex - n}
        return {**named, "position": [float(v) for v in hit.point]}

    # -- drawing -------------------------------------------------------------------------------------------------------

    def _stride(self) -> int:
        return max(1, int(np.ceil(len(self.value.images) / MOST)))

    def _camera_depth(self) -> float:
        """Half the distance from one camera to the next, never so much that a pyramid reaches the object."""
        eyes = self.value.poses[:, :3, 3]
        far = np.linalg.norm(eyes - self.value.centre, axis=1)
        apart = np.linalg.norm(eyes[:, None] - eyes[None], axis=2) + 1e300 * np.eye(len(eyes))
        nearest = float(np.median(apart.min(axis=1))) if len(eyes) > 1 else float(self.value.radius)
        return min(0.5 * nearest, 0.3 * float(np.median(far)) + 1e-9) * self.options.camera_size

    def _build(self) -> None:
        v, centre = self.value, self.geometry.centre
        corners = _bases(v, self._camera_depth()) - centre
        eyes = v.poses[:, :3, 3] - centre
        n = len(eyes)
        points = np.concatenate([eyes[:, None], corners], axis=1).reshape(-1, 3)
        first = 5 * np.arange(n, dtype=np.int64)[:, None]
        pairs = np.array([[0, 1], [0, 2], [0, 3], [0, 4], [1, 2], [2, 3], [3, 4], [4, 1]], np.int64)
        lines = (first[:, :, None] + pairs[None]).reshape(-1, 2)
        self._held = [np.ascontiguousarray(points, np.float32)]
        _set(self._camera_data, self._held[0])
        self._camera_data.SetLines(cells(lines))
        self.cameras.GetProperty().SetLineWidth(1.5)
        sparse = (np.zeros((0, 3)) if v.points is None else v.points - centre).astype(np.float32)
        self._held.append(np.ascontiguousarray(sparse))
        _set(self._point_data, self._held[1])
        self._point_data.SetVerts(cells(np.arange(len(sparse), dtype=np.int64)[:, None]))
        self._spacing = float(v.radius) / max(1.0, len(sparse) ** 0.5)
        for i, picture in enumerate(self.pictures):
            picture.set_corners(corners[i * self._stride()].astype(np.float32))
        source = vtkSphereSource()
        source.SetRadius(float(v.radius))
        source.SetCenter(*(v.centre - centre))
        source.SetThetaResolution(48)
        source.SetPhiResolution(32)
        source.Update()
        self._ball_data.ShallowCopy(source.GetOutput())
        for actor in self.actors:
            actor.SetPosition(*centre)


def _bases(value: Photographs, depth: float) -> np.ndarray:
    """(n, 4, 3) the corners of each picture at ``depth`` before its camera: below left, below right, above right, left.

    Cameras look along +z with y down, so the row that is below in the picture has the larger y.
    """
    h, w = value.images.shape[1:3]
    pixels = np.array([[0, h, 1], [w, h, 1], [w, 0, 1], [0, 0, 1]], dtype=np.float64)
    rays = np.einsum("nij,cj->nci", np.linalg.inv(value.intrinsics), pixels) * depth
    return np.einsum("nij,ncj->nci", value.poses[:, :3, :3], rays) + value.poses[:, None, :3, 3]


def _actor() -> tuple[vtkActor, vtkPolyData]:
    data, actor, mapper = vtkPolyData(), vtkActor(), vtkPolyDataMapper()
    mapper.SetInputData(data)
    actor.SetMapper(mapper)
    actor.GetProperty().LightingOff()
    return actor, data


def _set(data: vtkPolyData, points: np.ndarray) -> None:
    held = vtkPoints()
    held.SetData(numpy_to_vtk(points))
    data.SetPoints(held)
