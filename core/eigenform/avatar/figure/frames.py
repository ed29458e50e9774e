"""What one moment tells of a moving figure: points of its clothed surface in a known pose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eigenform.errors import InputError
from eigenform.figure_types import Avatar, Person
from eigenform.geometry.normals import face_normals
from eigenform.geometry.sampling import surface_samples

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

POINTS = 12_000
"""Points kept of a frame."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One moment.

    Parameters
    ----------
    points, normals : (N, 3) float64
        Of the clothed surface, posed, metres; normals are unit, outward.
    rotations : (J, 3) float64
        Axis-angle, local-ref.
    translation : (3,) float64
    """

    points: np.ndarray
    normals: np.ndarray
    rotations: np.ndarray
    translation: np.ndarray


def frame_of_mesh(
    verts: np.ndarray,
    faces: np.ndarray,
    rotations: np.ndarray,
    translation: np.ndarray,
    seed: int = 0,
    count: int = POINTS,
) -> Frame:
    """A posed clothed mesh as a frame: points spread evenly over it."""
    from eigenform.geometry.closest import nearest_triangles

    points = surface_samples(verts, faces, count, seed)
    _, triangle = nearest_triangles(verts, faces, points)
    return Frame(points, face_normals(verts, faces)[triangle], np.asarray(rotations), np.asarray(translation))


def frames_of_person(person: Person, avatar: Avatar, seed: int = 0, ctx: JobContext | None = None) -> list[Frame]:
    """The views of a person as frames: what the maps show of the clothes, front and back.

    Raises
    ------
    InputError
        Where a view lacks its body or its maps, or its body has other bones than the avatar.
    """
    from eigenform.avatar.surface.fitted import Fitted

    fitted = Fitted(person, ctx)
    if fitted.skeleton.names != avatar.skeleton.names:
        raise InputError(f"{avatar.name} and {person.name} have different bones: they are not made on the same body.")
    rng = np.random.default_rng(seed)
    found = []
    for view, context in zip(fitted.views, fitted.contexts, strict=True):
        depths = (("front", context.clothed.front), ("back", context.clothed.back))
        points, normals = [], []
        for side, depth in depths:
            row, column = np.nonzero((context.maps["mask"] > 0.5) & np.isfinite(depth))
            scale, tx, ty = context.camera
            x = ((column + 0.5) / context.size * 2 - 1 - tx) / scale
            z = (1 - (row + 0.5) / context.size * 2 - ty) / scale
            points.append(np.stack([x, -depth[row, column], z], axis=1))
            right, up, toward = context.maps[f"normal_{side}"][row, column].astype(np.float64).T
            normals.append(np.stack([right, -toward, up], axis=1))
        together, outward = np.concatenate(points), np.concatenate(normals)
        length = np.linalg.norm(outward, axis=1)
        # at grazing pixels the depth is uncertain by many times the distance of a pixel
        good = (length > 0.5) & (np.abs(outward[:, 1]) > 0.3 * length)
        kept = np.flatnonzero(good)
        kept = kept[rng.permutation(len(kept))[:POINTS]]
        unit = outward[kept] / length[kept, None]
        assert view.rotations is not None
        found.append(Frame(together[kept], unit, np.asarray(view.rotations), np.zeros(3)))
    return found
