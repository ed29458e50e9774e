"""A clothed person: body, garments, hair and shoes as closed parts, in a pose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eigenform.avatar.synthetic.atlas import atlas_of
from eigenform.avatar.synthetic.bodies import random_pose, random_shape
from eigenform.avatar.synthetic.garments import Relief, dress
from eigenform.avatar.synthetic.head import Hair, raise_hair, random_hair
from eigenform.avatar.synthetic.noise import Waves
from eigenform.avatar.synthetic.outfit import Outfit, random_outfit
from eigenform.avatar.synthetic.parts import Part, Shoes, extra_parts, random_shoes
from eigenform.avatar.synthetic.posing import Pose, arms_free, pose_arrays, skin
from eigenform.avatar.synthetic.streams import stream

if TYPE_CHECKING:
    from eigenform.avatar.body.model import BodyModel


@dataclass(frozen=True)
class Wardrobe:
    """What stays the same when a person moves.

    Parameters
    ----------
    seed, stratum : int, str
    shape : (6,) float32
        Phenotypes.
    outfit, hair, shoes
        Random choices.
    relief : Relief
        Their wrinkles (without the pose).
    """

    seed: int
    stratum: str
    shape: np.ndarray
    outfit: Outfit
    hair: Hair
    shoes: Shoes
    relief: Relief


@dataclass(frozen=True)
class ClothedPerson:
    """A clothed person in a pose.

    Parameters
    ----------
    wardrobe : Wardrobe
    rotations : (J, 3) float32
        Axis-angle, local-ref, all bones.
    translation : (3,)
        Zero: the root stands at the origin.
    body_verts : (V, 3) float32
        The bare body in the pose, m.
    verts, faces : (N, 3) float32, (M, 3) int64
        The clothed surface: closed parts side by side, m.
    part_of_face : (M,) int16
        Index of each triangle's part.
    parts : tuple of str
        Their names; the first is ``body``: skin, eyes and garments that follow the body.
    features : (N, 7) float32
        Places (see :mod:`.atlas`) on the body part; cloth coordinates p, q in the first two columns elsewhere.
    rest_verts : (V, 3) float32
        The body part at rest, dressed.
    outermost : (V,) int64
        Garment of each vertex of the body part, -1 on skin.
    """

    wardrobe: Wardrobe
    rotations: np.ndarray
    body_verts: np.ndarray
    verts: np.ndarray
    faces: np.ndarray
    part_of_face: np.ndarray
    parts: tuple[str, ...]
    part_list: tuple[Part, ...]
    features: np.ndarray
    rest_verts: np.ndarray
    outermost: np.ndarray
    keypoints: np.ndarray

    @property
    def seed(self) -> int:
        """Of the person."""
        return self.wardrobe.seed

    @property
    def stratum(self) -> str:
        """One of :data:`.streams.STRATA`."""
        return self.wardrobe.stratum

    @property
    def shape(self) -> np.ndarray:
        """(6,) phenotypes."""
        return self.wardrobe.shape


def make_wardrobe(seed: int, stratum: str, model: BodyModel) -> Wardrobe:
    """The shape and clothes of a person."""
    atlas = atlas_of(model)
    shape = random_shape(stream(seed, stratum, "body"))
    rng = stream(seed, stratum, "outfit")
    feminine = float(np.clip(shape[0] + rng.normal() * 0.1, 0, 1))
    outfit = random_outfit(rng, stratum, atlas, feminine)
    hair = random_hair(rng, feminine, float(shape[1]))
    shoes = random_shoes(rng, outfit)
    sharp = rng.uniform(0.2, 0.8)
    relief = Relief(
        Waves(rng, 8, (0.025, 0.09), (0.45, 0.45, 1.0), sharp), Waves(rng, 8, (0.04, 0.15), (1, 1, 0.4), sharp),
        Waves(rng, 8, (0.15, 0.5), (1, 1, 0.5), 0.2),
    )  # fmt: skip
    return Wardrobe(seed, stratum, shape.astype(np.float32), outfit, hair, shoes, relief)


def make_person(
    seed: int,
    stratum: str,
    model: BodyModel | None = None,
    *,
    variation: int = 0,
    rotations: np.ndarray | None = None,
    turn: float = 0.0,
) -> ClothedPerson:
    """A random clothed person in a random pose; the same for the same arguments.

    Parameters
    ----------
    seed, stratum : int, str
        See :mod:`.streams`.
    model : BodyModel, optional
        Anny by default.
    variation : int
        Another number, another pose of the same person.
    rotations : (J, 3), optional
        The pose, axis-angle, local-ref; random by default.
    turn : float
        Added to the facing, rad about z; pi shows the back.
    """
    if model is None:
        from eigenform.avatar.body.load import load_body

        model = load_body()
    wardrobe = make_wardrobe(seed, stratum, model)
    if rotations is None:
        rng = stream(seed, stratum, "pose", variation)
        pose = arms_free(model, wardrobe.shape, random_pose(rng, stratum))
    else:
        pose = pose_arrays(model, wardrobe.shape, np.asarray(rotations))
    if turn:
        pose = pose_arrays(model, wardrobe.shape, turned(pose.rotations, turn))
    return dressed(wardrobe, pose, model)


def turned(rotations: np.ndarray, turn: float) -> np.ndarray:
    """The pose with its facing turned by ``turn`` rad about z."""
    from scipy.spatial.transform import Rotation

    changed = np.array(rotations, dtype=np.float64)
    changed[0] = (Rotation.from_euler("z", turn) * Rotation.from_rotvec(changed[0])).as_rotvec()
    return changed


def dressed(wardrobe: Wardrobe, pose: Pose, model: BodyModel) -> ClothedPerson:
    """Dress a posed body."""
    atlas = atlas_of(model)
    relief = replace(wardrobe.relief, bends=bends(pose, model))
    normals = pose.normals
    moved, outermost = dress(pose.rest, wardrobe.outfit.garments, relief, atlas, normals)
    moved = raise_hair(wardrobe.hair, moved, pose.rest, normals, atlas).astype(np.float32)
    surface = skin(moved, atlas.dense, pose.transforms)
    body = Part("body", surface, atlas.faces, atlas.features, None)
    parts = (body, *extra_parts(wardrobe, pose, surface, atlas, model))
    counts = np.cumsum([0] + [len(part.verts) for part in parts])
    return ClothedPerson(
        wardrobe, pose.rotations.astype(np.float32), pose.verts,
        np.concatenate([part.verts for part in parts]).astype(np.float32),
        np.concatenate([part.faces + start for part, start in zip(parts, counts, strict=False)]),
        np.repeat(np.arange(len(parts), dtype=np.int16), [len(part.faces) for part in parts]),
        tuple(part.name for part in parts), parts,
        np.concatenate([part.features for part in parts]).astype(np.float32), moved, outermost, pose.keypoints,
    )  # fmt: skip


def bends(pose: Pose, model: BodyModel) -> dict[str, float]:
    """How strongly elbows, knees and hips are bent, 0.3..1.5: bent joints wrinkle."""
    angle = np.linalg.norm(pose.rotations, axis=1)
    index = {name: k for k, name in enumerate(model.bones)}

    def mean(bone: str) -> float:
        return float(0.3 + 0.8 * np.mean([angle[index[f"{bone}.{side}"]] for side in "LR"]))

    return {"elbow": mean("lowerarm01"), "knee": mean("lowerleg01"), "hip": mean("upperleg01")}
