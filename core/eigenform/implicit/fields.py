"""Scalar fields: what can be asked of an implicit surface at any point of space.

A *kind* of field is a class that reads its ``spec`` and ``arrays`` and answers in its own frame; :func:`field_of` puts
the frame around it, so that everybody else works in input units.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.frame import Frame
from eigenform.io.sentences import brief
from eigenform.method import load
from eigenform.types import ImplicitSurface

KINDS: dict[str, str] = {
    "random-features": "eigenform.implicit.frequency.random_features:RandomFeatureField",
    "samples": "eigenform.implicit.sampled:SampledField",
    "neus": "eigenform.implicit.photographs.network_field:NeusField",
    "spline": "eigenform.implicit.points.spline_field:SplineField",
    "network": "eigenform.implicit.neural.model:NetworkField",
    "mesh": "eigenform.implicit.distance.mesh_field:MeshField",
    "tree": "eigenform.implicit.operations.tree:TreeField",
    "primitive": "eigenform.implicit.operations.primitive:PrimitiveField",
}
"""Kind of field to ``module:Class``. A class is made from ``(spec, arrays)`` and works in the frame of its spec."""


class ScalarField(Protocol):
    """Negative inside. Points are (N, 3) float64."""

    def values(self, points: np.ndarray) -> np.ndarray:
        """(N,) float64 values."""

    def gradients(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float64 derivatives."""


class FramedField:
    """A field of a frame, asked and answering in input units."""

    def __init__(self, inner: ScalarField, frame: Frame) -> None:
        self.inner, self.frame = inner, frame

    def values(self, points: np.ndarray) -> np.ndarray:
        """(N,) values in input units at (N, 3) points in input units."""
        return self.inner.values(self.frame.to_unit(points)) * self.frame.scale

    def gradients(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) derivatives, without unit."""
        return self.inner.gradients(self.frame.to_unit(points))


def inner_field(spec: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> ScalarField:
    """The field that ``spec`` and ``arrays`` describe, in its frame.

    Both may come from a file that somebody damaged or made up: the field is asked once before it is given.

    Raises
    ------
    InputError
        For a kind that is not known, and for numbers that are not those of a field of this kind.
    """
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"A field of kind {kind!r} is not known to this version; it knows {', '.join(KINDS)}.")
    for name, value in arrays.items():
        value = np.asarray(value)
        if value.dtype.kind not in "biuf" or not np.isfinite(value).all():
            raise InputError(f"The field of kind {kind!r} is damaged: its array {name!r} holds what is not a number.")
    try:
        found: ScalarField = load(KINDS[kind])(spec, arrays)
        said = found.values(np.zeros((1, 3)))
    except InputError:
        raise
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError, MemoryError) as error:
        raise InputError(f"The field of kind {kind!r} is damaged ({brief(error)}).") from error
    if np.shape(said) != (1,) or not np.isfinite(said).all():
        raise InputError(f"The field of kind {kind!r} is damaged: it has no finite value.")
    return found


def make_field(spec: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> FramedField:
    """The field that ``spec`` and ``arrays`` describe, in input units."""
    return FramedField(inner_field(spec, arrays), Frame.of_spec(spec))


def field_of(surface: ImplicitSurface) -> FramedField:
    """The field of an implicit surface, in input units."""
    return make_field(surface.spec, surface.arrays)


def central_gradients(field: ScalarField, points: np.ndarray, step: float) -> np.ndarray:
    """(N, 3) central differences of ``values``, for fields without a closed form of their gradient."""
    points = np.asarray(points, dtype=np.float64)
    shifts = np.concatenate([np.eye(3), -np.eye(3)]) * step
    found = field.values((points[None] + shifts[:, None]).reshape(-1, 3)).reshape(6, len(points))
    return ((found[:3] - found[3:]) / (2 * step)).T
