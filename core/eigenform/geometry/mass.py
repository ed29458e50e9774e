"""Areas of faces and lumped areas of vertices."""

from __future__ import annotations

import numpy as np


def edge_vectors(verts: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The edges opposite corners 0, 1 and 2 of each face, each (F, d), running counter-clockwise."""
    a, b, c = (verts[faces[:, i]] for i in range(3))
    return c - b, a - c, b - a


def face_areas(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Area of each triangle, in any dimension.

    Parameters
    ----------
    verts : (V, d) float
    faces : (F, 3) int

    Returns
    -------
    (F,) float64
        In length^2.
    """
    verts, faces = np.asarray(verts, dtype=np.float64), np.asarray(faces, dtype=np.int64)
    if verts.shape[1] == 3:
        _, e1, e2 = edge_vectors(verts, faces)
        return 0.5 * np.linalg.norm(np.cross(e1, e2), axis=1)
    lengths = np.sort(np.stack([np.linalg.norm(e, axis=1) for e in edge_vectors(verts, faces)], axis=1), axis=1)
    c, b, a = lengths.T
    # Kahan's ordering of Heron's formula keeps needles accurate
    product = (a + (b + c)) * (c - (a - b)) * (c + (a - b)) * (a + (b - c))
    return 0.25 * np.sqrt(np.maximum(product, 0.0))


def vertex_areas(verts: np.ndarray, faces: np.ndarray, kind: str = "barycentric") -> np.ndarray:
    """Lumped area of each vertex; the areas sum to the area of the mesh, and unreferenced vertices have none.

    Parameters
    ----------
    verts : (V, d) float
    faces : (F, 3) int
    kind : {"barycentric", "voronoi"}
        A third of every face around, or the mixed Voronoi area of Meyer et al. 2003, which never turns negative.

    Returns
    -------
    (V,) float64
        In length^2.
    """
    verts, faces = np.asarray(verts, dtype=np.float64), np.asarray(faces, dtype=np.int64)
    areas = face_areas(verts, faces)
    if kind == "barycentric":
        shares = np.repeat(areas[:, None] / 3.0, 3, axis=1)
    elif kind == "voronoi":
        shares = _voronoi_shares(verts, faces, areas)
    else:
        raise ValueError(f"kind must be barycentric or voronoi, not {kind!r}")
    return np.bincount(np.ravel(faces), weights=shares.ravel(), minlength=len(verts))


def _voronoi_shares(verts: np.ndarray, faces: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """What each corner gets of its face, (F, 3)."""
    edges = edge_vectors(verts, faces)
    squares = np.stack([np.einsum("ij,ij->i", e, e) for e in edges], axis=1)
    # the inner product of the two edges at a corner, from the law of cosines
    dots = 0.5 * (squares.sum(1, keepdims=True) - 2.0 * squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        cots = np.where(areas[:, None] > 0, dots / (2.0 * areas[:, None]), 0.0)
    weighted = squares * cots
    shares = (weighted.sum(1, keepdims=True) - weighted) / 8.0
    obtuse = dots < 0
    any_obtuse = obtuse.any(1)
    shares[any_obtuse] = np.where(obtuse[any_obtuse], 0.5, 0.25) * areas[any_obtuse, None]
    return shares
