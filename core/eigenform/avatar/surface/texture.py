"""The texture of a figure: photographs where they show it, and a guess, marked as such, everywhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from eigenform.avatar.surface.atlas import drawn
from eigenform.avatar.surface.colour import PhotoColours, blended_colours
from eigenform.avatar.surface.diffuse import harmonic_fill
from eigenform.figure_types import View
from eigenform.geometry.normals import vertex_normals
from eigenform.jobs import unwatched

MIRROR = 0.03
"""Metres that the mirror image of a hidden vertex may lie from a vertex that is seen, to take its colour."""
_CHUNK = 131_072


class Painted(NamedTuple):
    """Colours of a figure.

    Attributes
    ----------
    texture : (S, S, 3) uint8
        Row 0 at the top; filled beside the charts as well.
    texture_seen : (S, S) bool
        True where a photograph showed the texel and it has the colour of the pixel.
    colours : (V, 3) float32
        In [0, 1], at the vertices.
    seen : (V,) bool
    exact, coloured : float
        Share of the area that has its colours from the very pixels of a photograph, and from these or, at outlines and
        where the view is flat, from pixels near by.
    """

    texture: np.ndarray
    texture_seen: np.ndarray
    colours: np.ndarray
    seen: np.ndarray
    exact: float
    coloured: float


def paint(
    rest: np.ndarray,
    faces: np.ndarray,
    posed: list[np.ndarray],
    views: list[View],
    coordinates: np.ndarray,
    corners: np.ndarray,
    size: int,
    hidden: str = "mirror",
    check: Callable[[], None] = unwatched,
) -> Painted:
    """Lay photographs on a surface.

    Parameters
    ----------
    rest : (V, 3) float
        Vertices at rest.
    faces : (F, 3) int
    posed : list of (V, 3) arrays
        The vertices in the pose of each view.
    views : list of View
    coordinates, corners : (T, 2) float, (F, 3) int
        From :func:`eigenform.avatar.surface.atlas.unwrap`.
    size : int
        Texels along a side.
    hidden : str
        What no photograph shows: ``mirror`` takes the other side of the figure where that is seen, and spreads
        colours harmonically over the rest; ``spread`` only the latter.
    check : callable
        Called often.
    """
    photos = []
    for view, verts in zip(views, posed, strict=True):
        check()
        photos.append(PhotoColours(view, verts, faces))
    normals = [vertex_normals(verts, faces) for verts in posed]
    check()
    at_verts, known, seen = blended_colours(photos, posed, normals)
    check()
    whole = _everywhere(rest, faces, at_verts, seen, hidden)
    at_verts = np.where(known[:, None], at_verts, whole)
    check()
    face, share = drawn(coordinates[corners], size, check)
    filled = np.flatnonzero(face.ravel() >= 0)
    face, share = face.ravel()[filled], share.reshape(-1, 3)[filled].astype(np.float64)
    texture, shown, told = (
        np.zeros((size * size, 3), np.uint8),
        np.zeros(size * size, bool),
        np.zeros(len(filled), bool),
    )
    for start in range(0, len(filled), _CHUNK):
        check()
        part = slice(start, start + _CHUNK)
        at, weight = faces[face[part]], share[part]

        def between(values: np.ndarray, at: np.ndarray = at, weight: np.ndarray = weight) -> np.ndarray:
            return np.einsum("nk,nkd->nd", weight, values[at])

        directions = [between(n) for n in normals]
        directions = [d / np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-9) for d in directions]
        colour, known, exact = blended_colours(photos, [between(p) for p in posed], directions)
        colour = np.where(known[:, None], colour, between(whole))
        texture[filled[part]] = np.clip(np.rint(colour), 0, 255)
        shown[filled[part]], told[part] = exact, known
    check()
    shares = [_share_of_area(rest, faces, face, told_of) for told_of in (shown[filled], told)]
    spread = spread_out(texture.reshape(size, size, 3), filled)
    return Painted(spread, shown.reshape(size, size), (at_verts / 255).astype(np.float32), seen, shares[0], shares[1])


def _share_of_area(verts: np.ndarray, faces: np.ndarray, face: np.ndarray, some: np.ndarray) -> float:
    """Share of the area of a surface on which ``some`` (N,) of the texels lie, whose triangles are ``face`` (N,)."""
    a, b, c = (verts[faces[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    count = np.bincount(face, minlength=len(faces))
    share = np.bincount(face, some, minlength=len(faces)) / np.maximum(count, 1)
    return float((area * share).sum() / max(area[count > 0].sum(), 1e-12))


def _everywhere(rest: np.ndarray, faces: np.ndarray, colours: np.ndarray, seen: np.ndarray, hidden: str) -> np.ndarray:
    """(V, 3) colours at all vertices, in [0, 255]."""
    known = seen.copy()
    if not known.any():
        return np.full((len(rest), 3), 128.0)
    if hidden == "mirror":
        colours = colours.copy()
        which, source = mirrored(rest, faces, seen)
        colours[which] = colours[source]
        known[which] = True
    return np.clip(harmonic_fill(rest, faces, colours, known), 0.0, 255.0)


def mirrored(rest: np.ndarray, faces: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hidden vertices whose mirror image across x = 0 is seen, and the seen vertices nearest to that.

    Only where the surface there is turned alike.
    """
    from scipy.spatial import cKDTree

    flip = np.array([-1.0, 1.0, 1.0])
    normals = vertex_normals(rest, faces)
    source, lacking = np.flatnonzero(seen), np.flatnonzero(~seen)
    if not len(source) or not len(lacking):
        return lacking[:0], source[:0]
    away, at = cKDTree(rest[source]).query(rest[lacking] * flip)
    alike = np.einsum("ij,ij->i", normals[lacking] * flip, normals[source[at]]) > 0.5
    good = (away < MIRROR) & alike
    return lacking[good], source[np.asarray(at)[good]]


def spread_out(texture: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """The texture with the texels beside charts like the nearest one of a chart: no seam shows at any zoom."""
    from scipy.ndimage import distance_transform_edt

    size = len(texture)
    empty = np.ones(size * size, bool)
    empty[filled] = False
    near = distance_transform_edt(empty.reshape(size, size), return_distances=False, return_indices=True)
    return texture[near[0], near[1]]
