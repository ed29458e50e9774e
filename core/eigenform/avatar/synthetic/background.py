"""What stands behind a person: gradients, walls, floors, blocks, blurred clutter, textures."""

from __future__ import annotations

import numpy as np

from eigenform.avatar.synthetic.materials import random_colour
from eigenform.avatar.synthetic.noise import octaves, picture_noise
from eigenform.avatar.synthetic.skin_paint import SKIN_TONES


def background(rng: np.random.Generator, size: int) -> np.ndarray:
    """A random picture (size, size, 3) float32 in [0, 1]."""
    kind = rng.random()
    if kind < 0.18:
        picture = _gradient(rng, size)
    elif kind < 0.42:
        picture = _room(rng, size)
    elif kind < 0.62:
        picture = _clutter(rng, size, int(rng.integers(8, 60)))
    elif kind < 0.78:
        picture = _texture(rng, size)
    else:
        picture = _outdoors(rng, size)
    if rng.random() < 0.4:
        picture = picture * (1 + rng.uniform(0.03, 0.25) * (octaves(rng, size, 8, 4) - 0.5))
    if rng.random() < 0.45:
        import cv2

        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 6) * size / 256)
    return np.clip(picture, 0, 1).astype(np.float32)


def _colour(rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.12:
        return np.array(SKIN_TONES[rng.integers(len(SKIN_TONES))]) / 255
    return np.clip(random_colour(rng) * rng.uniform(0.6, 1.6), 0, 1)


def _gradient(rng: np.random.Generator, size: int) -> np.ndarray:
    import cv2

    corners = np.stack([_colour(rng) for _ in range(4)]).reshape(2, 2, 3)
    corners = corners.mean((0, 1)) + rng.uniform(0.05, 1) * (corners - corners.mean((0, 1)))
    return cv2.resize(corners.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)


def _plane(rng: np.random.Generator, size: int) -> np.ndarray:
    """A wall or floor: one colour, perhaps with planks, tiles or noise."""
    picture = np.broadcast_to(_colour(rng).astype(np.float32), (size, size, 3)).copy()
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) / size
    kind = rng.random()
    if kind < 0.3:
        period = rng.uniform(0.04, 0.3)
        line = ((u if rng.random() < 0.5 else v) / period) % 1
        picture *= 1 - rng.uniform(0.1, 0.5) * (line < rng.uniform(0.04, 0.5))[..., None]
    elif kind < 0.5:
        a, b = rng.uniform(0.04, 0.25, 2)
        odd = (np.floor(v / b) % 2) * 0.5
        line = (((u / a + odd) % 1) < 0.06) | ((v / b) % 1 < 0.08)
        picture *= 1 - rng.uniform(-0.4, 0.5) * line[..., None]
    else:
        picture *= 1 + rng.uniform(0, 0.6) * (octaves(rng, size, int(rng.integers(2, 20)), 4) - 0.5)
    return picture


def _room(rng: np.random.Generator, size: int) -> np.ndarray:
    import cv2

    picture, floor = _plane(rng, size), _plane(rng, size)
    horizon = int(size * rng.uniform(0.5, 0.95))
    height = size - horizon
    if rng.random() < 0.6 and height > 8:  # a floor in perspective
        source = np.array([[0, 0], [size, 0], [size, size], [0, size]], dtype=np.float32)
        spread = size * rng.uniform(0.3, 2)
        target = np.array([[0, 0], [size, 0], [size + spread, height], [-spread, height]], dtype=np.float32)
        floor = cv2.warpPerspective(floor, cv2.getPerspectiveTransform(source, target), (size, height))
        picture[horizon:] = floor
    else:
        picture[horizon:] = floor[horizon:]
    picture[max(horizon - 2, 0) : horizon] *= rng.uniform(0.5, 1.3)
    for _ in range(int(rng.integers(0, 6))):  # doors, pictures, furniture
        w, h = rng.uniform(0.05, 0.45, 2) * size
        x, y = rng.uniform(-0.1, 1, 2) * [size, horizon]
        colour = tuple(float(c) for c in _colour(rng))
        cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1)
        if rng.random() < 0.6:
            edge = tuple(float(c) * rng.uniform(0.4, 1.4) for c in colour)
            cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), edge, int(rng.integers(1, 5)))
    return picture * _gradient_light(rng, size)


def _gradient_light(rng: np.random.Generator, size: int) -> np.ndarray:
    return 1 + rng.uniform(0, 0.6) * (picture_noise(rng, size, 1) - 0.5)


def _clutter(rng: np.random.Generator, size: int, count: int) -> np.ndarray:
    import cv2

    picture = _gradient(rng, size).copy()
    for _ in range(count):
        colour = tuple(float(c) for c in _colour(rng))
        centre = rng.uniform(-0.1, 1.1, 2) * size
        extent = np.exp(rng.uniform(np.log(0.02), np.log(0.4))) * size
        kind = rng.integers(4)
        if kind == 0:
            points = (centre + rng.normal(size=(int(rng.integers(3, 7)), 2)) * extent * 0.6).astype(np.int32)
            cv2.fillPoly(picture, [points], colour)
        elif kind == 1:
            axes = (int(extent * 0.5) + 1, int(extent * rng.uniform(0.1, 0.6)) + 1)
            cv2.ellipse(picture, (int(centre[0]), int(centre[1])), axes, rng.uniform(0, 180), 0, 360, colour, -1)
        elif kind == 2:
            end = centre + rng.normal(size=2) * extent * 2
            ends = [(int(a), int(b)) for a, b in (centre, end)]
            cv2.line(picture, ends[0], ends[1], colour, int(rng.integers(1, max(3, int(0.06 * size)))), cv2.LINE_AA)
        else:
            opposite = centre + extent * rng.uniform(0.2, 1, 2)
            corners = [(int(a), int(b)) for a, b in (centre, opposite)]
            cv2.rectangle(picture, corners[0], corners[1], colour, -1)
    return picture


def _texture(rng: np.random.Generator, size: int) -> np.ndarray:
    cells = int(rng.integers(2, 24))
    value = octaves(rng, size, cells, int(rng.integers(1, 6)))
    if rng.random() < 0.4:
        value = np.abs(np.sin(value * rng.uniform(4, 20)))
    a, b = _colour(rng), _colour(rng)
    contrast = rng.uniform(0.2, 1)
    picture = a + contrast * (b - a) * np.clip(value * 1.3 - 0.15, 0, 1)
    if rng.random() < 0.3:
        picture = picture + 0.3 * (octaves(rng, size, cells, 3, 3) - 0.5)
    return picture.astype(np.float32)


def _outdoors(rng: np.random.Generator, size: int) -> np.ndarray:
    """Sky, far shapes, ground."""
    rows = np.linspace(0, 1, size, dtype=np.float32)[:, None, None]
    sky = np.array([0.55, 0.7, 0.9]) * rng.uniform(0.6, 1.1) + rng.normal(size=3) * 0.06
    picture = (sky * (1 - 0.3 * rows) + 0.3 * rows).astype(np.float32) * np.ones((1, size, 1), dtype=np.float32)
    picture = picture + 0.25 * np.clip(octaves(rng, size, 3, 4) - 0.5, 0, 1)
    horizon = rng.uniform(0.35, 0.75)
    for k in range(int(rng.integers(1, 4))):
        green = np.array([0.2, 0.32, 0.14]) if rng.random() < 0.5 else _colour(rng) * 0.8
        line = horizon + (k - 1) * 0.1 + 0.25 * (picture_noise(rng, size, int(rng.integers(2, 16)))[0, :, 0] - 0.5)
        below = (rows[:, :, 0] > line[None])[..., None]
        tone = green * (0.7 + 0.6 * octaves(rng, size, 12, 4))
        picture = np.where(below, tone, picture).astype(np.float32)
    ground = _plane(rng, size)
    floor = (rows[:, :, 0] > horizon + 0.15)[..., None] & np.ones((1, size, 1), dtype=bool)
    return np.where(floor, ground, picture).astype(np.float32)
