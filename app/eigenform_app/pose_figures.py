"""What the pose workspace asks of a body or an avatar: where its vertices and bones are in a pose.

No Qt: figures are made in a job and asked by a worker thread. The arithmetic is the library's.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from eigenform.types import Avatar, Body, Clip, Skeleton

from eigenform_app.places import Places, Posed

if TYPE_CHECKING:
    from eigenform.jobs import JobContext


@dataclass(frozen=True, eq=False)
class Pose:
    """How a figure stands: sliders of its shape by name (none for an avatar), ``rotations`` (J, 3), ``translation``
    (3,)."""

    rotations: np.ndarray
    translation: np.ndarray
    shape: Mapping[str, float] = field(default_factory=dict)

    def same(self, other: Pose) -> bool:
        """Whether two poses are one."""
        equal = np.array_equal(self.rotations, other.rotations) and np.array_equal(self.translation, other.translation)
        return equal and dict(self.shape) == dict(other.shape)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure in a pose: ``places`` of its vertices in float32, ``joints`` (J, 3), and ``axes`` (J, 3, 3), whose
    columns are the directions that the rotation of a bone turns about; world coordinates."""

    pose: Pose
    places: Places
    joints: np.ndarray
    axes: np.ndarray
    skeleton: Skeleton

    @property
    def verts(self) -> np.ndarray:
        """All vertices (V, 3)."""
        return self.places.at()[0]


class Figure(ABC):
    """A thing with bones. ``main`` are those that matter most, ``limits`` (3, 2) radians how far they turn;
    ``phenotypes`` and ``local`` are the sliders of the shape."""

    phenotypes: tuple[str, ...] = ()
    local: tuple[str, ...] = ()

    def __init__(self, skeleton: Skeleton) -> None:
        from eigenform.avatar.body.bones import LIMITS, MAIN

        self.skeleton = skeleton
        known = set(skeleton.names)
        self.main = tuple(name for name in MAIN if name in known)
        self.limits = {name: np.stack(box, axis=1) for name, box in LIMITS.items() if name in known}
        self._lock = threading.Lock()

    def draw(self, pose: Pose) -> Drawn:
        """The figure in a pose; any thread."""
        with self._lock:
            return self._draw(pose)

    @abstractmethod
    def _draw(self, pose: Pose) -> Drawn:
        """As :meth:`draw`, by one thread at a time."""

    @abstractmethod
    def value(self, old: Any, drawn: Drawn) -> Any:
        """The value ``old`` in the pose that was drawn."""

    @abstractmethod
    def stands_for(self, value: Any) -> bool:
        """Whether it can go on standing for another value of the same item: the same bones and the same figure."""

    def read_out(self, pose: Pose) -> dict[str, float]:
        """``height`` in metres and ``mass`` in kilograms, where the shape is known; any thread."""
        return {}

    def samples(self) -> dict[str, np.ndarray]:
        """Sample poses: rotations (J, 3) by name."""
        from eigenform.avatar.body.poses import SAMPLE_POSES, pose_vectors

        if not self.main:
            return {}
        return {name: pose_vectors(pose, self.skeleton.names) for name, pose in SAMPLE_POSES.items()}

    def clips(self) -> list[Clip]:
        """Movements that every figure with these bones can make."""
        from eigenform.avatar.body.poses import walk_cycle

        return [walk_cycle(self.skeleton)] if "root" in self.main else []

    def read_movement(self, path: Path, ctx: JobContext) -> Clip:
        """The movement of a BVH file, carried over to these bones.

        Raises
        ------
        InputError
            Where the file is none, or its bones are not recognised.
        """
        from eigenform.avatar.figure.retarget import retarget
        from eigenform.io.bvh import read_bvh

        motion = read_bvh(path)
        ctx.check()
        return retarget(motion, self.skeleton, path.stem)

    def posed(self, pose: Pose) -> dict[str, Any]:
        """A pose as JSON: what turned bones are turned by, where the root is, and the shape."""
        turned = {n: [float(v) for v in r] for n, r in zip(self.skeleton.names, pose.rotations, strict=True) if r.any()}
        return {"rotations": turned, "translation": [float(v) for v in pose.translation], "shape": dict(pose.shape)}

    def lines(self, shown: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        """Pairs of shown bones, each with the nearest shown one above it."""
        found, here = [], set(shown)
        for bone in shown:
            above = int(self.skeleton.parents[bone])
            while above >= 0 and above not in here:
                above = int(self.skeleton.parents[above])
            if above >= 0:
                found.append((above, bone))
        return tuple(found)

    def limited(self, bone: int, rotation: np.ndarray) -> np.ndarray:
        """A rotation (3,) within the limits of its bone."""
        box = self.limits.get(self.skeleton.names[bone])
        return rotation if box is None else np.clip(rotation, box[:, 0], box[:, 1])

    def mirrored(self, pose: Pose) -> Pose:
        """Left and right change places."""
        from eigenform.avatar.body.bones import mirror_pose

        turned = mirror_pose(pose.rotations, self.skeleton.names)
        return Pose(turned, pose.translation * [-1.0, 1.0, 1.0], pose.shape)


class Skinned:
    """Vertices that follow bones. The linear blend is a product of a sparse matrix and the bones' transforms."""

    def __init__(
        self, verts: np.ndarray, faces: np.ndarray, bones: np.ndarray, weights: np.ndarray, count: int
    ) -> None:
        from scipy.sparse import csr_matrix

        n, k = weights.shape
        self.faces = faces
        self._matrix = csr_matrix(
            (weights.astype(np.float32).ravel(), bones.ravel(), np.arange(0, n * k + 1, k)), shape=(n, count)
        )
        self._part: tuple[np.ndarray, Any] | None = None  # rows asked for last, and the weights there
        self.set_verts(verts)

    def set_verts(self, verts: np.ndarray) -> None:
        """Other vertices (V, 3) at rest."""
        from eigenform_app.viewport.geometry import vertex_normals

        self.verts = np.ascontiguousarray(verts, dtype=np.float32)
        self.normals = vertex_normals(self.verts, self.faces)

    def follow(self, transforms: np.ndarray, offsets: np.ndarray | float = 0.0) -> Places:
        """Vertices, displaced at rest by ``offsets`` (V, 3), and unit normals in float32 after transforms (J, 4, 4) of
        the bones."""
        moves = transforms[:, :3].reshape(-1, 12).astype(np.float32)
        rest, normals = self.verts, self.normals

        def work_out(rows: np.ndarray | None) -> Posed:
            if rows is None:
                return _moved(self._matrix @ moves, rest + offsets, normals)
            shifts = offsets[rows] if isinstance(offsets, np.ndarray) else offsets
            return _moved(self._weights_at(rows) @ moves, rest[rows] + shifts, normals[rows])

        return Places(len(rest), work_out)

    def _weights_at(self, rows: np.ndarray) -> Any:
        part = self._part
        if part is None or part[0] is not rows:  # another thread may ask for other rows meanwhile
            self._part = part = rows, self._matrix[rows]
        return part[1]


def _moved(blended: np.ndarray, verts: np.ndarray, normals: np.ndarray) -> Posed:
    """Vertices and unit normals (n, 3) after their blended transforms (n, 12)."""
    turn = blended.reshape(-1, 3, 4)
    x, y, z = verts.T[:, :, None]
    moved = turn[:, :, 0] * x + turn[:, :, 1] * y + turn[:, :, 2] * z + turn[:, :, 3]
    x, y, z = normals.T[:, :, None]
    turned = turn[:, :, 0] * x + turn[:, :, 1] * y + turn[:, :, 2] * z
    turned /= np.maximum(np.sqrt(np.einsum("ij,ij->i", turned, turned)), 1e-12)[:, None]
    return moved.astype(np.float32, copy=False), turned


def drawn(pose: Pose, skeleton: Skeleton, skinned: Skinned, offsets: np.ndarray | float = 0.0) -> Drawn:
    """Places, joints and axes of a pose."""
    from eigenform.avatar.figure.kinematics import inverse_rigid, rest_matrices, world_matrices

    world = world_matrices(skeleton, pose.rotations, pose.translation)
    places = skinned.follow(world @ inverse_rigid(rest_matrices(skeleton)), offsets)
    turned = world[:, :3, :3] @ np.swapaxes(skeleton.reference, 1, 2)
    axes = np.concatenate([skeleton.reference[:1].swapaxes(1, 2), turned[skeleton.parents[1:]]])
    return Drawn(pose, places, world[:, :3, 3], axes, skeleton)


class BodyFigure(Figure):
    """A parametric body: its shape changes as well."""

    def __init__(self, body: Body, ctx: JobContext | None = None) -> None:
        from eigenform.avatar.body.load import load_body
        from eigenform.avatar.body.model import BodyModel

        super().__init__(body.skeleton)
        self.model = load_body(body.model, ctx, local=True)
        self.body_model = body.model
        self._corrects = type(self.model).corrections is not BodyModel.corrections
        self._measured: dict[str, float] = {}
        self._measured_of: dict[str, float] | None = None
        middle = self.model.middle
        self.phenotypes = tuple(n for n, m in zip(self.model.shape_names, middle, strict=True) if m > 0)
        self.local = tuple(n for n, m in zip(self.model.shape_names, middle, strict=True) if m <= 0)
        self._shaped: dict[str, float] | None = None
        self._skinned: Skinned | None = None
        self._skeleton = body.skeleton
        self._shape_to(body.shape)

    def sliders(self, shape: Mapping[str, float]) -> np.ndarray:
        """(S,) float32 values of all sliders."""
        found = self.model.middle.copy()
        for n, name in enumerate(self.model.shape_names):
            if name in shape:
                found[n] = shape[name]
        return found

    def _shape_to(self, shape: Mapping[str, float]) -> Skinned:
        if self._skinned is not None and dict(shape) == self._shaped:
            return self._skinned
        import torch

        model = self.model
        sliders = self.sliders(shape)
        if not any(name in shape for name in self.local):
            sliders = sliders[: len(self.phenotypes)] if self.phenotypes else sliders
        with torch.no_grad():
            rest = model.rest(torch.from_numpy(sliders)[None])
        verts, heads, orient = (a[0].numpy() for a in rest)
        names, parents, reference = self._skeleton.names, self._skeleton.parents, self._skeleton.reference
        self._skeleton = Skeleton(names, parents, heads, orient, reference)
        if self._skinned is None:
            self._skinned = Skinned(verts, model.faces, model.skin_bones, model.skin_weights, len(model.bones))
        else:
            self._skinned.set_verts(verts)
        self._shaped = dict(shape)
        return self._skinned

    def _draw(self, pose: Pose) -> Drawn:
        skinned = self._shape_to(pose.shape)
        return drawn(pose, self._skeleton, skinned, self._corrections(pose))

    def _corrections(self, pose: Pose) -> np.ndarray | float:
        """Offsets of the vertices that depend on the pose, in models that have some."""
        if not self._corrects:
            return 0.0
        import torch
        from eigenform.avatar.figure.rotations import matrices

        with torch.no_grad():
            found = self.model.corrections(torch.from_numpy(matrices(pose.rotations)[None].astype(np.float32)))
        return 0.0 if found is None else found[0].numpy()

    def stands_for(self, value: Body) -> bool:
        """Bodies of one model differ in sliders and pose alone."""
        return value.model == self.body_model and value.skeleton.names == self.skeleton.names

    def read_out(self, pose: Pose) -> dict[str, float]:
        """Height and mass of the shape, standing."""
        with self._lock:
            if dict(pose.shape) != self._measured_of:
                skinned = self._shape_to(pose.shape)
                self._measured = measured(self.model, skinned.verts)
                self._measured_of = dict(pose.shape)
            return self._measured

    def value(self, old: Body, drawn: Drawn) -> Body:
        """The body in this shape and pose, with its height and mass."""
        pose = drawn.pose
        return old.replace(
            shape=dict(pose.shape), verts=drawn.verts.astype(np.float64), skeleton=drawn.skeleton,
            rotations=pose.rotations, translation=pose.translation, meta={**old.meta, **self.read_out(pose)},
        )  # fmt: skip


class AvatarFigure(Figure):
    """An avatar: its bones turn, its shape stays."""

    def __init__(self, avatar: Avatar, ctx: JobContext | None = None) -> None:
        super().__init__(avatar.skeleton)
        count = len(avatar.skeleton.names)
        self._avatar = avatar
        self._skinned = Skinned(avatar.rest_verts, avatar.faces, avatar.weight_bones, avatar.weights, count)

    def _draw(self, pose: Pose) -> Drawn:
        from eigenform.avatar.figure.posing import offsets

        return drawn(pose, self.skeleton, self._skinned, offsets(self._avatar, pose.rotations))

    def stands_for(self, value: Avatar) -> bool:
        """The same vertices at rest and the same bones."""
        mine = self._avatar
        same = value.rest_verts.shape == mine.rest_verts.shape and value.skeleton.names == mine.skeleton.names
        return same and np.array_equal(value.rest_verts[::97], mine.rest_verts[::97])

    def value(self, old: Avatar, drawn: Drawn) -> Avatar:
        """The avatar in this pose."""
        pose = drawn.pose
        return old.replace(verts=drawn.verts.astype(np.float64), rotations=pose.rotations, translation=pose.translation)


def measured(model: Any, verts: np.ndarray) -> dict[str, float]:
    """Height (m) and mass (kg) of vertices at rest."""
    from eigenform.avatar.body import measure

    found = {"height": measure.height(verts), "mass": measure.mass(verts, model.faces, model.trunk)}
    return {"height": round(found["height"], 4), "mass": round(found["mass"], 2)}


MAKERS: dict[str, type[Figure]] = {"body": BodyFigure, "avatar": AvatarFigure}
"""The class of figure for each kind of item that can be posed."""
