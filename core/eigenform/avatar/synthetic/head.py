"""Hair styles and beards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eigenform.avatar.synthetic.atlas import W_HEAD, Atlas, X, Y, Z
from eigenform.avatar.synthetic.noise import Waves

HAIR_COLOURS = (
    (20, 18, 18), (32, 24, 20), (48, 34, 26), (70, 48, 34), (96, 66, 42), (126, 90, 56), (164, 124, 76),
    (206, 170, 112), (226, 200, 150), (120, 52, 28), (150, 72, 34), (128, 126, 124), (186, 184, 182), (224, 222, 220),
)  # fmt: skip


@dataclass(frozen=True)
class Hair:
    """A hair style.

    Parameters
    ----------
    kind : str
        ``bald``, ``short``, ``cap`` (a hat), ``bob``, ``long``, ``tail`` or ``bun``.
    colour : (3,) float
        sRGB in [0, 1].
    height : float
        Thickness of the cap of hair, m.
    fringe : float
        Height of the hairline over the eyes, m.
    nape : float
        Height of the hairline at the back, from the eyes, m.
    length : float
        How far long hair falls below the eyes, m.
    window : float
        Half the angle that long hair covers, rad.
    waves : Waves
    wave : float
        Height of the waves, m.
    beard : float
        Thickness of the beard, m; 0 for none.
    """

    kind: str
    colour: np.ndarray
    height: float
    fringe: float
    nape: float
    length: float
    window: float
    waves: Waves
    wave: float
    beard: float


def random_hair(rng: np.random.Generator, feminine: float, age: float) -> Hair:
    """A hair style that depends loosely on the sliders."""
    long = rng.random() < (0.75 if feminine > 0.5 else 0.08)
    if long:
        kind = str(rng.choice(["bob", "long", "tail", "bun", "short"], p=[0.2, 0.42, 0.18, 0.1, 0.1]))
    else:
        kind = str(rng.choice(["bald", "short", "cap"], p=[0.12, 0.78, 0.1]))
    colour = np.array(HAIR_COLOURS[min(int(rng.beta(1, 1.6) * 11), 10)]) / 255
    if age > 0.75 and rng.random() < 0.6:
        colour = np.array(HAIR_COLOURS[11 + rng.integers(3)]) / 255
    elif rng.random() < 0.03:
        colour = rng.random(3)
    colour = np.clip(colour * rng.uniform(0.75, 1.2) + rng.normal(size=3) * 0.01, 0.01, 0.95)
    height = {"bald": 0.0, "cap": rng.uniform(0.012, 0.022)}.get(kind, rng.uniform(0.005, 0.032))
    beard = rng.uniform(0.002, 0.02) if feminine < 0.5 and rng.random() < 0.3 else 0.0
    return Hair(
        kind, colour, height, rng.uniform(0.035, 0.07), rng.uniform(-0.11, -0.05),
        rng.uniform(0.1, 0.2) if kind == "bob" else rng.uniform(0.22, 0.5), rng.uniform(1.5, 2.2),
        Waves(rng, 8, (0.02, 0.12), (1, 1, 0.5), sharp=0.4), rng.uniform(0.001, 0.006), beard,
    )  # fmt: skip


def hair_coverage(hair: Hair, features: np.ndarray, atlas: Atlas) -> np.ndarray:
    """Signed distance (n,), about metres, into the hair (or hat) on the head."""
    eye_z, eye_y = atlas.marks["eye"], float(atlas.eye_centres[0, 1])
    x, y, z = features[:, X], features[:, Y], features[:, Z]
    s = np.clip((y - eye_y - 0.015) / 0.15, 0, 1)
    s = s * s * (3 - 2 * s)
    temple = np.clip((np.abs(x) - 0.045) / 0.03, 0, 1) * 0.03
    line = (1 - s) * (eye_z + hair.fringe - temple) + s * (eye_z + hair.nape)
    if hair.kind == "cap":
        line = np.full(len(z), eye_z + 0.045, dtype=np.float32) - 0.25 * (y - eye_y - 0.1)
    cover = np.where(features[:, W_HEAD] > 0.3, z - line, -0.1)
    return cover if hair.kind != "bald" else np.full(len(z), -0.1, dtype=np.float32)


def beard_coverage(hair: Hair, features: np.ndarray, atlas: Atlas) -> np.ndarray:
    """Signed distance (n,), about metres, into the beard."""
    if hair.beard <= 0:
        return np.full(len(features), -0.1, dtype=np.float32)
    mouth, eye_y = atlas.marks["mouth"], float(atlas.eye_centres[0, 1])
    x, y, z = np.abs(features[:, X]), features[:, Y], features[:, Z]
    upper = mouth + 0.013 + 0.5 * np.maximum(x - 0.025, 0) - z
    lips = np.hypot(x / 1.6, (z - mouth) * 1.6) - 0.013
    inside = np.minimum(np.minimum(upper, lips), eye_y + 0.075 - y)
    inside = np.minimum(inside, z - (mouth - 0.075))
    return np.where(features[:, W_HEAD] > 0.3, inside, -0.1)


def raise_hair(hair: Hair, moved: np.ndarray, rest: np.ndarray, normals: np.ndarray, atlas: Atlas) -> np.ndarray:
    """Lift (V, 3) vertices at rest under hair and beard; others stay."""
    features = atlas.features
    cover = np.maximum(hair_coverage(hair, features, atlas), -0.05)
    blend = np.clip(cover / 0.02, 0, 1)
    blend = blend * (2 - blend)
    crown = np.clip((features[:, Z] - atlas.marks["eye"]) / 0.12, 0, 1)
    height = blend * (hair.height * (0.55 + 0.6 * crown) + hair.wave * (hair.waves(features[:, :3]) + 1))
    ears = np.exp(-np.maximum(np.abs(features[:, X]) - 0.065, 0) / 0.006)  # flatten what sticks out
    beard = np.clip(beard_coverage(hair, features, atlas) / 0.012, 0, 1) * hair.beard
    height = np.maximum(height * (0.3 + 0.7 * ears), beard * (1 + 0.2 * hair.waves(features[:, :3])))
    height[atlas.eye > 0] = 0
    return moved + height[:, None] * normals
