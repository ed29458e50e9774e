"""Points around generated people with what the occupancy network is told of them, and whether they lie inside."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from eigenform.avatar.networks import clother, weights
from eigenform.avatar.networks.bodies import posed
from eigenform.avatar.networks.people import almost
from eigenform.io.atomic import atomic_path

PEOPLE = 16
"""People in a file."""
POINTS = 4096
"""Points of a person."""
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
        np.savez(file, **{name: np.stack([row[name] for row in rows]) for name in rows[0]})  # type: ignore[arg-type]


def describe(seed: int, stratum: str) -> dict[str, np.ndarray]:
    """One person's points."""
    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.surface.features import DIMENSIONS, FeatureContext, features
    from eigenform.avatar.synthetic.sample import make_sample
    from eigenform.avatar.synthetic.truth import occupancy_points, truth_of

    model = load_body()
    sample = make_sample(seed, stratum, clother.SIZE, model, full_image=True)
    rng = np.random.default_rng((_STREAM, seed))
    body, rotations, camera = almost(sample["shape"], sample["rotations"], sample["camera"], rng)
    verts, faces = posed(body, rotations)
    network, _ = weights.load("clother")
    maps = clother.predict(sample["rgb"], clother.maps_of(verts, faces, camera, clother.SIZE), sample["mask"], network)
    context = FeatureContext(verts[0].numpy(), faces.numpy(), camera, maps, model.code, model.trunk)
    places, within = occupancy_points(truth_of(sample["person"]), POINTS, seed)
    told = {name: features(context, places, name).astype(np.float16) for name in DIMENSIONS}
    return {**told, "inside": within}
