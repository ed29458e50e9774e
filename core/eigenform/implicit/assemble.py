"""Putting an implicit surface together: the field, its samples and its level set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from eigenform.implicit.extract import contour, sample_grid
from eigenform.implicit.fields import make_field
from eigenform.jobs import unwatched
from eigenform.types import ImplicitSurface

DISPLAY_RESOLUTION = 96
"""Nodes along the longest side of the grid that slices, volume view and level slider read."""


def assemble(
    spec: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    box: np.ndarray,
    *,
    name: str = "implicit surface",
    meta: Mapping[str, Any] | None = None,
    samples: np.ndarray | None = None,
    mesh: tuple[np.ndarray, np.ndarray] | None = None,
    resolution: int = DISPLAY_RESOLUTION,
    level: float = 0.0,
    check: Callable[[], None] = unwatched,
) -> ImplicitSurface:
    """An :class:`~eigenform.types.ImplicitSurface` of a field.

    Parameters
    ----------
    spec, arrays
        As in :class:`~eigenform.types.ImplicitSurface`.
    box : (2, 3) array
        Region to draw and extract, in input units.
    samples : (nx, ny, nz) array, optional
        The field on a regular grid over ``box``; evaluated where it is not given.
    mesh : (verts, faces), optional
        The level set in input units; by default the contour of the samples.
    resolution : int
        Nodes along the longest side of the samples, where they are evaluated.
    level : float
        The value of the field on the surface, in input units.
    """
    box = np.asarray(box, dtype=np.float64)
    if samples is None:
        samples = sample_grid(make_field(spec, arrays), box, resolution, check)
    verts, faces = contour(samples, box, level) if mesh is None else mesh
    return ImplicitSurface(spec, arrays, box, samples, verts, faces, level, dict(meta or {}), name)
