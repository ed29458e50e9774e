"""How an avatar is drawn: in its texture, its colours, what was seen of it, its normals, or as a neutral figure."""

from __future__ import annotations

from typing import Any

import numpy as np
from eigenform.types import Avatar
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkTexture

from eigenform_app.display import AvatarDisplay
from eigenform_app.viewport.geometry import Geometry, equal, same_topology
from eigenform_app.viewport.layer import cells
from eigenform_app.viewport.layers_body import FigureLayer
from eigenform_app.viewport.studio import AMBIENT, DIFFUSE

SEEN, HIDDEN = (120, 170, 130), (222, 158, 92)  # sRGB of what a photograph showed and of what was filled in


class AvatarLayer(FigureLayer):
    """Draws an :class:`~eigenform.types.Avatar`. Where a texture has seams, vertices stand there once for each side."""

    value: Avatar
    options: AvatarDisplay
    _textured = False

    def __init__(self, value: Avatar, geometry: Geometry, options: AvatarDisplay, dark: bool) -> None:
        self._image = vtkImageData()
        self.texture = texture_of(self._image)
        # Where the surface is seen at a slant VTK takes several samples a pixel: on the CPU half of the frame's time.
        self._quick_texture = texture_of(self._image)
        self._quick_texture.SetMaximumAnisotropicFiltering(1.0)
        self._written: Any = None
        self.source, self._faces, self._where = split_at_seams(value)
        super().__init__(value, geometry, options, dark)

    @staticmethod
    def takes(old: Any, value: Any) -> bool:
        """The same mesh, cut by its texture in the same way."""
        return same_topology(old, value) and all(
            _alike(getattr(old, name), getattr(value, name)) for name in ("texture_faces", "texture_coordinates")
        )

    def set_options(self, options: AvatarDisplay, dark: bool) -> None:
        """Change how it looks."""
        self._shown = ()
        super().set_options(options, dark)

    def colour_mode(self) -> str:
        """What colours it: what the options ask for, where the avatar has it."""
        v, wanted = self.value, self.options.colour
        if wanted == "texture" and (v.texture is None or self._where is None):
            wanted = "vertex colours"
        if wanted == "vertex colours" and v.colours is None:
            wanted = "neutral"
        return "neutral" if wanted == "seen and filled in" and v.seen is None and v.texture_seen is None else wanted

    def colour_key(self) -> tuple[Any, ...]:
        """The mode and the arrays behind it."""
        v = self.value
        return (self.colour_mode(), id(v.texture), id(v.colours), id(v.seen), id(v.texture_seen))

    def direct_colours(self) -> np.ndarray | None:
        """Colours at the drawn points."""
        mode, v = self.colour_mode(), self.value
        if mode == "normals":
            return self.normal_colours()
        if mode == "vertex colours" and v.colours is not None:
            return 255 * np.clip(v.colours[self.source], 0, 1)
        if mode == "seen and filled in" and v.seen is not None:
            return np.where(v.seen[self.source][:, None], SEEN, HIDDEN).astype(np.float64)
        return None

    def refresh(self) -> None:
        """Colours, texture and bones as the options say."""
        super().refresh()
        mode = self.colour_mode()
        if mode == "texture":
            self._write(self.value.texture)
        elif mode == "seen and filled in" and self.value.seen is None:
            mode = "texture"
            self._write(self.value.texture_seen)
        self._textured = mode == "texture"
        self._use(self.texture)
        coloured = mode != "neutral"
        shade = self.options.shade if coloured else 1.0
        prop = self.actor.GetProperty()
        if mode == "texture":
            prop.SetColor(1.0, 1.0, 1.0)
        prop.SetAmbient(1 - shade * (1 - AMBIENT))
        prop.SetDiffuse(shade * DIFFUSE)

    def detail(self, full: bool) -> None:
        """The pose, and one sample of the texture a pixel while the figure moves."""
        super().detail(full)
        self._use(self.texture if full or self._posed is None else self._quick_texture)

    def _use(self, texture: vtkTexture) -> None:
        wanted = texture if self._textured else None
        if self.actor.GetTexture() is not wanted:
            self.actor.SetTexture(wanted)  # type: ignore[arg-type]

    def facts_at(self, hit: Any) -> dict[str, Any]:
        """Position, bone, and whether a photograph showed the vertex."""
        found = super().facts_at(hit)
        if found and self.value.seen is not None:
            found["colour"] = "photographed" if self.value.seen[hit.vertex] else "filled in"
        return found

    def _write(self, picture: np.ndarray | None) -> None:
        """Put a texture (H, W, 3) uint8 or (H, W) bool on the surface, unless it is there."""
        if picture is None or picture is self._written:
            return
        self._written = picture
        if picture.ndim == 2:
            picture = np.where(picture[:, :, None], SEEN, HIDDEN).astype(np.uint8)
        h, w = picture.shape[:2]
        self._pixels = np.ascontiguousarray(picture[::-1].reshape(-1, 3))
        self._image.SetDimensions(w, h, 1)
        self._image.GetPointData().SetScalars(numpy_to_vtk(self._pixels))
        self._image.Modified()

    def _fill(self) -> None:
        """Give VTK arrays of the present geometry, cut at the seams."""
        g = self.geometry
        self.points = np.array(g.points[self.source])  # a copy: it is written into
        self.scalars = np.zeros(len(self.points), dtype=np.float32)
        self._points_array = numpy_to_vtk(self.points)
        held = vtkPoints()
        held.SetData(self._points_array)
        self.data.SetPoints(held)
        self.data.SetPolys(cells(self._faces))
        self._scalar_array = numpy_to_vtk(self.scalars)
        self._scalar_array.SetName("phi")
        self.data.GetPointData().AddArray(self._scalar_array)
        self.normals = None
        if g.normals is not None:
            self.normals = np.array(g.normals[self.source])
            self._normal_array = numpy_to_vtk(self.normals)
            self.data.GetPointData().SetNormals(self._normal_array)
        if self._where is not None:
            self.data.GetPointData().SetTCoords(numpy_to_vtk(self._where))


def texture_of(image: vtkImageData) -> vtkTexture:
    """A texture of a picture that is written into ``image``."""
    made = vtkTexture()
    made.SetColorModeToDirectScalars()
    made.SetInterpolate(True)
    made.SetMipmap(True)
    made.SetInputData(image)
    return made


def split_at_seams(value: Avatar) -> tuple[Any, np.ndarray, np.ndarray | None]:
    """Which vertex stands at each drawn point, the faces between these, and where they lie in the texture (V', 2).

    Without texture coordinates vertices are drawn as they are.
    """
    if value.texture_coordinates is None or value.texture_faces is None or not len(value.texture_coordinates):
        return slice(None), np.asarray(value.faces), None
    count = len(value.texture_coordinates)
    pairs, where = np.unique(value.faces * np.int64(count) + value.texture_faces, return_inverse=True)
    there = np.ascontiguousarray(value.texture_coordinates[pairs % count], np.float32)
    return pairs // count, np.ascontiguousarray(where.reshape(-1, 3)), there


def _alike(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    return a is b or (a is not None and b is not None and equal(a, b))
