"""What a field is like at a point: value, gradient, normal, curvatures.

Curvatures are those of the level set through the point, by its outward normal: positive where it bends away from the
normal, so that a sphere of radius r has principal curvatures 1/r.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eigenform.implicit.fields import FramedField, field_of
from eigenform.types import ImplicitSurface


@dataclass(frozen=True, eq=False)
class Probe:
    """Readings at N points, in input units.

    Attributes
    ----------
    value : (N,) float64
    gradient, normal : (N, 3) float64
        The normal is of unit length and points outward; zero where the gradient vanishes.
    mean, gaussian : (N,) float64
        ``(k1 + k2) / 2`` in 1/length and ``k1 k2`` in 1/length^2; NaN where the gradient vanishes.
    principal : (N, 2) float64
        ``k1 >= k2``.
    step : float
        The length over which gradients were compared for the curvatures.
    """

    value: np.ndarray
    gradient: np.ndarray
    normal: np.ndarray
    mean: np.ndarray
    gaussian: np.ndarray
    principal: np.ndarray
    step: float


def probe(surface: ImplicitSurface, points: np.ndarray, step: float | None = None) -> Probe:
    """Readings of an implicit surface at one point (3,) or several (N, 3), in input units.

    Parameters
    ----------
    surface : ImplicitSurface
    points : (3,) or (N, 3) float
    step : float, optional
        By default half a cell of the field: what is finer than that it does not know.
    """
    return probe_field(field_of(surface), points, step)


def probe_field(field: FramedField, points: np.ndarray, step: float | None = None) -> Probe:
    """The same for a field in input units."""
    from eigenform.implicit.operations.tree import cell_of

    points = np.atleast_2d(np.asarray(points, dtype=np.float64))
    step = 0.5 * cell_of(field) if step is None else step
    gradient = np.asarray(field.gradients(points))
    length = np.linalg.norm(gradient, axis=1)
    flat = length < 1e-12
    normal = gradient / np.where(flat, 1.0, length)[:, None]
    mean, gaussian, principal = curvatures(gradient, hessians(field, points, step))
    return Probe(np.asarray(field.values(points)), gradient, normal, mean, gaussian, principal, float(step))


def hessians(field: FramedField, points: np.ndarray, step: float) -> np.ndarray:
    """(N, 3, 3) symmetric second derivatives: central differences of the gradient, with an error of step^2."""
    shifts = np.concatenate([np.eye(3), -np.eye(3)]) * step
    found = field.gradients((points[None] + shifts[:, None]).reshape(-1, 3)).reshape(6, len(points), 3)
    hessian = ((found[:3] - found[3:]) / (2 * step)).transpose(1, 0, 2)
    return (hessian + hessian.transpose(0, 2, 1)) / 2


def curvatures(gradient: np.ndarray, hessian: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (N,), Gaussian (N,) and principal (N, 2) curvatures of level sets.

    With g the gradient and H the second derivatives: mean ``(|g|^2 tr H - g.H g) / (2 |g|^3)``, half the divergence of
    the unit normal, and Gaussian ``g.adj(H) g / |g|^4`` (Goldman, Curvature formulas for implicit curves and
    surfaces, 2005, eqs. 4.1 and 4.2; the sign of the mean is turned, so that spheres are positive).
    """
    length = np.linalg.norm(gradient, axis=1)
    length = np.where(length < 1e-12, np.nan, length)
    bent = np.einsum("ni,nij,nj->n", gradient, hessian, gradient)
    mean = (length**2 * np.einsum("nii->n", hessian) - bent) / (2 * length**3)
    h = hessian
    # the rows of the adjugate of a symmetric matrix are the cross products of its columns
    adjugate = np.stack([np.cross(h[:, 1], h[:, 2]), np.cross(h[:, 2], h[:, 0]), np.cross(h[:, 0], h[:, 1])], axis=1)
    gaussian = np.einsum("ni,nij,nj->n", gradient, adjugate, gradient) / length**4
    root = np.sqrt(np.maximum(mean**2 - gaussian, 0))
    return mean, gaussian, np.stack([mean + root, mean - root], axis=1)
