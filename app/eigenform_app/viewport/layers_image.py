"""How an image is drawn: a rectangle with the picture on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Image
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture

from eigenform_app.display import ImageDisplay
from eigenform_app.viewport.geometry import Geometry
from eigenform_app.viewport.layer import cells
from eigenform_app.viewport.layer_base import AnyLayer, Hit

HOLE = np.array([226, 96, 140])


class Picture:
    """A rectangle with a texture. ``set_pixels`` writes a picture of any size on it."""

    def __init__(self) -> None:
        self.data = vtkPolyData()
        self.actor = vtkActor()
        self.texture = vtkTexture()
        self.image = vtkImageData()
        self.texture.SetInputData(self.image)
        self.texture.SetColorModeToDirectScalars()
        self.actor.SetTexture(self.texture)
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self.data)
        self.actor.SetMapper(mapper)
        prop = self.actor.GetProperty()
        prop.LightingOff()
        prop.SetColor(1.0, 1.0, 1.0)

    def set_corners(self, corners: np.ndarray) -> None:
        """(4, 3) float32 corners: below left, below right, above right, above left."""
        from vtkmodules.vtkCommonCore import vtkPoints

        self._corners = np.ascontiguousarray(corners, np.float32)
        self._where = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
        held = vtkPoints()
        held.SetData(numpy_to_vtk(self._corners))
        self.data.SetPoints(held)
        self.data.SetPolys(cells(np.array([[0, 1, 2], [0, 2, 3]], np.int64)))
        self.data.GetPointData().SetTCoords(numpy_to_vtk(self._where))

    def set_pixels(self, pixels: np.ndarray) -> None:
        """(H, W, 3) uint8, or (H, W, 4) with opacity, row 0 at the top."""
        h, w, channels = pixels.shape
        self._pixels = np.ascontiguousarray(pixels[::-1].reshape(-1, channels))
        if self.image.GetDimensions() != (w, h, 1):
            self.image.SetDimensions(w, h, 1)
        self.image.GetPointData().SetScalars(numpy_to_vtk(self._pixels))
        self.image.Modified()


class ImageLayer(AnyLayer):
    """Draws an :class:`~eigenform.types.Image`; newer pixels go into the same texture."""

    value: Image
    options: ImageDisplay

    def __init__(self, value: Image, geometry: Geometry, options: ImageDisplay, dark: bool) -> None:
        super().__init__(value, geometry, options, dark)
        self.picture = Picture()
        self.actors = [self.picture.actor]
        self.set_geometry(geometry)
        self.refresh()

    @staticmethod
    def takes(old: Any, value: Any) -> bool:
        """Any newer picture."""
        return True

    def set_geometry(self, geometry: Geometry) -> None:
        """Another rectangle."""
        self.geometry = geometry
        self.picture.set_corners(geometry.points)
        self.picture.actor.SetPosition(*geometry.centre)

    def set_value(self, value: Image) -> None:
        """Newer pixels."""
        self.value = value
        self.refresh()

    def set_options(self, options: ImageDisplay, dark: bool) -> None:
        """Change how it looks."""
        super().set_options(options, dark)
        self.refresh()

    def refresh(self) -> None:
        """Write the pixels, with what is missing tinted where asked."""
        self.picture.set_pixels(self.pixels())
        self.picture.texture.SetInterpolate(not self.options.sharp)
        self.picture.actor.GetProperty().SetOpacity(self.options.opacity)

    def pixels(self) -> np.ndarray:
        """(H, W, 3) uint8 as shown."""
        found = np.rint(np.clip(self.value.pixels, 0, 1) * 255).astype(np.uint8)
        found = np.repeat(found, 3, axis=2) if found.shape[2] == 1 else found.copy()
        if self.options.hole and self.value.mask is not None:
            mask = self.value.mask
            found[mask] = (0.35 * found[mask] + 0.65 * HOLE).astype(np.uint8)
        return found

    def hit(self, origin: np.ndarray, direction: np.ndarray, spread: float, keep: np.ndarray | None) -> Hit | None:
        """Where a ray meets the rectangle; ``vertex`` is the flat index of the pixel."""
        corners = self.geometry.points.astype(np.float64) + self.geometry.centre
        if abs(direction[2]) < 1e-12:
            return None
        distance = (corners[0, 2] - origin[2]) / direction[2]
        point = origin + distance * direction
        u, v = (point[:2] - corners[0, :2]) / (corners[2, :2] - corners[0, :2])
        if distance <= 0 or not (0 <= u <= 1 and 0 <= v <= 1):
            return None
        h, w = self.value.pixels.shape[:2]
        column, row = min(int(u * w), w - 1), min(int((1 - v) * h), h - 1)
        return Hit(float(distance), (float(point[0]), float(point[1]), float(point[2])), row * w + column)

    def facts_at(self, hit: Hit) -> dict[str, Any]:
        """Row, column and colour of the pixel."""
        h, w = self.value.pixels.shape[:2]
        row, column = divmod(hit.vertex, w)
        if row >= h:
            return {}
        found: dict[str, Any] = {"row": row, "column": column}
        found["colour"] = [float(c) for c in self.value.pixels[row, column]]
        if self.value.regions is not None:
            found["region"] = int(self.value.regions[row, column])
        if self.value.mask is not None and self.value.mask[row, column]:
            found["missing"] = "yes"
        return found
