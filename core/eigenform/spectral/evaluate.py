"""A trained basis, evaluated on another sampling of the shape or on another shape."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.jobs import unwatched
from eigenform.spectral.assemble import assemble, shape_mass
from eigenform.spectral.model import Model, away_from_zero
from eigenform.types import Basis, Shape


def evaluate(basis: Basis, shape: Shape, ctx: Any = None) -> Basis:
    """Evaluate a learned basis at every vertex of a shape, whatever its resolution.

    The stored transform is applied, so the shape must stand where the one trained on stood. Modes are
    re-orthonormalised in the shape's mass; relative eigenvalues stay and are scaled anew.

    Parameters
    ----------
    basis : Basis
        With a network.
    shape : Shape
        Of the dimension trained on.
    ctx : JobContext, optional

    Returns
    -------
    Basis
        With the same network.

    Raises
    ------
    InputError
        Where the basis has no network or the dimensions differ.
    """
    if not basis.network or not basis.meta.get("network"):
        method = basis.meta.get("method", "this method")
        raise InputError(f"This basis carries no network ({method}); only a learned basis can be evaluated elsewhere.")
    started = time.perf_counter()
    model = Model.from_arrays(basis.meta["network"], basis.network)
    check = unwatched if ctx is None else ctx.check
    columns = model.modes_at(shape.verts, check)
    metric = None
    if model.divide:
        metric = columns[:, 0] ** 2
        columns = columns / away_from_zero(columns[:, :1])
    labels = model.frame.lifted(model.frame.normalised(shape.verts))[1]
    meta = {k: v for k, v in basis.meta.items() if k not in ("evals_scale", "zero_modes")}
    meta |= {"evaluated_on": shape.name, "evaluation_seconds": None}
    result = assemble(
        shape,
        columns,
        np.array(basis.evals),
        labels,
        meta,
        mass=shape_mass(shape, check),
        implicit_metric=metric,
        network=basis.network,
        name=basis.name,
        check=check,
    )
    return result.replace(meta={**result.meta, "evaluation_seconds": time.perf_counter() - started})
