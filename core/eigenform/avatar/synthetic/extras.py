"""Closed solids besides clothes: shoes, long hair, pony tails, buns, brims of hats, bags."""

from __future__ import annotations

import numpy as np

from eigenform.avatar.synthetic.drape import Drape, close_strip, close_tube, hang
from eigenform.avatar.synthetic.noise import Waves

Solid = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Vertices (n, 3), triangles (m, 3), cloth coordinates p, q (n, 2), all in metres."""


def around(count: int, rings: np.ndarray, radius: float, facing: float = 0.0) -> np.ndarray:
    """Cloth coordinates (K * count, 2) of rings at heights (K,): arc from the front, seam at the back."""
    theta = np.arange(count) * (2 * np.pi / count)
    arc = (theta + np.pi / 2 - facing + np.pi) % (2 * np.pi) - np.pi
    return np.stack(np.broadcast_arrays(arc[None] * radius, rings[:, None]), -1).reshape(-1, 2)


def shoe(foot: np.ndarray, high: float, sole: float, ease: float, rng: np.random.Generator) -> Solid:
    """A shoe about the vertices (n, 3) of a foot at rest.

    Parameters
    ----------
    high : float
        Height of its rim, m (same axes).
    sole, ease : float
        Thickness of the sole, distance to the skin, m.
    """
    floor = foot[:, 2].min()
    levels = np.concatenate([np.linspace(high, floor + 0.012, 10), [floor, floor - sole]])
    drape = Drape(ease, 0.0, 1, 0.0, 0.0, 0.0, 0.0, 0.004, Waves(rng, 3, (0.03, 0.1)), 0.0015, 0.01)
    grid = hang(foot[foot[:, 2] <= high + 0.005], levels, drape, 36)
    toe = grid[:, :, 1].min()
    verts, faces = close_tube(grid, 0.01, 0.001)
    coordinates = np.zeros((len(verts), 2))
    coordinates[:, 0] = verts[:, 1] - toe
    coordinates[:, 1] = verts[:, 2] - floor
    return verts, faces, coordinates


def long_hair(
    points: np.ndarray, top: float, low: float, back: float, window: float, thickness: float, drape: Drape
) -> Solid:
    """Hair that falls from the head: a closed strip behind the face.

    Parameters
    ----------
    points : (n, 3)
        Head, neck and upper back in the pose, m.
    top, low : float
        Heights where it begins and ends, m.
    back : float
        Direction of the back of the head about z, rad.
    window : float
        Half the angle that it covers, rad.
    thickness : float
        m.
    """
    count = 18
    levels = np.linspace(top, low, count)
    grid = hang(points, levels, drape)
    angles = grid.shape[1]
    half = int(window / (2 * np.pi) * angles)
    middle = round(back / (2 * np.pi) * angles)
    strip = grid[:, (middle + np.arange(-half, half + 1)) % angles]
    centre = grid.mean(1, keepdims=True)
    inward = (centre - strip) * [1, 1, 0]
    inward /= np.maximum(np.linalg.norm(inward, axis=-1, keepdims=True), 1e-6)
    edge = np.minimum(1, 0.25 + 1.5 * (1 - np.abs(np.linspace(-1, 1, 2 * half + 1)))) ** 0.5
    tip = np.minimum(1, 0.3 + 4 * (1 - np.linspace(0, 1, count)))
    inner = strip + inward * (thickness * edge[None, :, None] * tip[:, None, None])
    strip[:, :, 2] += 0.03 * np.abs(np.linspace(-1, 1, 2 * half + 1)) ** 2 * np.linspace(0, 1, count)[:, None]
    inner[:, :, 2] = strip[:, :, 2]
    verts, faces = close_strip(strip, inner)
    arc = np.linspace(-window, window, 2 * half + 1) * 0.12
    coordinates = np.stack(np.broadcast_arrays(arc[None], levels[:, None]), -1).reshape(-1, 2)
    return verts, faces, np.concatenate([coordinates, coordinates])


def tube(path: np.ndarray, radii: np.ndarray, flat: float = 1.0, angles: int = 20) -> Solid:
    """A closed tube about a path (K, 3) that goes down, with radii (K,); ``flat`` squeezes it along y."""
    theta = np.arange(angles) * (2 * np.pi / angles)
    circle = np.stack([np.cos(theta), flat * np.sin(theta), np.zeros(angles)], 1)
    grid = path[:, None] + radii[:, None, None] * circle[None]
    verts, faces = close_tube(grid, 0.5 * float(radii[-1]), 0.0)
    p = around(angles, path[:, 2], float(np.mean(radii)))
    coordinates = np.zeros((len(verts), 2))
    coordinates[: len(p)] = p
    coordinates[len(p) :] = p[-1]
    return verts, faces, coordinates


def ball(centre: np.ndarray, radii: np.ndarray, rings: int = 9) -> Solid:
    """An ellipsoid with half axes (3,)."""
    phi = np.linspace(0.25, np.pi - 0.25, rings)
    path = centre + np.stack([np.zeros(rings), np.zeros(rings), np.cos(phi)], 1) * radii[2]
    return tube(path, np.sin(phi) * radii[0], radii[1] / radii[0])
