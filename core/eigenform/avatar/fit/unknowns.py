"""What a fit changes: sliders, joints within their limits, the turn of the whole body, cameras."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from eigenform.avatar.body.model import BodyModel
from eigenform.avatar.body.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from eigenform.avatar.fit.rig import Rig

TURN, CAMERA = 3, 3


@dataclass(eq=False)
class Unknowns:
    """One person in N views.

    Attributes
    ----------
    body : BodyModel
    rig : Rig
    shape : (S,) tensor
        Sliders.
    bones : (N, J, 3, 3) tensor
        Rotations of all bones; those that the rig does not move stay.
    roots : (N, 3, 3) tensor
        Rotation of the root.
    joints : (N, M - 1, 3) tensor
        Axis-angle of the bones of the rig below the root.
    cameras : (N, 3) tensor
        s, t_x, t_y.
    """

    body: BodyModel
    rig: Rig
    shape: Tensor
    bones: Tensor
    roots: Tensor
    joints: Tensor
    cameras: Tensor

    @classmethod
    def of(cls, body: BodyModel, rig: Rig, shape: np.ndarray, rotations: np.ndarray, cameras: np.ndarray) -> Unknowns:
        """From sliders (S,), axis-angle vectors (N, J, 3) and cameras (N, 3); what is beyond a limit is put on it."""
        low, high = slider_limits(body)
        sliders = torch.tensor(shape, dtype=torch.float32).clamp(low, high)
        vectors = torch.tensor(rotations, dtype=torch.float32)
        moved = vectors[:, rig.index]
        joints = moved[:, 1:].clamp(torch.tensor(rig.low[1:]), torch.tensor(rig.high[1:]))
        roots = axis_angle_to_matrix(moved[:, 0])
        return cls(body, rig, sliders, axis_angle_to_matrix(vectors), roots, joints,
                   torch.tensor(cameras, dtype=torch.float32))  # fmt: skip

    def matrices(self, number: int, roots: Tensor, joints: Tensor) -> Tensor:
        """(B, J, 3, 3) rotations of all bones of a view, for roots (B, 3, 3) and joints (B, M - 1, 3)."""
        moved = torch.cat([roots[:, None], axis_angle_to_matrix(joints)], dim=1)
        fixed = self.bones[number].expand(len(roots), -1, 3, 3)
        return fixed.index_copy(1, torch.tensor(self.rig.index), moved)

    def verts(self, body: BodyModel) -> np.ndarray:
        """(N, V, 3) float64 vertices of the body in all views."""
        with torch.no_grad():
            turns = [self.matrices(i, self.roots[i : i + 1], self.joints[i : i + 1]) for i in range(len(self.roots))]
            return body(self.shape[None], torch.cat(turns)).verts.double().numpy()

    def vectors(self) -> np.ndarray:
        """(N, J, 3) float64 axis-angle vectors of all bones."""
        with torch.no_grad():
            turns = [self.matrices(i, self.roots[i : i + 1], self.joints[i : i + 1]) for i in range(len(self.roots))]
            return matrix_to_axis_angle(torch.cat(turns)).double().numpy()


def slider_limits(body: BodyModel) -> tuple[Tensor, Tensor]:
    """Lowest and highest values of the sliders: 0 to 1, or -1 to 1 (-3 to 3 for components) where the middle is 0."""
    middle = torch.tensor(np.asarray(body.middle), dtype=torch.float32)
    widest = torch.full_like(middle, 1.0 if body.name == "anny" else 3.0)
    low = torch.where(middle > 0, torch.zeros_like(middle), -widest)
    return low, torch.where(middle > 0, torch.ones_like(middle), widest)
