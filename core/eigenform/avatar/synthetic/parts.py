"""The parts of a person that do not follow the skin: hanging cloth, hair, shoes, bags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eigenform.avatar.synthetic.atlas import ARM, W_ARM, W_HEAD, Atlas, X, Y, Z
from eigenform.avatar.synthetic.drape import Drape, close_tube, hang
from eigenform.avatar.synthetic.extras import around, ball, long_hair, shoe, tube
from eigenform.avatar.synthetic.materials import Material, random_colour, random_material
from eigenform.avatar.synthetic.noise import Waves
from eigenform.avatar.synthetic.outfit import Hanging, Outfit
from eigenform.avatar.synthetic.posing import Pose
from eigenform.avatar.synthetic.streams import stream

if TYPE_CHECKING:
    from eigenform.avatar.body.model import BodyModel
    from eigenform.avatar.synthetic.person import Wardrobe


@dataclass(frozen=True)
class Part:
    """A closed part of the clothed surface in the pose.

    Parameters
    ----------
    name : str
        ``body``, ``skirt``, ``shirt``, ``coat``, ``hair``, ``shoe``, ``bag``.
    verts, faces : (n, 3), (m, 3) int64
        m; outward counter-clockwise.
    features : (n, 7)
        See :class:`.person.ClothedPerson`.
    material : Material, optional
        None on the body part.
    """

    name: str
    verts: np.ndarray
    faces: np.ndarray
    features: np.ndarray
    material: Material | None
    opening: float = 0.0


@dataclass(frozen=True)
class Shoes:
    """Shoes, or bare feet.

    Parameters
    ----------
    kind : str
        ``bare`` or ``shoe``.
    rim : float
        Height of the rim over the ankle joint, m.
    sole, ease : float
        m.
    material : Material
    bag : str
        ``none``, ``back`` or ``shoulder``.
    """

    kind: str
    rim: float
    sole: float
    ease: float
    material: Material
    bag: str
    bag_material: Material


def random_shoes(rng: np.random.Generator, outfit: Outfit) -> Shoes:
    """Shoes of a random kind; a few bare feet, a few bags."""
    material = random_material(rng, ("blocks", "plain", "fade"), 0.6)
    colours = np.array(material.colours)
    colours[2] = (0.93, 0.93, 0.92) if rng.random() < 0.5 else random_colour(rng) * 0.5
    material = Material(**{**vars(material), "colours": colours, "shine": rng.uniform(0.0, 0.5)})
    bag = str(rng.choice(["none", "back", "shoulder"], p=[0.94, 0.03, 0.03]))
    return Shoes(
        "bare" if rng.random() < 0.08 else "shoe", rng.uniform(-0.02, 0.06), rng.uniform(0.008, 0.028),
        rng.uniform(0.004, 0.009), material, bag, random_material(rng, plain=0.7),
    )  # fmt: skip


def extra_parts(wardrobe: Wardrobe, pose: Pose, surface: np.ndarray, atlas: Atlas, model: BodyModel) -> list[Part]:
    """All parts but the body's, in the pose.

    Parameters
    ----------
    surface : (V, 3)
        The dressed body in the pose, m.
    """
    rng = stream(wardrobe.seed, wardrobe.stratum, "outfit", 1)
    index = {name: k for k, name in enumerate(model.bones)}
    parts = []
    facing = float(np.arctan2(pose.transforms[0, 1, 0], pose.transforms[0, 0, 0]))
    for hanging in wardrobe.outfit.hangings:
        parts.append(_hanging(hanging, pose, surface, atlas, facing))
    if wardrobe.shoes.kind == "shoe":
        parts += _shoes(wardrobe.shoes, pose, atlas, index, rng)
    parts += _hair(wardrobe, pose, surface, atlas, index, rng)
    if wardrobe.shoes.bag != "none":
        parts.append(_bag(wardrobe.shoes, pose, surface, atlas, index))
    return parts


def _part(
    name: str, solid: tuple[np.ndarray, np.ndarray, np.ndarray], material: Material | None, opening: float = 0.0
) -> Part:
    verts, faces, coordinates = solid
    features = np.zeros((len(verts), 7), dtype=np.float32)
    features[:, :2] = coordinates
    return Part(name, verts.astype(np.float32), faces, features, material, opening)


def _height(level: float, pose: Pose, surface: np.ndarray, atlas: Atlas) -> float:
    """World height of a reference height on the trunk, in the pose."""
    features = atlas.features
    near = (np.abs(features[:, Z] - level) < 0.02) & (features[:, W_ARM] < 0.05) & (np.abs(features[:, X]) < 0.3)
    return float(surface[near, 2].mean()) if near.any() else float(surface[:, 2].max())


def _hanging(hanging: Hanging, pose: Pose, surface: np.ndarray, atlas: Atlas, facing: float) -> Part:
    features = atlas.features
    high = _height(hanging.high, pose, surface, atlas)
    crotch = atlas.marks["crotch"] + 0.05
    if hanging.low > crotch:
        low = _height(hanging.low, pose, surface, atlas)
    else:  # measured down from the hips: cloth keeps its length when the legs move
        scale = float(np.ptp(pose.rest[:, 2]) / (atlas.marks["crown"] - atlas.marks["floor"]))
        low = _height(crotch, pose, surface, atlas) - scale * (crotch - hanging.low)
    low = max(low, float(surface[:, 2].min()) + 0.03)
    low = min(low, high - 0.08)
    body = (features[:, W_ARM] < 0.3) & (features[:, W_HEAD] < 0.3) & (features[:, Z] < hanging.high + 0.03)
    body[1::2] = False
    count = int(np.clip((hanging.high - hanging.low) / 0.022, 8, 34))  # whatever the pose
    levels = np.linspace(high, low, count)
    grid = hang(surface[body], levels, hanging.drape)
    verts, faces = close_tube(grid, 0.012, hanging.drape.recess)
    coordinates = np.zeros((len(verts), 2))
    p = around(grid.shape[1], levels, 0.16, facing)
    coordinates[: len(p)] = p
    coordinates[len(p) : -2] = np.tile(p[-grid.shape[1] :], (2, 1))
    coordinates[-2:] = [[0, high], [0, low]]
    coordinates[:, 1] += hanging.low - low  # heights of the reference, as on the body
    return _part(hanging.kind, (verts, faces, coordinates), hanging.material, hanging.opening)


def _shoes(shoes: Shoes, pose: Pose, atlas: Atlas, index: dict[str, int], rng: np.random.Generator) -> list[Part]:
    parts = []
    for side, foot in zip("LR", atlas.feet, strict=True):
        bone = index[f"foot.{side}"]
        rim = float(pose.heads[bone, 2]) + shoes.rim
        points = pose.rest[foot]
        solid = shoe(points, min(rim, float(points[:, 2].max()) - 0.002), shoes.sole, shoes.ease, rng)
        verts = solid[0] @ pose.transforms[bone, :3, :3].T + pose.transforms[bone, :3, 3]
        parts.append(_part("shoe", (verts, solid[1], solid[2]), shoes.material))
    return parts


def _hair(
    wardrobe: Wardrobe, pose: Pose, surface: np.ndarray, atlas: Atlas, index: dict[str, int], rng: np.random.Generator
) -> list[Part]:
    hair, features, m = wardrobe.hair, atlas.features, atlas.marks
    if hair.kind not in ("bob", "long", "tail", "bun"):
        return []
    head = pose.transforms[index["head"]].astype(np.float64)
    eyes = pose.rest[atlas.eye > 0].mean(0).astype(np.float64)
    material = Material(np.stack([hair.colour] * 3), "plain", 0.1, 0.0, 0.35, 14.0, 0.05, 0)

    def place(x: float, y: float, z: float) -> np.ndarray:
        """World position of a point given from the eyes at rest."""
        return head[:3, :3] @ (eyes + [x, y, z]) + head[:3, 3]

    if hair.kind == "bun":
        high = rng.uniform(-0.02, 0.13)
        radius = rng.uniform(0.03, 0.05)
        centre = place(0.0, 0.185 - 0.6 * max(high - 0.05, 0), high)
        return [_part("hair", ball(centre, np.array([radius, radius * 0.9, radius * rng.uniform(0.8, 1)])), material)]
    backward = head[:3, :3] @ [0, 1, 0]
    if hair.kind == "tail":
        start = place(0.0, 0.17, rng.uniform(-0.02, 0.08))
        u = np.linspace(0, 1, 12)
        length, out = rng.uniform(0.15, 0.4), rng.uniform(0.02, 0.05)
        path = start + np.outer(out * np.sin(np.minimum(u * 2.2, np.pi / 2)), backward * [1, 1, 0])
        path[:, 2] = start[2] + 0.012 - length * u
        radii = rng.uniform(0.02, 0.035) * np.sin(np.pi * np.clip(0.22 + 0.74 * u, 0, 1)) ** 0.6
        return [_part("hair", tube(path, radii), material)]
    scalp = (features[:, W_HEAD] > 0.5) & (features[:, Z] > m["mouth"] + 0.01)
    behind = (np.abs(features[:, X]) < 0.12) & (features[:, Y] > m["back"] - 0.02) & (features[:, W_ARM] < 0.2)
    chosen = scalp | (behind & (features[:, Z] > m["armpit"] - 0.25) & (features[:, W_HEAD] <= 0.5))
    top, low = place(0, 0.08, 0.07)[2], place(0, 0.08, -hair.length)[2]
    drape = Drape(
        rng.uniform(0.004, 0.014), rng.uniform(-0.01, 0.03), int(rng.integers(6, 14)), rng.uniform(0.004, 0.016),
        rng.uniform(0.1, 0.5), rng.uniform(0, 6.3), 0.0, 0.012, Waves(rng, 6, (0.02, 0.1), (1, 1, 0.3), 0.4),
        rng.uniform(0.002, 0.006),
    )  # fmt: skip
    back = float(np.arctan2(backward[1], backward[0]))
    solid = long_hair(surface[chosen], top, low, back, hair.window, rng.uniform(0.02, 0.04), drape)
    return [_part("hair", solid, material)]


def _bag(shoes: Shoes, pose: Pose, surface: np.ndarray, atlas: Atlas, index: dict[str, int]) -> Part:
    features, m = atlas.features, atlas.marks
    spine = pose.transforms[index["spine02"]].astype(np.float64)
    if shoes.bag == "back":
        near = (np.abs(features[:, X]) < 0.08) & (np.abs(features[:, Z] - m["armpit"] + 0.1) < 0.1)
        near &= (features[:, Y] > m["back"]) & (features[:, W_ARM] < 0.1)
        centre, size = pose.rest[near].mean(0) + [0, 0.06, -0.03], np.array([0.14, 0.08, 0.24])
    else:
        near = (features[:, X] > 0.08) & (np.abs(features[:, Z] - m["hip"]) < 0.04) & (features[:, ARM] < 0)
        centre, size = pose.rest[near].mean(0) + [0.07, 0.02, -0.05], np.array([0.06, 0.13, 0.13])
    rings = np.array([1.0, 0.97, 0.9, 0.6, 0.2, -0.3, -0.7, -0.9, -0.97, -1.0])
    path = np.stack([np.zeros(10), np.zeros(10), rings * size[2]], 1)
    radii = size[0] * (1 - np.abs(rings) ** 6 * 0.35)
    verts, faces, coordinates = tube(path, radii, size[1] / size[0], 24)
    world = (verts + centre) @ spine[:3, :3].T + spine[:3, 3]
    return _part("bag", (world, faces, coordinates), shoes.bag_material)
