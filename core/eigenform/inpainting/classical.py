"""The classical baselines: Telea, Navier-Stokes and biharmonic inpainting of images."""

from __future__ import annotations

import time

import numpy as np

from eigenform import native
from eigenform.inpainting.inputs import hole_of
from eigenform.inpainting.settings import InpaintClassicalParams
from eigenform.jobs import JobContext
from eigenform.provenance import describe
from eigenform.types import Image


def run(image: Image, *, params: InpaintClassicalParams, ctx: JobContext) -> Image:
    """Fill the hole of an image; known pixels stay as they are, bit for bit.

    Parameters
    ----------
    image : Image
        With ``mask``, True where pixels are missing.
    params : InpaintClassicalParams
    ctx : JobContext
        The solver runs in a child process, so that a cancel takes effect at once.

    Returns
    -------
    Image
        Whole: nothing of it is missing.

    Raises
    ------
    InputError
        Where nothing, or nearly everything, is missing.
    """
    began = time.perf_counter()
    hole = hole_of(image)
    ctx.message(f"Filling {int(hole.sum()):,} pixels ({params.algorithm})")
    filled = native.call(
        "eigenform.inpainting.classical:fill",
        ctx,
        pixels=np.asarray(image.pixels),
        hole=np.asarray(hole),
        algorithm=params.algorithm,
        radius=params.radius,
    )
    meta = describe("inpaint-classical", params, seconds=time.perf_counter() - began - ctx.waited)
    return image.replace(pixels=filled, mask=None, meta={**meta, "hole_share": float(hole.mean())})


def fill(pixels: np.ndarray, hole: np.ndarray, algorithm: str, radius: float = 3.0) -> np.ndarray:
    """The filled picture.

    Parameters
    ----------
    pixels : (H, W, C) float32
        In [0, 1]. What stands in the hole is not looked at.
    hole : (H, W) bool
    algorithm : str
        ``telea`` (A. Telea, An Image Inpainting Technique Based on the Fast Marching Method, 2004), ``navier-stokes``
        (Bertalmio, Bertozzi and Sapiro, CVPR 2001), both in 8 bits by OpenCV; or ``biharmonic`` (Damelin and Hoang,
        On Surface Completion and Image Inpainting by Biharmonic Functions, 2018) in double precision by scikit-image.
    radius : float
        Neighbourhood in pixels of the first two.

    Returns
    -------
    (H, W, C) float32
        In [0, 1], equal to ``pixels`` outside the hole.
    """
    blank = np.where(hole[..., None], 0.0, pixels).astype(np.float32)
    if algorithm == "biharmonic":
        from skimage.restoration import inpaint_biharmonic

        found = inpaint_biharmonic(blank, np.ascontiguousarray(hole), channel_axis=-1)
    else:
        import cv2

        flag = cv2.INPAINT_TELEA if algorithm == "telea" else cv2.INPAINT_NS
        eight = np.round(blank * 255).astype(np.uint8).squeeze()
        found = cv2.inpaint(np.ascontiguousarray(eight), hole.astype(np.uint8), radius, flag) / 255.0
        found = found.reshape(pixels.shape)
    return np.where(hole[..., None], np.clip(found, 0, 1), pixels).astype(np.float32)
