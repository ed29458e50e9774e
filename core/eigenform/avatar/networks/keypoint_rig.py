"""Keypoints and joints of many poses at once, without their vertices.

A keypoint is a weighted mean of skinned vertices, so that the sum over vertices can be taken once for each bone: what
is left for a pose is a sum over the bones. The result is that of skinning all vertices, to rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor

from eigenform.avatar.body.model import BodyModel
from eigenform.avatar.body.posing import SkeletonTensors, bone_transforms, joints

_CHUNK = 16


class KeypointRig:
    """The keypoints of a body model in a number of shapes.

    Parameters
    ----------
    model : BodyModel
    shapes : (n, S) tensor
        Sliders; they are tabulated once.
    """

    def __init__(self, model: BodyModel, shapes: Tensor) -> None:
        from eigenform.avatar.body.bones import MAIN

        self.main = [model.bones.index(name) for name in MAIN]
        self.count = len(model.bones)
        weights = model._keypoints  # (23, V)
        points, vertex = torch.nonzero(weights, as_tuple=True)
        used, column = torch.unique(vertex, return_inverse=True)
        dense = model._dense[used]  # (U, J)
        table = torch.zeros(len(weights), len(used)).index_put((points, column), weights[points, vertex])
        share = table @ dense  # (23, J)
        self.movers = torch.nonzero(share.sum(0) > 0).squeeze(1)  # bones that move a keypoint
        self.share, dense = share[:, self.movers], dense[:, self.movers]
        moments, heads, orients = [], [], []
        with torch.no_grad():
            for chunk in shapes.split(_CHUNK):
                rest = model.rest(chunk)
                weighted = dense[None, :, :, None] * rest.verts[:, used, None, :]  # (n, U, movers, 3)
                moments.append(torch.einsum("ku,nujc->njck", table, weighted).flatten(1, 2))
                heads.append(rest.heads)
                orients.append(rest.orient)
        self.moments, self.heads, self.orients = torch.cat(moments), torch.cat(heads), torch.cat(orients)
        self.parents, self.reference = model._parents, model._reference

    def to(self, device: str) -> KeypointRig:
        """This rig, on a device."""
        for name in ("share", "movers", "moments", "heads", "orients", "reference"):
            setattr(self, name, getattr(self, name).to(device))
        return self

    def place(self, rotations: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
        """Keypoints (B, 23, 3) and joints (B, J, 3) in the world, metres, relative to the root's head.

        Parameters
        ----------
        rotations : (B, M, 3, 3) tensor
            Of the main bones.
        index : (B,) int64 tensor
            Which of the shapes.
        """
        full = torch.eye(3, device=rotations.device).expand(len(rotations), self.count, 3, 3).clone()
        full[:, self.main] = rotations
        skeleton = SkeletonTensors(self.parents, self.heads[index], self.orients[index], self.reference)
        transforms = bone_transforms(skeleton, full)
        moving = transforms[:, self.movers]
        turned = moving[:, :, :3, :3].transpose(1, 2).flatten(2) @ self.moments[index]  # (B, 3, 23)
        return turned.transpose(1, 2) + self.share @ moving[:, :, :3, 3], joints(self.heads[index], transforms)
