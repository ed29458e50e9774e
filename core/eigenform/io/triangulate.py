"""Polygons into triangles, in the order of the polygons."""

from __future__ import annotations

import numpy as np


def triangles(corners: np.ndarray, counts: np.ndarray, verts: np.ndarray) -> np.ndarray:
    """Split polygons into triangles with the same orientation.

    Parameters
    ----------
    corners : (sum counts,) int64
        Vertex indices of all polygons, one after the other.
    counts : (P,) int64
        Corners of each polygon; those with fewer than three give nothing.
    verts : (V, d) float64
        Positions: they decide how a quad is split and which corners of a concave polygon are ears.

    Returns
    -------
    (F, 3) int64
    """
    corners, counts = np.asarray(corners, dtype=np.int64), np.asarray(counts, dtype=np.int64)
    if len(counts) and np.all(counts == 3):
        return corners.reshape(-1, 3)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(counts) else np.zeros(0, dtype=np.int64)
    found, owner = [np.zeros((0, 3), dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for size in np.unique(counts[counts >= 3]):
        polygons = np.flatnonzero(counts == size)
        rows = corners[starts[polygons][:, None] + np.arange(size)]
        if size == 3:
            faces = rows
        elif size == 4:
            faces = _split_quads(rows, verts)
        else:
            faces = np.concatenate([_clip_ears(row, verts) for row in rows])
        found.append(faces)
        owner.append(np.repeat(polygons, size - 2))
    order = np.argsort(np.concatenate(owner), kind="stable")
    return np.concatenate(found)[order]


def _space(points: np.ndarray) -> np.ndarray:
    """Points padded or cut to three coordinates."""
    points = points[..., :3]
    return np.pad(points, [(0, 0)] * (points.ndim - 1) + [(0, 3 - points.shape[-1])])


def _split_quads(quads: np.ndarray, verts: np.ndarray) -> np.ndarray:
    """Split each quad along the diagonal whose two triangles agree best in direction (the inner one if concave)."""
    choices = []
    for a, b in (((0, 1, 2), (0, 2, 3)), ((1, 2, 3), (1, 3, 0))):
        n = []
        for t in (a, b):
            p = _space(verts[quads[:, t]])
            n.append(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]))
        lengths = np.linalg.norm(n[0], axis=1) * np.linalg.norm(n[1], axis=1)
        agree = np.einsum("ij,ij->i", n[0], n[1]) / np.where(lengths > 0, lengths, 1)
        choices.append((agree, np.stack([quads[:, a], quads[:, b]], axis=1)))
    # A margin keeps flat quads, where both splits are equal, on the usual first diagonal.
    second = choices[1][0] > choices[0][0] + 1e-6
    return np.where(second[:, None, None], choices[1][1], choices[0][1]).reshape(-1, 3)


def _clip_ears(polygon: np.ndarray, verts: np.ndarray) -> np.ndarray:
    """Ear clipping in the plane of the polygon's mean normal (Newell); a fan where no ear is left."""
    p = _space(verts[polygon])
    p = p - p.mean(axis=0)
    normal = np.cross(p, np.roll(p, -1, axis=0)).sum(axis=0)
    length = np.linalg.norm(normal)
    ring, out = list(range(len(polygon))), []
    if length > 0:
        axis = np.eye(3)[np.argmin(np.abs(normal))]
        u = np.cross(normal / length, axis)
        u /= np.linalg.norm(u)
        flat = p @ np.stack([u, np.cross(normal / length, u)], axis=1)
        while len(ring) > 3:
            ear = next((i for i in range(len(ring)) if _is_ear(flat, ring, i)), None)
            if ear is None:
                break
            out.append((ring[ear - 1], ring[ear], ring[(ear + 1) % len(ring)]))
            del ring[ear]
    out += [(ring[0], ring[i], ring[i + 1]) for i in range(1, len(ring) - 1)]
    return polygon[np.array(out)]


def _is_ear(flat: np.ndarray, ring: list[int], i: int) -> bool:
    """Whether the corner ``i`` is convex and no other corner lies in its triangle."""
    a, b, c = flat[ring[i - 1]], flat[ring[i]], flat[ring[(i + 1) % len(ring)]]

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        return (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])

    if side(a, b, c) <= 0:
        return False
    skip = {ring[i - 1], ring[i], ring[(i + 1) % len(ring)]}
    others = flat[[k for k in ring if k not in skip]]
    return not np.any((side(a, b, others) >= 0) & (side(b, c, others) >= 0) & (side(c, a, others) >= 0))
