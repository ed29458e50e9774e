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
from eigenform.figure_types import Avatar, Body, Clip, Person, Skeleton, View

if TYPE_CHECKING:
    import scipy.sparse as sp

__all__ = [
    "NO_FACES",
    "Avatar",
    "Basis",
    "Body",
    "Clip",
    "Field",
    "Image",
    "ImplicitSurface",
    "Person",
    "Photographs",
    "Shape",
    "Skeleton",
    "View",
]

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
    colours : (V, 3) float32, optional
        A colour for each vertex, sRGB in [0, 1].
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
    colours: np.ndarray | None = None
    source: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        verts = finite("verts", np.atleast_2d(np.asarray(self.verts, dtype=np.float64)))
        faces = np.asarray(self.faces, dtype=np.int64).reshape(-1, 3)
        rows("faces", faces, below=len(verts))
        object.__setattr__(self, "verts", frozen(verts))
        object.__setattr__(self, "faces", frozen(faces))
        if self.colours is not None:
            object.__setattr__(self, "colours", finite("colours", np.asarray(self.colours, dtype=np.float32)))
        for name in ("normals", "labels", "images", "colours"):
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
        Provenance, ``unit`` (a string) where one is known, and ``colours: true`` where the values are sRGB in [0, 1].
    name : str
        What the person calls it.
    mask : (V,) bool, optional
        True where the value is missing: a hole to be filled.
    regions : (V,) int64, optional
        What a person or a segmentation says each vertex belongs to; 0 is unlabelled.
    """

    verts: np.ndarray
    faces: np.ndarray
    values: np.ndarray
    meta: Mapping[str, Any] = field(default_factory=dict)
    name: str = "field"
    mask: np.ndarray | None = None
    regions: np.ndarray | None = None

    def __post_init__(self) -> None:
        values = finite("values", np.asarray(self.values, dtype=np.float64))
        if len(values) != len(self.verts):
            raise ValueError(f"values {values.shape} do not stand at {len(self.verts)} vertices")
        object.__setattr__(self, "values", frozen(values))
        _freeze_marks(self, ("mask", bool), ("regions", np.int64), shape=(len(self.verts),))

    def replace(self, **changes: Any) -> Field:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class ImplicitSurface:
    """A scalar field whose level set is a surface; negative inside, distances in input units.

    Parameters
    ----------
    spec : mapping
        What the field is, JSON-serialisable: ``kind`` (a key of :data:`eigenform.implicit.fields.KINDS`), ``centre``
        (3,) and ``scale`` of its frame (``unit = (x - centre) / scale``), and what the kind needs besides.
    arrays : mapping of str to array
        The numbers of the field: coefficients, network weights. With ``spec`` they say everything.
    box : (2, 3) float64
        Least and largest corner of the region that is drawn and extracted, in input units.
    samples : (nx, ny, nz) float32
        The field on a regular grid over ``box``, corners included: for slices, volume views and the level slider.
    verts, faces : (V, 3) float64, (F, 3) int64
        The level set that was extracted last, in input units, outward counter-clockwise.
    level : float
        The value of the field on ``verts``.
    meta : mapping
        Provenance and report, JSON-serialisable.
    name : str
        What the person calls it.
    """

    spec: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    box: np.ndarray
    samples: np.ndarray
    verts: np.ndarray
    faces: np.ndarray
    level: float = 0.0
    meta: Mapping[str, Any] = field(default_factory=dict)
    name: str = "implicit surface"

    def __post_init__(self) -> None:
        verts = finite("verts", np.asarray(self.verts, dtype=np.float64).reshape(-1, 3))
        faces = rows("faces", np.asarray(self.faces, dtype=np.int64).reshape(-1, 3), below=len(verts))
        box = finite("box", np.asarray(self.box, dtype=np.float64))
        samples = finite("samples", np.asarray(self.samples, dtype=np.float32))
        if box.shape != (2, 3) or not (box[1] > box[0]).all() or samples.ndim != 3:
            raise ValueError(f"box {box.tolist()} with samples {samples.shape} is not a region of space")
        for name, value in (("verts", verts), ("faces", faces), ("box", box), ("samples", samples)):
            object.__setattr__(self, name, frozen(value))
        object.__setattr__(self, "arrays", {k: frozen(np.asarray(v)) for k, v in self.arrays.items()})

    def replace(self, **changes: Any) -> ImplicitSurface:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Image:
    """A picture or a texture, with what is missing of it.

    Parameters
    ----------
    pixels : (H, W, C) float32
        Values in [0, 1], sRGB; C is 1 or 3. Row 0 is the top.
    mask : (H, W) bool, optional
        True where the pixel is missing: a hole to be filled.
    regions : (H, W) int64, optional
        What a person or a segmentation says each pixel belongs to; 0 is unlabelled.
    meta : mapping
        Provenance, JSON-serialisable.
    name : str
        What the person calls it.
    """

    pixels: np.ndarray
    mask: np.ndarray | None = None
    regions: np.ndarray | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    name: str = "image"

    def __post_init__(self) -> None:
        pixels = finite("pixels", np.asarray(self.pixels, dtype=np.float32))
        if pixels.ndim == 2:
            pixels = pixels[:, :, None]
        if pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or 0 in pixels.shape:
            raise ValueError(f"pixels {pixels.shape} are not a grey or colour picture")
        object.__setattr__(self, "pixels", frozen(pixels))
        _freeze_marks(self, ("mask", bool), ("regions", np.int64), shape=pixels.shape[:2])

    @property
    def verts(self) -> np.ndarray:
        """(4, 3) corners of the rectangle it is drawn on, y up, the longer side 1."""
        h, w = np.array(self.pixels.shape[:2], dtype=np.float64) / max(self.pixels.shape[:2])
        return np.array([[0, 0, 0], [w, 0, 0], [w, h, 0], [0, h, 0]], dtype=np.float64)

    @property
    def faces(self) -> np.ndarray:
        """(2, 3) triangles of that rectangle."""
        return np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int64)

    def replace(self, **changes: Any) -> Image:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Photographs:
    """Photographs of one object from known cameras.

    Parameters
    ----------
    images : (n, H, W, 3) uint8
        sRGB.
    intrinsics : (n, 3, 3) float64
        ``K`` of each camera, in pixels; the centre of the first pixel is (0.5, 0.5).
    poses : (n, 4, 4) float64
        Camera to world; cameras look along +z, x right and y down.
    centre, radius : (3,) float64, float
        The sphere that holds the object, in world units.
    masks : (n, H, W) bool, optional
        True on the object.
    points : (P, 3) float64, optional
        Sparse points of the object, in world units.
    meta : mapping
        Provenance, JSON-serialisable.
    name : str
        What the person calls it.
    """

    images: np.ndarray
    intrinsics: np.ndarray
    poses: np.ndarray
    centre: np.ndarray
    radius: float
    masks: np.ndarray | None = None
    points: np.ndarray | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    name: str = "photographs"

    def __post_init__(self) -> None:
        images = np.asarray(self.images, dtype=np.uint8)
        n = len(images)
        intrinsics = finite("intrinsics", np.asarray(self.intrinsics, dtype=np.float64))
        poses = finite("poses", np.asarray(self.poses, dtype=np.float64))
        centre = finite("centre", np.asarray(self.centre, dtype=np.float64))
        if images.ndim != 4 or images.shape[3] != 3 or intrinsics.shape != (n, 3, 3) or poses.shape != (n, 4, 4):
            raise ValueError(f"images {images.shape}, intrinsics {intrinsics.shape}, poses {poses.shape} do not agree")
        if centre.shape != (3,) or not 0 < float(self.radius) < np.inf:
            raise ValueError(f"a region with centre {centre.tolist()} and radius {self.radius} holds no object")
        checked = {"images": images, "intrinsics": intrinsics, "poses": poses, "centre": centre}
        if self.points is not None:
            checked["points"] = finite("points", np.asarray(self.points, dtype=np.float64).reshape(-1, 3))
        for name, value in checked.items():
            object.__setattr__(self, name, frozen(value))
        _freeze_marks(self, ("masks", bool), shape=images.shape[:3])

    @property
    def verts(self) -> np.ndarray:
        """(n + P, 3) positions of the cameras, then the sparse points: what the set spans in space."""
        cameras = self.poses[:, :3, 3]
        return cameras if self.points is None else np.concatenate([cameras, self.points])

    @property
    def faces(self) -> np.ndarray:
        """(0, 3): there are none."""
        return NO_FACES

    def replace(self, **changes: Any) -> Photographs:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


def _freeze_marks(value: Any, *names: tuple[str, type], shape: tuple[int, ...]) -> None:
    """Check and freeze optional arrays of marks that stand beside the values of ``value``."""
    for name, dtype in names:
        if (marks := getattr(value, name)) is not None:
            marks = np.asarray(marks, dtype=dtype)
            if marks.shape != shape:
                raise ValueError(f"{name} {marks.shape} does not fit {shape}")
            object.__setattr__(value, name, frozen(marks))
