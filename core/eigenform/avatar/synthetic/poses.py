"""Random poses and shapes in the arrays that the networks speak of."""

from __future__ import annotations

import numpy as np

from eigenform.avatar.body.bones import MAIN
from eigenform.avatar.synthetic import bodies
from eigenform.avatar.synthetic.streams import SHARES, STRATA


def random_pose(rng: np.random.Generator, count: int, stratum: str = "any") -> tuple[np.ndarray, np.ndarray]:
    """Poses and shapes of generated people.

    Parameters
    ----------
    rng : Generator
    count : int
    stratum : str
        One of :data:`.streams.STRATA`, or ``any`` for all of them in their shares.

    Returns
    -------
    rotations : (count, M, 3) float64
        Axis-angle of the main bones, radians, local-ref; the root carries the facing.
    shapes : (count, 6) float64
        Phenotypes.
    """
    chosen = rng.choice(STRATA, count, p=SHARES) if stratum == "any" else [stratum] * count
    rotations = np.zeros((count, len(MAIN), 3))
    place = {name: index for index, name in enumerate(MAIN)}
    for row, name in zip(rotations, chosen, strict=True):
        for bone, vector in bodies.random_pose(rng, str(name)).items():
            row[place[bone]] = vector
    return rotations, np.stack([bodies.random_shape(rng) for _ in range(count)])
