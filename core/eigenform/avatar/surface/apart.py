"""Part what only touches: an arm that rests on the trunk is one piece with it in a picture, and must not stay so.

A surface made in the pose of the picture runs from the arm onto the trunk and says nothing of the skin between. At rest
the two are apart, and the triangles that join them are drawn out into a web. Those are taken out there; in their place
the winding number (Jacobson et al., "Robust inside-outside segmentation using generalized winding numbers", 2013) and
the body, a little swollen, say what is inside, and the surface is marched again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from eigenform.avatar.figure.nearest import Contact
from eigenform.avatar.figure.skinning import LEAST, MOST, carried, strongest, unfolded
from eigenform.avatar.surface.covering import covering
from eigenform.avatar.surface.fitted import Fitted
from eigenform.avatar.surface.octree import evaluate
from eigenform.avatar.surface.refine import unfolded as unturned
from eigenform.avatar.surface.settings import SurfaceParams
from eigenform.avatar.surface.signed_body import SignedBody, barycentric
from eigenform.avatar.surface.simplify import relax, simplify
from eigenform.avatar.surface.solid import march_solid, smoother
from eigenform.geometry.normals import face_normals, vertex_normals
from eigenform.implicit.distance.unsigned import ClosestPoints
from eigenform.implicit.distance.winding import WindingTree
from eigenform.jobs import JobContext

STRETCH = 3.0
"""Times that an edge of a web is longer at rest than in the picture, at least."""
LONG = 0.03
"""Metres that it is long at rest, at least."""
SOME = 0.1
"""Metres: the longest edge at rest from which there is a web worth the work."""
BESIDE, LOOSE = 0.12, 0.04
"""Metres: what an arm took from the trunk, nearer than the one to a web and farther than the other from the body, goes
with the web: a scrap of the coat that a hand lay against."""
SMOOTHINGS = 10
COVER = 0.004
"""Metres of cloth that the body is given where nothing was seen."""


class Bound(NamedTuple):
    """A surface at rest, ``verts`` (V, 3) and ``faces`` (F, 3), with ``bones`` (V, k) and ``weights`` (V, k)."""

    verts: np.ndarray
    faces: np.ndarray
    bones: np.ndarray
    weights: np.ndarray


def webs(rest: np.ndarray, posed: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(F,) True for the triangles that are drawn out between parts which touch in the pose but not at rest."""
    sides = [(faces[:, i], faces[:, (i + 1) % 3]) for i in range(3)]
    long = np.stack([np.linalg.norm(rest[a] - rest[b], axis=1) for a, b in sides], axis=1)
    short = np.stack([np.linalg.norm(posed[a] - posed[b], axis=1) for a, b in sides], axis=1)
    drawn = (long > STRETCH * short) & (long > LONG)
    if not (drawn & (long > SOME)).any():
        return np.zeros(len(faces), bool)
    return np.asarray(drawn.any(axis=1))


def without_webs(
    bound: Bound, posed: np.ndarray, fitted: Fitted, params: SurfaceParams, ctx: JobContext
) -> tuple[Bound, int]:
    """A surface without its webs, closed again and with the body in it; and the number of triangles of the webs.

    Parameters
    ----------
    bound : Bound
        Comes back as it is where there is no web.
    posed : (V, 3) float
        Its vertices in the pose of the first view.
    fitted : Fitted
        The body that it is bound to.
    params : SurfaceParams
        Say how fine the new surface is and of how many triangles.
    ctx : JobContext
        Asked often whether to stop.
    """
    web = webs(bound.verts, posed, bound.faces)
    if not web.any():
        return bound, 0
    check, transforms = ctx.check, fitted.transforms[0]
    body, body_weights = fitted.at_rest()
    kept = bound.faces[~_with_scraps(bound, web, body, fitted.arms(), check)]
    closest, winding = ClosestPoints(bound.verts, kept), WindingTree(bound.verts, kept)

    def field(points: np.ndarray) -> np.ndarray:
        away = np.linalg.norm(points - closest(points)[0], axis=1)
        clothes = np.where(winding(points) > 0.5, -away, away)
        return np.minimum(clothes, body.nearest(points).distance - COVER)

    places = np.concatenate([bound.verts[np.unique(kept)], body.verts[np.unique(body.faces)]])
    low, high = places.min(axis=0) - 0.03, places.max(axis=0) + 0.03
    grid = evaluate(field, low, high, params.resolution, places, check)
    verts, faces = march_solid(grid)
    verts = relax(verts, faces, check=check)
    verts = _snapped(verts, faces, bound.verts, kept, closest, grid.cell)
    verts, faces = simplify(verts, faces, params.faces, ctx)
    verts = covering(verts, faces, body, check)
    weights = _weights(verts, bound, kept, closest, body, body_weights, len(transforms), grid.cell, check)
    bones, amounts = strongest(weights, MOST, LEAST)
    return Bound(verts, faces, bones, unfolded(bones, amounts, transforms)), int(web.sum())


def _with_scraps(
    bound: Bound, web: np.ndarray, body: SignedBody, arms: np.ndarray, check: Callable[[], None]
) -> np.ndarray:
    """(F,) the web and the scraps beside it."""
    from scipy.spatial import cKDTree

    near = cKDTree(bound.verts[np.unique(bound.faces[web])]).query(bound.verts)[0] < BESIDE
    near &= arms[bound.bones[:, 0]]
    loose = np.zeros(len(bound.verts), bool)
    loose[near] = body.nearest(bound.verts[near], check).distance > LOOSE
    return web | loose[bound.faces].any(axis=1)


def _snapped(
    verts: np.ndarray, faces: np.ndarray, old: np.ndarray, kept: np.ndarray, closest: ClosestPoints, cell: float
) -> np.ndarray:
    """Vertices put back onto the surface that they were marched from, where it is near and turned alike.

    Between, they are smoothed.
    """
    foot, face = closest(verts)
    alike = np.einsum("ij,ij->i", vertex_normals(verts, faces), face_normals(old, kept)[face]) > 0.5
    near = alike & (np.linalg.norm(foot - verts, axis=1) < cell)
    mean = smoother(faces, len(verts))
    wanted = np.where(near[:, None], foot, verts)
    for _ in range(SMOOTHINGS):
        wanted = np.where(near[:, None], wanted, mean @ wanted)
    return unturned(verts, wanted, faces, mean)


def _weights(
    verts: np.ndarray,
    bound: Bound,
    kept: np.ndarray,
    closest: ClosestPoints,
    body: SignedBody,
    body_weights: tuple[np.ndarray, np.ndarray],
    count: int,
    cell: float,
    check: Callable[[], None],
) -> np.ndarray:
    """(V, J) weights: those of the old surface where it is near, those of the body where it is not."""
    foot, face = closest(verts)
    away = np.linalg.norm(foot - verts, axis=1)
    old = carried(
        Contact(face, barycentric(foot, bound.verts[kept[face]]), away), kept, bound.bones, bound.weights, count
    )
    nearest = body.nearest(verts, check)
    skin_below = carried(Contact(nearest.face, nearest.corners, nearest.distance), body.faces, *body_weights, count)
    share = sp.diags(np.clip(away / (2 * cell) - 0.5, 0.0, 1.0))
    return (old - share @ old + share @ skin_below).toarray()
