"""Ten procedural textures with maps of their regions: what inpainting is measured and shown on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.errors import InputError
from eigenform.types import Image

GRAIN = 0.012
"""Standard deviation of the white noise on every texture: nothing that is photographed repeats exactly."""


def texture(name: str, size: int = 128, seed: int = 0) -> Image:
    """One of the ten textures.

    Parameters
    ----------
    name : str
        A key of :data:`TEXTURES`.
    size : int
        Width and height in pixels.
    seed : int
        Another seed is another piece of the same material.

    Returns
    -------
    Image
        (size, size, 3), with ``regions`` where the material has parts (labels from 1), else None.

    Raises
    ------
    InputError
        For an unknown name or fewer than 16 pixels.
    """
    if name not in TEXTURES:
        raise InputError(f"There is no texture {name!r}; there are {', '.join(TEXTURES)}.")
    if size < 16:
        raise InputError(f"A texture needs at least 16 pixels a side, not {size}.")
    rng = np.random.default_rng([seed, list(TEXTURES).index(name)])
    y, x = np.meshgrid(np.arange(size) / 128.0, np.arange(size) / 128.0, indexing="ij")
    colours, regions = TEXTURES[name](x, y, rng)
    noisy = np.clip(colours + GRAIN * rng.standard_normal(colours.shape), 0, 1)
    meta = {"texture": name, "seed": seed}
    return Image(noisy.astype(np.float32), regions=regions, meta=meta, name=name)


_Made = tuple[np.ndarray, np.ndarray | None]


def _noise(shape: tuple[int, ...], rng: np.random.Generator, sigma: float | tuple[float, float]) -> np.ndarray:
    """Gaussian noise smoothed over ``sigma`` pixels, mean 0, deviation 1."""
    from scipy.ndimage import gaussian_filter

    found = gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
    return (found - found.mean()) / found.std()


def _mix(t: np.ndarray, a: tuple[float, float, float], b: tuple[float, float, float]) -> np.ndarray:
    """Colours from ``a`` (t = 0) to ``b`` (t = 1)."""
    t = np.clip(t, 0, 1)[..., None]
    return (1 - t) * np.array(a) + t * np.array(b)


def _bricks(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> _Made:
    """Running bond; every brick has its own shade."""
    row = np.floor(y * 10).astype(int)
    along = x * 5 + 0.5 * (row % 2)
    column = np.floor(along).astype(int)
    brick = (np.mod(along, 1) > 0.07) & (np.mod(y * 10, 1) > 0.14)
    shade = rng.normal(0, 0.06, (64, 64))[row % 64, column % 64]
    colour = np.array([0.62, 0.27, 0.2]) + shade[..., None]
    return np.where(brick[..., None], colour, np.array([0.75, 0.72, 0.68])), np.where(brick, 1, 2)


def _checks(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> _Made:
    """Two materials in turn: one plain, one with fine lines."""
    dark = (np.floor(x * 8) + np.floor(y * 8)) % 2 == 0
    lines = 0.5 + 0.5 * np.sin(2 * np.pi * 25 * (x + y))
    first, second = _mix(lines, (0.1, 0.15, 0.35), (0.2, 0.3, 0.55)), _mix(0 * x, (0.9, 0.86, 0.75), (0, 0, 0))
    return np.where(dark[..., None], first, second), np.where(dark, 1, 2)


def _stripes(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> _Made:
    """Oblique soft stripes of two frequencies."""
    phase = rng.uniform(0, 6.28, 2)
    u = 0.8 * x + 0.6 * y
    t = 0.5 + 0.35 * np.sin(2 * np.pi * 11 * u + phase[0]) + 0.15 * np.sin(2 * np.pi * 27 * u + phase[1])
    return _mix(t, (0.15, 0.3, 0.3), (0.95, 0.8, 0.5)), None


def _dots(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> _Made:
    """Round dots on a hexagonal lattice."""
    a, b = x * 8, y * 8 / 0.866
    row = np.floor(b)
    best = np.full(x.shape, np.inf)
    for near in (row, row + 1):
        cx = np.round(a - 0.5 * (near % 2)) + 0.5 * (near % 2)
        best = np.minimum(best, np.hypot(a - cx, (b - near) * 0.866))
    t = np.clip((best - 0.29) * 12 + 0.5, 0, 1)
    return _mix(t, (0.85, 0.25, 0.3), (0.95, 0.93, 0.88)), np.where(best < 0.29, 1, 2)


def _weave(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> _Made:
    """Plain weave: warp and weft pass over each other in turn."""
    a, b = x * 12, y * 12
    over = (np.floor(a) + np.floor(b)) % 2 == 0
    warp = np.abs(np.sin(np.pi * a)) ** 0.6 * (0.65 + 0.35 * np.sin(np.pi * np.mod(b, 1)))
    weft = np.abs(np.sin(np.pi * b)) ** 0.6 * (0.65 + 0.35 * np.sin(np.pi * np.mod(a, 1)))
    first, second = _mix(warp, (0.12, 0.08, 0.05), (0.8, 0.68, 0.45)), _mix(weft, (0.1, 0.06, 0.05), (0.5, 0.3, 0.2))
    return np.where(over[..., None], first, second), np.where(over, 1, 2)


def _wood(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> _Made:
    """Year rings cut along the grain, with fibres."""
    bend = 0.06 * _noise(x.shape, rng, (30, 12))
    rings = np.mod((x + bend) * 9, 1)
    fibres = _noise(x.shape, rng, (14, 0.7))
    return _mix(rings**2 * 0.9 + 0.06 * fibres, (0.8, 0.6, 0.38), (0.42, 0.25, 0.12)), None


def _marble(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> _Made:
    """Veins: a wave bent by turbulence."""
    turbulence = sum(_noise(x.shape, rng, 16 / 2**k) / 2**k for k in range(4))
    t = 0.5 + 0.5 * np.sin(2 * np.pi * (4 * x + 2 * y) + 1.3 * turbulence)
    return _mix(t**0.5, (0.25, 0.28, 0.33), (0.93, 0.92, 0.9)), None


def _cells(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> _Made:
    """Voronoi cells of four materials, one of them striped."""
    from scipy.spatial import cKDTree

    n = max(8, int(45 * float(x.max() + 0.01) ** 2))
    sites = rng.uniform(0, float(x.max()) + 0.01, (n, 2))
    nearest = cKDTree(sites).query(np.stack([x, y], -1))[1]
    kind = (np.arange(n) % 4)[nearest]
    palette = np.array([[0.85, 0.75, 0.3], [0.25, 0.45, 0.6], [0.75, 0.35, 0.25], [0.35, 0.55, 0.3]])
    wave = 0.12 * np.sin(2 * np.pi * 20 * (x - y)) * (kind == 1)
    return palette[kind] + wave[..., None], kind + 1


def _grain(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> _Made:
    """Noise with a direction, as of brushed metal."""
    from scipy.ndimage import rotate

    n = len(x)
    long = rotate(_noise((2 * n, 2 * n), rng, (1.2, 12)), 30, reshape=False, mode="wrap", order=1)
    cut = long[n // 2 : n // 2 + n, n // 2 : n // 2 + n]
    return _mix(0.5 + 0.22 * cut / cut.std(), (0.3, 0.32, 0.36), (0.85, 0.86, 0.88)), None


def _tiles(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> _Made:
    """Square tiles of three materials laid at random, with grout between."""
    row, column = np.floor(y * 6).astype(int), np.floor(x * 6).astype(int)
    kind = rng.integers(0, 3, (64, 64))[row % 64, column % 64]
    grout = (np.mod(x * 6, 1) < 0.1) | (np.mod(y * 6, 1) < 0.1)
    rings = 0.5 + 0.5 * np.cos(40 * np.hypot(np.mod(x * 6, 1) - 0.55, np.mod(y * 6, 1) - 0.55))
    waves = 0.5 + 0.5 * np.sin(2 * np.pi * 30 * y)
    cloud = 0.5 + 0.12 * _noise(x.shape, rng, 2.0)
    made = [
        _mix(rings, (0.2, 0.35, 0.6), (0.75, 0.85, 0.95)),
        _mix(waves, (0.7, 0.45, 0.2), (0.9, 0.75, 0.45)),
        _mix(cloud, (0.15, 0.35, 0.2), (0.5, 0.75, 0.45)),
    ]
    colour = np.choose(kind[..., None], made)
    return np.where(grout[..., None], np.array([0.6, 0.6, 0.6]), colour), np.where(grout, 4, kind + 1)


TEXTURES: dict[str, Callable[[np.ndarray, np.ndarray, np.random.Generator], _Made]] = {
    "bricks": _bricks,
    "checks": _checks,
    "stripes": _stripes,
    "dots": _dots,
    "weave": _weave,
    "wood": _wood,
    "marble": _marble,
    "cells": _cells,
    "grain": _grain,
    "tiles": _tiles,
}
