"""What is learned of a figure: changes of its skinning weights, and a network that displaces its rest surface."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from eigenform.avatar.figure.kinematics import skinning_matrices
from eigenform.avatar.figure.offset_field import OffsetField, attention_of, nodes_of, place_features
from eigenform.figure_types import Avatar

SENSE = 8
"""Numbers of its own that each node shows the network, learned with it, so that neighbours can differ quickly."""
SCALE = 0.01
"""Metres that one unit of the network's answer stands for."""
_TURNS = 4.0
"""Factor of the rotations that the network sees: most are far below 1, and would be learned last."""
_SOFT = 1e-6
"""Weight below which a bone that an avatar lists at a vertex counts as absent."""


class FigureModel(nn.Module):
    """An avatar whose weights and rest surface can be learned, both at nodes that its vertices follow.

    Parameters
    ----------
    avatar : Avatar
    bones : (M,) int
        Joints that the network looks at.
    nodes, width : int
        Of the surface, and of the network.
    seed : int
    """

    def __init__(self, avatar: Avatar, bones: np.ndarray, nodes: int, width: int, seed: int) -> None:
        super().__init__()
        n, k = avatar.weights.shape
        joints = len(avatar.skeleton.names)
        starts = np.arange(0, n * k + 1, k)
        weights = sp.csr_matrix((avatar.weights.ravel(), avatar.weight_bones.ravel(), starts), shape=(n, joints))
        points = np.asarray(avatar.rest_verts)
        self.nodes, near, shares = nodes_of(points, weights, nodes)
        self.skeleton, self.bones = avatar.skeleton, np.asarray(bones, dtype=np.int64)
        attention = _TURNS * attention_of(weights[self.nodes], avatar.skeleton.parents, self.bones)
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        places = place_features(points[self.nodes], middle, float(np.ptp(points, axis=0).max()) / 2)
        neighbours, spacing = _neighbours(points[self.nodes])
        listed = np.where(avatar.weights > _SOFT, np.log(np.maximum(avatar.weights, _SOFT)), -np.inf)
        for name, array in (
            ("rest", points.astype(np.float32)),
            ("near", near),
            ("shares", shares),
            ("attention", attention),
            ("places", places),
            ("weight_bones", avatar.weight_bones),
            ("listed", listed.astype(np.float32)),
            ("neighbours", neighbours),
            ("spacing", np.maximum(spacing, 1e-4).astype(np.float32)),
        ):
            self.register_buffer(name, torch.tensor(np.array(array)), persistent=False)
        self.change = nn.Parameter(torch.zeros(len(self.nodes), joints))
        generator = torch.Generator().manual_seed(seed)
        self.sense = nn.Parameter(0.1 * torch.randn(len(self.nodes), SENSE, generator=generator))
        sizes = [places.shape[1] + SENSE + 3 * len(self.bones), width, width, 3]
        linear = [nn.Linear(a, b) for a, b in itertools.pairwise(sizes)]
        self.layers = nn.ModuleList(linear)
        with torch.no_grad():
            for i, layer in enumerate(linear):
                scale = (2.0 / layer.in_features) ** 0.5 if i + 1 < len(self.layers) else 0.0
                layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) * scale)
                layer.bias.zero_()

    rest: Tensor
    near: Tensor
    shares: Tensor
    attention: Tensor
    places: Tensor
    weight_bones: Tensor
    listed: Tensor
    neighbours: Tensor
    spacing: Tensor

    def transforms(self, rotations: np.ndarray, translation: np.ndarray) -> Tensor:
        """Skinning transforms (J, 3, 4) of a pose."""
        found = skinning_matrices(self.skeleton, rotations, translation)[:, :3]
        return torch.tensor(found, dtype=torch.float32, device=self.rest.device)

    def node_offsets(self, rotations: np.ndarray) -> Tensor:
        """Displacement (N, 3) of the nodes in a pose, metres."""
        turns = torch.tensor(rotations[self.bones], dtype=torch.float32, device=self.rest.device)
        value = torch.cat([self.places, self.sense, (self.attention[:, :, None] * turns).flatten(1)], dim=1)
        for layer in self.layers[:-1]:  # type: ignore[index]
            value = torch.relu(layer(value))
        return SCALE * self.layers[-1](value)

    def carried(self, values: Tensor, rows: Tensor) -> Tensor:
        """Values (R, ...) at vertices of values (N, ...) at nodes."""
        return torch.einsum("rk,rkc->rc", self.shares[rows], values[self.near[rows]])

    def weights(self, rows: Tensor) -> Tensor:
        """Skinning weights (R, k) of vertices, of the bones that the avatar lists there."""
        bones = self.weight_bones[rows]
        near = self.near[rows]
        change = self.change[near[:, :, None], bones[:, None, :]]
        moved = torch.einsum("rn,rnk->rk", self.shares[rows], change)
        return torch.softmax(self.listed[rows] + moved, dim=1)

    def blends(self, rows: Tensor, transforms: Tensor) -> Tensor:
        """Blended transforms (R, 3, 4) of vertices."""
        return torch.einsum("rk,rkij->rij", self.weights(rows), transforms[self.weight_bones[rows]])

    def posed(self, rows: Tensor, blends: Tensor, offsets: Tensor) -> Tensor:
        """Vertices (R, 3) moved by their blends, displaced by offsets (N, 3) of the nodes."""
        points = self.rest[rows] + self.carried(offsets, rows)
        return torch.einsum("rij,rj->ri", blends[:, :, :3], points) + blends[:, :, 3]

    @torch.no_grad()
    def all_posed(self, rotations: np.ndarray, translation: np.ndarray) -> np.ndarray:
        """All vertices (V, 3) in a pose."""
        rows = torch.arange(len(self.rest), device=self.rest.device)
        blends = self.blends(rows, self.transforms(rotations, translation))
        return self.posed(rows, blends, self.node_offsets(rotations)).cpu().numpy().astype(np.float64)

    def field(self) -> OffsetField:
        """The learned displacements, as an avatar carries them."""
        layers = [
            (_numpy(weight), _numpy(bias)) for weight, bias in zip(*[iter(self.layers.parameters())] * 2, strict=True)
        ]
        layers[-1] = (np.float32(SCALE) * layers[-1][0], np.float32(SCALE) * layers[-1][1])
        kept = (_numpy(t) for t in (self.near, self.shares))
        places = np.concatenate([_numpy(self.places), _numpy(self.sense)], axis=1)
        return OffsetField(self.bones, _numpy(self.attention), places, tuple(layers), *kept)

    @torch.no_grad()
    def learned_weights(self) -> np.ndarray:
        """All weights (V, k), rows summing to 1, in the order of the avatar's bones."""
        found = self.weights(torch.arange(len(self.rest), device=self.rest.device)).cpu().numpy().astype(np.float64)
        return found / found.sum(axis=1, keepdims=True)

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of what is learned."""
        return {name: _numpy(value) for name, value in self.state_dict().items()}

    def load(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Put back what :meth:`arrays` gave; other entries are left alone."""
        own = self.state_dict()
        self.load_state_dict({name: torch.from_numpy(np.array(arrays[name])) for name in own})


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().copy()


def _neighbours(points: np.ndarray, count: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """The nearest other nodes (N, count) of each, and their distances."""
    from scipy.spatial import cKDTree

    count = min(count, len(points) - 1)
    away, which = map(np.asarray, cKDTree(points).query(points, k=count + 1))
    return which[:, 1:].astype(np.int64), away[:, 1:]
