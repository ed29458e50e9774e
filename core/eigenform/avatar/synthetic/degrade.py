"""What cameras and files do to a picture, and what stands before a person."""

from __future__ import annotations

import numpy as np

from eigenform.avatar.synthetic.background import background


def compose(colours: np.ndarray, mask: np.ndarray, behind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put a person (n, 3) into a background (S, S, 3), with a soft edge and a shadow on the ground."""
    import cv2

    size = len(mask)
    picture = behind.copy()
    if rng.random() < 0.5:
        rows, columns = np.nonzero(mask)
        foot = rows > rows.max() - 0.06 * size
        centre = (int(columns[foot].mean() + rng.normal() * 0.01 * size), int(rows.max() - 0.005 * size))
        shadow = np.zeros((size, size), dtype=np.float32)
        width = int(np.ptp(columns[foot]) * rng.uniform(0.5, 0.8)) + 3
        cv2.ellipse(shadow, centre, (width, max(2, width // 5)), 0, 0, 360, 1.0, -1)
        soft = cv2.GaussianBlur(shadow, (0, 0), 0.012 * size)
        picture *= 1 - rng.uniform(0.2, 0.7) * soft[..., None]
    person = np.zeros((size, size, 3), dtype=np.float32)
    person[mask] = colours
    sigma = max(0.55 * size / 256, 0.5)
    weight = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)
    spread = cv2.GaussianBlur(person, (0, 0), sigma) / np.maximum(weight, 1e-3)[..., None]
    filled = np.where(mask[..., None], person, spread)
    alpha = np.where(mask, np.maximum(weight, 0.45), weight * 0.9)[..., None]
    return picture * (1 - alpha) + filled * alpha


def occlude(picture: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """In a few percent of pictures something stands before the person; the mask stays whole."""
    import cv2

    if rng.random() > 0.05:
        return picture
    size = len(mask)
    rows, columns = np.nonzero(mask)
    k = rng.integers(len(rows))
    shape = np.zeros((size, size), dtype=np.uint8)
    centre = (int(columns[k] + rng.normal() * 10), int(rows[k]))
    if rng.random() < 0.5:
        axes = (int(size * rng.uniform(0.03, 0.12)), int(size * rng.uniform(0.03, 0.15)))
        cv2.ellipse(shape, centre, axes, rng.uniform(0, 180), 0, 360, 1, -1)
    else:
        w, h = (size * rng.uniform(0.03, 0.2, 2)).astype(int)
        cv2.rectangle(shape, (centre[0] - w, centre[1] - h), (centre[0] + w, centre[1] + h), 1, -1)
    return np.where(shape[..., None] > 0, background(rng, size), picture)


def degrade(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An 8-bit photograph (S, S, 3) of a clean picture (S, S, 3) in [0, 1]."""
    import cv2

    size = len(picture)
    picture = picture.astype(np.float32)
    if rng.random() < 0.35:  # exposure, contrast, white balance
        picture = picture * rng.uniform(0.6, 1.3) * (1 + 0.1 * rng.normal(size=3).astype(np.float32))
    if rng.random() < 0.5:
        picture = np.clip(picture, 0, 1) ** np.float32(np.exp(rng.normal() * 0.25))
    if rng.random() < 0.4:
        grey = picture.mean(-1, keepdims=True)
        picture = grey + (picture - grey) * (0.0 if rng.random() < 0.15 else rng.uniform(0.3, 1.5))
    if rng.random() < 0.45:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.5) * size / 256)
    elif rng.random() < 0.25:
        small = max(int(size * rng.uniform(0.3, 0.8)), 32)
        picture = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
        picture = cv2.resize(picture, (size, size), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.2:
        picture = picture * (1 - rng.uniform(0, 0.5) * _vignette(size))
    if rng.random() < 0.7:
        sigma = rng.uniform(0.003, 0.03)
        grain = np.empty(picture.shape, dtype=np.float32)
        cv2.setRNGSeed(int(rng.integers(2**31 - 1)))
        cv2.randn(grain, np.zeros(1), np.full(1, sigma))
        picture = picture + grain
    pixels = np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        coded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 96))])[1]
        pixels = np.ascontiguousarray(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))[..., ::-1])
    return pixels


def _vignette(size: int) -> np.ndarray:
    u = np.linspace(-1, 1, size, dtype=np.float32) ** 2
    return np.clip((u[:, None] + u[None]) / 2, 0, 1)[..., None]
