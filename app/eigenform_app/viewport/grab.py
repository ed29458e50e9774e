"""Pictures of the viewport of any size, drawn by the widget's own render window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from eigenform.errors import InputError
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

from eigenform_app.viewport import cameras, studio
from eigenform_app.viewport.overlay import paint

if TYPE_CHECKING:
    from eigenform_app.viewport.viewport import Viewport

LARGEST = 8192  # pixels a side; GL implementations refuse larger framebuffers


def grab(viewport: Viewport, size: Any, transparent: bool, scale: float, notes: bool) -> np.ndarray:
    """See :meth:`Viewport.grab_array`."""
    ratio = viewport.devicePixelRatioF()
    w, h = size or (round(viewport.width() * ratio), round(viewport.height() * ratio))
    w, h = max(1, round(w * scale)), max(1, round(h * scale))
    if max(w, h) > LARGEST:
        raise InputError(f"A picture of {w} x {h} pixels is too large; each side can have {LARGEST}.")
    pixels = _render(viewport, w, h, transparent)
    if not notes:
        return pixels
    unit = max(0.5, min(w / max(1, viewport.width()), h / max(1, viewport.height())))
    image = to_image(pixels).convertToFormat(QImage.Format.Format_RGBA8888_Premultiplied)
    painter = QPainter(image)
    painter.scale(unit, unit)
    paint(painter, viewport.notes_for(QSize(round(w / unit), round(h / unit))), viewport.dark, viewport.font())
    painter.end()
    return from_image(image)


def _render(viewport: Viewport, w: int, h: int, transparent: bool) -> np.ndarray:
    """(h, w, 4) uint8 of the 3-D picture alone; twice as large inside where that fits, for smooth edges."""
    surface = viewport.surface
    surface.initialize()  # a widget that was never shown has no GL context yet
    window = surface.render_window
    factor = 2 if max(w, h) * 2 <= LARGEST and w * h <= 4_000_000 else 1
    before = window.GetSize()
    renderers = [view.renderer for view in viewport.views]
    camera = renderers[0].GetActiveCamera()
    angle, parallel = camera.GetViewAngle(), camera.GetParallelScale()
    # The camera's angle is that of the height: a picture narrower than the window would lose its sides.
    narrow = viewport.narrowing(w, h)
    window.MakeCurrent()
    window.GetState().Reset()
    surface._in_paint = True  # the frame is for us: it must not schedule a repaint of the widget
    try:
        window.SetSize(w * factor, h * factor)
        camera.SetViewAngle(cameras.widened(angle, narrow))
        camera.SetParallelScale(parallel * narrow)
        for renderer in renderers:
            studio.background(renderer, viewport.dark, clear=transparent)
        viewport.prepare(h * factor)
        window.Render()
        data = vtkUnsignedCharArray()
        window.GetRGBACharPixelData(0, 0, w * factor - 1, h * factor - 1, 0, data)
        pixels = vtk_to_numpy(data).reshape(h * factor, w * factor, 4)[::-1].copy()
    finally:
        window.SetSize(*before)
        camera.SetViewAngle(angle)
        camera.SetParallelScale(parallel)
        for renderer in renderers:
            studio.background(renderer, viewport.dark)
        surface._in_paint = False
        surface.put_back()
    if not transparent:
        pixels[:, :, 3] = 255
    return _halve(pixels) if factor == 2 else pixels


def _halve(pixels: np.ndarray) -> np.ndarray:
    """Mean of 2 x 2 blocks, weighted by alpha so that the background does not bleed into edges."""
    p = pixels.astype(np.float32)
    alpha = p[:, :, 3:] / 255
    colour = p[:, :, :3] * alpha
    h, w = p.shape[0] // 2, p.shape[1] // 2
    colour = colour.reshape(h, 2, w, 2, 3).mean(axis=(1, 3))
    alpha = alpha.reshape(h, 2, w, 2, 1).mean(axis=(1, 3))
    colour = np.divide(colour, alpha, out=np.zeros_like(colour), where=alpha > 0)
    return np.rint(np.concatenate([colour, alpha * 255], axis=2)).astype(np.uint8)


def to_image(pixels: np.ndarray) -> QImage:
    """(h, w, 4) uint8 as a QImage that owns its memory."""
    pixels = np.ascontiguousarray(pixels)
    h, w = pixels.shape[:2]
    return QImage(pixels.data, w, h, 4 * w, QImage.Format.Format_RGBA8888).copy()


def from_image(image: QImage) -> np.ndarray:
    """(h, w, 4) uint8, not premultiplied."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    h, w = image.height(), image.width()
    return (
        np.frombuffer(image.constBits(), np.uint8).reshape(h, image.bytesPerLine())[:, : 4 * w].reshape(h, w, 4).copy()
    )


def write(pixels: np.ndarray, path: Any) -> None:
    """Write a PNG or JPEG, atomically.

    Raises
    ------
    InputError
        For another extension.
    """
    from eigenform.io.atomic import atomic_path
    from PIL import Image

    path = Path(path)
    kinds = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
    if path.suffix.lower() not in kinds:
        raise InputError(f"{path.name}: pictures are written as .png or .jpg.")
    kind = kinds[path.suffix.lower()]
    image = Image.fromarray(pixels if kind == "PNG" else np.ascontiguousarray(pixels[:, :, :3]))
    with atomic_path(path) as temporary:
        image.save(temporary, format=kind)


def camera_frame(camera: Any) -> tuple[Any, Any, Any]:
    """The camera's right, up and backward directions in world coordinates, unit length."""
    matrix = camera.GetViewTransformMatrix()
    return tuple(tuple(matrix.GetElement(row, i) for i in range(3)) for row in range(3))  # type: ignore[return-value]
