"""From rows as the file has them to rows that methods can use: finite, welded, referenced, with area.

Order is a contract: rows of the result stand in the order in which their positions first occur in the file.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.io.raw import Raw
from eigenform.io.sentences import counted, were

_BLOCK = 100_000  # faces at a time: they stay in the cache


def first_occurrences(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows that are exactly equal, joined.

    Parameters
    ----------
    points : (V, d) float64 or int64
        Finite values.

    Returns
    -------
    keep : (W,) int64
        The first row of each position, ascending.
    where : (V,) int64
        For each row, the index in ``keep`` of its position.
    """
    points = np.ascontiguousarray(points) + 0  # -0.0 and 0.0 are one position
    order, fresh = _runs(points)
    group = np.cumsum(fresh) - 1
    # The order is stable, so the first row of a run is also the first in the file.
    first = order[fresh]
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    where = np.empty(len(points), dtype=np.int64)
    where[order] = rank[group]
    return np.sort(first), where


def _runs(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A stable order that brings equal rows together, and where in it a new row begins.

    Rows are sorted by a 64-bit hash, several times faster than by their columns; where two different rows share one,
    the columns decide.
    """
    bits = points.view(np.uint64)
    key = np.zeros(len(points), dtype=np.uint64)
    for column in range(bits.shape[1]):
        key = (key ^ bits[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    order = np.argsort(key, kind="stable")
    fresh = np.ones(len(points), dtype=bool)
    differ = np.any(points[order[1:]] != points[order[:-1]], axis=1)
    fresh[1:] = differ
    if np.any(differ & (key[order[1:]] == key[order[:-1]])):
        order = np.lexsort(points.T[::-1])
        fresh[1:] = np.any(points[order[1:]] != points[order[:-1]], axis=1)
    return order, fresh


def zero_area(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Which triangles have no area: their height is below the rounding error of their coordinates.

    Returns
    -------
    (F,) bool
    """
    rounding = 2 * np.finfo(float).eps * np.abs(verts).max(initial=0.0)
    blocks = (faces[start : start + _BLOCK] for start in range(0, len(faces), _BLOCK))
    return np.concatenate([np.zeros(0, dtype=bool), *(_flat(verts, block, rounding) for block in blocks)])


def _flat(verts: np.ndarray, faces: np.ndarray, rounding: float) -> np.ndarray:
    a, b, c = (verts[faces[:, i]] for i in range(3))
    u, v = b - a, c - a
    uu, vv, uv = (np.einsum("ij,ij->i", p, q) for p, q in ((u, u), (v, v), (u, v)))
    if verts.shape[1] == 3:
        twice = np.linalg.norm(np.cross(u, v), axis=1)
    else:
        twice = np.sqrt(np.maximum(uu * vv - uv**2, 0.0))
    longest = np.sqrt(np.maximum(np.maximum(uu, vv), np.maximum(uu + vv - 2 * uv, 0.0)))
    return twice <= longest * (1e-10 * longest + rounding)


def duplicate_faces(faces: np.ndarray) -> np.ndarray:
    """Which triangles repeat the three vertices of an earlier one, whatever their order. (F,) bool."""
    repeated = np.ones(len(faces), dtype=bool)
    repeated[first_occurrences(np.sort(faces, axis=1))[0]] = False
    return repeated


def tidy(raw: Raw, weld: bool = True, check: Callable[[], None] = lambda: None) -> Raw:
    """Repair what can be repaired; every change leaves a note.

    Rows with NaN or infinity go (with the faces that touch them), equal positions are joined, faces without area and
    repeated faces go, and so do vertices that no face uses. ``weld=False`` leaves equal positions apart. ``check`` is
    called between the steps and may raise.
    """
    raw = _drop_bad_rows(raw)
    check()
    mesh = len(raw.faces) > 0
    notes = list(raw.notes)
    if weld and len(raw.verts):
        keep, where = first_occurrences(raw.verts)
        if len(keep) < len(raw.verts):
            gone = len(raw.verts) - len(keep)
            what = ("vertex", "vertices") if mesh else ("point", "points")
            notes.append(f"{counted(gone, *what)} at the position of an earlier one {were(gone)} joined with it.")
            raw = Raw(faces=where[raw.faces], notes=notes, **raw.take(keep))
    if not mesh:
        raw.notes = notes
        return raw
    check()
    faces = raw.faces
    flat = zero_area(raw.verts, faces)
    if flat.any():
        notes.append(f"{counted(int(flat.sum()), 'face')} without area {were(int(flat.sum()))} left out.")
        faces = faces[~flat]
    check()
    repeated = duplicate_faces(faces)
    check()
    if repeated.any():
        notes.append(f"{counted(int(repeated.sum()), 'repeated face')} {were(int(repeated.sum()))} left out.")
        faces = faces[~repeated]
    if not len(faces):
        notes.append(f"No face has an area, so the shape is read as {counted(len(raw.verts), 'point')}.")
        return Raw(notes=notes, **raw.take(np.arange(len(raw.verts))))
    return _drop_unreferenced(Raw(faces=faces, notes=notes, **raw.take(np.arange(len(raw.verts)))))


def _drop_bad_rows(raw: Raw) -> Raw:
    good = np.isfinite(raw.verts).all(axis=1)
    bad = int((~good).sum())
    if not bad:
        return raw
    notes = list(raw.notes)
    faces = raw.faces
    if len(faces):
        whole = good[faces].all(axis=1)
        lost = int((~whole).sum())
        what = f"{counted(bad, 'vertex', 'vertices')} with NaN or infinite coordinates"
        notes.append(f"{what} and {counted(lost, 'face')} there were left out.")
        faces = faces[whole]
    else:
        notes.append(f"{counted(bad, 'point')} with NaN or infinite coordinates {were(bad)} left out.")
    new = np.cumsum(good) - 1
    return Raw(faces=new[faces], notes=notes, **raw.take(np.flatnonzero(good)))


def _drop_unreferenced(raw: Raw) -> Raw:
    used = np.zeros(len(raw.verts), dtype=bool)
    used[raw.faces] = True
    if used.all():
        return raw
    unused = int((~used).sum())
    notes = [*raw.notes, f"{counted(unused, 'vertex', 'vertices')} that no face uses {were(unused)} left out."]
    new = np.cumsum(used) - 1
    return Raw(faces=new[raw.faces], notes=notes, **raw.take(np.flatnonzero(used)))
