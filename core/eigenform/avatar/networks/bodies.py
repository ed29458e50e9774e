"""Bodies as the networks speak of them: six phenotypes and the rotations of the main bones."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from eigenform.avatar.body.bones import MAIN
from eigenform.avatar.body.load import load_body
from eigenform.avatar.body.rotations import axis_angle_to_matrix


def all_rotations(main: np.ndarray, bones: tuple[str, ...]) -> np.ndarray:
    """(J, 3) axis-angle of every bone from those (M, 3) of the main ones; the others are at rest."""
    full = np.zeros((len(bones), 3))
    full[[bones.index(name) for name in MAIN]] = main
    return full


def posed(shape: np.ndarray, rotations: np.ndarray) -> tuple[Tensor, Tensor]:
    """Vertices (1, V, 3) float32 and faces (F, 3) int64 of the body with phenotypes (6,) and main rotations (M, 3)."""
    model = load_body("anny")
    vectors = torch.as_tensor(all_rotations(rotations, model.bones), dtype=torch.float32)
    with torch.no_grad():
        found = model(torch.as_tensor(shape, dtype=torch.float32)[None], axis_angle_to_matrix(vectors)[None])
    return found.verts, torch.from_numpy(np.array(model.faces))
