"""Colour maps: a few anchor colours, joined by smooth curves in OKLab, so that equal steps look equal.

The anchors are our own. Diverging maps have equal lightness at both ends and differ in hue pairs that the common
kinds of colour blindness keep apart (blue/red-orange, purple/orange, teal/brown); none pairs red with green alone.
OKLab: B. Ottosson, "A perceptual color space for image processing", 2020.
"""

from __future__ import annotations

from functools import cache

import numpy as np

_ANCHORS: dict[str, tuple[str, ...]] = {
    "blue-red": ("#0b3c74", "#2f7ab8", "#93c2de", "#f3f1ee", "#f0b192", "#cf5546", "#82132c"),
    "purple-orange": ("#3b1f6b", "#7562a8", "#bcb3d6", "#f4f2ee", "#f4c384", "#d4832a", "#7d4006"),
    "teal-brown": ("#064b46", "#2b8a80", "#93cdc3", "#f3f1ea", "#dcc287", "#aa7430", "#5c3508"),
    "green-violet": ("#0f4d2b", "#4b9a5f", "#aed6a8", "#f4f2f1", "#cdb0d6", "#8d5fa3", "#452057"),
    "ice-fire": ("#a9dcf5", "#4a9fd0", "#1f5478", "#15181d", "#7a2f1d", "#d1653a", "#fbc79a"),
    "blue-yellow": ("#0a2350", "#3c4a6b", "#6d706f", "#a59c70", "#e0ca5c", "#fdea7a"),
    "ember": ("#14112b", "#4b1c5c", "#93305f", "#d1554c", "#f09a4a", "#fbe6a3"),
    "ink": ("#f5f4ef", "#b9cdd3", "#6f9fb8", "#3b6a98", "#21396b", "#121733"),
}
DIVERGING = ("blue-red", "purple-orange", "teal-brown", "green-violet", "ice-fire")

# Qualitative colours for labels and for several bases in one plot (Okabe and Ito's idea, own shades).
CATEGORIES = (
    "#3f7fbf", "#e08a3c", "#3aa68d", "#c7568f", "#8a74c9", "#c9b03a", "#56b4d9", "#a3593c", "#7f8b95", "#7fae4b",
)  # fmt: skip

_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def rgb(hex_colour: str) -> tuple[float, float, float]:
    """``#rrggbb`` as three floats in [0, 1]."""
    return tuple(int(hex_colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5))  # type: ignore[return-value]


@cache
def table(name: str, n: int = 256) -> np.ndarray:
    """(n, 3) float64 sRGB colours of the map ``name``, read-only; row ``n // 2`` of a diverging map is neutral."""
    anchors = np.array([rgb(c) for c in _ANCHORS[name]])
    linear = np.where(anchors <= 0.04045, anchors / 12.92, ((anchors + 0.055) / 1.055) ** 2.4)
    lab = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    at, where = np.linspace(0, 1, len(lab)), np.linspace(0, 1, n)
    smooth = np.stack([_monotone_cubic(at, lab[:, c], where) for c in range(3)], axis=1)
    lms = (smooth @ np.linalg.inv(_TO_LAB).T) ** 3
    linear = np.clip(lms @ np.linalg.inv(_TO_LMS).T, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    srgb = np.clip(srgb, 0.0, 1.0)
    srgb.setflags(write=False)
    return srgb


def map_values(values: np.ndarray, low: float, high: float, name: str) -> np.ndarray:
    """(..., 3) float64 sRGB colours of ``values``; what lies outside ``[low, high]`` gets the end colours."""
    colours = table(name)
    t = (np.asarray(values, dtype=np.float64) - low) / (high - low if high > low else 1.0)
    return colours[np.clip((t * (len(colours) - 1) + 0.5).astype(int), 0, len(colours) - 1)]


def value_range(values: np.ndarray, mode: str, manual: float = 1.0) -> tuple[float, float]:
    """The ends of the colour range, ``low < high``, for a ``range_mode`` of :class:`DisplayOptions`."""
    if mode == "manual":
        return -manual, manual
    if not len(values):
        return -1.0, 1.0
    if mode == "symmetric":
        least, most = float(values.min()), float(values.max())
        top = max(-least, most)
        if most - least < 1e-3 * top:
            top *= 2.5  # a constant: a calm tint instead of the darkest end
        low, high = -top, top
    elif mode == "percentile":
        sample = values[:: max(1, len(values) // 100_000)]
        low, high = (float(v) for v in np.percentile(sample, (1.0, 99.0)))
        if low < 0 < high:
            high = max(-low, high)
            low = -high
    else:
        low, high = float(values.min()), float(values.max())
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
        spread = max(abs(high), 1e-12)
        return (-spread, spread) if mode == "symmetric" else (low - spread, high + spread)
    return low, high


def _monotone_cubic(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Fritsch-Carlson interpolation: smooth between anchors, never overshooting them."""
    h, slope = np.diff(x), np.diff(y) / np.diff(x)
    product = slope[:-1] * slope[1:]
    inner = np.where(product > 0, 2 * product / np.where(product > 0, slope[:-1] + slope[1:], 1.0), 0.0)
    d = np.concatenate([slope[:1], inner, slope[-1:]])
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(h) - 1)
    t = (at - x[i]) / h[i]
    a, b = (1 + 2 * t) * (1 - t) ** 2, t * (1 - t) ** 2
    c, e = t * t * (3 - 2 * t), t * t * (t - 1)
    return a * y[i] + b * h[i] * d[i] + c * y[i + 1] + e * h[i] * d[i + 1]
