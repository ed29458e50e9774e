"""Points around generated people with what the occupancy network is told of them, and whether they lie inside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from eigenform.avatar.networks import clother, weights
from eigenform.avatar.networks.bodies import posed
from eigenform.avatar.networks.people import almost
from eigenform.io.atomic import atomic_path

PEOPLE = 16
"""People in a file."""
POINTS = 4096
"""Points of a person."""
NEAR = ((0.45, 0.015), (0.3, 0.05))
"""Shares of the points that lie near the clothes, and how far (standard deviation, metres); the rest lie anywhere."""
AROUND = 0.15
"""Metres by which the region of the remaining points reaches beyond the clothes."""
_STREAM = 9_002


def points_file(folder: Path, first: int) -> Path:
    """Where the points of the :data:`PEOPLE` people from seed ``first`` on are."""
    return folder / f"points-{first:08d}.npz"


def write_points(path: Path, first: int) -> None:
    """Make the points of :data:`PEOPLE` people and write them: ``icon7``, ``local`` (n, P, F) float16, ``inside``.

    Bodies are right or almost right, maps are those of the clother: what the network meets later.
    """
    from eigenform.avatar.synthetic.streams import stratum_of

    rows = [describe(seed, stratum_of(seed)) for seed in range(first, first + PEOPLE)]
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **{name: np.stack([row[name] for row in rows]) for name in rows[0]})


def describe(seed: int, stratum: str) -> dict[str, np.ndarray]:
    """One person's points."""
    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.raster.rays import inside
    from eigenform.avatar.surface.features import DIMENSIONS, FeatureContext, features
    from eigenform.avatar.synthetic.sample import make_sample

    model = load_body()
    sample = make_sample(seed, stratum, clother.SIZE, model, full_image=True)
    person = sample["person"]
    rng = np.random.default_rng((_STREAM, seed))
    body, rotations, camera = almost(sample["shape"], sample["rotations"], sample["camera"], rng)
    verts, faces = posed(body, rotations)
    network, _ = weights.load("clother")
    maps = clother.predict(sample["rgb"], clother.maps_of(verts, faces, camera, clother.SIZE), sample["mask"], network)
    context = FeatureContext(verts[0].numpy(), faces.numpy(), camera, maps, model.code, model.trunk)
    places = _places(person.verts, person.faces, rng)
    within = inside(torch.from_numpy(places), torch.from_numpy(person.verts).double(), torch.from_numpy(person.faces))
    told = {name: features(context, places, name).astype(np.float16) for name in DIMENSIONS}
    return {**told, "inside": within.numpy()}


def _places(verts: np.ndarray, faces: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(P, 3) points near a surface, and around it."""
    corners = verts[faces].astype(np.float64)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    found = []
    for share, spread in NEAR:
        count = int(share * POINTS)
        face = rng.choice(len(faces), count, p=area / area.sum())
        weight = rng.dirichlet(np.ones(3), count)
        found.append(np.einsum("nk,nkc->nc", weight, corners[face]) + rng.normal(0, spread, (count, 3)))
    low, high = verts.min(0) - AROUND, verts.max(0) + AROUND
    found.append(rng.uniform(low, high, (POINTS - sum(map(len, found)), 3)))
    return np.concatenate(found)
