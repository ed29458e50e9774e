"""One training sample: a photograph of a synthetic person and all that is true about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.avatar.synthetic.atlas import atlas_of
from eigenform.avatar.synthetic.background import background
from eigenform.avatar.synthetic.camera import keypoints_in_crop, random_camera
from eigenform.avatar.synthetic.degrade import compose, degrade, occlude
from eigenform.avatar.synthetic.light import shade
from eigenform.avatar.synthetic.paint import Paint, paint
from eigenform.avatar.synthetic.person import ClothedPerson, make_person
from eigenform.avatar.synthetic.streams import stream
from eigenform.avatar.synthetic.views import Seen, look

if TYPE_CHECKING:
    from eigenform.avatar.body.model import BodyModel


def make_sample(
    seed: int,
    stratum: str,
    size: int = 256,
    model: BodyModel | None = None,
    full_image: bool = False,
    variation: int = 0,
    turn: float = 0.0,
) -> dict[str, Any]:
    """A sample; the same for the same arguments.

    Parameters
    ----------
    seed, stratum : int, str
        See :mod:`.streams`.
    size : int
        S, pixels along a side of the crop.
    model : BodyModel, optional
        Anny by default.
    full_image : bool
        Add ``person``, the :class:`.person.ClothedPerson`.
    variation, turn
        As in :func:`.person.make_person`.

    Returns
    -------
    dict
        ``rgb`` (S, S, 3) uint8; ``mask`` (S, S) bool, of the whole person; ``normal_front``, ``normal_back``
        (S, S, 3) float16, unit, view axes, 0 outside; ``depth_front``, ``depth_back`` (S, S) float32, m toward the
        viewer, 0 outside; ``shape`` (6,), ``rotations`` (M, 3) of the main bones, ``all_rotations`` (J, 3),
        ``camera`` (3,) float32; ``keypoints`` (23, 3) x, y in crop coordinates and 1 where visible;
        ``keypoints3d`` (23, 3) m.
    """
    if model is None:
        from eigenform.avatar.body.load import load_body

        model = load_body()
    person = make_person(seed, stratum, model, variation=variation, turn=turn)
    camera = random_camera(person, stream(seed, stratum, "camera", variation))
    return photograph(person, camera, size, model, full_image, variation)


def photograph(
    person: ClothedPerson, camera: np.ndarray, size: int, model: BodyModel, full_image: bool = False, variation: int = 0
) -> dict[str, Any]:
    """The sample of a person before a camera (3,); see :func:`make_sample`."""
    from eigenform.avatar.synthetic.bodies import main_rotations

    seen = look(person.verts, person.faces, camera, size)
    rgb = picture(person, seen, model, variation)
    points = keypoints_in_crop(person.keypoints, camera, seen.depth_front, seen.mask)
    sample: dict[str, Any] = {
        "rgb": rgb,
        "mask": seen.mask,
        "normal_front": seen.spread(seen.normals_front).astype(np.float16),
        "normal_back": seen.spread(seen.normals_back).astype(np.float16),
        "depth_front": seen.depth_front,
        "depth_back": seen.depth_back,
        "shape": person.shape.astype(np.float32),
        "rotations": main_rotations(model, person.rotations).astype(np.float32),
        "all_rotations": person.rotations.astype(np.float32),
        "camera": np.asarray(camera, dtype=np.float32),
        "keypoints": points.astype(np.float32),
        "keypoints3d": person.keypoints.astype(np.float32),
    }
    if full_image:
        sample["person"] = person
    return sample


def picture(person: ClothedPerson, seen: Seen, model: BodyModel, variation: int = 0) -> np.ndarray:
    """The photograph (S, S, 3) uint8 of what is seen."""
    atlas = atlas_of(model)
    eye = np.zeros(len(person.faces), dtype=np.int8)
    eye[: len(atlas.faces)] = atlas.eye[atlas.faces[:, 0]]
    part = person.part_of_face[seen.face_front]
    painted = paint(person, seen.blend(person.features), part, eye[seen.face_front], atlas)
    return develop(painted, seen, person.seed, person.stratum, variation)


def develop(painted: Paint, seen: Seen, seed: int, stratum: str, variation: int = 0) -> np.ndarray:
    """Light painted points, set them before a background and photograph that: (S, S, 3) uint8."""
    size = len(seen.mask)
    behind = background(stream(seed, stratum, "background", variation), size)
    rng = stream(seed, stratum, "degrade", variation)
    if not seen.mask.any():
        return degrade(behind, rng)
    light = stream(seed, stratum, "light", variation)
    colours = shade(painted, seen.normals_front, seen.depth_front, seen.mask, light)
    return degrade(occlude(compose(colours, seen.mask, behind, rng), seen.mask, rng), rng)
