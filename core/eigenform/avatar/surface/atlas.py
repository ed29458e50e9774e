"""Lay charts side by side in the unit square: the texture coordinates of a figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from eigenform.avatar.surface.charts import Charts, adjacency, cut, split_overlaps
from eigenform.jobs import unwatched

if TYPE_CHECKING:
    from eigenform.avatar.raster.zbuffer import Fragments

PADDING = 5
"""Texels between two charts."""


def unwrap(
    verts: np.ndarray,
    faces: np.ndarray,
    size: int,
    limb: np.ndarray | None = None,
    check: Callable[[], None] = unwatched,
) -> tuple[np.ndarray, np.ndarray]:
    """Texture coordinates of a closed surface: no two triangles share a texel.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        At rest, metres.
    size : int
        Texels along a side of the texture.
    limb : (V,) int, optional
        As :func:`eigenform.avatar.surface.charts.cut` takes it.
    check : callable
        Called now and then.

    Returns
    -------
    coordinates : (T, 2) float64
        In [0, 1], origin at the lower left.
    corners : (F, 3) int64
        Rows of ``coordinates``.
    """
    charts = cut(verts, faces, limb)
    check()
    beside = adjacency(faces)
    for _ in range(4):
        check()
        placed = pack(charts, size)
        check()
        covered = overlapping(placed, faces, size)
        if not covered.any():
            break
        charts = split_overlaps(charts, covered, beside)
    return _joined(placed, faces, charts.chart)


def pack(charts: Charts, size: int) -> np.ndarray:
    """(F, 3, 2) corners in the unit square: boxes of charts on shelves, at the largest scale that fits."""
    flat = charts.flat
    number = int(charts.chart.max()) + 1
    flat = _turned(flat, charts.chart, number)
    low, high = np.full((number, 2), np.inf), np.full((number, 2), -np.inf)
    np.minimum.at(low, charts.chart, flat.min(axis=1))
    np.maximum.at(high, charts.chart, flat.max(axis=1))
    box = high - low
    least, most = 0.0, 10.0 / max(float(np.sqrt(box.prod(axis=1).sum())), 1e-9)
    gap = PADDING / size
    places = None
    for _ in range(40):
        middle = (least + most) / 2
        found = _shelves(box * middle + gap)
        if found is None:
            most = middle
        else:
            least, places = middle, found
    assert places is not None
    return (flat - low[charts.chart, None]) * least + places[charts.chart, None] + gap / 2


def _turned(flat: np.ndarray, chart: np.ndarray, number: int) -> np.ndarray:
    """Charts turned upright along their longest direction, so that their boxes are small."""
    points, owner = flat.reshape(-1, 2), np.repeat(chart, 3)
    count = np.bincount(owner, minlength=number)[:, None]
    mean = np.stack([np.bincount(owner, points[:, k], minlength=number) for k in (0, 1)], axis=1) / count
    away = points - mean[owner]
    xx, xy, yy = (np.bincount(owner, p * q, minlength=number) for p, q in
                  ((away[:, 0], away[:, 0]), (away[:, 0], away[:, 1]), (away[:, 1], away[:, 1])))  # fmt: skip
    angle = np.pi / 2 - 0.5 * np.arctan2(2 * xy, xx - yy)
    cosine, sine = np.cos(angle)[owner], np.sin(angle)[owner]
    turned = np.stack([cosine * away[:, 0] - sine * away[:, 1], sine * away[:, 0] + cosine * away[:, 1]], axis=1)
    return turned.reshape(flat.shape)


def _shelves(box: np.ndarray) -> np.ndarray | None:
    """(N, 2) lower left corners of boxes (N, 2) in the unit square, tall ones first; None where they do not fit.

    Each box goes to the first place of the lowest skyline that is wide enough.
    """
    steps = 512
    sky = np.zeros(steps)
    places = np.zeros_like(box)
    for i in np.lexsort((-box[:, 0], -box[:, 1])):
        wide = int(np.ceil(box[i, 0] * steps - 1e-9))
        if wide > steps:
            return None
        wide = max(wide, 1)
        tops = np.lib.stride_tricks.sliding_window_view(sky, wide).max(axis=1)
        at = int(np.argmin(tops))
        if tops[at] + box[i, 1] > 1:
            return None
        places[i] = at / steps, tops[at]
        sky[at : at + wide] = tops[at] + box[i, 1]
    return places


def overlapping(placed: np.ndarray, faces: np.ndarray, size: int) -> np.ndarray:
    """(F,) True for triangles over others that they do not touch, as drawn on ``size`` x ``size`` texels."""
    fragments = _fragments(placed, min(size, 1024))
    a, b = (ids[0].numpy().ravel() for ids in (fragments.front, fragments.back))
    apart = a != b
    a, b = a[apart], b[apart]
    shared = (faces[a][:, :, None] == faces[b][:, None, :]).any(axis=(1, 2))
    covered = np.zeros(len(faces), bool)
    covered[a[~shared]] = True
    return covered


def drawn(placed: np.ndarray, size: int, check: Callable[[], None] = unwatched) -> tuple[np.ndarray, np.ndarray]:
    """The triangle (size, size) of each texel, -1 beside all, and barycentric coordinates (size, size, 3).

    Large ones are drawn in quarters, with ``check`` in between.
    """
    if size <= 1024 or size % 2:
        fragments = _fragments(placed, size)
        return fragments.front[0].numpy(), fragments.front_bary[0].numpy()
    face, share = np.empty((size, size), np.int64), np.empty((size, size, 3), np.float32)
    half = size // 2
    for row in (0, 1):
        for column in (0, 1):
            check()
            part = slice(row * half, (row + 1) * half), slice(column * half, (column + 1) * half)
            face[part], share[part] = drawn(2 * placed - [column, 1 - row], half, check)
    return face, share


def _fragments(placed: np.ndarray, size: int) -> Fragments:
    """The triangles (F, 3, 2) of the unit square drawn at one depth: of two at a texel, both are known."""
    import torch

    from eigenform.avatar.raster.zbuffer import rasterise

    count = len(placed)
    flat = np.concatenate([2 * placed.reshape(1, -1, 2) - 1, np.zeros((1, 3 * count, 1))], axis=2)
    with torch.no_grad():
        return rasterise(torch.as_tensor(flat, dtype=torch.float32), torch.arange(3 * count).reshape(count, 3), size)


def _joined(placed: np.ndarray, faces: np.ndarray, chart: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates once for each vertex and chart, and the corners of the triangles among them."""
    key = faces.astype(np.int64) * (int(chart.max()) + 1) + chart[:, None]
    _, first, inverse = np.unique(key.ravel(), return_index=True, return_inverse=True)
    return np.clip(placed.reshape(-1, 2)[first], 0, 1), inverse.reshape(-1, 3).astype(np.int64)
