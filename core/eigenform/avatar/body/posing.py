"""From rotations to where bones and vertices go; one formula for bodies and avatars.

With rest orientation ``R_c``, head ``h_c`` and reference axes ``U_c`` of bone ``c`` and its parent ``p``, a rotation
``D_c`` said in the reference axes moves the bone to

``W_c = W_p [U_p^T D_c U_c | U_p^T A_p (h_c - h_p)]``, ``A_p = U_p R_p^T`` (the identity for the root),

``W_0 = [U_0^T D_0 U_0 | U_0^T t]``, and vertices follow by ``T_c = W_c [R_c | h_c]^-1``.

With U = R = 1, the case of SMPL-like bodies, this is plain forward kinematics. A translation of zero puts the head of
the root at the origin. Source: the "local-ref" pose of Anny (Brégier et al., arXiv 2511.03589).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from eigenform.figure_types import Skeleton


@dataclass(frozen=True)
class SkeletonTensors:
    """A skeleton, or a batch of them, as tensors.

    Parameters
    ----------
    parents : tuple of int
        J parents, -1 for the root.
    heads : (B, J, 3) tensor
    rest : (B, J, 3, 3) tensor
    reference : (J, 3, 3) or (B, J, 3, 3) tensor
    """

    parents: tuple[int, ...]
    heads: Tensor
    rest: Tensor
    reference: Tensor

    @classmethod
    def of(
        cls, skeleton: Skeleton, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32
    ) -> SkeletonTensors:
        """A batch of one."""

        def tensor(array: np.ndarray) -> Tensor:
            return torch.tensor(array, dtype=dtype, device=device)

        parents = tuple(int(p) for p in skeleton.parents)
        return cls(parents, tensor(skeleton.heads)[None], tensor(skeleton.rest)[None], tensor(skeleton.reference))


@functools.lru_cache(maxsize=64)
def _levels(parents: tuple[int, ...]) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """Bones of each depth below the root, and the parents of those."""
    depth = [0] * len(parents)
    for bone, parent in enumerate(parents):
        depth[bone] = 0 if parent < 0 else depth[parent] + 1
    found = []
    for level in range(1, max(depth, default=0) + 1):
        bones = tuple(b for b, d in enumerate(depth) if d == level)
        found.append((bones, tuple(parents[b] for b in bones)))
    return tuple(found)


def bone_transforms(skeleton: SkeletonTensors, rotations: Tensor, translation: Tensor | None = None) -> Tensor:
    """Transforms from the rest pose to a pose, one a bone.

    Parameters
    ----------
    skeleton : SkeletonTensors
        Of batch B or 1.
    rotations : (B, J, 3, 3) tensor
        One a bone, in its reference axes.
    translation : (B, 3) tensor, optional
        Where the head of the root goes, metres; the origin by default.

    Returns
    -------
    (B, J, 4, 4) tensor
        For skinning: ``x_posed = T x_rest``.
    """
    batch = max(rotations.shape[0], skeleton.heads.shape[0])
    count = len(skeleton.parents)
    heads = skeleton.heads.expand(batch, count, 3)
    rest = skeleton.rest.expand(batch, count, 3, 3)
    reference = skeleton.reference.expand(batch, count, 3, 3)
    rotations = rotations.expand(batch, count, 3, 3)
    index = torch.tensor([max(p, 0) for p in skeleton.parents], device=heads.device)

    turned = rotations @ reference  # D_c U_c
    back = reference.transpose(-1, -2)[:, index]  # U_p^T
    local = back @ turned
    # U_p^T A_p is R_p^T below the root and U_0^T at the root
    to_parent = torch.cat([reference[:, :1], rest[:, 1:]], 1).transpose(-1, -2)[:, index]
    offset = (to_parent @ (heads - heads[:, index])[..., None])[..., 0]

    if translation is None:
        root = torch.zeros(batch, 3, dtype=heads.dtype, device=heads.device)
    else:
        root = translation.expand(batch, 3)
    place = (reference[:, 0].transpose(-1, -2) @ root[..., None])[..., 0]

    turns: list[Tensor] = [local.new_empty(0)] * count
    places: list[Tensor] = [local.new_empty(0)] * count
    turns[0], places[0] = local[:, 0], place
    for bones, parents in _levels(skeleton.parents):
        up = torch.stack([turns[p] for p in parents], 1)
        at = torch.stack([places[p] for p in parents], 1)
        chosen = list(bones)
        level_turns = up @ local[:, chosen]
        level_places = at + (up @ offset[:, chosen, :, None])[..., 0]
        for i, bone in enumerate(bones):
            turns[bone], places[bone] = level_turns[:, i], level_places[:, i]
    turn, where = torch.stack(turns, 1), torch.stack(places, 1)

    linear = turn @ rest.transpose(-1, -2)
    shift = where - (linear @ heads[..., None])[..., 0]
    bottom = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=linear.dtype, device=linear.device).expand(batch, count, 1, 4)
    return torch.cat([torch.cat([linear, shift[..., None]], -1), bottom], -2)


def joints(heads: Tensor, transforms: Tensor) -> Tensor:
    """Heads of the bones in the pose: (B, J, 3) of heads at rest (B or 1, J, 3) and transforms (B, J, 4, 4)."""
    return (transforms[..., :3, :3] @ heads[..., None])[..., 0] + transforms[..., :3, 3]


def skin(verts: Tensor, transforms: Tensor, weights: Tensor) -> Tensor:
    """Linear blend skinning.

    Parameters
    ----------
    verts : (B or 1, V, 3) tensor
        At rest, metres.
    transforms : (B, J, 4, 4) tensor
    weights : (V, J) tensor
        Dense; rows sum to 1.

    Returns
    -------
    (B, V, 3) tensor
    """
    batch = max(len(verts), len(transforms))
    rows = transforms[:, :, :3].reshape(len(transforms), -1, 12)
    blended = (weights @ rows).reshape(len(transforms), -1, 3, 4)
    verts = verts.expand(batch, -1, 3)
    return (blended[..., :3] @ verts[..., None])[..., 0] + blended[..., 3]


def dense_weights(bones: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """(V, J) float32 from the bones (V, k) that move each vertex and how much."""
    dense = np.zeros((len(bones), count), np.float32)
    np.add.at(dense, (np.arange(len(bones))[:, None], bones), weights)
    return dense
