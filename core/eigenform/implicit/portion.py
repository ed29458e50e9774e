"""A part of an implicit surface: within a crop box, at another level."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.assemble import assemble
from eigenform.implicit.extract import contour, sample_grid
from eigenform.implicit.fields import field_of
from eigenform.jobs import unwatched
from eigenform.types import ImplicitSurface


def portion(
    surface: ImplicitSurface,
    box: np.ndarray | None = None,
    level: float | None = None,
    check: Callable[[], None] = unwatched,
) -> ImplicitSurface:
    """The same field, drawn and extracted within ``box`` and at ``level``.

    Parameters
    ----------
    surface : ImplicitSurface
    box : (2, 3) array, optional
        Least and largest corner in input units; what lies outside of the surface's own box is left out of it. The mesh
        is open where the box cuts it.
    level : float, optional
        Value of the field on the new mesh; that of the surface by default.
    check : callable, optional
        Called while the field is sampled; may raise to cancel.

    Returns
    -------
    ImplicitSurface
        With as fine a mesh as the samples allow; ``surface`` itself where nothing changes.

    Raises
    ------
    InputError
        Where the two boxes do not meet.
    """
    level = surface.level if level is None else float(level)
    if box is None:
        if level == surface.level:
            return surface
        verts, faces = contour(np.array(surface.samples), surface.box, level)
        return surface.replace(verts=verts, faces=faces, level=level)
    box = np.asarray(box, dtype=np.float64)
    both = np.stack([np.maximum(box[0], surface.box[0]), np.minimum(box[1], surface.box[1])])
    if not (both[1] > both[0]).all():
        raise InputError(
            f"The crop box holds nothing of {surface.name}, which reaches from {_words(surface.box[0])} to "
            f"{_words(surface.box[1])}."
        )
    cell = ((surface.box[1] - surface.box[0]) / (np.array(surface.samples.shape) - 1)).min()
    nodes = int(np.clip(np.ceil((both[1] - both[0]).max() / cell) + 1, 2, max(surface.samples.shape)))
    samples = sample_grid(field_of(surface), both, nodes, check)
    return assemble(
        surface.spec, surface.arrays, both, name=surface.name, meta=surface.meta, samples=samples, level=level
    )


def _words(corner: np.ndarray) -> str:
    return "(" + ", ".join(f"{v:.4g}" for v in corner) + ")"
