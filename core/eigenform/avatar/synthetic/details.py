"""Small things on clothes: plackets, buttons, pockets, seams, painted as darker or lighter lines."""

from __future__ import annotations

import numpy as np

from eigenform.avatar.synthetic.materials import Material

LINE = 0.0035
"""Half the width of a seam, m."""


def add_details(
    colours: np.ndarray, kind: str, p: np.ndarray, q: np.ndarray, front: np.ndarray, material: Material, waist: float
) -> np.ndarray:
    """Draw the details of a garment over its colours (n, 3).

    Parameters
    ----------
    kind : str
        Of the garment.
    p, q : (n,)
        Cloth coordinates around (0 at the middle of the front) and along, m.
    front : (n,) bool
        Whether a point is on the trunk or legs, not the arms, and on the front.
    material : Material
        Its seed decides which details there are.
    waist : float
        Height of the upper edge of trousers, or of the waist, in units of ``q``, m.
    """
    rng = np.random.default_rng([material.seed, 3])
    seam, trim = rng.uniform(0.45, 0.8), material.colours[rng.integers(3)]
    has_row, has_pockets, light = rng.random(3)
    share = np.zeros(len(p), dtype=np.float32)
    if kind in ("top", "jacket", "shirt", "coat") and has_row < 0.4:
        share = np.maximum(share, front * (np.abs(p - 0.012) < LINE * 0.6))
        step = rng.uniform(0.07, 0.11)
        off = np.abs((q / step) % 1 - 0.5) * step
        button = front & (np.hypot(p, off) < 0.006)
        colours[button] = 0.2 * colours[button] + 0.8 * (trim if light < 0.5 else 0.9)
    if kind in ("top", "jacket", "coat") and has_pockets < 0.35:  # a breast pocket, or two
        for side in (-1, 1) if light < 0.5 else (1,):
            share = np.maximum(share, front * _frame(p - side * 0.075, q - waist - 0.17, 0.04, 0.045))
    if kind in ("jacket", "coat", "shirt") and has_pockets > 0.5:
        for side in (-1, 1):
            share = np.maximum(share, front * _frame(p - side * 0.09, q - waist + 0.08, 0.055, 0.05))
    if kind == "bottom":
        if has_pockets < 0.7:  # slanted pockets, a fly
            for side in (-1, 1):
                slant = np.abs((side * p - 0.055) - 0.4 * (waist - 0.03 - q))
                share = np.maximum(share, (slant < LINE) & (q > waist - 0.17) & (q < waist - 0.03))
            share = np.maximum(share, front * ((np.abs(p) < LINE) & (q > waist - 0.16)))
        if light < 0.25:  # a stripe down the side
            stripe = np.abs(np.abs(p) - 0.115) < 0.011
            colours[stripe] = 0.15 * colours[stripe] + 0.85 * trim
    return colours * (1 - (1 - seam) * share)[:, None]


def strands(around: np.ndarray, along: np.ndarray, seed: int) -> np.ndarray:
    """Brightness (n,) about 0 of hair: strands of random width that follow ``along`` (m) at arcs ``around`` (m)."""
    rng = np.random.default_rng([seed, 4])
    table = rng.normal(size=257)
    wave, phase = rng.uniform(15, 45), rng.uniform(0, 6.3)
    value = np.zeros(len(around), dtype=np.float32)
    for scale, strength in ((260.0, 0.6), (90.0, 0.8)):
        place = (around + 0.006 * np.sin(along * wave + phase)) * scale + 7 * np.sin(along * 9 + scale)
        low = np.floor(place).astype(np.int64)
        share = place - low
        value += strength * ((1 - share) * table[low % 257] + share * table[(low + 1) % 257])
    return value


def _frame(p: np.ndarray, q: np.ndarray, wide: float, high: float) -> np.ndarray:
    inside = (np.abs(p) < wide) & (np.abs(q) < high)
    core = (np.abs(p) < wide - 1.6 * LINE) & (np.abs(q) < high - 1.6 * LINE)
    return inside & ~core
