"""Shapes whose spectra are known in closed form, on good meshes made by code."""

from __future__ import annotations

import numpy as np
from eigenform.geometry.subdivide import subdivide


def sphere(times: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """The unit sphere: an icosahedron subdivided and projected (10,242 vertices at 5)."""
    golden = (1 + np.sqrt(5)) / 2
    corners = [(-1, golden, 0), (1, golden, 0), (-1, -golden, 0), (1, -golden, 0)]
    verts = np.array([np.roll(c, shift) for shift in range(3) for c in corners], dtype=float)
    verts /= np.linalg.norm(verts, axis=1, keepdims=True)
    from scipy.spatial import ConvexHull

    faces = ConvexHull(verts).simplices.astype(np.int64)
    normals = np.cross(verts[faces[:, 1]] - verts[faces[:, 0]], verts[faces[:, 2]] - verts[faces[:, 0]])
    inward = np.einsum("ij,ij->i", normals, verts[faces].mean(1)) < 0
    faces[inward] = faces[inward][:, ::-1]
    for _ in range(times):
        verts, faces = subdivide(verts, faces)
        verts /= np.linalg.norm(verts, axis=1, keepdims=True)
    return verts, faces


def square(n: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """The unit square in space, n by n vertices with alternating diagonals."""
    x, y = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n), indexing="ij")
    i, j = (a.ravel() for a in np.meshgrid(np.arange(n - 1), np.arange(n - 1), indexing="ij"))
    a, b, c, d = i * n + j, (i + 1) * n + j, (i + 1) * n + j + 1, i * n + j + 1
    odd = ((i + j) % 2 == 1)[:, None]
    first = np.where(odd, np.c_[a, b, c], np.c_[a, b, d])
    second = np.where(odd, np.c_[a, c, d], np.c_[b, c, d])
    return np.c_[x.ravel(), y.ravel(), np.zeros(n * n)], np.concatenate([first, second])


def disk(rings: int = 58) -> tuple[np.ndarray, np.ndarray]:
    """The unit disk in space: concentric rings of 6, 12, 18, ... vertices (10,267 at 58)."""
    verts, faces, starts = [np.zeros((1, 3))], [], [0]
    for ring in range(1, rings + 1):
        angle = 2 * np.pi * np.arange(6 * ring) / (6 * ring)
        starts.append(starts[-1] + max(6 * (ring - 1), 1))
        verts.append(ring / rings * np.c_[np.cos(angle), np.sin(angle), np.zeros(6 * ring)])
        step, along = np.divmod(np.arange(6 * ring), ring)  # sector, and place within it
        inner_size = max(6 * (ring - 1), 1)
        outer = starts[ring] + np.arange(6 * ring)
        following = starts[ring] + (np.arange(6 * ring) + 1) % (6 * ring)
        inner = starts[ring - 1] + (step * (ring - 1) + along) % inner_size
        faces.append(np.c_[outer, following, inner])
        between = along < ring - 1
        inner_next = starts[ring - 1] + (step * (ring - 1) + along + 1) % inner_size
        faces.append(np.c_[following, inner_next, inner][between])
    return np.concatenate(verts), np.concatenate(faces).astype(np.int64)


def flat_torus(n: int = 4000, dimension: int = 64, seed: int = 0) -> np.ndarray:
    """Random points of the flat torus, two unit circles rotated into a space of many dimensions."""
    rng = np.random.default_rng(seed)
    u, v = rng.uniform(0, 2 * np.pi, (2, n))
    frame = np.linalg.qr(rng.standard_normal((dimension, 4)))[0]
    return np.c_[np.cos(u), np.sin(u), np.cos(v), np.sin(v)] @ frame.T


def sphere_spectrum(count: int) -> np.ndarray:
    """``l (l + 1)``, each 2 l + 1 times."""
    levels = np.arange(int(np.sqrt(count)) + 2)
    return np.repeat(levels * (levels + 1.0), 2 * levels + 1)[:count]


def square_spectrum(count: int) -> np.ndarray:
    """``pi^2 (m^2 + n^2)``: natural boundary."""
    m = np.arange(count)
    return np.sort(np.pi**2 * np.add.outer(m**2, m**2).ravel())[:count]


def disk_spectrum(count: int) -> np.ndarray:
    """Squared zeros of the derivatives of Bessel functions: natural boundary; orders above 0 count twice."""
    from scipy.special import jnp_zeros

    orders = np.arange(int(2 * np.sqrt(count)) + 8)
    zeros = [(0.0,)]
    for order in orders:
        found = jnp_zeros(int(order), int(np.sqrt(count)) + 4) ** 2
        zeros.append(np.repeat(found, 1 if order == 0 else 2))
    return np.sort(np.concatenate(zeros))[:count]


def torus_spectrum(count: int) -> np.ndarray:
    """``m^2 + n^2`` over all integers."""
    m = np.arange(-count, count + 1)
    return np.sort(np.add.outer(m**2, m**2).ravel().astype(float))[:count]
