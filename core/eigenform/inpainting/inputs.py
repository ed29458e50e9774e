"""What every inpainting method asks of its input, in one sentence where it is not met."""

from __future__ import annotations

import numpy as np

from eigenform.errors import InputError
from eigenform.types import Field, Image


def hole_of(value: Image | Field) -> np.ndarray:
    """The mask of what is missing, checked.

    Parameters
    ----------
    value : Image or Field

    Returns
    -------
    (H, W) or (V,) bool

    Raises
    ------
    InputError
        Where nothing is marked as missing, or everything is.
    """
    what = "pixel" if isinstance(value, Image) else "vertex"
    if value.mask is None or not value.mask.any():
        raise InputError(f"No {what} of {value.name!r} is marked as missing; mark the hole with the brush or a mask.")
    known = int((~value.mask).sum())
    if known < 4:
        raise InputError(f"Only {known} of the {value.mask.size} values of {value.name!r} are known; leave at least 4.")
    return value.mask


def check_regions(value: Image | Field) -> np.ndarray:
    """The labels of ``value``.

    Raises
    ------
    InputError
        Where there are none, or fewer than two kinds.
    """
    found = value.regions
    if found is None or len(np.unique(found)) < 2:
        raise InputError(
            f"{value.name!r} has no painted regions of at least two kinds; paint them or choose another provider."
        )
    return found
