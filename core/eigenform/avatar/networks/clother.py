"""The network that dresses the body: clothed normals, offsets and a mask from a picture and the maps of the body.

After ICON's normal network (Xiu et al., CVPR 2022, section 3.2): guided by the normals of the fitted body, front and
back. One network gives both sides, and the depth of the clothes over the body, which normals alone do not carry.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

SIZE = 256
"""Pixels along a side of the maps."""
OFFSET_SCALE = 0.1
"""Metres that the network calls 1."""
DEPTH_SCALE = 0.3
"""Metres of body depth that the network calls 1."""


def inputs_of(rgb: Tensor, body: Mapping[str, Tensor], mask: Tensor) -> Tensor:
    """(B, 12, S, S) input of the network.

    Parameters
    ----------
    rgb : (B, 3, S, S)
        sRGB in [0, 1]; what is not the person is blanked here.
    body : mapping
        ``normal_front``, ``normal_back`` (B, 3, S, S) in view axes, zero beside the body; ``depth_front``,
        ``depth_back`` (B, 1, S, S) metres toward the viewer; ``mask`` (B, 1, S, S) of the body.
    mask : (B, 1, S, S)
        Of the person, in [0, 1].
    """
    covered = body["mask"]
    weight = mask.sum((2, 3), keepdim=True).clamp_min(1.0)
    mean = (rgb * mask).sum((2, 3), keepdim=True) / weight
    picture = (rgb - mean) * mask * 4.0
    depths = torch.cat([body["depth_front"], body["depth_back"]], 1)
    middle = (depths * covered).sum((1, 2, 3), keepdim=True) / (2 * covered.sum((1, 2, 3), keepdim=True)).clamp_min(1)
    depths = (depths - middle) * covered / DEPTH_SCALE
    return torch.cat([picture, body["normal_front"], body["normal_back"], depths, mask], 1)


def outputs_of(raw: Tensor, body: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Maps from the (B, 9, S, S) output: ``normal_front``, ``normal_back`` unit (B, 3, S, S), ``offset_front``,
    ``offset_back`` (B, 1, S, S) metres, ``mask_logit`` (B, 1, S, S). The network gives what the clothes add."""
    raw = raw.float()
    toward = torch.zeros_like(body["normal_front"])
    toward[:, 2] = 1.0
    bare = body["mask"]
    maps = {}
    for index, side in enumerate(("front", "back")):
        sign = 1.0 if side == "front" else -1.0
        start = torch.where(bare > 0.5, body[f"normal_{side}"], sign * toward)
        maps[f"normal_{side}"] = functional.normalize(start + raw[:, 3 * index : 3 * index + 3], dim=1, eps=1e-6)
        maps[f"offset_{side}"] = raw[:, 6 + index : 7 + index] * OFFSET_SCALE
    maps["mask_logit"] = raw[:, 8:9]
    return maps


def predict(
    rgb: np.ndarray, body: Mapping[str, np.ndarray], mask: np.ndarray, network: nn.Module
) -> dict[str, np.ndarray]:
    """The maps of a view, as :attr:`eigenform.figure_types.View.maps` wants them.

    Parameters
    ----------
    rgb : (S, S, 3) float32 in [0, 1] or uint8
        The crop.
    body : mapping
        ``normal_front``, ``normal_back`` (S, S, 3), ``depth_front``, ``depth_back``, ``mask`` (S, S) of the fitted
        body: :func:`eigenform.avatar.raster.maps.body_maps`.
    mask : (S, S)
        Of the person, in [0, 1].
    network : module
        From :func:`eigenform.avatar.networks.weights.load` with the name ``clother``.
    """
    device = next(network.parameters()).device
    scaled = rgb.astype(np.float32) / 255 if rgb.dtype == np.uint8 else np.asarray(rgb, np.float32)

    def tensor(array: np.ndarray) -> Tensor:
        value = torch.tensor(np.asarray(array, np.float32), device=device)  # arrays of values are read-only
        return value.permute(2, 0, 1)[None] if value.ndim == 3 else value[None, None]

    maps_in = {name: tensor(value) for name, value in body.items()}
    person = tensor(mask)
    with torch.no_grad():
        maps = outputs_of(network(inputs_of(tensor(scaled), maps_in, person))[0], maps_in)
    clothed = torch.sigmoid(maps.pop("mask_logit"))
    result = {"mask": clothed[0, 0].cpu().numpy()}
    for name, value in maps.items():
        array = value[0].permute(1, 2, 0).cpu().numpy()
        result[name] = array if array.shape[2] == 3 else array[:, :, 0]
    return result


def maps_of(verts: Tensor, faces: Tensor, camera: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """The maps of one posed body that :func:`predict` wants.

    Parameters
    ----------
    verts, faces : (1, V, 3) float, (F, 3) int64
    camera : (3,)
        s, t_x, t_y.
    size : int
        Pixels along a side.
    """
    from eigenform.avatar.raster.maps import body_maps

    with torch.no_grad():
        maps = body_maps(verts, faces, torch.as_tensor(camera, dtype=torch.float32)[None], size)
    return {name: value[0].float().numpy() for name, value in maps.items()}
