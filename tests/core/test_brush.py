"""The brush: discs and capsules of known area, and no paint through thin parts."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform.inpainting.brush import ball, stroke


def painted(shape: tuple[int, int], *args: object) -> np.ndarray:
    where, touched = stroke(shape, *args)
    out = np.zeros(shape, dtype=bool)
    out[where] = touched
    return out


def test_a_dot_is_a_disc_and_a_stroke_a_capsule() -> None:
    dot = painted((200, 200), (100, 100), (100, 100), 40)
    assert dot.sum() == pytest.approx(np.pi * 40**2, rel=0.01)
    line = painted((200, 200), (60, 100), (140, 100), 20)
    assert line.sum() == pytest.approx(np.pi * 20**2 + 80 * 40, rel=0.02)
    assert line[100, 60]
    assert not line[100, 30]


def test_a_small_brush_paints_the_pixel_under_it_and_the_edge_cuts() -> None:
    one = painted((10, 12), (3.2, 7.8), (3.2, 7.8), 0.1)
    assert one.sum() == 1
    assert one[7, 3]
    assert painted((10, 12), (-5, -5), (-4, -5), 2).sum() == 0
    assert painted((10, 12), (40, 5), (60, 5), 3).sum() == 0
    corner = painted((10, 12), (0, 0), (0, 0), 3)
    assert corner[0, 0]
    assert corner.sum() == pytest.approx(np.pi * 9 / 4, abs=2)


def test_paint_does_not_go_through_a_thin_sheet() -> None:
    x, y = np.meshgrid(np.arange(9.0), np.arange(9.0), indexing="ij")
    n = 81
    quad = np.array([[i * 9 + j, i * 9 + j + 1, (i + 1) * 9 + j] for i in range(8) for j in range(8)])
    quad = np.concatenate(
        [quad, [[(i + 1) * 9 + j, i * 9 + j + 1, (i + 1) * 9 + j + 1] for i in range(8) for j in range(8)]]
    )
    sheet = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1)
    verts = np.concatenate([sheet, sheet + [0, 0, 0.1]])
    faces = np.concatenate([quad, quad + n])
    found = ball(verts, faces, 40, 2.1)
    assert len(found) == 13
    assert found.max() < n
    assert len(ball(verts, faces[:0], 40, 2.1)) == 26
