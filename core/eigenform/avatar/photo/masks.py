"""Masks without a network: from scribbles, from a file, by a brush; and tidying those that a network gives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.inpainting.brush import stroke

WORKING = 320
"""Pixels along the longer side of the reduced picture that scribbles are spread on."""

Stroke = Sequence[tuple[float, float]]
"""Points (x, y) in pixels that a pen went through."""


def largest_part(mask: np.ndarray, near: np.ndarray | None = None) -> np.ndarray:
    """The largest connected part of a mask (or the one that covers most of ``near``), its small holes filled.

    Parameters
    ----------
    mask : (H, W) bool
    near : (H, W) bool, optional

    Returns
    -------
    (H, W) bool
        Holes of up to 0.1 % of the part are filled: larger ones may be seen through, as between arm and trunk.
    """
    from scipy import ndimage

    labels, count = ndimage.label(mask)
    if count == 0:
        return np.zeros(mask.shape, dtype=bool)
    sizes = np.bincount(labels[mask if near is None else mask & near], minlength=count + 1)
    sizes[0] = 0
    if sizes.max() == 0:
        sizes = np.bincount(labels[mask], minlength=count + 1)
    found: np.ndarray = labels == sizes.argmax()
    holes, count = ndimage.label(~found)
    small = np.bincount(holes.ravel(), minlength=count + 1) <= max(4.0, 1e-3 * found.sum())
    small[0] = False
    return found | small[holes]


def parts(mask: np.ndarray, share: float = 0.2) -> list[np.ndarray]:
    """Connected parts, from left to right, at least ``share`` as large as the largest; each (H, W) bool."""
    from scipy import ndimage

    labels, count = ndimage.label(mask)
    if count == 0:
        return []
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    kept = [int(k) for k in np.flatnonzero(sizes >= share * sizes.max()) if sizes[k]]
    centres = {k: float(np.flatnonzero((labels == k).any(axis=0)).mean()) for k in kept}
    return [labels == k for k in sorted(kept, key=centres.__getitem__)]


def painted(mask: np.ndarray, points: Stroke, radius: float, add: bool = True) -> np.ndarray:
    """A copy of a mask after a brush of ``radius`` pixels went through ``points``; ``add`` paints, else erases."""
    found = np.array(mask, dtype=bool)
    for start, end in zip(points, [*points[1:], points[-1]], strict=True):
        region, touched = stroke(found.shape, start, end, radius)  # type: ignore[arg-type]
        found[region] = np.where(touched, add, found[region])
    return found


def from_scribbles(
    pixels: np.ndarray,
    person: Sequence[Stroke],
    background: Sequence[Stroke],
    *,
    radius: float | None = None,
    start: np.ndarray | None = None,
    rounds: int = 5,
) -> np.ndarray:
    """A mask from a few strokes on the person and beside it.

    GrabCut (Rother, Kolmogorov and Blake, SIGGRAPH 2004) on a picture reduced to :data:`WORKING` pixels: mixtures of
    colours of both sides, cut where the picture has edges.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
    person, background : sequences of strokes
        At least one on the person. Where there is none on the background, the rim of the picture is taken for it.
    radius : float, optional
        Of the pen, in pixels; 0.6 % of the longer side by default.
    start : (H, W) bool, optional
        A mask to begin from, such as that of a network; strokes correct it.
    rounds : int
        Of GrabCut.

    Returns
    -------
    (H, W) bool
        What a stroke went over is as the stroke says, to the pixel.

    Raises
    ------
    InputError
        Where nothing is marked as person, or the cut keeps nothing.
    """
    import cv2

    height, width = pixels.shape[:2]
    pen = radius if radius is not None else 0.006 * max(height, width)
    ours, others = _drawn((height, width), person, pen), _drawn((height, width), background, pen)
    if not ours.any() and start is None:
        raise InputError("Nothing is marked as the person; a stroke along head, trunk and limbs would work.")
    scale = min(1.0, WORKING / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    sure = _shrunk(ours, size) > 0
    not_ours = (_shrunk(others, size) > 0) & ~sure
    if not background and start is None:
        not_ours |= _rim(sure.shape) & ~sure
    probably = np.ones(sure.shape, bool) if start is None else _shrunk(np.asarray(start, bool), size) >= 0.5
    labels = np.where(probably, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[not_ours], labels[sure] = cv2.GC_BGD, cv2.GC_FGD
    if not (sure | (probably & ~not_ours)).any() or not (not_ours | ~probably).any():
        raise InputError("The strokes leave no person or no background; mark some of both.")
    cv2.setRNGSeed(0)
    ours_model, others_model = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, labels, (0, 0, 1, 1), ours_model, others_model, rounds, cv2.GC_INIT_WITH_MASK)
    cut = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if not cut.any():
        raise InputError("The strokes keep nothing of the picture; longer strokes on the person would work.")
    found = _grown(cut, (width, height)) & ~others | ours
    return largest_part(found, near=ours if ours.any() else None)


def read_mask(path: str | os.PathLike[str], shape: tuple[int, int]) -> np.ndarray:
    """A mask from a picture: its transparency where it has any, else what is brighter than the middle.

    Parameters
    ----------
    path : path
    shape : (H, W)
        Of the photograph; a mask of the same proportions is scaled.

    Returns
    -------
    (H, W) bool

    Raises
    ------
    InputError
        Where it cannot be read, has other proportions, or marks nothing or everything.
    """
    from eigenform.io.image_files import read_image

    path = Path(path)
    image = read_image(path)
    values = image.pixels.mean(axis=2) if image.mask is None else (~image.mask).astype(np.float32)
    if values.shape != shape:
        values = scaled(values, shape, str(path))
    found = values >= 0.5
    if not found.any() or found.all():
        what = "nothing" if not found.any() else "the whole picture"
        raise InputError(f"The mask {path} marks {what}; the person white and the background black would work.")
    return found


def scaled(values: np.ndarray, shape: tuple[int, int], where: str) -> np.ndarray:
    """(H, W) values resampled to ``shape``, which must have the same proportions to one pixel."""
    import cv2

    (h, w), (height, width) = values.shape, shape
    if abs(h * width / w - height) > max(1.5, height / min(h, w)):
        raise InputError(f"{where} has {w} x {h} pixels and the photograph {width} x {height}: not the same picture.")
    method = cv2.INTER_AREA if h > height else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(values, np.float32), (width, height), interpolation=method))


def _drawn(shape: tuple[int, int], strokes: Sequence[Stroke], radius: float) -> np.ndarray:
    found = np.zeros(shape, dtype=bool)
    for points in strokes:
        if len(points):
            found = painted(found, points, radius)
    return found


def _shrunk(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shares of marked pixels in a picture of ``size`` (width, height)."""
    import cv2

    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA))


def _grown(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    import cv2

    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)) >= 0.5


def _rim(shape: tuple[int, int]) -> np.ndarray:
    found = np.ones(shape, dtype=bool)
    found[2:-2, 2:-2] = False
    return found
