"""The values that methods take and give: frozen dataclasses over numpy arrays.

Arrays are checked once, on construction, and made read-only, so that a worker thread, the window and the undo stack
can share one value without copying it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.checks import finite, frozen, rows

if TYPE_CHECKING:
    import scipy.sparse as sp

NO_FACES = np.zeros((0, 3), dtype=np.int64)
NO_FACES.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Shape:
    """A mesh, a point cloud, or a set of points of any dimension.

    Parameters
    ----------
    verts : (V, d) float64
        Coordinates in the units of the input. ``d`` is 3 for meshes and clouds, any for feature sets.
    faces : (F, 3) int64
        Triangles, counter-clockwise seen from outside; ``(0, 3)`` where there are none.
    name : str
        What the person calls it.
    normals : (V, 3) float64, optional
        Unit normals that came with the points.
    labels : (V,) int64, optional
        A class for each point (feature sets).
    images : (V, h, w) float, optional
        A thumbnail for each point, for sets of images.
    source : str, optional
        The file it was read from, or ``sample:NAME``.
    notes : tuple of str
        What reading it had to repair or leave out, one sentence each.
    """

    verts: np.ndarray
    faces: np.ndarray = field(default_factory=lambda: NO_FACES)
    name: str = "shape"
    normals: np.ndarray | None = None
    labels: np.ndarray | None = None
    images: np.ndarray | None = None
    source: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        verts = finite("verts", np.atleast_2d(np.asarray(self.verts, dtype=np.float64)))
        faces = np.asarray(self.faces, dtype=np.int64).reshape(-1, 3)
        rows("faces", faces, below=len(verts))
        object.__setattr__(self, "verts", frozen(verts))
        object.__setattr__(self, "faces", frozen(faces))
        for name in ("normals", "labels", "images"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, frozen(np.asarray(value)))

    @property
    def points(self) -> np.ndarray:
        """(V, d) float64: another name for ``verts``."""
        return self.verts

    @property
    def dimension(self) -> int:
        """The number of coordinates of a point."""
        return self.verts.shape[1]

    @property
    def kind(self) -> str:
        """``mesh``, ``cloud`` (points in 2-D or 3-D) or ``features`` (points of another dimension)."""
        if len(self.faces):
            return "mesh"
        return "cloud" if self.dimension in (2, 3) else "features"

    def replace(self, **changes: Any) -> Shape:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Basis:
    """An eigenbasis on a shape.

    ``evecs.T @ diag(mass) @ evecs = I``; ``evals`` ascend from the constant mode (``evals[0] = 0``); the sign of each
    column follows :func:`eigenform.spectral.signs.fix_signs`.

    Parameters
    ----------
    verts : (V, d) float64
        Coordinates in input units.
    faces : (F, 3) int64
        Triangles, ``(0, 3)`` for points.
    evecs : (V, K) float64
        Modes, one a column; ``K`` counts the constant.
    evals : (K,) float64
        Eigenvalues in 1/length^2 where ``meta["evals_scale"]`` says so, else relative.
    mass : (V,) float64
        Lumped area of each vertex; sums to the area (mesh), its estimate (cloud) or 1 (features).
    density : (V,) float64, optional
        Samples per unit area, mean 1.
    implicit_metric : (V,) float64, optional
        The squared first column of the orthonormal factor, mean 1: what the paper reads as density.
    meta : mapping
        Provenance, JSON-serialisable: method, params, seed, versions, normalisation, seconds, loss, optimum, ...
    network : mapping of str to array, optional
        Tensors of the trained network; its architecture is ``meta["network"]``.
    stiffness : (V, V) scipy.sparse matrix, optional
        Positive semidefinite stiffness the basis belongs to, where one exists.
    name : str
        What the person calls it.
    """

    verts: np.ndarray
    faces: np.ndarray
    evecs: np.ndarray
    evals: np.ndarray
    mass: np.ndarray
    density: np.ndarray | None = None
    implicit_metric: np.ndarray | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    network: Mapping[str, np.ndarray] | None = None
    stiffness: sp.spmatrix | None = None
    name: str = "basis"

    def __post_init__(self) -> None:
        verts = finite("verts", np.atleast_2d(np.asarray(self.verts, dtype=np.float64)))
        faces = np.asarray(self.faces, dtype=np.int64).reshape(-1, 3)
        rows("faces", faces, below=len(verts))
        evecs = finite("evecs", np.asarray(self.evecs, dtype=np.float64))
        evals = finite("evals", np.asarray(self.evals, dtype=np.float64))
        mass = finite("mass", np.asarray(self.mass, dtype=np.float64))
        if evecs.ndim != 2 or len(evecs) != len(verts) or mass.shape != (len(verts),):
            raise ValueError(f"evecs {evecs.shape} and mass {mass.shape} do not stand at {len(verts)} vertices")
        if evals.shape != (evecs.shape[1],):
            raise ValueError(f"evals {evals.shape} do not match evecs {evecs.shape}")
        checked = {"verts": verts, "faces": faces, "evecs": evecs, "evals": evals, "mass": mass}
        for name in ("density", "implicit_metric"):
            if (value := getattr(self, name)) is not None:
                checked[name] = finite(name, np.asarray(value, dtype=np.float64))
        for name, value in checked.items():
            object.__setattr__(self, name, frozen(value))

    @property
    def modes(self) -> int:
        """K, the number of columns with the constant one."""
        return self.evecs.shape[1]

    def replace(self, **changes: Any) -> Basis:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Field:
    """Values at the vertices of a shape.

    Parameters
    ----------
    verts, faces
        As in :class:`Shape`.
    values : (V,) or (V, c) float64
        One row a vertex.
    meta : mapping
        Provenance and ``unit`` (a string) where one is known.
    name : str
        What the person calls it.
    """

    verts: np.ndarray
    faces: np.ndarray
    values: np.ndarray
    meta: Mapping[str, Any] = field(default_factory=dict)
    name: str = "field"

    def __post_init__(self) -> None:
        values = finite("values", np.asarray(self.values, dtype=np.float64))
        if len(values) != len(self.verts):
            raise ValueError(f"values {values.shape} do not stand at {len(self.verts)} vertices")
        object.__setattr__(self, "values", frozen(values))
