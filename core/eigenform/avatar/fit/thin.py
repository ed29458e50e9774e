"""A body of fewer vertices for the steps of a fit: those of its outline, its keypoints and its height.

Shape and pose act on each vertex alone, so that the vertices that are kept are where they are on the whole body.
Weights of keypoints below :data:`LEAST` are left out, which moves a keypoint by less than a millimetre.
"""

from __future__ import annotations

import copy

import numpy as np
import torch

from eigenform.avatar.body.anny_body import AnnyBody
from eigenform.avatar.body.model import BodyModel

EVERY = 11
"""Every how manieth vertex stands for the body's outline."""

LEAST = 1e-3
ENDS = 12
"""Vertices kept at the top and at the bottom of a few shapes, for the height."""


def thinned(body: BodyModel) -> tuple[BodyModel, np.ndarray]:
    """``(body, outline)``: the body of fewer vertices, and which of those stand for its outline.

    Only Anny's body is thinned; another comes back as it is. Faces of a thinned body mean nothing.
    """
    count = len(body.skin_bones)
    outline = np.arange(0, count, EVERY)
    if type(body) is not AnnyBody or len(body.shape_names) != 6:
        return body, outline
    keypoints = body._keypoints
    heavy = torch.where(keypoints >= LEAST, keypoints, torch.zeros_like(keypoints))
    kept = np.unique(np.concatenate([outline, np.flatnonzero(heavy.any(dim=0).cpu().numpy()), _ends(body)]))
    index = torch.tensor(kept, device=body.device)
    columns = (3 * index[:, None] + torch.arange(3, device=body.device)).flatten()
    bones = torch.arange(3 * count, body._constant.shape[0], device=body.device)
    columns = torch.cat([columns, bones])
    found = copy.copy(body)
    found._buffers = dict(body._buffers)
    found._constant, found._linear = body._constant[columns], body._linear[:, columns].contiguous()
    found._dense = body._dense[index]
    heavy = heavy[:, index]
    found._keypoints = heavy / heavy.sum(dim=1, keepdim=True)
    found._counts = (len(kept), len(body.bones))
    return found, np.searchsorted(kept, outline)


def _ends(body: BodyModel) -> np.ndarray:
    """Vertices that can be the highest or the lowest of a shape."""
    rng = np.random.default_rng(0)
    shapes = torch.tensor(rng.random((8, len(body.shape_names))), dtype=torch.float32, device=body.device)
    with torch.no_grad():
        up = body.rest(shapes).verts[..., 2]
    ends = [up.topk(ENDS, dim=1, largest=largest).indices.flatten() for largest in (True, False)]
    return torch.cat(ends).unique().cpu().numpy()
