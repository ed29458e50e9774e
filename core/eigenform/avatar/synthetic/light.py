"""Light on a person: two lamps, light from around, soft occlusion."""

from __future__ import annotations

import numpy as np

from eigenform.avatar.synthetic.noise import picture_noise
from eigenform.avatar.synthetic.paint import Paint


def shade(
    painted: Paint, normals: np.ndarray, depth: np.ndarray, mask: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Colours (n, 3) in [0, 1], sRGB, of the n visible points in the order of ``mask``.

    Parameters
    ----------
    painted : Paint
    normals : (n, 3)
        Unit, view axes (right, up, toward the viewer).
    depth : (S, S)
        Toward the viewer, m.
    mask : (S, S) bool
    rng : generator
    """
    n = normals.astype(np.float32)
    sky, ground = rng.uniform(0.25, 0.65), rng.uniform(0.1, 0.4)
    tint = 1 + 0.08 * rng.normal(size=(3, 3)).astype(np.float32)
    hemisphere = ground + (sky - ground) * (0.5 + 0.5 * n[:, 1:2])
    light = hemisphere * tint[0] * occlusion(depth, mask, rng)[:, None]
    specular = np.zeros(len(n), dtype=np.float32)
    for k, power in enumerate((rng.uniform(0.35, 0.95), rng.uniform(0.0, 0.5))):
        direction = rng.normal(size=3) * [0.8, 0.45, 0.35] + [0, 0.35, 0.75]
        direction = (direction / np.linalg.norm(direction)).astype(np.float32)
        wrap = rng.uniform(0.0, 0.35)
        cosine = n @ direction
        diffuse = np.maximum(cosine + wrap, 0) / (1 + wrap)
        if k == 0 and rng.random() < 0.6:
            diffuse = diffuse * _shadow(direction, depth, mask)
        light += power * diffuse[:, None] * tint[k + 1]
        half = direction + np.array([0, 0, 1], dtype=np.float32)
        half /= np.linalg.norm(half)
        specular += power * np.maximum(n @ half, 0) ** painted.gloss
    if rng.random() < 0.5:  # dappled light
        spots = picture_noise(rng, len(mask), int(rng.integers(2, 7)))[..., 0][mask]
        light *= (1 - rng.uniform(0.1, 0.5) * np.clip(spots * 1.4 - 0.2, 0, 1))[:, None]
    linear = painted.albedo**2.2 * light + (painted.shine * specular * 0.6)[:, None]
    exposure = np.exp(rng.normal() * 0.2)
    return np.clip(linear * exposure, 0, 1) ** (1 / 2.2)


def occlusion(depth: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How open (n,) each visible point is to its surroundings, from the depth of its neighbours, in [0.3, 1]."""
    import cv2

    size = len(mask)
    weight = mask.astype(np.float32)
    depth = np.where(mask, depth, 0).astype(np.float32)
    closed = np.zeros(int(mask.sum()), dtype=np.float32)
    for width, strength in ((size // 48 * 2 + 1, 14.0), (size // 14 * 2 + 1, 5.0)):
        blurred = cv2.blur(depth, (width, width)) / np.maximum(cv2.blur(weight, (width, width)), 1e-3)
        closed += np.clip(strength * (blurred - depth)[mask], 0, 0.5)
    return np.clip(1 - rng.uniform(0.4, 1.1) * closed, 0.3, 1)


def _shadow(direction: np.ndarray, depth: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Soft shadows (n,) cast inside the depth map: march a few steps toward the lamp."""
    size = len(mask)
    rows, columns = np.nonzero(mask)
    low = float(depth[mask].min()) - 1
    surface = np.where(mask, depth, low).astype(np.float32)
    here = surface[rows, columns]
    metres = 2.2 / size  # about one pixel
    blocked = np.zeros(len(rows), dtype=np.float32)
    flat = float(np.hypot(direction[0], direction[1])) + 1e-6
    for step in (3, 6, 10, 16, 24):
        c = np.clip(columns + round(step * float(direction[0]) / flat), 0, size - 1)
        r = np.clip(rows - round(step * float(direction[1]) / flat), 0, size - 1)
        ray = here + step * metres * direction[2] / flat
        over = surface[r, c] - ray
        blocked = np.maximum(blocked, np.clip((over - 0.008) / 0.03, 0, 1) * (over < 0.35))
    soft = np.zeros((size, size), dtype=np.float32)
    soft[rows, columns] = blocked
    import cv2

    return 1 - 0.8 * cv2.GaussianBlur(soft, (0, 0), max(size / 256, 0.6))[rows, columns]
