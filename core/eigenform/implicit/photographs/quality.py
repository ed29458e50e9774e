"""How alike two pictures are: PSNR and SSIM."""

from __future__ import annotations

import numpy as np


def psnr(rendered: np.ndarray, photograph: np.ndarray) -> float:
    """``-10 log10`` of the mean squared difference of two pictures in [0, 1], in dB; 100 where they are the same."""
    error = float(np.mean((rendered.astype(np.float64) - photograph.astype(np.float64)) ** 2))
    return -10.0 * float(np.log10(max(error, 1e-10)))


def ssim(rendered: np.ndarray, photograph: np.ndarray) -> float | None:
    """Structural similarity of two (H, W, 3) pictures in [0, 1]: Gaussian window of 11 pixels, sigma 1.5.

    None for pictures smaller than the window. Source: Wang, Bovik, Sheikh and Simoncelli, IEEE TIP 13(4), 2004.
    """
    from skimage.metrics import structural_similarity

    if min(rendered.shape[:2]) < 11:
        return None
    found = structural_similarity(
        rendered.astype(np.float64),
        photograph.astype(np.float64),
        channel_axis=2,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    return float(np.asarray(found))
