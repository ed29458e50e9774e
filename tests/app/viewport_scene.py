"""Small bases with known modes, for tests of the viewport and the plots."""

from __future__ import annotations

import numpy as np
from eigenform.types import Basis


def sphere_basis(n: int = 24, centre: tuple[float, float, float] = (0.0, 0.0, 0.0), name: str = "ball") -> Basis:
    """A latitude-longitude unit sphere with the modes 1, x, y, z, xy (not orthonormal to the last digit)."""
    theta = np.linspace(0, np.pi, n + 1)[1:-1]
    phi = np.linspace(0, 2 * np.pi, 2 * n, endpoint=False)
    t, p = np.meshgrid(theta, phi, indexing="ij")
    ring = np.stack([np.sin(t) * np.cos(p), np.cos(t), np.sin(t) * np.sin(p)], axis=-1).reshape(-1, 3)
    verts = np.concatenate([ring, [[0, 1, 0], [0, -1, 0]]])
    rows, columns = n - 1, 2 * n
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing="ij")
    a, b = (i * columns + j).ravel(), (i * columns + (j + 1) % columns).ravel()
    top = [[len(ring), (k + 1) % columns, k] for k in range(columns)]
    last = (rows - 1) * columns
    bottom = [[len(ring) + 1, last + k, last + (k + 1) % columns] for k in range(columns)]
    sides = np.concatenate([np.stack([a, b, a + columns], 1), np.stack([b, b + columns, a + columns], 1)])
    faces = np.concatenate([sides, top, bottom])
    x, y, z = verts.T
    evecs = np.stack([np.ones_like(x), x, y, z, x * y], axis=1)
    evals = np.array([0.0, 2.0, 2.001, 2.002, 6.0])
    return Basis(
        verts + np.asarray(centre), faces, evecs, evals, np.full(len(verts), 4 * np.pi / len(verts)), name=name
    )
