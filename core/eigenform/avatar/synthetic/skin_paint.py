"""Skin and faces, painted pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eigenform.avatar.synthetic.atlas import W_HEAD, Atlas, X, Y, Z
from eigenform.avatar.synthetic.head import Hair
from eigenform.avatar.synthetic.noise import Waves

SKIN_TONES = (
    (238, 214, 198), (231, 201, 180), (224, 188, 163), (216, 174, 145), (204, 160, 128), (186, 138, 104),
    (160, 114, 82), (130, 88, 62), (102, 68, 48), (76, 50, 38), (54, 36, 29),
)  # fmt: skip
"""From light to dark, sRGB."""

EYE_COLOURS = ((70, 44, 26), (96, 64, 34), (50, 34, 24), (86, 110, 140), (92, 120, 86), (110, 116, 120))


@dataclass(frozen=True)
class Skin:
    """Colours of skin and face, sRGB in [0, 1]; ``make_up`` in [0, 1]; ``waves`` vary the skin."""

    tone: np.ndarray
    lips: np.ndarray
    iris: np.ndarray
    brows: np.ndarray
    brow_width: float
    make_up: float
    glasses: float
    waves: Waves


def random_skin(rng: np.random.Generator, hair: Hair, feminine: float) -> Skin:
    """Skin over the full human range."""
    place = rng.uniform(0, len(SKIN_TONES) - 1.001)
    k, share = int(place), place % 1
    table = np.array(SKIN_TONES) / 255
    tone = ((1 - share) * table[k] + share * table[k + 1]) * rng.uniform(0.93, 1.06) + rng.normal(size=3) * 0.012
    tone = np.clip(tone, 0.02, 0.98)
    make_up = rng.uniform(0.2, 1.0) if feminine > 0.5 and rng.random() < 0.5 else 0.0
    lips = tone * [0.86, 0.62, 0.62] * (1 - 0.6 * make_up) + 0.6 * make_up * np.array([0.7, 0.12, 0.18])
    iris = np.array(EYE_COLOURS[rng.integers(3 if place > 4 else len(EYE_COLOURS))]) / 255
    brows = 0.6 * hair.colour + 0.1 * tone if hair.colour.mean() < 0.7 else 0.7 * tone
    return Skin(
        tone, lips, iris, brows, rng.uniform(0.0025, 0.006), make_up, float(rng.random() < 0.12),
        Waves(rng, 8, (0.02, 0.25)),
    )  # fmt: skip


def skin_colours(skin: Skin, features: np.ndarray, eye: np.ndarray, atlas: Atlas) -> np.ndarray:
    """Colours (n, 3) of bare skin at places (n, 7); ``eye`` (n,) marks the eye balls."""
    colours = skin.tone * (1 + 0.035 * skin.waves(features[:, :3])[:, None])
    face = np.flatnonzero((features[:, W_HEAD] > 0.4) & (features[:, Y] < atlas.eye_centres[0, 1] + 0.1))
    if len(face):
        colours[face] = _face(skin, colours[face], features[face], eye[face], atlas)
    return np.clip(colours, 0.005, 1).astype(np.float32)


def _face(skin: Skin, colours: np.ndarray, features: np.ndarray, eye: np.ndarray, atlas: Atlas) -> np.ndarray:
    side = np.abs(features[:, X])
    up = features[:, Z] - atlas.marks["eye"]
    across = side - atlas.eye_centres[0, 0]
    mouth = features[:, Z] - atlas.marks["mouth"]

    def blend(mask: np.ndarray, colour: np.ndarray) -> None:
        share = np.clip(mask, 0, 1)[:, None]
        colours[:] = colours * (1 - share) + share * colour

    front = features[:, Y] < atlas.eye_centres[0, 1] + 0.045
    blend(0.25 * np.exp(-((side - 0.045) ** 2 + (up + 0.04) ** 2) / 0.0006), skin.tone * [1.05, 0.78, 0.75])
    blend(0.45 * front * np.exp(-((across / 0.02) ** 2) - ((up - 0.002) / 0.011) ** 2), skin.tone * 0.6)
    blend(front * 1.6 * np.exp(-((side / 0.024) ** 4) - (mouth / 0.0085) ** 4), skin.lips)
    blend(front * 0.9 * np.exp(-((side / 0.022) ** 4) - (mouth / 0.0016) ** 2), skin.lips * 0.35)
    blend(0.7 * front * np.exp(-(((side - 0.008) / 0.004) ** 2) - ((mouth - 0.026) / 0.004) ** 2), skin.tone * 0.35)
    arch = up - 0.0215 + 6 * (across - 0.004) ** 2
    blend(front * 1.3 * np.exp(-((across / 0.017) ** 4) - (arch / skin.brow_width) ** 2), skin.brows)
    if skin.make_up:
        blend(
            0.5 * skin.make_up * front * np.exp(-((across / 0.018) ** 4) - ((up - 0.008) / 0.006) ** 2), skin.lips * 0.5
        )
    ball = eye > 0
    off = np.hypot(across, up)
    blend(front * ~ball * 1.2 * np.exp(-(((np.hypot(across / 1.35, up) - 0.0105) / 0.0025) ** 2)), skin.tone * 0.22)
    blend(ball.astype(float), np.array([0.78, 0.76, 0.74]))
    blend(ball * 2.0 * (off < 0.0063), skin.iris)
    blend(ball * 2.0 * (off < 0.0028), np.array([0.02, 0.02, 0.02]))
    blend(ball * np.clip((up - 0.0015) / 0.006, 0, 0.75), skin.tone * 0.25)  # shade of the lid
    if skin.glasses:
        ring = np.hypot(across / 1.25, up + 0.003) - 0.021
        bridge = (side < 0.012) & (np.abs(up - 0.004) < 0.0022)
        blend(front * ((np.abs(ring) < 0.0028) | bridge), np.array([0.05, 0.05, 0.06]))
    return colours
