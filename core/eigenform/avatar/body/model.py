"""What every body model offers, and the parts that all share: posing, skinning, keypoints."""

from __future__ import annotations

from abc import abstractmethod
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from eigenform.avatar.body import posing
from eigenform.figure_types import Skeleton


class Rest(NamedTuple):
    """A batch of shapes at rest: vertices (B, V, 3), bone heads (B, J, 3), bone orientations (B, J, 3, 3)."""

    verts: Tensor
    heads: Tensor
    orient: Tensor


class Posed(NamedTuple):
    """A batch of posed bodies.

    ``transforms`` (B, J, 4, 4) from rest to pose, ``verts`` (B, V, 3), ``joints`` (B, J, 3), ``keypoints`` (B, 23, 3).
    """

    rest: Rest
    transforms: Tensor
    verts: Tensor
    joints: Tensor
    keypoints: Tensor


class BodyModel(torch.nn.Module):
    """A parametric body: metres, Z up, facing -Y, its left at +X.

    Attributes
    ----------
    name : str
        ``anny`` or the path of an npz file.
    bones : tuple of str
        J names; a parent stands before its children.
    parents : (J,) int64 array
    faces : (F, 3) int64 array
    shape_names : tuple of str
        S sliders.
    middle : (S,) float32 array
        Their neutral values.
    skin_bones, skin_weights : (V, k) int64, (V, k) float32 arrays
    code : (V, 3) float32 array
        Where a vertex is on the neutral body at rest, each axis scaled to [-1, 1].
    trunk : (V,) bool array
        The closed skin, without eyes and tongue.
    uv, uv_faces : (T, 2) float32, (F, 3) int64 arrays
        ``(0, 2)`` and ``(0, 3)`` where there are none.
    keypoint_names : tuple of str
        17 of COCO, then big toe, small toe, heel of the left and of the right foot.
    """

    name: str
    bones: tuple[str, ...]
    parents: np.ndarray
    faces: np.ndarray
    shape_names: tuple[str, ...]
    middle: np.ndarray
    skin_bones: np.ndarray
    skin_weights: np.ndarray
    code: np.ndarray
    trunk: np.ndarray
    uv: np.ndarray
    uv_faces: np.ndarray
    keypoint_names: tuple[str, ...]

    _dense: Tensor
    _keypoints: Tensor
    _reference: Tensor

    def _share(self, reference: np.ndarray, keypoints: np.ndarray) -> None:
        """Make the tensors that all models have; called at the end of a constructor.

        ``reference`` is (J, 3, 3), ``keypoints`` (23, V) weights.
        """
        self._parents = tuple(int(p) for p in self.parents)
        dense = posing.dense_weights(self.skin_bones, self.skin_weights, len(self.bones))
        for name, array in (("_dense", dense), ("_keypoints", keypoints), ("_reference", reference)):
            self.register_buffer(name, torch.tensor(array, dtype=torch.float32), persistent=False)

    @property
    def device(self) -> torch.device:
        """Where the arrays are."""
        return self._dense.device

    @abstractmethod
    def rest(self, shape: Tensor) -> Rest:
        """Shapes at rest from sliders (B, S)."""

    def corrections(self, rotations: Tensor) -> Tensor | None:
        """Offsets (B, V, 3) at rest that depend on the pose; None where the model has none."""
        return None

    def tensors(self, rest: Rest) -> posing.SkeletonTensors:
        """The skeletons of shapes at rest."""
        return posing.SkeletonTensors(self._parents, rest.heads, rest.orient, self._reference)

    def transforms(self, rest: Rest, rotations: Tensor, translation: Tensor | None = None) -> Tensor:
        """Transforms (B, J, 4, 4) from rest to pose; see :func:`eigenform.avatar.body.posing.bone_transforms`."""
        return posing.bone_transforms(self.tensors(rest), rotations, translation)

    def joints(self, rest: Rest, transforms: Tensor) -> Tensor:
        """Heads of the bones in the pose, (B, J, 3)."""
        return posing.joints(rest.heads, transforms)

    def skin(self, rest_verts: Tensor, transforms: Tensor) -> Tensor:
        """Vertices in the pose, (B, V, 3)."""
        return posing.skin(rest_verts, transforms, self._dense)

    def keypoints(self, verts: Tensor) -> Tensor:
        """Keypoints (B, 23, 3) of vertices (B, V, 3)."""
        return self._keypoints @ verts

    def forward(self, shape: Tensor, rotations: Tensor, translation: Tensor | None = None) -> Posed:
        """Bodies in poses.

        Parameters
        ----------
        shape : (B or 1, S) tensor
        rotations : (B or 1, J, 3, 3) tensor
            Local-ref, see :mod:`eigenform.avatar.body.posing`.
        translation : (B, 3) tensor, optional
            Where the head of the root goes; the origin by default.
        """
        rest = self.rest(shape)
        transforms = self.transforms(rest, rotations, translation)
        offsets = self.corrections(rotations)
        verts = self.skin(rest.verts if offsets is None else rest.verts + offsets, transforms)
        return Posed(rest, transforms, verts, self.joints(rest, transforms), self.keypoints(verts))

    def skeleton(self, shape: Tensor | np.ndarray) -> Skeleton:
        """The bones of one shape (S,) or (1, S) as a value."""
        sliders = torch.as_tensor(np.asarray(shape) if not isinstance(shape, Tensor) else shape, dtype=torch.float32)
        with torch.no_grad():
            rest = self.rest(sliders.reshape(1, -1).to(self.device))
        arrays = (rest.heads[0], rest.orient[0], self._reference)
        heads, orient, reference = (a.cpu().numpy().astype(np.float64) for a in arrays)
        return Skeleton(self.bones, self.parents, heads, orient, reference)


def scaled_code(verts: np.ndarray) -> np.ndarray:
    """Positions (V, 3) with each axis scaled to [-1, 1], float32."""
    low, high = verts.min(0), verts.max(0)
    return (2 * (verts - low) / np.maximum(high - low, 1e-9) - 1).astype(np.float32)
