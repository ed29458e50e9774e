"""Values of the avatar pillar: a parametric body, a person in photographs, an animatable figure.

Axes of all of them: metres, Z up, the figure looks along -Y and its left hand is at +X. A photograph looks along +Y
with an orthographic camera: ``x = s X + t_x`` to the right and ``y = s Z + t_y`` upward, both in [-1, 1] on the square
crop of the picture; ``z = -s Y`` grows toward the viewer. Normals in maps are in those view axes (right, up, toward the
viewer).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eigenform.checks import finite, frozen, rows


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Bones in their rest pose.

    Parameters
    ----------
    names : tuple of str
        J names; a parent stands before its children.
    parents : (J,) int64
        Index of the parent, -1 for the root (bone 0).
    heads : (J, 3) float64
        Where each bone begins, metres.
    rest : (J, 3, 3) float64
        Rest orientation ``R`` of each bone: columns are its axes.
    reference : (J, 3, 3) float64
        Axes ``U`` in which rotations are said (Anny's "local-ref"); the identity for SMPL-like bodies. See
        :func:`eigenform.avatar.body.posing.bone_transforms` for the formula.
    """

    names: tuple[str, ...]
    parents: np.ndarray
    heads: np.ndarray
    rest: np.ndarray
    reference: np.ndarray

    def __post_init__(self) -> None:
        n = len(self.names)
        object.__setattr__(self, "names", tuple(str(name) for name in self.names))
        parents = np.asarray(self.parents, dtype=np.int64)
        if parents.shape != (n,) or (n and (parents[0] != -1 or (parents[1:] >= np.arange(1, n)).any())):
            raise ValueError("parents must stand before their children, the root first with parent -1")
        object.__setattr__(self, "parents", frozen(parents))
        for name, shape in (("heads", (n, 3)), ("rest", (n, 3, 3)), ("reference", (n, 3, 3))):
            object.__setattr__(self, name, _checked(name, getattr(self, name), shape))


@dataclass(frozen=True, eq=False)
class Clip:
    """A moving pose.

    Parameters
    ----------
    name : str
    rotations : (T, J, 3) float64
        Axis-angle vectors in radians, local-ref, one a bone and frame.
    translations : (T, 3) float64
        Of the root, metres.
    fps : float
        Frames in a second.
    """

    name: str
    rotations: np.ndarray
    translations: np.ndarray
    fps: float = 30.0

    def __post_init__(self) -> None:
        rotations = finite("rotations", np.asarray(self.rotations, dtype=np.float64))
        if rotations.ndim != 3 or rotations.shape[2] != 3 or not self.fps > 0:
            raise ValueError(f"rotations {rotations.shape} at {self.fps} frames a second are not a clip")
        object.__setattr__(self, "rotations", frozen(rotations))
        translations = _checked("translations", self.translations, (len(rotations), 3))
        object.__setattr__(self, "translations", translations)


@dataclass(frozen=True, eq=False)
class Body:
    """A parametric body in a pose.

    Parameters
    ----------
    model : str
        ``anny``, or the path of the npz file of an SMPL-like model.
    shape : mapping of str to float
        Sliders of the model by name (phenotypes in [0, 1], local changes in [-1, 1]); absent ones are at their middle.
    verts, faces : (V, 3) float64, (F, 3) int64
        The posed mesh, metres.
    skeleton : Skeleton
        Of this shape, at rest.
    rotations, translation : (J, 3) float64, (3,) float64
        The pose: axis-angle, radians, local-ref; translation of the root in metres.
    clips : tuple of Clip
        Movements that go with it.
    meta : mapping
        Provenance, JSON-serialisable; ``height`` (m) and ``mass`` (kg) where known.
    name : str
    """

    model: str
    shape: Mapping[str, float]
    verts: np.ndarray
    faces: np.ndarray
    skeleton: Skeleton
    rotations: np.ndarray
    translation: np.ndarray
    clips: tuple[Clip, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    name: str = "body"

    def __post_init__(self) -> None:
        _freeze_mesh(self)
        _freeze_pose(self)

    def replace(self, **changes: Any) -> Body:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class View:
    """One photograph of a person and what was found in it so far; later stages fill later fields.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
        sRGB, upright.
    crop : (3,) float64
        Centre x, centre y and half the side, in pixels, of the square that the networks see. Pixel (column i,
        row j) has its centre at ``(i + .5, j + .5)``;
        crop coordinates are ``x = (px - cx) / h``, ``y = (cy - py) / h``.
    mask : (H, W) bool, optional
        True on the person, clothes included.
    keypoints : (23, 3) float64, optional
        x, y in pixels and a confidence in [0, 1]: 17 of COCO, then big toe, small toe, heel of the left
        and of the right foot.
    rotations : (J, 3) float64, optional
        Pose of the fitted body, axis-angle, local-ref; the root carries the facing.
    camera : (3,) float64, optional
        s, t_x, t_y in crop coordinates (module docstring).
    verts : (V, 3) float64, optional
        The fitted body, posed, metres (root translation zero).
    maps : mapping of str to array
        On the S x S crop, row 0 at the top: ``normal_front``, ``normal_back`` (S, S, 3), ``offset_front``,
        ``offset_back`` (S, S) depth of the clothes before (behind) the body in metres along the view, ``mask``
        (S, S) in [0, 1].
    """

    pixels: np.ndarray
    crop: np.ndarray
    mask: np.ndarray | None = None
    keypoints: np.ndarray | None = None
    rotations: np.ndarray | None = None
    camera: np.ndarray | None = None
    verts: np.ndarray | None = None
    maps: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pixels = np.asarray(self.pixels, dtype=np.uint8)
        if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
            raise ValueError(f"pixels {pixels.shape} are not a colour picture")
        object.__setattr__(self, "pixels", frozen(pixels))
        object.__setattr__(self, "crop", _checked("crop", self.crop, (3,)))
        if self.mask is not None:
            mask = np.asarray(self.mask, dtype=bool)
            if mask.shape != pixels.shape[:2]:
                raise ValueError(f"mask {mask.shape} does not fit {pixels.shape[:2]}")
            object.__setattr__(self, "mask", frozen(mask))
        for name, shape in (("keypoints", (23, 3)), ("rotations", (None, 3)), ("camera", (3,)), ("verts", (None, 3))):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _checked(name, getattr(self, name), shape))
        object.__setattr__(self, "maps", {k: frozen(np.asarray(v, np.float32)) for k, v in self.maps.items()})

    def replace(self, **changes: Any) -> View:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Person:
    """One person in one or more photographs: what the stages from picture to surface hand on to each other.

    Parameters
    ----------
    views : tuple of View
        At least one. All show the same person; poses may differ.
    model : str
        Body model of the fit, as in :class:`Body`.
    shape : mapping of str to float
        Its sliders, shared by all views; empty before the fit.
    body_faces : (F, 3) int64
        Triangles of ``View.verts``; ``(0, 3)`` before the fit.
    meta : mapping
        Provenance, JSON-serialisable; ``curves`` holds those of the fit.
    name : str
    """

    views: tuple[View, ...]
    model: str = "anny"
    shape: Mapping[str, float] = field(default_factory=dict)
    body_faces: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    meta: Mapping[str, Any] = field(default_factory=dict)
    name: str = "person"

    def __post_init__(self) -> None:
        if not self.views:
            raise ValueError("a person needs at least one view")
        object.__setattr__(self, "views", tuple(self.views))
        object.__setattr__(self, "body_faces", frozen(np.asarray(self.body_faces, np.int64).reshape(-1, 3)))

    @property
    def verts(self) -> np.ndarray:
        """(4, 3) corners of the rectangle on which the first photograph is drawn, y up, the longer side 1."""
        h, w = np.array(self.views[0].pixels.shape[:2], dtype=np.float64) / max(self.views[0].pixels.shape[:2])
        return np.array([[0, 0, 0], [w, 0, 0], [w, h, 0], [0, h, 0]], dtype=np.float64)

    @property
    def faces(self) -> np.ndarray:
        """(2, 3) triangles of that rectangle."""
        return np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int64)

    def replace(self, **changes: Any) -> Person:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Avatar:
    """A clothed figure with a skeleton, skinning weights and colours.

    Parameters
    ----------
    rest_verts : (V, 3) float64
        The clothed surface in the rest pose of ``skeleton``, metres.
    verts : (V, 3) float64
        The same vertices in the current pose: what is drawn.
    faces : (F, 3) int64
        Triangles, outward counter-clockwise; watertight and one component.
    skeleton : Skeleton
    weight_bones, weights : (V, k) int64, (V, k) float64
        Bones that move each vertex and by how much; rows sum to 1, falling; k is at most 8.
    rotations, translation : (J, 3) float64, (3,) float64
        The current pose, as in :class:`Body`.
    texture_coordinates, texture_faces : (T, 2) float64, (F, 3) int64, optional
        Corners of the triangles in the texture, origin at the lower left.
    texture : (H, W, 3) uint8, optional
        sRGB, row 0 at the top.
    texture_seen : (H, W) bool, optional
        True where a photograph showed the colour; elsewhere it was filled in.
    colours : (V, 3) float32, optional
        sRGB in [0, 1].
    seen : (V,) bool, optional
        True where a photograph showed the vertex.
    clips : tuple of Clip
    arrays : mapping of str to array
        Further numbers: weights of learned pose-dependent offsets.
    body : mapping
        ``model`` and ``shape`` of the body it was made on, JSON-serialisable.
    meta : mapping
        Provenance and report, JSON-serialisable.
    name : str
    """

    rest_verts: np.ndarray
    verts: np.ndarray
    faces: np.ndarray
    skeleton: Skeleton
    weight_bones: np.ndarray
    weights: np.ndarray
    rotations: np.ndarray
    translation: np.ndarray
    texture_coordinates: np.ndarray | None = None
    texture_faces: np.ndarray | None = None
    texture: np.ndarray | None = None
    texture_seen: np.ndarray | None = None
    colours: np.ndarray | None = None
    seen: np.ndarray | None = None
    clips: tuple[Clip, ...] = ()
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    name: str = "avatar"

    def __post_init__(self) -> None:
        _freeze_mesh(self)
        _freeze_pose(self)
        n = len(self.verts)
        object.__setattr__(self, "rest_verts", _checked("rest_verts", self.rest_verts, (n, 3)))
        bones = np.asarray(self.weight_bones, dtype=np.int64)
        rows("weight_bones", bones, below=len(self.skeleton.names))
        weights = _checked("weights", self.weights, bones.shape)
        if bones.ndim != 2 or len(bones) != n or (n and np.abs(weights.sum(1) - 1).max() > 1e-4):
            raise ValueError(f"weights {weights.shape} do not sum to 1 at each of {n} vertices")
        object.__setattr__(self, "weight_bones", frozen(bones))
        object.__setattr__(self, "weights", weights)
        dtypes = {"texture_coordinates": np.float64, "texture_faces": np.int64, "texture": np.uint8,
                  "texture_seen": bool, "colours": np.float32, "seen": bool}  # fmt: skip
        for name, dtype in dtypes.items():
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, frozen(np.asarray(value, dtype=dtype)))
        object.__setattr__(self, "arrays", {k: frozen(np.asarray(v)) for k, v in self.arrays.items()})

    def replace(self, **changes: Any) -> Avatar:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


def _checked(name: str, value: Any, shape: tuple[int | None, ...]) -> np.ndarray:
    array = finite(name, np.asarray(value, dtype=np.float64))
    if array.ndim != len(shape) or any(want not in (None, got) for want, got in zip(shape, array.shape, strict=True)):
        raise ValueError(f"{name} {array.shape} is not of shape {shape}")
    return frozen(array)


def _freeze_mesh(value: Any) -> None:
    verts = _checked("verts", value.verts, (None, 3))
    faces = rows("faces", np.asarray(value.faces, dtype=np.int64).reshape(-1, 3), below=len(verts))
    object.__setattr__(value, "verts", verts)
    object.__setattr__(value, "faces", frozen(faces))


def _freeze_pose(value: Any) -> None:
    n = len(value.skeleton.names)
    object.__setattr__(value, "rotations", _checked("rotations", value.rotations, (n, 3)))
    object.__setattr__(value, "translation", _checked("translation", value.translation, (3,)))
    object.__setattr__(value, "clips", tuple(value.clips))
