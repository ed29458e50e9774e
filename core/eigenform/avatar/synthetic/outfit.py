"""Random outfits: which garments a person wears, and what hangs, per stratum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eigenform.avatar.synthetic.atlas import Atlas
from eigenform.avatar.synthetic.drape import Drape
from eigenform.avatar.synthetic.garments import Garment
from eigenform.avatar.synthetic.materials import Material, random_material
from eigenform.avatar.synthetic.noise import Waves


@dataclass(frozen=True)
class Hanging:
    """A garment or part of one that hangs from the trunk.

    Parameters
    ----------
    kind : str
        ``skirt``, ``shirt`` or ``coat``.
    high : float
        Reference height of its hold, m.
    low : float
        Reference height of its hem, m.
    drape : Drape
    material : Material
    opening : float
        Half the width of the open front, rad; only painted (a dark line, or the cloth below).
    """

    kind: str
    high: float
    low: float
    drape: Drape
    material: Material
    opening: float = 0.0


@dataclass(frozen=True)
class Outfit:
    """All that a person wears but shoes and hair: garments from the inside out, and what hangs."""

    garments: tuple[Garment, ...]
    hangings: tuple[Hanging, ...]
    feminine: float


def random_outfit(rng: np.random.Generator, stratum: str, atlas: Atlas, feminine: float) -> Outfit:
    """Draw an outfit; ``hard`` people wear anything."""
    kind = stratum
    if stratum == "hard":
        kind = ("tight", "trousers", "loose")[int(rng.choice(3, p=[0.35, 0.4, 0.25]))]
    make = {"tight": _tight, "trousers": _trousers, "loose": _loose}[kind]
    garments, hangings = make(rng, atlas, feminine)
    return Outfit(tuple(garments), tuple(hangings), feminine)


def _legs(rng: np.random.Generator, atlas: Atlas, tight: bool) -> Garment:
    m = atlas.marks
    waist = m["hip"] + rng.uniform(0.03, m["waist"] - m["hip"] + 0.02)
    short = rng.random()
    if short < 0.22:
        low = m["knee"] + rng.uniform(0.0, 0.28)
    elif short < 0.32:
        low = m["ankle"] + rng.uniform(0.08, 0.25)
    else:
        low = m["ankle"] + rng.uniform(-0.05, 0.02)
    patterns = ("denim", "denim", "denim", "along", "checks", "blotches", "blocks")
    material = random_material(rng, patterns, 0.6)
    if tight:
        ease, wrinkle, level = rng.uniform(0.003, 0.006), rng.uniform(0.0005, 0.002), rng.uniform(0.1, 0.6)
        return Garment("bottom", low, waist, -2, ease, material, wrinkle=wrinkle, level=level)
    ease = rng.uniform(0.008, 0.028)
    flare, wrinkle = rng.uniform(0, 0.035), rng.uniform(0.003, 0.012)
    return Garment("bottom", low, waist, -2, ease, material, flare=flare, wrinkle=wrinkle)


def _sleeve(rng: np.random.Generator, atlas: Atlas) -> float:
    m, kind = atlas.marks, rng.random()
    if kind < 0.15:
        return rng.uniform(-0.02, 0.03)
    if kind < 0.55:
        return m["elbow"] * rng.uniform(0.45, 0.95)
    if kind < 0.65:
        return rng.uniform(m["elbow"], m["wrist"] - 0.06)
    return m["wrist"] + rng.uniform(-0.03, 0.02)


def _neckline(rng: np.random.Generator) -> tuple[float, float]:
    return (rng.uniform(0.0, 0.03), 0.1) if rng.random() < 0.6 else (rng.uniform(0.04, 0.16), rng.uniform(0.05, 0.12))


def _waves(rng: np.random.Generator) -> Waves:
    return Waves(rng, 8, (0.06, 0.3), (1, 1, 0.35), sharp=rng.uniform(0.2, 0.7))


def _tight(rng: np.random.Generator, atlas: Atlas, feminine: float) -> tuple[list[Garment], list[Hanging]]:
    m = atlas.marks
    legs = _legs(rng, atlas, tight=True)
    low = legs.high - rng.uniform(0.0, 0.12) if rng.random() < 0.85 else m["waist"] + rng.uniform(0.02, 0.1)
    top = Garment(
        "top", low, m["neck"] + rng.uniform(-0.03, 0.02), _sleeve(rng, atlas), rng.uniform(0.003, 0.008),
        random_material(rng), _neckline(rng), wrinkle=rng.uniform(0.0005, 0.003), level=rng.uniform(0.2, 0.9),
    )  # fmt: skip
    garments = [legs, top]
    if rng.random() < 0.2:  # one piece
        garments[1] = Garment(**{**vars(top), "material": legs.material})
    return garments, []


def _top(rng: np.random.Generator, atlas: Atlas, low: float, loose: float = 1.0) -> Garment:
    m = atlas.marks
    ease = loose * rng.uniform(0.007, 0.02)
    return Garment(
        "top", low, m["neck"] + rng.uniform(-0.025, 0.025), _sleeve(rng, atlas), ease, random_material(rng),
        _neckline(rng), flare=loose * rng.uniform(0.0, 0.025), wrinkle=rng.uniform(0.002, 0.010) * min(loose, 1.4),
    )  # fmt: skip


def _over(top: Garment, rng: np.random.Generator, low: float, high: float, loose: float = 1.0) -> Hanging:
    drape = Drape(
        ease=top.ease + 0.004 + loose * rng.uniform(0.0, 0.012), flare=loose * rng.uniform(0, 0.03),
        folds=int(rng.integers(4, 9)), depth=loose * rng.uniform(0.002, 0.02), slack=rng.uniform(0.1, 0.9),
        phase=rng.uniform(0, 6.3), recess=rng.uniform(0.01, 0.03), top=0.02, waves=_waves(rng),
        wrinkle=rng.uniform(0.002, 0.007), rise=0.12,
    )  # fmt: skip
    return Hanging("shirt", high, low, drape, top.material)


def _trousers(rng: np.random.Generator, atlas: Atlas, feminine: float) -> tuple[list[Garment], list[Hanging]]:
    m = atlas.marks
    legs = _legs(rng, atlas, tight=rng.random() < 0.2)
    tucked = rng.random() < 0.35
    low = legs.high - (0.02 if tucked else rng.uniform(0.03, 0.12))
    top = _top(rng, atlas, low)
    garments, hangings = [legs, top], []
    if tucked:
        garments = [top, legs]
    elif rng.random() < 0.7:
        hangings.append(_over(top, rng, low, m["armpit"] - rng.uniform(0.02, 0.06)))
    if rng.random() < 0.3:
        jacket = _jacket(rng, atlas, low - rng.uniform(0.0, 0.05))
        garments.append(jacket)
        hangings = []
    return garments, hangings


def _jacket(rng: np.random.Generator, atlas: Atlas, low: float, loose: float = 1.0) -> Garment:
    m = atlas.marks
    return Garment(
        "jacket", low, m["neck"] + rng.uniform(-0.01, 0.03), m["wrist"] + rng.uniform(-0.05, 0.03),
        loose * rng.uniform(0.014, 0.026), random_material(rng, ("checks", "along", "blotches", "denim"), 0.7),
        (rng.uniform(0.0, 0.2), 0.09), opening=rng.uniform(0.01, 0.09) if rng.random() < 0.75 else 0.0,
        flare=rng.uniform(0, 0.025), wrinkle=rng.uniform(0.003, 0.011),
    )  # fmt: skip


def _loose(rng: np.random.Generator, atlas: Atlas, feminine: float) -> tuple[list[Garment], list[Hanging]]:
    m, kind = atlas.marks, rng.random()
    if kind < 0.62:  # skirt or dress
        return _skirted(rng, atlas)
    if kind < 0.82:  # coat
        legs = _legs(rng, atlas, tight=rng.random() < 0.5)
        top = _top(rng, atlas, legs.high - 0.03)
        coat = _jacket(rng, atlas, m["hip"] - 0.02, 1.3)
        hem = rng.uniform(m["knee"] - 0.2, m["crotch"] + 0.02)
        drape = Drape(
            ease=coat.ease + rng.uniform(0.0, 0.015), flare=rng.uniform(0.01, 0.07), folds=int(rng.integers(3, 8)),
            depth=rng.uniform(0.004, 0.03), slack=rng.uniform(0.0, 0.3), phase=rng.uniform(0, 6.3),
            recess=rng.uniform(0.02, 0.05), top=0.02, waves=_waves(rng), wrinkle=rng.uniform(0.002, 0.007), rise=0.12,
        )  # fmt: skip
        hold = m["armpit"] - 0.05 if rng.random() < 0.6 else m["waist"]
        return [legs, top, coat], [Hanging("coat", hold, hem, drape, coat.material, rng.uniform(0.0, 0.35))]
    legs = _legs(rng, atlas, tight=False)  # wide trousers, wide shirt
    wide = {**vars(legs), "ease": rng.uniform(0.02, 0.04), "flare": rng.uniform(0.02, 0.06), "wrinkle": 0.008}
    low = legs.high - rng.uniform(0.08, 0.3)
    top = _top(rng, atlas, low, 2.0)
    return [Garment(**wide), top], [_over(top, rng, low, m["armpit"] - 0.04, 2.0)]


def _skirted(rng: np.random.Generator, atlas: Atlas) -> tuple[list[Garment], list[Hanging]]:
    m = atlas.marks
    length = rng.random()
    if length < 0.3:
        hem = m["knee"] + rng.uniform(0.05, 0.28)
    elif length < 0.75:
        hem = m["knee"] + rng.uniform(-0.25, 0.05)
    else:
        hem = m["ankle"] + rng.uniform(-0.03, 0.15)
    waist = rng.uniform(m["hip"] + 0.06, m["waist"] + 0.03)
    top = _top(rng, atlas, waist - 0.06, rng.choice([0.5, 1.0, 1.5]))
    dress = rng.random() < 0.5
    material = top.material if dress else random_material(rng)
    slim = rng.random() < 0.3
    drape = Drape(
        ease=rng.uniform(0.008, 0.02), flare=rng.uniform(0.0, 0.02) if slim else rng.uniform(0.02, 0.12) + 0.04,
        folds=int(rng.integers(5, 12)), depth=rng.uniform(0.0, 0.012) if slim else rng.uniform(0.02, 0.09),
        slack=rng.uniform(0.2, 0.6) if slim else rng.uniform(0.0, 0.12), phase=rng.uniform(0, 6.3),
        recess=rng.uniform(0.02, 0.06), top=0.008, waves=_waves(rng), wrinkle=rng.uniform(0.001, 0.005), rise=0.04,
    )  # fmt: skip
    high = waist
    if dress and rng.random() < 0.4:
        high = m["armpit"] - rng.uniform(0.03, 0.08)
    garments = [top]
    if rng.random() < 0.35:  # tights
        ease = rng.uniform(0.003, 0.004)
        tights = Garment("bottom", m["ankle"] - 0.1, waist, -2, ease, random_material(rng, plain=0.9), level=0.1)
        garments.insert(0, tights)
    if rng.random() < 0.2:
        garments.append(_jacket(rng, atlas, waist - rng.uniform(0.0, 0.06)))
    return garments, [Hanging("skirt", high, hem, drape, material)]
