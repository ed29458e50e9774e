"""The colour and shine of every visible point of a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eigenform.avatar.synthetic.atlas import ARM, W_ARM, Atlas, X, Y, Z
from eigenform.avatar.synthetic.details import add_details, strands
from eigenform.avatar.synthetic.garments import coverage
from eigenform.avatar.synthetic.head import beard_coverage, hair_coverage
from eigenform.avatar.synthetic.materials import albedo, random_material
from eigenform.avatar.synthetic.skin_paint import random_skin, skin_colours
from eigenform.avatar.synthetic.streams import stream

if TYPE_CHECKING:
    from eigenform.avatar.synthetic.person import ClothedPerson


@dataclass(frozen=True)
class Paint:
    """Of n points: albedo (n, 3) sRGB in [0, 1], strength and exponent (n,) of the highlight."""

    albedo: np.ndarray
    shine: np.ndarray
    gloss: np.ndarray


def paint(person: ClothedPerson, features: np.ndarray, part: np.ndarray, eye: np.ndarray, atlas: Atlas) -> Paint:
    """Paint points of the surface.

    Parameters
    ----------
    features : (n, 7)
        Interpolated features of the points.
    part : (n,)
        Index of their part.
    eye : (n,)
        Larger than 0 on the eye balls.
    """
    colours = np.zeros((len(features), 3), dtype=np.float32)
    shine, gloss = np.zeros(len(features), dtype=np.float32), np.full(len(features), 12, dtype=np.float32)
    for k, piece in enumerate(person.part_list):
        chosen = np.flatnonzero(part == k)
        if not len(chosen):
            continue
        if piece.material is None:
            own = features[chosen]
            colours[chosen], shine[chosen], gloss[chosen] = _body(person, own, eye[chosen], atlas)
            continue
        p, q = features[chosen, 0], features[chosen, 1]
        colours[chosen] = albedo(piece.material, p, q)
        shine[chosen], gloss[chosen] = piece.material.shine, piece.material.gloss
        if piece.name == "shoe":
            sole = chosen[q < 0.012]
            colours[sole] = piece.material.colours[2]
        elif piece.name == "coat":
            line = chosen[np.abs(p) < 0.16 * piece.opening + 0.004]
            colours[line] *= 0.35
        elif piece.name == "hair":
            colours[chosen] *= np.clip(1 + 0.16 * strands(p, q, person.seed), 0.4, 1.8)[:, None]
        if piece.name in ("shirt", "coat"):
            front = np.abs(p) < 0.2
            waist = atlas.marks["waist"]
            colours[chosen] = add_details(colours[chosen], piece.name, p, q, front, piece.material, waist)
    return Paint(np.clip(colours, 0.003, 1), shine, gloss)


def cloth_coordinates(features: np.ndarray, atlas: Atlas) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates p (around) and q (along) of garments that follow the body, m."""
    marks = atlas.marks
    x, y, z = features[:, X], features[:, Y], features[:, Z]
    drop = np.clip((marks["hip"] - z) / (marks["hip"] - marks["ankle"]), 0, 1)
    leg = z < marks["crotch"]
    middle = np.where(leg, np.sign(x) * (marks["leg_x"] + drop * (marks["foot_x"] - marks["leg_x"])), 0)
    radius = np.where(leg, 0.075, 0.15)
    p = np.arctan2(x - middle, -(y + 0.02)) * radius
    arm = features[:, W_ARM] > 0.5
    p = np.where(arm, 0.77 * np.abs(x) + 0.64 * z, p)
    return p, np.where(arm, -features[:, ARM], z)


def _body(
    person: ClothedPerson, features: np.ndarray, eye: np.ndarray, atlas: Atlas
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = stream(person.seed, person.stratum, "paint")
    wardrobe = person.wardrobe
    hair = wardrobe.hair
    skin = random_skin(rng, hair, wardrobe.outfit.feminine)
    colours = skin_colours(skin, features, eye, atlas)
    shine = np.full(len(features), 0.10, dtype=np.float32)
    gloss = np.full(len(features), 10, dtype=np.float32)
    gloves = random_material(rng, plain=0.9) if rng.random() < 0.03 else None
    p, q = cloth_coordinates(features, atlas)
    for garment in wardrobe.outfit.garments:
        cover = coverage(garment, features, atlas)
        chosen = np.flatnonzero(cover > 0)
        if not len(chosen):
            continue
        cloth = albedo(garment.material, p[chosen], q[chosen])
        cloth *= (1 - 0.25 * np.exp(-cover[chosen] / 0.004))[:, None]  # a seam at the edge
        on_front = (features[chosen, W_ARM] < 0.5) & (features[chosen, Y] < atlas.marks["back"] - 0.04)
        waist = garment.high if garment.kind == "bottom" else atlas.marks["waist"]
        cloth = add_details(cloth, garment.kind, p[chosen], q[chosen], on_front, garment.material, waist)
        if garment.kind == "bottom":
            belt = np.abs(garment.high - 0.02 - features[chosen, Z]) < 0.018
            cloth[belt] *= 0.6
        if garment.kind == "jacket" and garment.opening == 0:
            cloth[(np.abs(features[chosen, X]) < 0.005) & (features[chosen, Y] < 0)] *= 0.3
        colours[chosen], shine[chosen], gloss[chosen] = cloth, garment.material.shine, garment.material.gloss
    if gloves is not None:
        hand = np.flatnonzero(features[:, ARM] > atlas.marks["wrist"])
        colours[hand] = albedo(gloves, p[hand], q[hand])
    for cover, strand in (
        (hair_coverage(hair, features, atlas), 0.16),
        (beard_coverage(hair, features, atlas), 0.25),
    ):
        share = np.clip(cover / 0.006 + 0.5, 0, 1)[:, None] * (eye == 0)[:, None]
        if hair.kind == "cap" and strand == 0.16:
            colour = albedo(person.wardrobe.shoes.bag_material, p, q)
        else:
            middle = float(atlas.eye_centres[0, 1]) + 0.09
            arc = 0.09 * np.arctan2(features[:, X], middle - features[:, Y])
            colour = hair.colour * np.clip(1 + strand * strands(arc, features[:, Z], person.seed), 0.3, 2)[:, None]
        colours = (1 - share) * colours + share * colour
        shine = np.where(share[:, 0] > 0.5, 0.25, shine)
    return colours.astype(np.float32), shine.astype(np.float32), gloss
