"""Several pictures of one person: front and back, and many poses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.avatar.synthetic.atlas import atlas_of
from eigenform.avatar.synthetic.bodies import random_pose
from eigenform.avatar.synthetic.camera import framed
from eigenform.avatar.synthetic.person import ClothedPerson, dressed, make_person, make_wardrobe, turned
from eigenform.avatar.synthetic.posing import arms_free, pose_arrays
from eigenform.avatar.synthetic.sample import photograph
from eigenform.avatar.synthetic.streams import stream

if TYPE_CHECKING:
    from eigenform.avatar.body.model import BodyModel


def front_and_back(
    seed: int, stratum: str, size: int = 512, model: BodyModel | None = None, moved: float = 0.0
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two photographs of a person, from the front and from behind, other light and background.

    Parameters
    ----------
    seed, stratum : int, str
        See :mod:`.streams`.
    size : int
        Pixels along a side.
    model : BodyModel, optional
    moved : float
        Standard deviation of what the joints moved between the two, rad; 0 keeps the pose.

    Returns
    -------
    front, back : dict
        As of :func:`.sample.make_sample` with ``person``.
    """
    model = model or _anny()
    person = make_person(seed, stratum, model)
    rotations = person.rotations.astype(np.float64)
    yaw = float(np.arctan2(np.sin(rotations[0, 2]), np.cos(rotations[0, 2])))
    front = rotations.copy()
    if abs(yaw) > 0.7:  # a person that was seen from elsewhere turns to the camera
        front = turned(front, -yaw)
    rng = stream(seed, stratum, "pose", 1)
    change = moved * rng.normal(size=rotations.shape) * (np.abs(rotations) > 0).any(1, keepdims=True)
    back = turned(front + change, np.pi)
    samples = []
    for variation, pose in enumerate((front, back)):
        shown = make_person(seed, stratum, model, rotations=pose)
        camera = framed(shown, stream(seed, stratum, "camera", variation))
        samples.append(photograph(shown, camera, size, model, True, variation))
    return samples[0], samples[1]


def sequence(
    seed: int, stratum: str, count: int, model: BodyModel | None = None, poses: str = "", facing: float | None = 0.0
) -> list[ClothedPerson]:
    """One person in ``count`` random poses; vertices and triangles correspond.

    Parameters
    ----------
    poses : str
        Stratum of the poses; the person's own by default.
    facing : float, optional
        Yaw of all of them, rad; random where None.
    """
    model = model or _anny()
    wardrobe = make_wardrobe(seed, stratum, model)
    people = []
    for index in range(count):
        pose = random_pose(stream(seed, stratum, "pose", index), poses or stratum)
        if facing is not None:
            pose["root"] = np.array([0.0, 0.0, facing])
        people.append(dressed(wardrobe, arms_free(model, wardrobe.shape, pose), model))
    return people


def canonical(person: ClothedPerson, model: BodyModel) -> tuple[ClothedPerson, np.ndarray]:
    """The person dressed in the rest pose, and skinning weights (N, J) of all its vertices.

    The dressed body has the weights of the body; other parts the mean of those of the eight nearest skin vertices.
    """
    from scipy.spatial import cKDTree

    rest = dressed(person.wardrobe, pose_arrays(model, person.shape, np.zeros((len(model.bones), 3))), model)
    dense = atlas_of(model).dense
    others = rest.verts[len(dense) :]
    if not len(others):
        return rest, dense
    nearest = cKDTree(rest.body_verts).query(others, k=8)[1]
    return rest, np.concatenate([dense, dense[nearest].mean(1)])


def _anny() -> BodyModel:
    from eigenform.avatar.body.load import load_body

    return load_body()
