"""What a picture must be before anybody is looked for in it: colour, upright, neither tiny nor huge."""

from __future__ import annotations

import numpy as np

from eigenform.errors import InputError
from eigenform.types import Image

SMALLEST = 64
"""Pixels along the shorter side below which nobody can be found."""

FLAT = 2.0
"""Standard deviation in 255ths below which a picture shows nothing."""


def photograph(image: Image, largest: int) -> tuple[np.ndarray, np.ndarray | None, list[str]]:
    """A picture as 8-bit colour, and what its transparency says.

    Parameters
    ----------
    image : Image
        Upright: reading a file turns it as its camera says.
    largest : int
        Pixels along the longer side that are kept; a larger picture is reduced.

    Returns
    -------
    (pixels, mask, notes)
        (H, W, 3) uint8; (H, W) bool, True where the picture is opaque, or None where all of it is; what was changed.

    Raises
    ------
    InputError
        For a picture with less than :data:`SMALLEST` pixels on a side, or of one even colour.
    """
    height, width = image.pixels.shape[:2]
    if min(height, width) < SMALLEST:
        raise InputError(
            f"{image.name} has {width} x {height} pixels, too few to find a person in; at least {SMALLEST} on each "
            "side would work."
        )
    scale, notes = min(1.0, largest / max(height, width)), []
    opaque = None if image.mask is None else ~image.mask
    values = image.pixels
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        values = _reduced(values, size)
        opaque = None if opaque is None else _reduced(opaque.astype(np.float32), size)[..., 0] >= 0.5
        notes.append(
            f"The picture has {width} x {height} pixels ({width * height / 1e6:.0f} million) and was reduced to "
            f"{size[0]} x {size[1]}."
        )
    pixels = (values * np.float32(255) + np.float32(0.5)).clip(0, 255).astype(np.uint8)
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    if float(pixels[:: max(1, height // 512), :: max(1, width // 512)].std(axis=(0, 1)).max()) < FLAT:
        raise InputError(f"{image.name} has one even colour all over, so there is nobody in it.")
    return np.ascontiguousarray(pixels), opaque, notes


def _reduced(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w, C) means over the pixels that become one; ``size`` is (width, height)."""
    import cv2

    found = np.asarray(cv2.resize(np.ascontiguousarray(values), size, interpolation=cv2.INTER_AREA))
    return found if found.ndim == 3 else found[:, :, None]
