"""Colours, patterns and shine of cloth, evaluated pixel by pixel."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

NEUTRALS = (
    (18, 18, 20), (35, 36, 40), (70, 72, 76), (120, 122, 126), (170, 170, 172), (215, 214, 210), (240, 240, 238),
    (28, 34, 58), (38, 50, 84), (58, 78, 118), (90, 110, 146), (196, 180, 148), (160, 138, 104), (98, 76, 54),
    (64, 48, 38), (74, 80, 54), (100, 104, 78), (120, 30, 38), (150, 40, 44), (44, 74, 60),
)  # fmt: skip
"""Everyday cloth colours, sRGB."""

PATTERNS = ("plain", "across", "along", "checks", "dots", "blotches", "denim", "logo", "blocks", "fade", "letters")


@dataclass(frozen=True)
class Material:
    """What a garment looks like.

    Parameters
    ----------
    colours : (3, 3) float
        sRGB in [0, 1].
    pattern : str
        One of :data:`PATTERNS`.
    period : float
        Of the pattern, m.
    fill : float
        Share of the second colour, in [0, 1].
    shine, gloss : float
        Strength and exponent of the highlight.
    grain : float
        Strength of the fine noise.
    seed : int
        Of the pattern's own randomness.
    """

    colours: np.ndarray
    pattern: str
    period: float
    fill: float
    shine: float
    gloss: float
    grain: float
    seed: int


def random_colour(rng: np.random.Generator) -> np.ndarray:
    """An sRGB colour (3,) as clothes have it: mostly neutral."""
    if rng.random() < 0.6:
        colour = np.array(NEUTRALS[rng.integers(len(NEUTRALS))]) / 255
        return np.clip(colour * rng.uniform(0.8, 1.2) + rng.normal(size=3) * 0.015, 0.01, 0.98)
    hue, saturation, value = rng.random(), rng.beta(2, 1.6), rng.uniform(0.25, 0.98)
    return np.array(colorsys.hsv_to_rgb(hue, saturation, value))


def random_material(rng: np.random.Generator, patterns: tuple[str, ...] = PATTERNS, plain: float = 0.45) -> Material:
    """A random cloth; ``plain`` is the chance that it has no pattern."""
    pattern = "plain" if rng.random() < plain else patterns[rng.integers(len(patterns))]
    colours = np.stack([random_colour(rng) for _ in range(3)])
    if pattern == "denim":
        shade = rng.uniform(0.3, 1.0)
        colours[0] = shade * np.array([0.32, 0.42, 0.6]) + (1 - shade) * np.array([0.08, 0.1, 0.16])
    return Material(
        colours, pattern, float(np.exp(rng.uniform(np.log(0.012), np.log(0.14)))), rng.uniform(0.15, 0.6),
        rng.uniform(0, 0.12) if rng.random() < 0.85 else rng.uniform(0.2, 0.6), rng.uniform(6, 40),
        rng.uniform(0.01, 0.06), int(rng.integers(2**31)),
    )  # fmt: skip


def albedo(material: Material, p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Colours (n, 3) in [0, 1] at cloth coordinates: ``p`` around, ``q`` along the body, m."""
    own = np.random.default_rng(material.seed)
    a, b, c = material.colours
    size, fill = material.period, material.fill
    share = np.zeros(len(p), dtype=np.float32)
    third = np.zeros(len(p), dtype=np.float32)
    match material.pattern:
        case "across":
            share = ((q / size) % 1 < fill).astype(np.float32)
            third = ((q / size + 0.5) % 1 < fill * 0.3).astype(np.float32) * (own.random() < 0.4)
        case "along":
            share = ((p / (0.6 * size)) % 1 < fill).astype(np.float32)
        case "checks":
            share = 0.5 * ((q / size) % 1 < fill) + 0.5 * ((p / size) % 1 < fill)
            third = 0.7 * (((q / size + 0.4) % 1 < 0.06) | ((p / size + 0.4) % 1 < 0.06))
        case "dots":
            shift = 0.5 * (np.floor(q / size) % 2)
            u, v = (p / size + shift) % 1 - 0.5, (q / size) % 1 - 0.5
            share = (u * u + v * v < 0.12 * (0.4 + fill)).astype(np.float32)
        case "blotches":
            value = _plane_waves(own, p, q, 8, 1.5 * size)
            share = (value > 0.3 - fill).astype(np.float32)
            third = (_plane_waves(own, p, q, 8, size) > 0.5).astype(np.float32)
        case "denim":
            share = np.clip(0.25 * _plane_waves(own, p, q, 6, 0.15), 0, 0.5)
            b = np.minimum(a * 1.9 + 0.08, 1)
        case "logo" | "letters":
            u, v = p - own.normal() * 0.03, q - _mean_high(q)
            if material.pattern == "logo":
                wide = own.uniform(0.05, 0.14)
                share = ((u / wide) ** 2 + (v / (wide * own.uniform(0.5, 1.1))) ** 2 < 1).astype(np.float32)
                third = share * (_plane_waves(own, p, q, 5, 0.05) > 0.2)
            else:
                rows, columns = np.floor(v / 0.022), np.floor(u / 0.011)
                ink = np.sin(rows * 12.9898 + columns * 78.233 + own.random()) * 43758.5453 % 1 > 0.45
                share = (ink & (np.abs(v) < 0.05) & (np.abs(u) < own.uniform(0.06, 0.14))).astype(np.float32)
        case "blocks":
            share = (q < _mean_high(q) - own.uniform(-0.05, 0.2)).astype(np.float32)
            third = (np.abs(p) > own.uniform(0.1, 0.3)).astype(np.float32) * (own.random() < 0.5)
        case "fade":
            share = np.clip((q - q.min()) / max(float(np.ptp(q)), 1e-3), 0, 1) if len(q) else share
    share, third = share[:, None], third[:, None]
    colour = (a * (1 - share) + b * share) * (1 - third) + c * third
    grain = own.normal(size=len(p)).astype(np.float32) * material.grain
    return np.clip(colour * (1 + grain[:, None]), 0.004, 1).astype(np.float32)


def _mean_high(q: np.ndarray) -> float:
    return float(np.quantile(q, 0.7)) if len(q) else 0.0


def _plane_waves(rng: np.random.Generator, p: np.ndarray, q: np.ndarray, count: int, length: float) -> np.ndarray:
    angle, phase = rng.uniform(0, 2 * np.pi, (2, count))
    k = 2 * np.pi / (length * rng.uniform(0.6, 1.6, count))
    arguments = np.outer(p, k * np.cos(angle)) + np.outer(q, k * np.sin(angle)) + phase
    return (np.sin(arguments).sum(1) / np.sqrt(count / 2) / 1.4).astype(np.float32)
