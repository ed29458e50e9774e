"""Move the vertices of a surface so that it shows the normals of the maps, and else stays where it is.

After Nehab et al., "Efficiently combining positions and normals for precise 3D geometry" (2005): edges are to be
perpendicular to the wanted normals of their triangles. With each vertex moved along its own smoothed normal this is one
sparse linear least-squares problem a round, where ICON descends a rendered loss for hundreds of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from eigenform.avatar.surface.solid import smoother
from eigenform.avatar.surface.view_maps import (
    bilinear,
    nearest_pixel,
    rendered,
    to_image,
    to_pixels,
    view_to_world,
)
from eigenform.geometry.normals import face_normals, vertex_normals
from eigenform.jobs import unwatched

REACH = 0.05
"""Metres over which normals may bend the surface away from where it was; beyond, positions are believed."""
FARTHEST = 0.03
"""Metres that a vertex may move in all."""
GUESSED = 0.15
"""What the normals of a back count, where other views may have seen it."""
STEEP = 0.15
"""A triangle whose normal has less than this cosine to the view takes no normal from it."""


class Evidence(NamedTuple):
    """The maps of one view, with normals and mask, and its camera (3,).

    ``moves`` (V, 3, 4) brings each vertex of the surface into the pose of the view, where that is another one.
    """

    camera: np.ndarray
    maps: Mapping[str, np.ndarray]
    moves: np.ndarray | None = None


def refine(
    verts: np.ndarray,
    faces: np.ndarray,
    views: Sequence[Evidence],
    rounds: int = 3,
    held: np.ndarray | None = None,
    check: Callable[[], None] = unwatched,
    progress: Callable[[int, np.ndarray], None] | None = None,
) -> np.ndarray:
    """(V, 3) moved vertices of a closed surface.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        Metres, outward.
    views : sequence of Evidence
    rounds : int
        Linear problems in a row, each with normals looked up anew.
    held : (V,) float, optional
        How much more than others a vertex stays where it is: 0 for not at all.
    check : callable
        Called often.
    progress : callable
        Called after each round with its number and the vertices (a copy).
    """
    start = np.array(verts, dtype=np.float64)
    current = start
    mean = smoother(faces, len(verts))
    stay = np.ones(len(verts)) if held is None else 1.0 + held
    for number in range(rounds):
        check()
        wanted, weight = wanted_normals(current, faces, views)
        directions = vertex_normals(current, faces)
        for _ in range(3):
            directions = mean @ directions
        directions /= np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-9)
        step = _solve(current, faces, directions, wanted, weight, stay, check)
        moved = current + step[:, None] * directions
        away = moved - start
        length = np.linalg.norm(away, axis=1, keepdims=True)
        moved = start + away * np.minimum(1.0, FARTHEST / np.maximum(length, 1e-12))
        current = unfolded(current, moved, faces, mean)
        if progress is not None:
            progress(number + 1, current.copy())
    return current


def wanted_normals(verts: np.ndarray, faces: np.ndarray, views: Sequence[Evidence]) -> tuple[np.ndarray, np.ndarray]:
    """Wanted unit normals (F, 3) of the triangles, world axes, and how much they are believed (F,).

    A triangle that no view shows is to keep the normal that the surface has about it.
    """
    total, weights = np.zeros((len(faces), 3)), np.zeros(len(faces))
    for view in views:
        target, belief = _of_view(verts, faces, view, 1.0 if len(views) == 1 else GUESSED)
        total += belief[:, None] * target
        weights += belief
    smooth = _smooth_normals(verts, faces)
    kept = np.maximum(1 - weights, 0.02)
    wanted = total + kept[:, None] * smooth
    wanted /= np.maximum(np.linalg.norm(wanted, axis=1, keepdims=True), 1e-9)
    return wanted, np.maximum(weights, 0.3)


def _of_view(verts: np.ndarray, faces: np.ndarray, view: Evidence, back: float) -> tuple[np.ndarray, np.ndarray]:
    """What one view says: normals (F, 3) in the pose of the surface, and how much they are believed (F,).

    ``back`` is what the map of the back counts, which no camera has seen.
    """
    linear = None
    if view.moves is not None:
        verts = np.einsum("vij,vj->vi", view.moves[:, :, :3], verts) + view.moves[:, :, 3]
        linear = view.moves[:, :, :3][faces].mean(axis=1)
    own, smooth, middle = face_normals(verts, faces), _smooth_normals(verts, faces), verts[faces].mean(axis=1)
    size = len(view.maps["mask"])
    sight = Sight(verts, faces, view.camera, max(512, 2 * size))
    pixels = to_pixels(to_image(middle, view.camera), size)
    on = bilinear(np.asarray(view.maps["mask"], np.float32), pixels) > 0.5
    total, weights = np.zeros_like(own), np.zeros(len(faces))
    for side, sign, trust in (("front", 1.0, 1.0), ("back", -1.0, back)):
        facing = -sign * own[:, 1]
        target = view_to_world(bilinear(np.asarray(view.maps[f"normal_{side}"]), pixels))
        length = np.linalg.norm(target, axis=1)
        target /= np.maximum(length, 1e-6)[:, None]
        alike = np.einsum("ij,ij->i", target, smooth)
        seen = sight.sees(middle, side) & on & (facing > STEEP) & (length > 0.5) & (alike > 0.25)
        belief = np.where(seen, trust * np.clip(facing, 0, 1) * np.clip(2 * alike, 0, 1), 0.0)
        total += belief[:, None] * target
        weights += belief
    target = total / np.maximum(weights, 1e-9)[:, None]
    if linear is not None:  # normals go back with the transposed matrix
        target = np.einsum("fji,fj->fi", linear, target)
        target /= np.maximum(np.linalg.norm(target, axis=1, keepdims=True), 1e-9)
    return target, weights


def _smooth_normals(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(F, 3) unit means of the vertex normals of each triangle."""
    found = vertex_normals(verts, faces)[faces].mean(axis=1)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


class Sight:
    """Depths of a surface from the front and from behind, to tell what of it is seen.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
    camera : (3,) float
    size : int
        Pixels along a side of the depth maps.
    """

    def __init__(self, verts: np.ndarray, faces: np.ndarray, camera: np.ndarray, size: int) -> None:
        self.camera, self.size = np.asarray(camera, dtype=np.float64), size
        maps = rendered(verts, faces, self.camera, size)
        self.depth = {side: maps[f"depth_{side}"] for side in ("front", "back")}
        self.mask = maps["mask"]

    def sees(self, points: np.ndarray, side: str, tolerance: float = 0.006) -> np.ndarray:
        """(N,) whether points (N, 3) of the surface are the nearest (``front``) or farthest ones at their pixel."""
        pixels = to_pixels(to_image(points, self.camera), self.size)
        there = nearest_pixel(self.depth[side], pixels)
        gap = there + points[:, 1] if side == "front" else -points[:, 1] - there
        return nearest_pixel(self.mask, pixels) & (gap < tolerance)


def normal_error(
    verts: np.ndarray, faces: np.ndarray, camera: np.ndarray, maps: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Mean angle in degrees between the normals of the surface as drawn and those of the maps, ``front`` and ``back``.

    Over the pixels that both cover.
    """
    size = len(maps["mask"])
    found = rendered(verts, faces, camera, size)
    both = found["mask"] & (np.asarray(maps["mask"]) > 0.5)
    errors: dict[str, Any] = {}
    for side in ("front", "back"):
        wanted = np.asarray(maps[f"normal_{side}"], dtype=np.float64)[both]
        wanted /= np.maximum(np.linalg.norm(wanted, axis=1, keepdims=True), 1e-6)
        cosine = np.einsum("ij,ij->i", wanted, found[f"normal_{side}"][both].astype(np.float64))
        errors[side] = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean()) if both.any() else float("nan")
    return errors


def _solve(
    verts: np.ndarray,
    faces: np.ndarray,
    directions: np.ndarray,
    wanted: np.ndarray,
    weight: np.ndarray,
    stay: np.ndarray,
    check: Callable[[], None],
) -> np.ndarray:
    """(V,) the least-squares way of each vertex along its direction."""
    from scipy.sparse.linalg import cg

    i, j = faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()
    normal = np.repeat(wanted, 3, axis=0)
    strength = np.sqrt(np.repeat(weight, 3))
    edge = verts[i] - verts[j]
    rows = np.arange(len(i))
    a = strength * np.einsum("ij,ij->i", directions[i], normal)
    b = strength * np.einsum("ij,ij->i", directions[j], normal)
    system = sp.csr_matrix((np.concatenate([a, -b]), (np.concatenate([rows, rows]), np.concatenate([i, j]))),
                           shape=(len(i), len(verts)))  # fmt: skip
    right = -strength * np.einsum("ij,ij->i", edge, normal)
    length = float(np.mean(np.linalg.norm(edge, axis=1)))
    matrix = (system.T @ system + sp.diags(6 * (length / REACH) ** 2 * stay)).tocsr()
    scale = 1 / np.sqrt(matrix.diagonal())
    matrix = sp.diags(scale) @ matrix @ sp.diags(scale)
    found, _ = cg(matrix, scale * (system.T @ right), rtol=1e-4, maxiter=300, callback=lambda _: check())
    return scale * found


def unfolded(before: np.ndarray, after: np.ndarray, faces: np.ndarray, mean: sp.csr_matrix) -> np.ndarray:
    """``after``, but less far from ``before`` where triangles would turn over."""
    normal = face_normals(before, faces)
    share = np.ones(len(before))
    for _ in range(12):
        moved = before + share[:, None] * (after - before)
        bad = np.einsum("ij,ij->i", face_normals(moved, faces), normal) < 0.1
        if not bad.any():
            return moved
        share[np.unique(faces[bad])] *= 0.5
        share = np.minimum(share, mean @ share)
    share[np.unique(faces[bad])] = 0.0
    return before + share[:, None] * (after - before)
