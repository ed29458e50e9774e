"""The body of Anny in torch, from prepared arrays: sliders to shape, orientations of bones, local changes.

Source: Brégier et al., Human Mesh Modeling for Anny Body, arXiv 2511.03589; written from its description.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from eigenform.avatar.body.arrays import BodyArrays
from eigenform.avatar.body.model import BodyModel, Rest, scaled_code
from eigenform.avatar.body.rotations import nearest_rotation
from eigenform.avatar.body.variants import PHENOTYPES

ANCESTRIES = 3
AGES = (-1 / 3, 0.0, 1 / 3, 2 / 3, 1.0)
ANCHORS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("gender", (0.0, 1.0)),
    ("age", AGES),
    ("muscle", (0.0, 0.5, 1.0)),
    ("weight", (0.0, 0.5, 1.0)),
    ("height", (0.0, 1.0)),
    ("proportions", (0.0, 1.0)),
    ("cup size", (0.0, 0.5, 1.0)),
    ("firmness", (0.0, 0.5, 1.0)),
)
"""Values of each slider at which a shape was modelled, in the order of the mask's columns after the ancestries."""


def hats(values: Tensor, anchors: tuple[float, ...]) -> Tensor:
    """Piecewise-linear weights of equally spaced anchors.

    Parameters
    ----------
    values : (B,) tensor
        Held within the anchors; the gradient is one-sided at an anchor and zero outside.
    anchors : tuple of n floats

    Returns
    -------
    (B, n) tensor
        Non-negative, rows sum to 1.
    """
    low, high, n = anchors[0], anchors[-1], len(anchors)
    values = torch.where(values < low, torch.full_like(values, low), values)
    values = torch.where(values > high, torch.full_like(values, high), values)
    position = (values - low) * ((n - 1) / (high - low))
    left = (position.detach().ceil().long() - 1).clamp(0, n - 2)
    share = position - left
    columns = torch.arange(n, device=values.device)
    at_left, at_right = columns == left[:, None], columns == left[:, None] + 1
    return at_left * (1 - share)[:, None] + at_right * share[:, None]


class AnnyBody(BodyModel):
    """Anny's default body.

    Parameters
    ----------
    arrays : BodyArrays
    local : mapping of str to array, optional
        Arrays of the variant ``local``; adds its sliders, in [-1, 1], after the six of
        :data:`eigenform.avatar.body.variants.PHENOTYPES`.
    """

    _constant: Tensor
    _linear: Tensor
    _mask: Tensor
    _projection: Tensor
    _local_change: Tensor
    _local_vertex: Tensor
    _local_offsets: Tensor
    _local_bones: Tensor

    def __init__(self, arrays: BodyArrays, local: Mapping[str, np.ndarray] | None = None) -> None:
        super().__init__()
        self.name = "anny"
        self.bones, self.parents, self.faces = arrays.bone_names, arrays.parents, arrays.faces
        self.skin_bones, self.skin_weights = arrays.weight_bones, arrays.weights
        self.trunk, self.uv, self.uv_faces = arrays.trunk, arrays.uv, arrays.uv_faces
        self.keypoint_names = arrays.keypoint_names
        self.segment_names, self.segments = arrays.segment_names, arrays.segments
        self.shape_names = PHENOTYPES
        self.middle = np.full(len(PHENOTYPES), 0.5, np.float32)
        self._counts = (len(arrays.template), len(arrays.bone_names))
        constant = (arrays.template, arrays.heads, arrays.orientations)
        linear = (arrays.blendshapes, arrays.head_blendshapes, arrays.orientation_blendshapes)
        basis = len(arrays.blendshapes)
        buffers = {
            "_constant": np.concatenate([a.reshape(-1) for a in constant]),
            "_linear": np.concatenate([a.reshape(basis, -1) for a in linear], 1),
            "_mask": arrays.mask,
            "_projection": arrays.projection,
        }
        for name, array in buffers.items():
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(array)), persistent=False)
        self._share(arrays.reference, _dense_keypoints(arrays))
        self._has_local = local is not None
        if local is not None:
            self._add_local(local)
        with torch.no_grad():
            self.code = scaled_code(self.rest(torch.tensor(self.middle)[None]).verts[0].numpy())

    def _add_local(self, local: Mapping[str, np.ndarray]) -> None:
        names = tuple(str(n) for n in local["names"])
        self.shape_names = (*PHENOTYPES, *names)
        self.middle = np.concatenate([self.middle, np.zeros(len(names), np.float32)])
        bones = np.concatenate([local[k].reshape(2 * len(names), -1) for k in ("heads", "orientations")], 1)
        buffers = {"change": local["change"].astype(np.int64), "vertex": local["vertex"].astype(np.int64)}
        for name, array in {**buffers, "offsets": local["offsets"], "bones": bones}.items():
            self.register_buffer(f"_local_{name}", torch.from_numpy(array), persistent=False)

    def coefficients(self, phenotypes: Tensor) -> Tensor:
        """Coefficients (B, K) of the blendshapes from the six sliders (B, 6)."""
        batch = len(phenotypes)
        half = phenotypes.new_full((batch,), 0.5)
        columns = [phenotypes.new_full((batch, ANCESTRIES), 1 / ANCESTRIES)]
        for name, anchors in ANCHORS:
            values = phenotypes[:, PHENOTYPES.index(name)] if name in PHENOTYPES else half
            columns.append(hats(values, anchors))
        table = torch.cat(columns, 1)
        return (table[:, None] * self._mask + (1 - self._mask)).prod(-1) @ self._projection

    def rest(self, shape: Tensor) -> Rest:
        """Shapes at rest from sliders (B, 6), or (B, S) with the local changes."""
        verts, bones = self._counts
        flat = self._constant + self.coefficients(shape[:, : len(PHENOTYPES)]) @ self._linear
        points, others = flat[:, : 3 * verts], flat[:, 3 * verts :]
        if self._has_local and shape.shape[1] > len(PHENOTYPES):
            values = shape[:, len(PHENOTYPES) :]
            sides = torch.stack([values * (values >= 0), -values * (values <= 0)], -1).reshape(len(shape), -1)
            points = points + self._local_offsets_of(sides).reshape(len(shape), -1)
            others = others + sides @ self._local_bones
        heads, orient = others[:, : 3 * bones], others[:, 3 * bones :]
        turned = nearest_rotation(orient.reshape(-1, bones, 3, 3))
        return Rest(points.reshape(-1, verts, 3), heads.reshape(-1, bones, 3), turned)

    def _local_offsets_of(self, sides: Tensor) -> Tensor:
        """Offsets (B, V, 3) of local changes by the amounts (B, 2L) of their sides; those at zero cost nothing."""
        change, vertex, offsets = self._local_change, self._local_vertex, self._local_offsets
        if not sides.requires_grad:
            used = (sides != 0).any(0)[change]
            change, vertex, offsets = change[used], vertex[used], offsets[used]
        total = sides.new_zeros(len(sides), self._counts[0], 3)
        return total.index_add(1, vertex, sides[:, change, None] * offsets)


def _dense_keypoints(arrays: BodyArrays) -> np.ndarray:
    dense = np.zeros((len(arrays.keypoint_names), len(arrays.template)), np.float32)
    row = np.repeat(np.arange(len(dense)), np.diff(arrays.keypoint_starts))
    dense[row, arrays.keypoint_verts] = arrays.keypoint_weights
    return dense
