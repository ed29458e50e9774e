"""From a shape to the points a field is fitted to."""

from __future__ import annotations

import numpy as np

from eigenform.errors import InputError
from eigenform.types import Shape

_AGREE = 0.2
"""Share of the neighbours whose normals are within 60 degrees of a good one, at least."""


def points_of(shape: Shape, count: int, seed: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Points in input units and the normals that belong to them, where there are any.

    A mesh gives ``count`` points spread evenly over its area with the normals of its triangles; a cloud its own.

    Raises
    ------
    InputError
        For shapes that are not in three dimensions.
    """
    if shape.dimension != 3:
        raise InputError(f"{shape.name} has {shape.dimension} coordinates a point; an implicit surface needs three.")
    if not len(shape.verts):
        raise InputError(f"{shape.name} is empty: it has no points to make a surface of.")
    if not len(shape.faces):
        normals = None if shape.normals is None else np.asarray(shape.normals, dtype=np.float64)
        return np.asarray(shape.verts), normals
    return mesh_samples(shape.verts, shape.faces, count, seed)


def mesh_samples(verts: np.ndarray, faces: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """``count`` points spread evenly over a mesh by area, and the unit normals of their triangles."""
    corners = verts[faces] - verts.mean(0)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=1)
    if not area.sum() > 0:
        raise InputError("All faces of this mesh have zero area, so it has no surface to take samples from.")
    rng = np.random.default_rng(seed)
    # evenly spaced over the cumulated area, not drawn: less uneven at the same number
    places = (np.arange(count) + rng.random(count)) / count
    total = np.cumsum(area)
    face = np.minimum(np.searchsorted(total, places * total[-1], side="right"), len(faces) - 1)
    r, s = np.sqrt(rng.random(count))[:, None], rng.random(count)[:, None]
    a, b, c = (verts[faces[face, i]] for i in range(3))
    normals = cross[face] / np.maximum(area[face], 1e-300)[:, None]
    return a * (1 - r) + b * (r * (1 - s)) + c * (r * s), normals


def keep_thin_parts(points: np.ndarray, given: np.ndarray, mended: np.ndarray) -> np.ndarray:
    """Take back the flips of normals that agree with those about them.

    A flip is decided by an indicator function blurred over a few hundredths of the box. In parts thinner than that,
    fins and ears, good normals would be flipped with the bad. A wrong normal stands alone among its neighbours, or
    nearly so; a good one of a thin part has about as many on its side as on the other.

    Parameters
    ----------
    points : (N, 3) float
    given : (N, 3) float
        The normals as they came, of any length.
    mended : (N, 3) float
        Unit normals, some of them flipped.

    Returns
    -------
    (N, 3) float64
    """
    from scipy.spatial import cKDTree

    flipped = np.flatnonzero(np.einsum("ij,ij->i", given, mended) < 0)
    out = np.array(mended)
    if not len(flipped):
        return out
    near = np.asarray(cKDTree(points).query(points[flipped], min(13, len(points)))[1])
    length = np.maximum(np.linalg.norm(given, axis=1, keepdims=True), 1e-300)
    unit = given / length
    cosine = np.einsum("nd,nkd->nk", unit[flipped], unit[near[:, 1:]])
    back = flipped[(cosine > 0.5).mean(1) >= _AGREE]
    out[back] *= -1
    return out


def parse_crop(text: str) -> np.ndarray | None:
    """The (2, 3) corners written in a crop parameter, None where it is empty.

    Raises
    ------
    InputError
        Where these are not six numbers with each largest one above its least.
    """
    words = text.replace(",", " ").replace(";", " ").split()
    if not words or words == ["off"]:
        return None
    try:
        box = np.array([float(w) for w in words]).reshape(2, 3)
    except ValueError:
        raise InputError(f"Crop box: {text!r} is not six numbers (least x y z, then largest x y z).") from None
    if not (np.isfinite(box).all() and (box[1] > box[0]).all()):
        raise InputError(f"Crop box: each of the last three numbers of {text!r} must be above its least.")
    return box


def cropped(
    points: np.ndarray, normals: np.ndarray | None, box: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """The points within the box, and their normals; :class:`InputError` where there are none."""
    if box is None:
        return points, normals
    kept = ((points >= box[0]) & (points <= box[1])).all(1)
    if not kept.any():
        low, high = points.min(0), points.max(0)
        raise InputError(
            f"The crop box holds none of the {len(points):,} points, which reach from {_text(low)} to {_text(high)}."
        )
    return points[kept], None if normals is None else normals[kept]


def _text(place: np.ndarray) -> str:
    return "(" + ", ".join(f"{v:.4g}" for v in place) + ")"
