"""What finds masks and keypoints: our network, or a person's own ONNX models.

A *finder* is a function of a square crop, (S, S, 3) uint8, that gives :class:`Found`; methods take one as an argument,
so that tests and other programs can bring their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Found:
    """What is found in a crop.

    Attributes
    ----------
    mask : (s, s) float array or None
        Probability of the person, row 0 at the top, of any resolution.
    keypoints : (23, 3) float array or None
        x right, y up in crop coordinates, and a confidence in [0, 1].
    """

    mask: np.ndarray | None = None
    keypoints: np.ndarray | None = None


Finder = Callable[[np.ndarray], Found]


def our_finder(device: str = "auto") -> tuple[Finder, int]:
    """The network of :mod:`eigenform.avatar.networks.finder` and the pixels along a side that it wants.

    Raises
    ------
    InputError
        Where its weights are not installed: says what can be done without.
    """
    from eigenform.avatar.networks.finder import SIZE, see
    from eigenform.avatar.networks.weights import load
    from eigenform.device import choose

    network, _ = load("finder", choose(device))

    def find(rgb: np.ndarray) -> Found:
        seen = see(rgb, network)
        return Found(seen.mask, seen.keypoints)

    return find, SIZE


def finder_of(params: Any) -> tuple[Finder, int] | None:
    """The finder that parameters ask for: own models where they are named, ours for the rest; None for no finder."""
    from eigenform.avatar.photo.onnx_models import mask_model, pose_model

    masks = mask_model(params.mask_model) if params.mask_model else None
    poses = pose_model(params.pose_model) if params.pose_model else None
    if masks is None and poses is None:
        return our_finder(params.device) if params.finder == "network" else None
    both_needed = params.finder == "network" and (masks is None or poses is None)
    ours, size = our_finder(params.device) if both_needed else (None, 256)

    def find(rgb: np.ndarray) -> Found:
        rest = ours(reduced(rgb, size)) if ours is not None else Found()
        return Found(rest.mask if masks is None else masks(rgb), rest.keypoints if poses is None else poses(rgb))

    return find, 512


def reduced(rgb: np.ndarray, size: int) -> np.ndarray:
    """A square picture as (size, size, 3) uint8."""
    import cv2

    if rgb.shape[0] == size:
        return rgb
    return np.asarray(cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA))
