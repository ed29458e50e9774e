"""Bodies of people's own SMPL, SMPL-H and SMPL-X files (npz). Nothing is downloaded and nothing is unpickled.

Own implementation of the published model: Loper et al., SMPL, SIGGRAPH Asia 2015; Pavlakos et al., CVPR 2019. Such
files look along +Z with Y up; everything here is turned to Z up, facing -Y.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from eigenform.avatar.body.extract_default import largest_component
from eigenform.avatar.body.model import BodyModel, Rest, scaled_code
from eigenform.avatar.body.smpl_names import bone_names, keypoint_rows
from eigenform.avatar.body.variants import KEYPOINTS
from eigenform.errors import InputError

KEYS = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table", "f")
SHAPES = 10
"""Shape components that get a slider; the files order them by how much they explain."""

_WORLD = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""From the axes of such files to ours: (x, y, z) becomes (x, -z, y)."""


def read_smpl(path: Path) -> SmplBody:
    """The body model in an npz file.

    Raises
    ------
    InputError
        For a file that is no npz, lacks a key, holds Python objects, or whose arrays do not fit each other.
    """
    if not path.is_file():
        raise InputError(f"{path} was not found.")
    if path.suffix.lower() == ".pkl":
        raise InputError(
            f"{path} is a pickle, which can run code and is not opened: convert it to npz with its maker's tool."
        )
    with open(path, "rb") as opened:
        try:
            file = np.load(opened, allow_pickle=False)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            raise InputError(f"{path} is not an npz file; a body model has the keys {', '.join(KEYS)}.") from None
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise InputError(f"{path} holds one array; a body model is an npz file with the keys {', '.join(KEYS)}.")
        missing = [key for key in KEYS if key not in file.files]
        if missing:
            raise InputError(f"{path} is not a body model: it lacks {', '.join(missing)}.")
        wanted = [*KEYS, *(key for key in ("vt", "ft") if key in file.files)]
        arrays = {key: _plain(file, key, path) for key in wanted}
    _check(arrays, path)
    return SmplBody(str(path), arrays)


def _plain(file: Any, key: str, path: Path) -> np.ndarray:
    try:
        array = np.asarray(file[key])
    except ValueError:
        raise InputError(
            f"{path} holds Python objects under {key}, which are not opened; save it anew as plain numbers "
            "(a sparse matrix by its toarray())."
        ) from None
    if array.dtype.kind not in "fiu":
        raise InputError(f"{path}: {key} holds {array.dtype}, not numbers.")
    return array


def _check(arrays: dict[str, np.ndarray], path: Path) -> None:
    verts, bones = len(arrays["v_template"]), arrays["kintree_table"].shape[-1]
    wanted: dict[str, tuple[int | None, ...]] = {
        "v_template": (verts, 3),
        "shapedirs": (verts, 3, None),
        "posedirs": (verts, 3, 9 * (bones - 1)),
        "J_regressor": (bones, verts),
        "weights": (verts, bones),
        "kintree_table": (None, bones),
        "f": (None, 3),
    }
    for key, shape in wanted.items():
        got = arrays[key].shape
        if len(got) != len(shape) or any(w not in (None, g) for w, g in zip(shape, got, strict=True)):
            words = " x ".join("any" if w is None else str(w) for w in shape)
            raise InputError(f"{path}: {key} is {' x '.join(map(str, got))}, but {words} would fit.")
        if arrays[key].dtype.kind == "f" and not np.isfinite(arrays[key]).all():
            raise InputError(f"{path}: {key} holds NaN or infinite values.")
    faces = arrays["f"].astype(np.int64)
    if faces.size and (faces.min() < 0 or faces.max() >= verts):
        raise InputError(f"{path}: f points at vertex {faces.max()}, but there are only {verts}.")
    parents = _parents(arrays["kintree_table"])
    if parents[0] != -1 or (parents[1:] < 0).any() or (parents[1:] >= np.arange(1, bones)).any():
        raise InputError(f"{path}: kintree_table does not name the parent of each bone before the bone.")


def _parents(table: np.ndarray) -> np.ndarray:
    """(J,) parents; the root's is stored as 2^32 - 1."""
    parents = np.atleast_2d(table)[0].astype(np.int64)
    parents[(parents == 2**32 - 1) | (np.arange(len(parents)) == 0)] = -1
    return parents


class SmplBody(BodyModel):
    """An SMPL-like body: the rest pose is the template's, rotations are said in the axes of the world.

    Parameters
    ----------
    name : str
        Path of its file.
    arrays : dict
        By the keys of such files.
    """

    _template: Tensor
    _shapes: Tensor
    _poses: Tensor
    _regressor: Tensor
    _world: Tensor

    def __init__(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        super().__init__()
        weights = arrays["weights"].astype(np.float64)
        verts, bones = weights.shape
        self.name, self.bones = name, bone_names(bones)
        self.parents, self.faces = _parents(arrays["kintree_table"]), arrays["f"].astype(np.int64)
        used = max(1, int((weights > 0).sum(1).max()))
        self.skin_bones = np.argsort(-weights, 1, kind="stable")[:, :used]
        kept = np.take_along_axis(weights, self.skin_bones, 1)
        self.skin_weights = (kept / kept.sum(1, keepdims=True)).astype(np.float32)
        self.trunk = largest_component(self.faces, verts)
        self.uv = np.zeros((0, 2), np.float32)
        self.uv_faces = np.zeros((0, 3), np.int64)
        if {"vt", "ft"} <= set(arrays) and len(arrays["ft"]) == len(self.faces):
            self.uv, self.uv_faces = arrays["vt"].astype(np.float32), arrays["ft"].astype(np.int64)

        template = arrays["v_template"].astype(np.float64) @ _WORLD.T
        shapes = np.einsum("ij,vjs->svi", _WORLD, arrays["shapedirs"][:, :, :SHAPES].astype(np.float64))
        poses = np.einsum("ij,vjp->pvi", _WORLD, arrays["posedirs"].astype(np.float64))
        self.shape_names = tuple(f"shape-{i + 1}" for i in range(len(shapes)))
        self.middle = np.zeros(len(shapes), np.float32)
        self.code = scaled_code(template)
        buffers = {
            "template": template,
            "shapes": shapes.reshape(len(shapes), -1),
            "poses": poses.reshape(len(poses), -1),
        }
        buffers |= {"regressor": arrays["J_regressor"], "world": _WORLD}
        for key, array in buffers.items():
            self.register_buffer(f"_{key}", torch.tensor(array, dtype=torch.float32), persistent=False)
        rows = keypoint_rows(template, arrays["J_regressor"], weights)
        self.keypoint_names = KEYPOINTS if len(rows) else ()
        self._share(np.broadcast_to(np.eye(3), (bones, 3, 3)).copy(), rows)

    def rest(self, shape: Tensor) -> Rest:
        """Shapes at rest from components (B, S), in standard deviations."""
        verts = self._template + (shape @ self._shapes).reshape(len(shape), -1, 3)
        eye = torch.eye(3, dtype=verts.dtype, device=verts.device)
        return Rest(verts, self._regressor @ verts, eye.expand(len(shape), len(self.bones), 3, 3))

    def corrections(self, rotations: Tensor) -> Tensor:
        """Offsets (B, V, 3) linear in the entries of all rotations but the root's."""
        turned = self._world.T @ rotations[:, 1:] @ self._world
        feature = (turned - torch.eye(3, dtype=turned.dtype, device=turned.device)).reshape(len(rotations), -1)
        return (feature @ self._poses).reshape(len(rotations), -1, 3)
