"""What a brush touches: pixels of an image, vertices of a mesh or a cloud."""

from __future__ import annotations

import numpy as np


def stroke(
    shape: tuple[int, int], start: tuple[float, float], end: tuple[float, float], radius: float
) -> tuple[tuple[slice, slice], np.ndarray]:
    """Pixels within ``radius`` of a straight stroke.

    Parameters
    ----------
    shape : (H, W)
        Of the image.
    start, end : (x, y)
        Ends of the stroke in pixels; the centre of the first pixel is (0.5, 0.5), y points down.
    radius : float
        In pixels; the pixel under each end is always touched where it lies in the image.

    Returns
    -------
    ((rows, columns), touched)
        The part of the image concerned, as slices, and a bool array over that part.
    """
    (ax, ay), (bx, by) = start, end
    reach = max(radius, 0.5)
    top, bottom = (int(np.floor(v)) for v in (min(ay, by) - reach, max(ay, by) + reach + 1))
    left, right = (int(np.floor(v)) for v in (min(ax, bx) - reach, max(ax, bx) + reach + 1))
    rows = slice(min(max(0, top), shape[0]), min(shape[0], max(0, bottom)))
    columns = slice(min(max(0, left), shape[1]), min(shape[1], max(0, right)))
    y = np.arange(rows.start, rows.stop)[:, None] + 0.5
    x = np.arange(columns.start, columns.stop)[None, :] + 0.5
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1) if length > 0 else 0.0
    distance = (x - ax - along * (bx - ax)) ** 2 + (y - ay - along * (by - ay)) ** 2
    touched = distance <= radius**2
    for px, py in (start, end):
        row, column = int(np.floor(py)), int(np.floor(px))
        if rows.start <= row < rows.stop and columns.start <= column < columns.stop:
            touched[row - rows.start, column - columns.start] = True
    return (rows, columns), touched


def ball(verts: np.ndarray, faces: np.ndarray, vertex: int, radius: float) -> np.ndarray:
    """Vertices within ``radius`` of one of them, in ascending order.

    On a mesh they must also hang together with it through edges inside the ball, so that a brush on one side of a thin
    part does not paint the other side.

    Parameters
    ----------
    verts : (V, d) array
    faces : (F, 3) array
        Empty for a cloud.
    vertex : int
        The one that was hit.
    radius : float
        In input units.
    """
    near = np.flatnonzero(((verts - verts[vertex]) ** 2).sum(axis=1) <= radius**2)
    if not len(faces):
        return near
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    place = np.full(len(verts), -1)
    place[near] = np.arange(len(near))
    local = place[faces]
    edges = np.concatenate([local[:, [0, 1]], local[:, [1, 2]], local[:, [2, 0]]])
    edges = edges[(edges >= 0).all(axis=1)]
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(near), len(near)))
    label = connected_components(graph, directed=False)[1]
    return near[label == label[place[vertex]]]
