"""Displacements of an avatar's surface that depend on the pose near each point.

A small network takes a point of the rest surface and the rotations of the joints near it, each scaled by how much it
has to do with the point (after the locally pose-aware fields of Saito et al., SCANimate, CVPR 2021). It is evaluated at
some thousand nodes and carried to all vertices, so that an avatar of any size stays quick to pose. All its numbers lie
in ``Avatar.arrays``, named ``offset.*``; numpy alone evaluates them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from eigenform.figure_types import Avatar

PREFIX = "offset."
_OCTAVES = 3


@dataclass(frozen=True)
class OffsetField:
    """The field of one avatar.

    Parameters
    ----------
    bones : (M,) int64
        The joints it looks at.
    attention : (N, M) float32
        How much each joint has to do with each node, times a factor.
    places : (N, P) float32
        What the network sees of the place of each node: :func:`place_features` and learned numbers.
    layers : tuple of pairs of (out, in) and (out,) float32
        Weights and biases; ReLU between them. The last gives metres.
    near, shares : (V, k) int64, (V, k) float32
        Nodes that each vertex follows.
    """

    bones: np.ndarray
    attention: np.ndarray
    places: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    near: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, avatar: Avatar) -> OffsetField:
        """The field that an avatar carries."""
        a = {name.removeprefix(PREFIX): array for name, array in avatar.arrays.items() if name.startswith(PREFIX)}
        count = sum(name.startswith("weight") for name in a)
        layers = tuple((a[f"weight{i}"], a[f"bias{i}"]) for i in range(count))
        return cls(a["bones"], a["attention"], a["places"], layers, a["near"], a["shares"])

    def arrays(self) -> dict[str, np.ndarray]:
        """What :meth:`of` reads."""
        found = {name: getattr(self, name) for name in ("bones", "attention", "places", "near", "shares")}
        for i, (weight, bias) in enumerate(self.layers):
            found |= {f"weight{i}": weight, f"bias{i}": bias}
        return {PREFIX + name: array for name, array in found.items()}

    def at(self, rotations: np.ndarray) -> np.ndarray:
        """Displacement (V, 3) of the rest vertices in metres, for rotations (J, 3)."""
        turned = self.attention[:, :, None] * np.asarray(rotations, dtype=np.float32)[self.bones]
        value = np.concatenate([self.places, turned.reshape(len(self.places), -1)], axis=1)
        for i, (weight, bias) in enumerate(self.layers):
            value = value @ weight.T + bias
            if i + 1 < len(self.layers):
                value = np.maximum(value, np.float32(0.0))
        return carry(self.near, self.shares, len(self.places)) @ value


def carry(near: np.ndarray, shares: np.ndarray, count: int) -> sp.csr_matrix:
    """Matrix (V, N) from values at nodes to values at vertices."""
    n, k = near.shape
    return sp.csr_matrix((shares.ravel(), near.ravel(), np.arange(0, n * k + 1, k)), shape=(n, count))


def place_features(points: np.ndarray, middle: np.ndarray, size: float) -> np.ndarray:
    """Coordinates in [-1, 1] with their sines and cosines of three octaves: (N, 21) float32."""
    scaled = (points - middle) / size
    angles = [np.pi * 2.0**i * scaled for i in range(_OCTAVES)]
    return np.concatenate([scaled, *map(np.sin, angles), *map(np.cos, angles)], axis=1).astype(np.float32)


def attention_of(weights: sp.csr_matrix, parents: np.ndarray, bones: np.ndarray) -> np.ndarray:
    """How much each of ``bones`` (M,) has to do with each vertex: (V, M) float32 in [0, 1].

    A bone counts for what it moves and for what its unwatched children move, and half for what the watched bones next
    to it move: a knee matters to the thigh as well.
    """
    watched = {int(b): m for m, b in enumerate(bones)}
    owner = np.full(len(parents), -1)
    for j, parent in enumerate(parents):
        owner[j] = watched.get(j, owner[parent] if parent >= 0 else -1)
    share = np.zeros((len(parents), len(bones)), dtype=np.float32)
    for j in range(len(parents)):
        if owner[j] >= 0:
            share[j, owner[j]] = 1.0
            top = parents[bones[owner[j]]]
            if top >= 0 and owner[top] >= 0:
                share[j, owner[top]] = max(share[j, owner[top]], 0.5)
    for m, bone in enumerate(bones):
        above = parents[bone]
        while above >= 0 and owner[above] < 0:
            share[above, m] = max(share[above, m], 0.5)
            above = parents[above]
        if above >= 0:
            moved = owner == owner[above]
            share[moved, m] = np.maximum(share[moved, m], 0.5)
    return np.asarray(weights @ share, dtype=np.float32)


def nodes_of(points: np.ndarray, weights: sp.csr_matrix, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes on a surface and how its vertices follow them.

    Parameters
    ----------
    points : (V, 3) float
        At rest.
    weights : (V, J) csr_matrix
        Of the bones: a vertex follows nodes that move as it does.
    count : int

    Returns
    -------
    nodes : (N,) int64
        Vertices that are nodes.
    near, shares : (V, 4) int64, (V, 4) float32
        Rows of ``shares`` sum to 1.
    """
    from scipy.spatial import cKDTree

    from eigenform.geometry.sampling import farthest_points

    nodes = farthest_points(points, min(count, len(points)))
    many = min(12, len(nodes))
    away, which = (np.asarray(a).reshape(len(points), many) for a in cKDTree(points[nodes]).query(points, k=many))
    alike = np.stack(
        [np.asarray(weights.multiply(weights[nodes[which[:, i]]]).sum(axis=1)).ravel() for i in range(many)], axis=1
    )
    own = np.asarray(weights.multiply(weights).sum(axis=1)).ravel()[:, None]
    scale = np.maximum(away[:, min(3, many - 1)], 1e-9)[:, None]
    score = np.exp(-((away / scale) ** 2)) * (0.02 + np.clip(alike / own, 0.0, 1.0))
    best = np.argsort(-score, axis=1)[:, : min(4, many)]
    shares = np.take_along_axis(score, best, axis=1)
    shares = shares / shares.sum(axis=1, keepdims=True)
    return nodes, np.take_along_axis(which, best, axis=1).astype(np.int64), shares.astype(np.float32)
