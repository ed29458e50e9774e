"""From unnormalised modes at the vertices to a Basis: mass, orthonormality, signs, eigenvalues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from eigenform.errors import InputError
from eigenform.geometry.mass import vertex_areas
from eigenform.geometry.spacing import spacing_mass
from eigenform.jobs import unwatched
from eigenform.spectral.signs import fix_signs
from eigenform.types import Basis, Shape

_BLOCK = 65_536


def shape_mass(shape: Shape, check: Callable[[], None] = unwatched) -> np.ndarray:
    """(V,) mass of each vertex: its share of the area (mesh), of the estimated area (cloud), or of 1 (features)."""
    if shape.kind == "mesh":
        return vertex_areas(shape.verts, shape.faces)
    if shape.kind == "cloud":
        return spacing_mass(shape.verts, check)
    return np.full(len(shape.verts), 1 / len(shape.verts))


def sample_density(mass: np.ndarray) -> np.ndarray:
    """(V,) samples per unit area, mean 1; 0 where a vertex has no mass because it takes no part."""
    density = np.divide(1.0, mass, out=np.zeros_like(mass), where=mass > 1e-12 * mass.mean())
    return density / density.mean()


def orthonormalise(columns: np.ndarray, mass: np.ndarray, check: Callable[[], None] = unwatched) -> np.ndarray:
    """Mass-orthonormal columns that span the same nested spaces (Gram-Schmidt, by two rounds of Cholesky).

    Raises
    ------
    InputError
        Where the columns are linearly dependent at these points.
    """
    out = np.array(columns, dtype=np.float64)
    blocks = [slice(i, i + _BLOCK) for i in range(0, len(out), _BLOCK)]
    for _ in range(2):
        gram = np.zeros((out.shape[1], out.shape[1]))
        for b in blocks:
            check()
            gram += out[b].T @ (mass[b, None] * out[b])
        norms = np.sqrt(np.diag(gram))
        scale = 1 / np.where(norms > 0, norms, 1.0)
        try:
            corner = cholesky(scale[:, None] * gram * scale)
        except np.linalg.LinAlgError:
            raise InputError(
                f"These {len(out)} points do not tell {out.shape[1]} modes apart; ask for fewer modes."
            ) from None
        change = scale[:, None] * solve_triangular(corner, np.eye(len(scale)))
        for b in blocks:  # in place: at a million vertices every copy counts
            check()
            out[b] = out[b] @ change
    return out


def assemble(
    shape: Shape,
    columns: np.ndarray,
    rates: np.ndarray,
    labels: np.ndarray,
    meta: dict[str, Any],
    *,
    mass: np.ndarray | None = None,
    implicit_metric: np.ndarray | None = None,
    name: str,
    check: Callable[[], None] = unwatched,
    **extra: Any,
) -> Basis:
    """A Basis from modes that are nearly right.

    Parameters
    ----------
    shape : Shape
    columns : (V, K) float
        Modes in order, up to scale; overwritten: the first c become the exact constants of the c components.
    rates : (K,) float
        Relative eigenvalues.
    labels : (V,) int
        Component of each vertex.
    meta : dict
        Provenance; ``evals_scale``, ``inner_product`` and ``sign_rule`` are added.
    mass : (V,) float, optional
        By default :func:`shape_mass`.
    check : callable, optional
        Called often; may raise to cancel.
    """
    mass = shape_mass(shape, check) if mass is None else mass
    zeros = min(int(labels.max()) + 1, columns.shape[1])
    columns[:, 0] = 1.0
    columns[:, 1:zeros] = labels[:, None] == np.arange(zeros - 1)
    evecs = fix_signs(orthonormalise(columns, mass, check), mass, shape.verts, check)
    rates = np.maximum.accumulate(np.maximum(rates, 0.0))
    rates[:zeros] = 0.0
    scale, words = _eigenvalue_scale(shape, rates, mass, zeros)
    return Basis(
        verts=shape.verts,
        faces=shape.faces,
        evecs=evecs,
        evals=rates * scale,
        mass=mass,
        density=sample_density(mass),
        implicit_metric=None if implicit_metric is None else implicit_metric / implicit_metric.mean(),
        meta={
            **meta,
            "evals_scale": words,
            "inner_product": "mass",
            "sign_rule": "sum(mass v^3) >= 0, then the correlation with x, y, z",
            "zero_modes": zeros,
        },
        name=name,
        **extra,
    )


def _eigenvalue_scale(shape: Shape, rates: np.ndarray, mass: np.ndarray, zeros: int) -> tuple[float, str]:
    """The factor from relative eigenvalues to 1/length^2, and what it rests on."""
    first = rates[zeros] if zeros < len(rates) and rates[zeros] > 0 else 1.0
    if shape.kind == "features" or len(rates) - zeros < 5:
        return 1 / first, "relative: lambda_1 = 1"
    area = mass.sum()
    index = np.arange(len(rates))[zeros:] - (zeros - 1)
    # counted over all components, mode i of a surface of area A lies near 4 pi i / A (Weyl)
    weyl = 4 * np.pi * index / area
    scale = float(weyl @ rates[zeros:] / (rates[zeros:] @ rates[zeros:]))
    return scale, "weyl" if shape.kind == "mesh" else "weyl, with the estimated area"
