"""Spread what is known at some vertices over the rest of a surface: the harmonic continuation."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


def harmonic_fill(verts: np.ndarray, faces: np.ndarray, values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Values everywhere: held where known, harmonic in between (the intrinsic Delaunay Laplacian is zero there).

    By the maximum principle nothing leaves the range of the known values.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
    values : (V, C) float
        Read where known.
    known : (V,) bool
        Parts of the mesh without any known vertex take the value of the nearest known vertex in space; so do vertices
        that no face uses.

    Returns
    -------
    (V, C) float64
    """
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import splu
    from scipy.spatial import cKDTree

    from eigenform.geometry.laplacian import robust_mesh

    result = np.where(known[:, None], values, 0.0).astype(np.float64)
    if known.all() or not known.any():
        return result
    stiffness, mass = robust_mesh(verts, faces)
    _, part = connected_components(stiffness, directed=False)
    lost = ~known & ((np.bincount(part, known)[part] == 0) | (mass <= 0))
    if lost.any():
        source = np.flatnonzero(known)
        result[lost] = values[source[cKDTree(verts[source]).query(verts[lost])[1]]]
    hole = ~known & ~lost
    if hole.any():
        rows = stiffness[hole]
        right = -rows[:, ~hole] @ result[~hole]
        inner = sp.csc_matrix(rows[:, hole])
        result[hole] = splu(inner, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(right)
    return result
