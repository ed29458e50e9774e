"""Sample shapes made by code: nothing is downloaded, and the same name gives the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.types import Shape

Arrays = dict[str, Any]


@dataclass(frozen=True)
class _Sample:
    build: Callable[[int, int], Arrays]
    size: int
    about: str


def make_sample(name: str, size: int | None = None, seed: int = 0) -> Shape:
    """A sample shape.

    Parameters
    ----------
    name : str
        One of :data:`NAMES`.
    size : int, optional
        About how many vertices or points; the sample's own choice by default. ``digits`` gives its first ``size``.
    seed : int
        Draws the points of ``swiss-roll`` and ``flat-torus``; the others hold no chance.

    Raises
    ------
    InputError
        For an unknown name, or a size that is too small to make the shape.
    """
    if name not in _SAMPLES:
        raise InputError(f"There is no sample {name!r}; there are {', '.join(NAMES)}.")
    sample = _SAMPLES[name]
    if size is not None and not 100 <= size <= 5_000_000:
        raise InputError(f"A sample has between 100 and 5000000 points, not {size}.")
    return Shape(**sample.build(size or sample.size, seed), name=name, source=f"sample:{name}")


def describe(name: str) -> str:
    """One sentence about a sample, or :class:`InputError`."""
    if name not in _SAMPLES:
        raise InputError(f"There is no sample {name!r}; there are {', '.join(NAMES)}.")
    return _SAMPLES[name].about


def _icosphere(size: int) -> tuple[np.ndarray, np.ndarray]:
    """A unit sphere with 10 * 4^n + 2 vertices, n chosen nearest to ``size``."""
    import trimesh

    level = max(1, round(float(np.log(max(size - 2, 10) / 10) / np.log(4))))
    ball = trimesh.creation.icosphere(subdivisions=level)
    return np.asarray(ball.vertices, dtype=float), np.asarray(ball.faces)


def _sphere(size: int, seed: int) -> Arrays:
    verts, faces = _icosphere(size)
    return {"verts": verts, "faces": faces}


def _ellipsoid(size: int, seed: int) -> Arrays:
    verts, faces = _icosphere(size)
    return {"verts": verts * np.array([1.0, 0.8, 0.6]), "faces": faces}


def _tube(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Angles (along, around) of a closed tube whose odd rows are shifted by half a step, and its triangles."""
    rows += rows % 2  # the shift must close up
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    along = 2 * np.pi * i / rows
    around = 2 * np.pi * (j + 0.5 * (i % 2)) / columns
    here, right = i * columns + j, i * columns + (j + 1) % columns
    up = (i + 1) % rows * columns
    above, beyond = up + j, up + (j + 1) % columns
    even = np.stack([[here, above, right], [right, above, beyond]], axis=0)
    odd = np.stack([[here, above, beyond], [here, beyond, right]], axis=0)
    faces = np.where((i % 2 == 0), even, odd)
    return along.ravel(), around.ravel(), faces.transpose(2, 3, 0, 1).reshape(-1, 3)


def _torus_mesh(size: int, big: float, small: float) -> tuple[np.ndarray, np.ndarray]:
    columns = max(6, round(float(np.sqrt(size * small / big))))
    u, v, faces = _tube(max(6, round(size / columns)), columns)
    ring = big + small * np.cos(v)
    return np.stack([ring * np.cos(u), ring * np.sin(u), small * np.sin(v)], axis=1), faces


def _torus(size: int, seed: int) -> Arrays:
    verts, faces = _torus_mesh(size, 1.0, 0.4)
    return {"verts": verts, "faces": faces}


def _knot(size: int, seed: int) -> Arrays:
    """A trefoil tube; its curvature never vanishes, so the Frenet frame closes up."""
    radius, length = 0.38, 31.9
    columns = max(6, round(float(np.sqrt(size * 2 * np.pi * radius / length))))
    u, v, faces = _tube(max(24, round(size / columns)), columns)
    curve = np.stack([np.sin(u) + 2 * np.sin(2 * u), np.cos(u) - 2 * np.cos(2 * u), -np.sin(3 * u)], axis=1)
    d1 = np.stack([np.cos(u) + 4 * np.cos(2 * u), -np.sin(u) + 4 * np.sin(2 * u), -3 * np.cos(3 * u)], axis=1)
    d2 = np.stack([-np.sin(u) - 8 * np.sin(2 * u), -np.cos(u) + 8 * np.cos(2 * u), 9 * np.sin(3 * u)], axis=1)
    tangent = d1 / np.linalg.norm(d1, axis=1, keepdims=True)
    binormal = np.cross(d1, d2)
    binormal /= np.linalg.norm(binormal, axis=1, keepdims=True)
    normal = np.cross(binormal, tangent)
    verts = curve + radius * (np.cos(v)[:, None] * normal + np.sin(v)[:, None] * binormal)
    return {"verts": verts, "faces": faces[:, ::-1]}


def _creature(size: int, seed: int) -> Arrays:
    from eigenform.io.sample_bodies import creature

    return dict(zip(("verts", "faces"), creature(size), strict=True))


def _dumbbell(size: int, seed: int) -> Arrays:
    from eigenform.io.sample_bodies import dumbbell

    return dict(zip(("verts", "faces"), dumbbell(size), strict=True))


def _high_genus(size: int, seed: int) -> Arrays:
    from eigenform.io.sample_bodies import high_genus

    return dict(zip(("verts", "faces"), high_genus(size), strict=True))


def _sheet(size: int, seed: int) -> Arrays:
    """A wavy square with a boundary; alternate diagonals favour no direction."""
    n = max(4, round(float(np.sqrt(size))))
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n), indexing="xy"))
    z = 0.25 * np.sin(2.2 * x + 0.4) * np.cos(1.8 * y) + 0.08 * np.sin(4 * y)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(n - 1), np.arange(n - 1), indexing="xy"))
    a, b, c, d = j * n + i, j * n + i + 1, (j + 1) * n + i + 1, (j + 1) * n + i
    one = np.stack([a, b, c, a, c, d], axis=1)
    two = np.stack([a, b, d, b, c, d], axis=1)
    faces = np.where(((i + j) % 2 == 0)[:, None], one, two).reshape(-1, 3)
    return {"verts": np.stack([x, y, z], axis=1), "faces": faces}


def _two_component(size: int, seed: int) -> Arrays:
    """A torus and a ball that do not touch: two zero eigenvalues."""
    ball, ball_faces = _icosphere(size // 3)
    ring, ring_faces = _torus_mesh(max(100, size - len(ball)), 1.0, 0.35)
    ball = 0.55 * ball + np.array([2.3, 0.0, 0.0])
    return {"verts": np.concatenate([ring, ball]), "faces": np.concatenate([ring_faces, ball_faces + len(ring)])}


def _swiss_roll(size: int, seed: int) -> Arrays:
    """Points of a rolled-up rectangle, uniform by area; the labels count twelve strips along the roll."""
    rng = np.random.default_rng(seed)
    turn = np.linspace(1.5 * np.pi, 4.5 * np.pi, 4001)
    arc = 0.5 * (turn * np.sqrt(1 + turn**2) + np.arcsinh(turn))
    t = np.interp(rng.uniform(arc[0], arc[-1], size), arc, turn)
    verts = np.stack([t * np.cos(t), rng.uniform(0, 21, size), t * np.sin(t)], axis=1) / 10
    strip = np.floor(12 * (t - turn[0]) / (turn[-1] - turn[0])).astype(np.int64)
    return {"verts": verts, "labels": np.clip(strip, 0, 11)}


def _flat_torus(size: int, seed: int) -> Arrays:
    """The product of two unit circles in R^4, rotated into R^64 by a seeded orthogonal map."""
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0, 2 * np.pi, (2, size))
    frame = np.linalg.qr(rng.standard_normal((64, 4)))[0]
    return {"verts": np.stack([np.cos(a), np.sin(a), np.cos(b), np.sin(b)], axis=1) @ frame.T}


def _digits(size: int, seed: int) -> Arrays:
    from sklearn.datasets import load_digits

    data = load_digits()
    rows = slice(0, size)
    return {"verts": data.data[rows] / 16.0, "labels": data.target[rows], "images": data.images[rows] / 16.0}


_SAMPLES: dict[str, _Sample] = {
    "sphere": _Sample(_sphere, 10_242, "Unit sphere; its eigenvalues are l(l+1), each 2l+1 times."),
    "torus": _Sample(_torus, 8_000, "Torus of radii 1 and 0.4."),
    "knot": _Sample(_knot, 9_000, "Tube around a trefoil knot."),
    "ellipsoid": _Sample(_ellipsoid, 10_242, "Ellipsoid with the half axes 1, 0.8 and 0.6."),
    "creature": _Sample(_creature, 10_000, "A blobby four-legged animal with ears and a tail."),
    "dumbbell": _Sample(_dumbbell, 8_000, "Two balls joined by a thin neck; the first mode separates them."),
    "sheet": _Sample(_sheet, 10_000, "A wavy square: a surface with a boundary."),
    "two-component": _Sample(_two_component, 8_000, "A torus and a ball apart: two zero eigenvalues."),
    "high-genus": _Sample(_high_genus, 12_000, "A bumpy ball riddled with tunnels."),
    "swiss-roll": _Sample(_swiss_roll, 4_000, "Points of a rolled-up rectangle, with strips as labels."),
    "flat-torus": _Sample(_flat_torus, 4_000, "A flat torus in 64 dimensions; its eigenvalues are m^2 + n^2."),
    "digits": _Sample(_digits, 1_797, "1,797 images of handwritten digits, 64 pixels each, with their labels."),
}
NAMES: tuple[str, ...] = tuple(_SAMPLES)
