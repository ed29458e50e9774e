"""Fewer triangles, still one closed surface."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from eigenform import native
from eigenform.avatar.metrics import topology
from eigenform.avatar.surface.solid import smoother
from eigenform.geometry.normals import vertex_normals
from eigenform.jobs import unwatched

if TYPE_CHECKING:
    from eigenform.jobs import JobContext


def relax(verts: np.ndarray, faces: np.ndarray, times: int = 5, check: Callable[[], None] = unwatched) -> np.ndarray:
    """Vertices (V, 3) moved along the surface towards the middle of their neighbours.

    Marching cubes leave slivers, whose normals mean nothing; this evens them out and hardly moves the surface.
    """
    mean = smoother(faces, len(verts))
    for _ in range(times):
        check()
        way = mean @ verts - verts
        normals = vertex_normals(verts, faces)
        verts = verts + 0.7 * (way - np.einsum("ij,ij->i", way, normals)[:, None] * normals)
    return verts


def simplify(
    verts: np.ndarray, faces: np.ndarray, count: int, ctx: JobContext | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The surface with about ``count`` triangles (quadric error, Garland and Heckbert 1997; in a child process).

    A simplification that is not closed, or not as many pieces as before, is tried again with some more triangles; where
    none is good the surface comes back as it was.
    """
    for more in (1.0, 1.15, 1.4):
        if len(faces) <= count * more:
            break
        found = native.call(
            "eigenform.avatar.surface.decimate:decimate", ctx, verts=verts, faces=faces, count=int(count * more)
        )
        before, after = topology(verts, faces), topology(found["verts"], found["faces"])
        if after.watertight and after.components == before.components:
            return found["verts"], found["faces"]
    return verts, faces
