"""Push a surface outward where the body pokes out of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.avatar.surface.refine import unfolded
from eigenform.avatar.surface.signed_body import SignedBody
from eigenform.avatar.surface.solid import smoother
from eigenform.jobs import unwatched

MARGIN = 0.003
"""Metres that the body may poke out."""


def covering(
    verts: np.ndarray,
    faces: np.ndarray,
    body: SignedBody,
    check: Callable[[], None] = unwatched,
    margin: float = MARGIN,
    rounds: int = 6,
) -> np.ndarray:
    """(V, 3) vertices of a closed surface, moved where vertices of the body lie more than ``margin`` outside of it.

    The corners of the triangle nearest to such a vertex go along the normal of the body; triangles are not turned over.
    """
    mean = smoother(faces, len(verts))
    used = np.unique(body.faces)
    for _ in range(rounds):
        surface = SignedBody(verts, faces)
        nearest = surface.nearest(body.verts[used], check)
        out = np.flatnonzero(nearest.distance > margin)
        if not len(out):
            break
        corners = surface.faces[nearest.face[out]].ravel()
        way = (nearest.distance[out] - margin / 2)[:, None] * body.normals[used[out]]
        total = np.zeros_like(verts)
        np.add.at(total, corners, np.repeat(way, 3, axis=0))
        count = np.bincount(corners, minlength=len(verts))
        verts = unfolded(verts, verts + total / np.maximum(count, 1)[:, None], faces, mean)
    return verts
