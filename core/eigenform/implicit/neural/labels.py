"""What a field is distilled from: places, the values it should have there, and what is held out to judge it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from eigenform.implicit.fields import ScalarField
from eigenform.implicit.neural.model import HALF, Model
from eigenform.jobs import unwatched

CLIP = 0.1
"""Labels are clipped here, relative to the longest side of the box: farther away only the sign counts."""

NEAR = (0.004, 0.02)
"""Standard deviations of the samples near the points, each for half of them."""

HELD_OUT = 40
"""One point in so many is not trained on."""

_CHUNK = 65_536


@dataclass(frozen=True, eq=False)
class Labels:
    """Places (M, 3) in the network's coordinates, values (M,) in the frame, those of the base field, weights (M,)."""

    where: Tensor
    value: Tensor
    base: Tensor | None
    weight: Tensor

    def to(self, device: str | torch.device) -> Labels:
        """The same on a device."""
        base = None if self.base is None else self.base.to(device)
        return Labels(self.where.to(device), self.value.to(device), base, self.weight.to(device))

    def error(self, model: Model, clip: float | None = None) -> Tensor:
        """Weighted mean of the absolute error, in the frame."""
        found = model.forward(self.where, self.base)
        if clip is not None:
            found = found.clamp(-clip, clip)
        return ((found - self.value).abs() * self.weight).mean()

    def rows(self, index: Tensor) -> Labels:
        """Some of them."""
        base = None if self.base is None else self.base[index]
        return Labels(self.where[index], self.value[index], base, self.weight[index])


def split_points(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows held out."""
    mixed = rng.permutation(count)
    few = max(1, count // HELD_OUT)
    return np.sort(mixed[few:]), np.sort(mixed[:few])


def values_of(field: ScalarField, points: np.ndarray, check: Callable[[], None] = unwatched) -> np.ndarray:
    """(N,) values in blocks short enough for a pause."""
    out = np.empty(len(points))
    for i in range(0, len(points), _CHUNK):
        check()
        out[i : i + _CHUNK] = field.values(points[i : i + _CHUNK])
    return out


def _labels(points: np.ndarray, value: np.ndarray, base: np.ndarray | None, weight: np.ndarray | float) -> Labels:
    def tensor(x: np.ndarray) -> Tensor:
        return torch.from_numpy(np.array(x, dtype=np.float32))

    weights = np.broadcast_to(np.asarray(weight, dtype=np.float32), len(points))
    return Labels(tensor(points / HALF), tensor(value), None if base is None else tensor(base), tensor(weights))


def plain_labels(
    points: np.ndarray, teacher: ScalarField, rng: np.random.Generator, scale: float, check: Callable[[], None]
) -> tuple[Labels, Labels]:
    """Labels of a network that learns a whole field, to train on and held out.

    Twelve samples near each point and two in space, labelled by the teacher, and the points themselves, labelled 0.

    Parameters
    ----------
    points : (N, 3) array
        In the frame.
    scale : float
        Multiplies the number of samples.
    """
    count = int(12 * scale * min(max(len(points), 5000), 100_000))
    train, test = split_points(len(points), rng)

    def draw(rows: np.ndarray, many: int) -> Labels:
        spread = np.repeat(NEAR, (many + 1) // 2)[:many, None]
        near = points[rng.choice(rows, many)] + spread * rng.standard_normal((many, 3))
        space = rng.uniform(-HALF, HALF, (many // 6, 3))
        off = np.clip(np.concatenate([near, space]), -HALF, HALF)
        value = np.clip(values_of(teacher, off, check), -CLIP, CLIP)
        on = points[rows]
        return _labels(np.concatenate([off, on]), np.concatenate([value, np.zeros(len(on))]), None, 1.0)

    return draw(train, count), draw(test, max(2000, count // 40))


def residual_labels(
    points: np.ndarray,
    normals: np.ndarray | None,
    teacher: ScalarField,
    offset: float,
    rng: np.random.Generator,
    check: Callable[[], None],
) -> tuple[Labels, Labels]:
    """Labels of a network that corrects the teacher, to train on and held out.

    The points are labelled 0 and, where normals are known, places a little to both sides of each along its normal by
    that distance: together the value and the derivative that the field should have. Places farther off keep the
    teacher's values, with less weight.

    Parameters
    ----------
    points, normals : (N, 3) array
        In the frame.
    offset : float
        Largest distance of the places beside a point.
    """
    train, test = split_points(len(points), rng)

    def draw(rows: np.ndarray, sides: int, guard: bool) -> Labels:
        places, values, weights = [points[rows]], [np.zeros(len(rows))], [np.full(len(rows), 1.0)]
        if normals is not None:
            for side in range(2 * sides):
                away = offset * rng.uniform(0.3, 1.0, len(rows)) * (1 if side % 2 else -1)
                places.append(points[rows] + away[:, None] * normals[rows])
                values.append(away)
                weights.append(np.full(len(rows), 0.5))
        if guard:
            far = points[rng.choice(rows, 2 * len(rows))] + 2 * offset * rng.standard_normal((2 * len(rows), 3))
            places.append(far)
            values.append(np.full(len(far), np.nan))
            weights.append(np.full(len(far), 0.05))
        x = np.clip(np.concatenate(places), -HALF, HALF)
        base = values_of(teacher, x, check)
        value = np.concatenate(values)
        return _labels(x, np.where(np.isnan(value), base, value), base, np.concatenate(weights))

    return draw(train, 2, True), draw(test, 1, False)
