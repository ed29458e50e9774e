"""Clothes cut on the body: where they cover it, and how far they stand off it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from eigenform.avatar.synthetic.atlas import ARM, W_ARM, W_HEAD, Atlas, X, Y, Z
from eigenform.avatar.synthetic.materials import Material
from eigenform.avatar.synthetic.noise import Waves

LEAST = 0.003
"""Cloth is at least this far off the skin, m."""


@dataclass(frozen=True)
class Garment:
    """A garment that follows the body.

    Parameters
    ----------
    kind : str
        ``top``, ``bottom``, ``jacket``, ``socks``, ``hair`` ...: only a name.
    low, high : float
        Reference heights of its lower and upper edge, m.
    sleeve : float
        Arm length it covers, m; negative: none.
    neckline : (depth, half width)
        A V or round cut at the front, m.
    opening : float
        Half the width of an open front, m; 0 is closed.
    ease, flare : float
        Distance to the skin, and what is added toward hems, m.
    wrinkle : float
        Height of the wrinkles, m.
    level : float
        How far the body is evened out under it: 0 clings, 1 bridges hollows.
    material : Material
    """

    kind: str
    low: float
    high: float
    sleeve: float
    ease: float
    material: Material
    neckline: tuple[float, float] = (0.0, 0.1)
    opening: float = 0.0
    flare: float = 0.0
    wrinkle: float = 0.0
    level: float = 1.0
    collar: float = 0.0


@dataclass(frozen=True)
class Relief:
    """The wrinkles of one person: random functions of the place on the body."""

    along: Waves
    across: Waves
    drape: Waves
    bends: dict[str, float] = field(default_factory=dict)


def coverage(garment: Garment, features: np.ndarray, atlas: Atlas) -> np.ndarray:
    """Signed distance (n,), about metres, into the garment: positive where it covers."""
    x, y, z = features[:, X], features[:, Y], features[:, Z]
    front = np.clip((atlas.marks["back"] - 0.06 - y) / 0.08, 0, 1)
    cut = garment.neckline[0] * np.clip(1 - np.abs(x) / garment.neckline[1], 0, 1) ** 0.7
    upper = garment.high - (0.035 + cut) * front - z if garment.sleeve > -1 else garment.high - z
    inside = np.minimum(upper, z - garment.low)
    if garment.opening > 0:
        open_front = np.where(front > 0.5, np.abs(x) - garment.opening * (0.6 + (garment.high - z)), 1.0)
        inside = np.minimum(inside, open_front)
    if garment.sleeve > -1:
        arm = np.minimum(garment.sleeve - features[:, ARM], 0.3)
    else:
        arm = np.full(len(features), -0.1, dtype=np.float32)
    inside = np.where(features[:, W_ARM] > 0.5, arm, inside)
    return np.where(features[:, W_HEAD] > 0.6, np.minimum(inside, garment.high + 0.01 - z), inside)


def relief(wrinkles: Relief, features: np.ndarray, atlas: Atlas) -> np.ndarray:
    """Height (V,) of the wrinkles in units of ``Garment.wrinkle``: strongest about bent joints and above hems."""
    marks = atlas.marks
    points = features[:, :3]
    z, arm = features[:, Z], np.where(features[:, W_ARM] > 0.3, features[:, ARM], -1)

    def about(value: np.ndarray, centre: float, width: float) -> np.ndarray:
        return np.exp(-(((value - centre) / width) ** 2))

    bend = wrinkles.bends
    joints = (
        bend.get("elbow", 0.5) * about(arm, marks["elbow"], 0.09)
        + 0.5 * about(arm, marks["wrist"] - 0.05, 0.07)
        + 0.5 * about(arm, 0.0, 0.08)
        + bend.get("knee", 0.5) * about(z, marks["knee"], 0.10)
        + 0.7 * about(z, marks["ankle"] + 0.05, 0.07)
        + bend.get("hip", 0.5) * about(z, marks["crotch"] + 0.02, 0.09)
        + 0.4 * about(z, marks["waist"], 0.10)
        + 0.4 * atlas.mixing
    )
    return (
        (0.25 + joints) * wrinkles.along(points) * 0.8 + 0.45 * wrinkles.across(points) + 0.5 * wrinkles.drape(points)
    )


def dress(
    rest: np.ndarray, garments: tuple[Garment, ...], wrinkles: Relief, atlas: Atlas, normals: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Move the skin to the outermost cloth, at rest.

    Parameters
    ----------
    rest : (V, 3)
        Body at rest, m.
    garments : tuple
        From the inside out.
    normals : (V, 3)
        Unit, of the smoothed body.

    Returns
    -------
    moved : (V, 3)
        Vertices of skin or outermost cloth.
    outermost : (V,) int64
        Index of the garment of each vertex, -1 on bare skin.
    """
    features = atlas.features
    height = np.zeros(len(rest))
    even = np.zeros(len(rest))
    outermost = np.full(len(rest), -1, dtype=np.int64)
    ripple = relief(wrinkles, features, atlas)
    for k, garment in enumerate(garments):
        cover = coverage(garment, features, atlas)
        blend = np.clip(cover / 0.006 + 0.5, 0, 1)
        hem = np.exp(-np.maximum(cover, 0) / 0.10)
        offset = garment.ease + garment.flare * hem + garment.wrinkle * ripple
        offset = np.maximum(offset, LEAST) + np.where(height > 0, 0.5 * height, 0)
        height = (1 - blend) * height + blend * np.maximum(offset, height + LEAST)
        even = (1 - blend) * even + blend * np.maximum(even, garment.level)
        outermost[cover > 0] = k
    smooth = atlas.smooth(rest.astype(np.float32), 24)
    lost = atlas.smooth(np.einsum("ij,ij->i", rest - smooth, normals), 12)
    bridged = smooth + lost[:, None] * normals
    base = rest + even[:, None] * (bridged - rest)
    moved = base + height[:, None] * normals
    clearance = np.einsum("ij,ij->i", moved - rest, normals)
    short = np.maximum(np.minimum(height, LEAST + 0.3 * height) - clearance, 0) * (height > 0)
    return moved + short[:, None] * normals, outermost
