"""Connected parts of a mesh, and which of them are kept."""

from __future__ import annotations

import numpy as np

from eigenform.errors import InputError


def face_components(faces: np.ndarray) -> tuple[int, np.ndarray]:
    """The number of parts and the part (F,) of each face; faces that share a vertex belong together."""
    from eigenform.io.topology import components

    if not len(faces):
        return 0, np.zeros(0, dtype=np.int64)
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    _, label = components(int(faces.max()) + 1, ends)
    names, found = np.unique(label[faces[:, 0]], return_inverse=True)
    return len(names), found


def component_areas(verts: np.ndarray, faces: np.ndarray, label: np.ndarray) -> np.ndarray:
    """(parts,) area of each part."""
    a, b, c = (verts[faces[:, i]] for i in range(3))
    return np.bincount(label, np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)


def keep_components(
    verts: np.ndarray, faces: np.ndarray, keep: str = "largest", share: float = 0.02
) -> tuple[np.ndarray, np.ndarray, int]:
    """The mesh without parts that are too small.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
    keep : str
        ``all``, ``largest`` (by area) or ``larger`` (than ``share`` of the whole area).
    share : float
        For ``larger``.

    Returns
    -------
    verts, faces
        Without unused vertices.
    dropped : int
        Parts left out.

    Raises
    ------
    InputError
        Where no part is large enough.
    """
    number, label = face_components(faces)
    if keep == "all" or number < 2:
        return verts, faces, 0
    area = component_areas(verts, faces, label)
    kept = np.arange(number) == np.argmax(area) if keep == "largest" else area >= share * area.sum()
    if not kept.any():
        raise InputError(
            f"None of the {number} parts of this surface has {share:g} of its area; the largest has "
            f"{area.max() / area.sum():.3g}: a smaller share would keep some."
        )
    return *select_faces(verts, faces, kept[label]), int(number - kept.sum())


def keep_near(
    verts: np.ndarray, faces: np.ndarray, shown: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """The mesh without parts that stay farther than ``reach`` from all points ``shown`` (N, 3).

    Returns
    -------
    verts, faces
        Without unused vertices.
    dropped : int
        Parts left out.
    """
    from scipy.spatial import cKDTree

    number, label = face_components(faces)
    if number < 2:
        return verts, faces, 0
    away = np.asarray(cKDTree(shown).query(verts, distance_upper_bound=reach)[0])
    near = np.bincount(label, np.isfinite(away[faces]).any(axis=1)) > 0
    return *select_faces(verts, faces, near[label]), int(number - near.sum())


def edge_length(verts: np.ndarray, faces: np.ndarray) -> float:
    """The median length of the edges of a mesh."""
    return float(np.median(np.linalg.norm(verts[faces] - verts[np.roll(faces, 1, axis=1)], axis=-1)))


def select_faces(verts: np.ndarray, faces: np.ndarray, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The chosen faces (mask) and the vertices they use, in their old order."""
    faces = faces[kept]
    used = np.zeros(len(verts), dtype=bool)
    used[faces] = True
    return verts[used], (np.cumsum(used) - 1)[faces]
