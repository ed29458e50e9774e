"""Colours given vertex by vertex, past the colour map of the shader."""

from __future__ import annotations

from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk

from eigenform_app.viewport.colours import CATEGORIES, rgb

HOLE = (224, 64, 154)
"""sRGB of what is marked as missing."""


def show(layer: Any, colours: np.ndarray | None) -> None:
    """Draw the layer in sRGB ``colours`` (V, 3) in [0, 255]; None gives the colour back to the shader."""
    layer.mapper.SetScalarVisibility(colours is not None)
    if colours is None:
        return
    layer.colour_array = numpy_to_vtk(np.ascontiguousarray(np.rint(colours), dtype=np.uint8), deep=True)
    layer.colour_array.SetName("colour")
    layer.data.GetPointData().AddArray(layer.colour_array)
    layer.mapper.SetScalarModeToUsePointFieldData()
    layer.mapper.SelectColorArray("colour")
    layer.mapper.SetColorModeToDirectScalars()


def of_labels(labels: np.ndarray) -> np.ndarray:
    """(V, 3) colours of classes, each its own of the wheel in ascending order."""
    wheel = np.array([rgb(c) for c in CATEGORIES])
    _, index = np.unique(labels, return_inverse=True)
    return 255 * wheel[index % len(wheel)]


def with_marks(colours: np.ndarray, mask: np.ndarray | None, regions: np.ndarray | None) -> np.ndarray:
    """Colours (V, 3) with painted regions tinted and what is missing in one strong colour."""
    out = np.array(colours, dtype=np.float64)
    if regions is not None:
        wheel = 255 * np.array([rgb(c) for c in CATEGORIES])
        painted = regions > 0
        out[painted] = 0.55 * out[painted] + 0.45 * wheel[(regions[painted] - 1) % len(wheel)]
    if mask is not None:
        out[mask] = 0.25 * out[mask] + 0.75 * np.array(HOLE)
    return out
