"""Height and mass of a body."""

from __future__ import annotations

import numpy as np

DENSITY = 985.0
"""Kilograms per cubic metre of a whole body, lungs half full."""


def height(verts: np.ndarray) -> float:
    """Height in metres of a standing body: the extent along z of its vertices (V, 3) at rest."""
    return float(np.ptp(verts[:, 2]))


def volume(verts: np.ndarray, faces: np.ndarray) -> float:
    """Volume in cubic metres that closed triangles (F, 3) around vertices (V, 3) enclose, outward ones positive."""
    a, b, c = (verts[faces[:, i]].astype(np.float64) for i in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def mass(verts: np.ndarray, faces: np.ndarray, trunk: np.ndarray) -> float:
    """Mass in kilograms from the volume of the closed skin.

    Parameters
    ----------
    verts, faces : (V, 3), (F, 3) arrays
    trunk : (V,) bool array
        Vertices of the skin; eyes and tongue lie inside it and are left out.
    """
    return DENSITY * volume(verts, faces[trunk[faces].all(1)])
