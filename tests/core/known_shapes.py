"""Small shapes for tests, made by code: generic ones (no symmetry) where invariance is tested."""

import numpy as np
import trimesh
from eigenform.types import Shape


def icosphere(level: int = 3) -> Shape:
    """Unit sphere: 642 vertices at level 3, 2,562 at 4."""
    mesh = trimesh.creation.icosphere(subdivisions=level)
    return Shape(np.array(mesh.vertices), np.array(mesh.faces), name="sphere")


def blob(level: int = 3) -> Shape:
    """A sphere dented in several places, without symmetry."""
    sphere = icosphere(level)
    x, y, z = sphere.verts.T
    radius = 1 + 0.25 * np.sin(3 * x + 1) * np.cos(2 * y + 0.5) + 0.15 * np.sin(4 * z + 0.3)
    return Shape(sphere.verts * radius[:, None] * [1.0, 0.8, 1.3], sphere.faces, name="blob")


def random_rotation(seed: int = 0, dimension: int = 3) -> np.ndarray:
    """A proper rotation."""
    q, r = np.linalg.qr(np.random.default_rng(seed).standard_normal((dimension, dimension)))
    q = q * np.sign(np.diag(r))
    q[:, 0] *= np.sign(np.linalg.det(q))
    return q


def flat_torus(count: int = 1500, dimension: int = 64, seed: int = 0) -> np.ndarray:
    """Points on the product of two unit circles in R^4, rotated into R^d: eigenvalues m^2 + n^2."""
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0, 2 * np.pi, (2, count))
    points = np.column_stack([np.cos(a), np.sin(a), np.cos(b), np.sin(b)])
    return points @ random_rotation(seed, dimension)[:4]


def captured(a, b, mass):
    """Captured energy of the columns of ``b`` by the span of ``a``, mean over the columns."""
    root = np.sqrt(mass)[:, None]
    left, right = np.linalg.qr(root * a)[0], np.linalg.qr(root * b)[0]
    return float(((left.T @ right) ** 2).sum() / b.shape[1])
