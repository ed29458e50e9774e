"""Small pictures without OpenGL: which triangle (or point) each pixel sees is found once, then any mode is a gather.

Pure numpy, so that a worker thread can draw the thumbnails of fifty modes in a blink while the window's GL context
stays with the window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eigenform_app.viewport.cameras import START
from eigenform_app.viewport.colours import map_values, value_range
from eigenform_app.viewport.geometry import Geometry

SMALL = 6  # pixels: triangles up to this size are filled all at once, larger ones one by one


@dataclass(frozen=True)
class Sight:
    """What each covered pixel sees.

    ``pixels`` (P,) flat indices into a picture of ``height`` x ``width``; ``corners`` (P, 3) vertex indices and
    ``weights`` (P, 3) their barycentric weights; ``light`` (P,) the brightness, 1 for full.
    """

    width: int
    height: int
    pixels: np.ndarray
    corners: np.ndarray
    weights: np.ndarray
    light: np.ndarray
    sheen: np.ndarray


def look(geometry: Geometry, width: int, height: int, eye: tuple[float, float, float] = START[0]) -> Sight:
    """What a picture of ``width`` x ``height`` sees of a geometry from direction ``eye``, without perspective."""
    frame = _frame(np.asarray(eye, dtype=np.float64))
    p = geometry.points @ frame.T
    low, high = p.min(axis=0), p.max(axis=0)
    extent = np.maximum(high - low, 1e-12)
    zoom = 0.9 * min(width / extent[0], height / extent[1])
    x = (p[:, 0] - (low[0] + high[0]) / 2) * zoom + width / 2
    y = height / 2 - (p[:, 1] - (low[1] + high[1]) / 2) * zoom
    z = p[:, 2] * zoom
    if len(geometry.faces):
        return _triangles(geometry, frame, x, y, z, width, height)
    return _discs(geometry, x, y, z, width, height)


def lit_sight(covered: np.ndarray, normals: np.ndarray) -> Sight:
    """What a picture sees of a bare surface, from normals (H, W, 3) in camera space where ``covered`` (H, W)."""
    pixels = np.flatnonzero(covered)
    light, sheen = _light(normals.reshape(-1, 3)[pixels])
    height, width = covered.shape
    return Sight(width, height, pixels, np.zeros((len(pixels), 3), np.int64), np.zeros((len(pixels), 3)), light, sheen)


def shade(sight: Sight, values: np.ndarray | None, colour_map: str = "blue-red", scale: int = 2) -> np.ndarray:
    """(height / scale, width / scale, 4) uint8 picture of one column of values, background transparent.

    ``values`` (V,) is coloured symmetrically about 0; None draws bare material.
    """
    if values is None:
        colour = np.tile(np.array([0.80, 0.78, 0.74]), (len(sight.pixels), 1))
    else:
        seen = np.einsum("pc,pc->p", values[sight.corners], sight.weights)
        colour = map_values(seen, *value_range(values, "symmetric"), colour_map)
    lit = np.clip(colour * sight.light[:, None] + sight.sheen[:, None], 0, 1)
    picture = np.zeros((sight.height * sight.width, 4), dtype=np.float32)
    picture[sight.pixels, :3] = lit
    picture[sight.pixels, 3] = 1.0
    h, w = sight.height // scale, sight.width // scale
    blocks = picture.reshape(sight.height, sight.width, 4)[: h * scale, : w * scale]
    mean = blocks.reshape(h, scale, w, scale, 4).mean(axis=(1, 3))
    mean[:, :, :3] /= np.maximum(mean[:, :, 3:], 1e-6)
    return np.rint(mean * 255).astype(np.uint8)


def _frame(eye: np.ndarray) -> np.ndarray:
    """Rows right, up, towards the eye."""
    back = eye / np.linalg.norm(eye)
    right = np.cross((0.0, 1.0, 0.0), back)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(back, right), back])


def _triangles(geometry: Geometry, frame: np.ndarray, x, y, z, width: int, height: int) -> Sight:
    faces = geometry.faces
    a, b, c = (np.stack([x[faces[:, i]], y[faces[:, i]]], axis=1) for i in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    low = np.floor(np.minimum(np.minimum(a, b), c) - 0.5).astype(np.int64)
    span = np.ceil(np.maximum(np.maximum(a, b), c) + 0.5).astype(np.int64) - low
    size = span.max(axis=1)
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    whole = np.abs(area) > 1e-9

    def fill(index: np.ndarray, px: np.ndarray, py: np.ndarray, slack: float) -> None:
        ok = (px >= 0) & (py >= 0) & (px < width) & (py < height)
        index, px, py = index[ok], px[ok], py[ok]
        u, v = px + 0.5, py + 0.5
        A, B, C, full = a[index], b[index], c[index], area[index]
        w0 = ((B[:, 0] - u) * (C[:, 1] - v) - (B[:, 1] - v) * (C[:, 0] - u)) / full
        w1 = ((C[:, 0] - u) * (A[:, 1] - v) - (C[:, 1] - v) * (A[:, 0] - u)) / full
        w = np.stack([w0, w1, 1 - w0 - w1], axis=1)
        inside = (w >= -slack).all(axis=1)
        found.append((index[inside], (py * width + px)[inside], w[inside]))

    few = np.flatnonzero((size <= SMALL) & whole)
    for dy in range(SMALL + 1):
        for dx in range(SMALL + 1):
            at = few[(span[few, 0] >= dx) & (span[few, 1] >= dy)]
            if len(at):
                fill(at, low[at, 0] + dx, low[at, 1] + dy, 1e-6)
    for i in np.flatnonzero((size > SMALL) & whole):
        gx, gy = np.meshgrid(np.arange(span[i, 0] + 1) + low[i, 0], np.arange(span[i, 1] + 1) + low[i, 1])
        fill(np.full(gx.size, i), gx.ravel(), gy.ravel(), 1e-6)
    index = np.concatenate([f[0] for f in found]) if found else np.zeros(0, np.int64)
    pixel = np.concatenate([f[1] for f in found]) if found else np.zeros(0, np.int64)
    weights = np.concatenate([f[2] for f in found]) if found else np.zeros((0, 3))
    corners = faces[index]
    depth = np.einsum("pc,pc->p", z[corners], weights)
    front = _front(pixel, depth)
    corners, weights = corners[front], np.clip(weights[front], 0, 1)
    weights /= weights.sum(axis=1, keepdims=True)
    assert geometry.normals is not None
    normal = np.einsum("pcd,pc->pd", geometry.normals[corners], weights) @ frame.T
    light, sheen = _light(normal)
    return Sight(width, height, pixel[front], corners, weights, light, sheen)


def _discs(geometry: Geometry, x, y, z, width: int, height: int) -> Sight:
    radius = float(np.clip(0.8 * np.sqrt(width * height / max(1, len(x))), 1.5, 7.0))
    reach = int(np.ceil(radius))
    pixels, depths, owners, normals = [], [], [], []
    ids = np.arange(len(x))
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            px, py = np.floor(x).astype(np.int64) + dx, np.floor(y).astype(np.int64) + dy
            nx, ny = (px + 0.5 - x) / radius, (y - py - 0.5) / radius
            inside = (nx * nx + ny * ny < 1) & (px >= 0) & (py >= 0) & (px < width) & (py < height)
            nz = np.sqrt(np.maximum(0, 1 - nx * nx - ny * ny))
            pixels.append((py * width + px)[inside])
            depths.append((z + radius * nz)[inside])
            owners.append(ids[inside])
            normals.append(np.stack([nx, ny, nz], axis=1)[inside])
    pixel, owner = np.concatenate(pixels), np.concatenate(owners)
    front = _front(pixel, np.concatenate(depths))
    light, sheen = _light(np.concatenate(normals)[front])
    weights = np.tile(np.array([1.0, 0.0, 0.0]), (len(front), 1))
    return Sight(width, height, pixel[front], np.repeat(owner[front, None], 3, axis=1), weights, light, sheen)


def _front(pixel: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Indices of the nearest candidate of each pixel (larger depth is nearer)."""
    order = np.lexsort((-depth, pixel))
    first = np.ones(len(order), dtype=bool)
    first[1:] = pixel[order][1:] != pixel[order][:-1]
    return order[first]


def _light(normal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Brightness and highlight of unit normals in camera space (x right, y up, z to the eye), lit from both sides."""
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    n = normal / np.maximum(length, 1e-12)
    n = n * np.where(n[:, 2:] < 0, -1, 1)
    key = np.array([-0.55, 0.75, 0.9]) / np.linalg.norm([-0.55, 0.75, 0.9])
    fill = np.array([0.95, 0.15, 0.65]) / np.linalg.norm([0.95, 0.15, 0.65])
    light = 0.30 + 0.62 * np.maximum(0, n @ key) + 0.26 * np.maximum(0, n @ fill)
    half = key + np.array([0.0, 0.0, 1.0])
    sheen = 0.12 * np.maximum(0, n @ (half / np.linalg.norm(half))) ** 24
    return light, sheen
