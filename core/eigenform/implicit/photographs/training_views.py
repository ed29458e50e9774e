"""Photographs made ready for training: reduced, in the unit sphere of the region, split into train and test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from eigenform.implicit.photographs.cameras import pixel_centres, rays
from eigenform.implicit.photographs.pictures import fit_to
from eigenform.types import Photographs

BORDER = 2
"""Pixels at the border of a photograph that tell its background where there are no masks."""

UNIFORM = 0.02
"""Largest spread of a background, of 1, that counts as one colour."""

NEAR_MASK = 0.06
"""How far around a mask rays are worth their time, of the photograph's longer side."""


@dataclass(frozen=True, eq=False)
class TrainingViews:
    """Photographs (n, H, W) with cameras in the unit sphere; ``train`` and ``test`` list the numbers of the views."""

    images: np.ndarray
    masks: np.ndarray | None
    intrinsics: np.ndarray
    poses: np.ndarray
    train: np.ndarray
    test: np.ndarray
    backdrop: np.ndarray | None
    """(3,) colour in [0, 1] behind the object, where it is one and the same in all photographs."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.images.shape[1], self.images.shape[2]

    def view_rays(self, view: int) -> tuple[np.ndarray, np.ndarray]:
        """Origin and unit direction, (H * W, 3) each, of every pixel of a view, in float32."""
        origin, direction = rays(self.intrinsics[view], self.poses[view], pixel_centres(*self.size))
        return np.broadcast_to(origin, direction.shape).astype(np.float32), direction.astype(np.float32)

    def target(self, view: int) -> np.ndarray:
        """(H, W, 3) float32 photograph that a rendered view is compared with: white outside of the mask, if any."""
        image = self.images[view].astype(np.float32) / 255
        if self.masks is not None and self.backdrop is None:
            image = np.where(self.masks[view][:, :, None], image, np.float32(1))
        return image


def prepare(photographs: Photographs, largest: int, hold_out: int, use_masks: bool) -> TrainingViews:
    """Reduce photographs to ``largest`` pixels (0: as they are) and put their cameras into the unit sphere.

    Every ``hold_out``-th view is kept for the test (0: none), where at least two others are left.
    """
    p = photographs
    height, width = p.images.shape[1:3]
    factor = min(1.0, largest / max(height, width)) if largest else 1.0
    size = max(1, round(height * factor)), max(1, round(width * factor))
    fitted = [fit_to(image, k, size) for image, k in zip(p.images, p.intrinsics, strict=True)]
    masks = None
    if use_masks and p.masks is not None:
        covers = [fit_to(m.astype(np.float32), k, size)[0] for m, k in zip(p.masks, p.intrinsics, strict=True)]
        masks = np.stack(covers) >= 0.5
    poses = p.poses.copy()
    poses[:, :3, 3] = (poses[:, :3, 3] - p.centre) / p.radius
    number = np.arange(len(p.images))
    held = (
        (number % hold_out == hold_out - 1) if hold_out > 1 and len(number) > hold_out else np.zeros(len(number), bool)
    )
    images = np.stack([image for image, _ in fitted])
    return TrainingViews(
        images, masks, np.stack([k for _, k in fitted]), poses, number[~held], number[held], _backdrop(images, masks)
    )


def _backdrop(images: np.ndarray, masks: np.ndarray | None) -> np.ndarray | None:
    """The one colour behind the object, or None where there are several."""
    from scipy.ndimage import binary_dilation

    if masks is None:
        b = min(BORDER, *(s // 2 for s in images.shape[1:3]))
        around = np.ones(images.shape[1:3], dtype=bool)
        around[b:-b, b:-b] = False
        seen = images[:, around].reshape(-1, 3)
    else:
        seen = np.concatenate([i[~binary_dilation(m, iterations=2)] for i, m in zip(images, masks, strict=True)])
    if not len(seen):
        return None
    colour = np.median(seen, axis=0) / 255
    off = np.abs(seen / 255 - colour).max(axis=1)
    return colour.astype(np.float32) if np.quantile(off, 0.98) <= UNIFORM else None


class RayPool:
    """Random rays of the training views, in the order of a seed and the number of the step alone.

    With masks, four rays of five are taken on or near the object.
    """

    def __init__(self, views: TrainingViews, device: str, seed: int, check: Callable[[], None]) -> None:
        from scipy.ndimage import binary_dilation

        self.views, self.device, self.seed = views, device, seed
        height, width = views.size
        self.per_view = height * width
        self.colours = torch.from_numpy(views.images[views.train].reshape(-1, 3))
        self.cover = None if views.masks is None else torch.from_numpy(views.masks[views.train].reshape(-1))
        grow = max(2, round(NEAR_MASK * max(height, width)))
        near: list[np.ndarray] = []
        for view in [] if views.masks is None else views.train:
            check()
            assert views.masks is not None
            near.append(np.flatnonzero(binary_dilation(views.masks[view], iterations=grow)))
        self.near = torch.from_numpy(np.concatenate(near)) if near else torch.zeros(0, dtype=torch.long)
        counts = [len(n) for n in near]
        self.counts = torch.tensor(counts)
        self.starts = torch.tensor([0, *np.cumsum(counts)[:-1]])
        self.inverse = torch.from_numpy(np.linalg.inv(views.intrinsics[views.train])).float()
        self.poses = torch.from_numpy(views.poses[views.train]).float()

    def take(self, step: int, count: int, one_image: bool) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """``(origins, directions, colours in [0, 1], mask or None)`` of step ``step``, on the device."""
        generator = torch.Generator().manual_seed((self.seed * 1_000_003 + step) % (2**63 - 1))
        n = len(self.views.train)
        if one_image:
            lap = torch.Generator().manual_seed((self.seed * 1_000_003 + step // n) % (2**63 - 1))
            view = torch.randperm(n, generator=lap)[step % n].expand(count)
        else:
            view = torch.randint(n, (count,), generator=generator)
        pixel = torch.randint(self.per_view, (count,), generator=generator)
        if len(self.near):
            share, lot = torch.rand(2, count, generator=generator)
            sizes = self.counts[view]
            place = self.starts[view] + (share * sizes).long().clamp_max((sizes - 1).clamp_min(0))
            pixel = torch.where((lot < 0.8) & (sizes > 0), self.near[place.clamp_max(len(self.near) - 1)], pixel)
        width = self.views.size[1]
        at = torch.stack([pixel % width + 0.5, pixel // width + 0.5, torch.ones(count)], dim=1)
        direction = torch.einsum("nij,nj->ni", self.inverse[view], at)
        direction = torch.einsum("nij,nj->ni", self.poses[view, :3, :3], direction)
        direction = direction / direction.norm(dim=1, keepdim=True)
        index = view * self.per_view + pixel
        colour = self.colours[index].float() / 255
        cover = None if self.cover is None else self.cover[index].float().to(self.device)
        return self.poses[view, :3, 3].to(self.device), direction.to(self.device), colour.to(self.device), cover
