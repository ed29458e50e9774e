"""People with true maps for the tests of surfaces: a ball that is its own body, and a synthetic person."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from avatar_fixtures import body
from eigenform.avatar.surface.view_maps import rendered
from eigenform.figure_types import Person, View

CAMERA = np.array([1.0, 0.0, 0.0])


def ball(radius: float, detail: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a ball at the origin."""
    import trimesh

    mesh = trimesh.creation.icosphere(detail, radius)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces, dtype=np.int64)


def true_maps(
    bare: tuple[np.ndarray, np.ndarray], dressed: tuple[np.ndarray, np.ndarray], camera: np.ndarray, size: int
) -> dict[str, np.ndarray]:
    """What a perfect network says of a body in clothes."""
    import torch
    from eigenform.avatar.raster.extend import extend_depth

    body_maps, clothes = rendered(*bare, camera, size), rendered(*dressed, camera, size)
    on = clothes["mask"]
    mask = torch.from_numpy(body_maps["mask"])
    front, back = (extend_depth(torch.from_numpy(body_maps[f"depth_{s}"]), mask).numpy() for s in ("front", "back"))
    return {
        "normal_front": clothes["normal_front"],
        "normal_back": clothes["normal_back"],
        "offset_front": np.where(on, clothes["depth_front"] - front, 0).astype(np.float32),
        "offset_back": np.where(on, back - clothes["depth_back"], 0).astype(np.float32),
        "mask": on.astype(np.float32),
    }


@functools.cache
def dressed_person(seed: int = 4, stratum: str = "trousers", turns: tuple[float, ...] = (0.0,)) -> tuple[Person, Any]:
    """A synthetic person with true body and maps, one view a turn, on a photograph of a checkerboard; and the truth."""
    from eigenform.avatar.synthetic.truth import ground_truth

    model, size, side = body(), 192, 600
    views, truths = [], []
    for turn in turns:
        truth = ground_truth(seed, stratum, model, turn=turn)
        low, high = truth.verts.min(0), truth.verts.max(0)
        scale = 1.8 / float((high - low).max())
        middle = (low + high) / 2
        camera = np.array([scale, -scale * middle[0], -scale * middle[2]], dtype=np.float64)
        bare, clothes = (truth.body_verts, model.faces), (truth.verts, truth.faces)
        maps = true_maps(bare, clothes, camera, size)
        mask = rendered(*clothes, camera, side)["mask"]
        crop = np.array([side / 2, side / 2, side / 2])
        views.append(
            View(
                checkerboard(side),
                crop,
                mask=mask,
                rotations=truth.person.rotations,
                camera=camera,
                verts=truth.body_verts,
                maps=maps,
            )
        )
        truths.append(truth)
    shape = dict(zip(model.shape_names, (float(v) for v in truths[0].person.shape), strict=True))
    return Person(tuple(views), shape=shape, body_faces=model.faces), truths[0]


def checkerboard(side: int) -> np.ndarray:
    """(side, side, 3) uint8 smooth checkers: known colours everywhere."""
    rows, columns = np.mgrid[:side, :side] + 0.5
    waves = np.sin(rows / 9) * np.sin(columns / 9)
    return np.stack([130 + 90 * waves, 60 + 120 * rows / side, 60 + 120 * columns / side], axis=2).astype(np.uint8)
