"""The prepared arrays of a body, named and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.avatar.body import store
from eigenform.errors import InputError


@dataclass(frozen=True, eq=False)
class BodyArrays:
    """Arrays of the default body; V = 13718 vertices, F = 27420 triangles, J = 104 bones, K = 136 blendshapes.

    Parameters
    ----------
    template, faces : (V, 3) float32, (F, 3) int64
        Metres, Z up, facing -Y, in the shape of all coefficients zero.
    uv, uv_faces : (T, 2) float32, (F, 3) int64
        Texture coordinates, origin at the lower left.
    blendshapes : (K, V, 3) float32
    heads, head_blendshapes : (J, 3), (K, J, 3) float32
        Where bones begin.
    orientations, orientation_blendshapes : (J, 3, 3), (K, J, 3, 3) float32
        The nearest rotation to their sum is a bone's rest orientation.
    reference : (J, 3, 3) float32
        Axes in which rotations are said.
    weight_bones, weights : (V, 9) int64, (V, 9) float32
    mask, projection : (P, 26), (P, K) float32
        From interpolation weights of the sliders to coefficients of the blendshapes.
    vertex_indices : (V,) int64
        Their vertices in the base mesh of MakeHuman.
    parents : (J,) int64
    bone_names : tuple of str
    trunk : (V,) bool
        The skin: the component that is watertight and closed, without eyes and tongue.
    keypoint_names : tuple of str
    keypoint_starts, keypoint_verts, keypoint_weights : (24,), (N,) int64, (N,) float32
        Sparse rows.
    segment_names, segments : tuple of str, (F,) int8
        Parts of the body by triangle, -1 for none.
    answer_* : float32
        Sliders, rotations, translations, and what Anny makes of them.
    """

    template: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    uv_faces: np.ndarray
    blendshapes: np.ndarray
    heads: np.ndarray
    head_blendshapes: np.ndarray
    orientations: np.ndarray
    orientation_blendshapes: np.ndarray
    reference: np.ndarray
    weight_bones: np.ndarray
    weights: np.ndarray
    mask: np.ndarray
    projection: np.ndarray
    vertex_indices: np.ndarray
    parents: np.ndarray
    bone_names: tuple[str, ...]
    trunk: np.ndarray
    keypoint_names: tuple[str, ...]
    keypoint_starts: np.ndarray
    keypoint_verts: np.ndarray
    keypoint_weights: np.ndarray
    segment_names: tuple[str, ...]
    segments: np.ndarray
    answer_shape: np.ndarray
    answer_rotations: np.ndarray
    answer_translation: np.ndarray
    answer_verts: np.ndarray
    answer_heads: np.ndarray
    answer_keypoints: np.ndarray


def body_arrays(arrays: Mapping[str, np.ndarray]) -> BodyArrays:
    """Named arrays from those of a file.

    Raises
    ------
    InputError
        Where one is missing.
    """
    found: dict[str, Any] = {}
    for name in BodyArrays.__dataclass_fields__:
        if name not in arrays:
            raise InputError(f"The prepared body has no array {name!r}; delete its file and it is prepared anew.")
        value = arrays[name]
        found[name] = tuple(str(v) for v in value) if name.endswith("_names") else value
    return BodyArrays(**found)


def load_arrays(path: Path) -> BodyArrays:
    """The arrays of a prepared file of the default variant.

    Raises
    ------
    InputError
        Where it is missing, damaged, or another kind of file.
    """
    arrays = store.read(path)
    if arrays is None:
        raise InputError(f"{path} is not a whole prepared body; delete it and it is prepared anew.")
    return body_arrays(arrays)
