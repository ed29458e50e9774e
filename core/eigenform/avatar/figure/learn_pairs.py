"""Which vertex of a figure corresponds to which point of a frame, and what should agree between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from eigenform.avatar.figure.frames import Frame
from eigenform.avatar.figure.learn_model import FigureModel
from eigenform.geometry.normals import vertex_normals

REACH = 0.12
"""Metres beyond which nothing corresponds."""
CENTIMETRES = 100.0
ALONG, CYCLE, STRETCH, CHANGE, SIZE = 0.05, 0.1, 0.1, 1e-3, 0.005
"""Shares of the loss: distance along the surface, cycle, stretched edges, changed weights, size of displacements."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Vertices ``rows`` (P,) and points ``points`` (P,) of a frame that correspond; ``back`` (P,) is the vertex whose
    rest place is nearest to where the point goes when the pose is undone with the weights of ``rows``."""

    rows: np.ndarray
    points: np.ndarray
    back: np.ndarray


def match(model: FigureModel, frame: Frame, faces: np.ndarray) -> Pairs:
    """Mutual correspondences of the present figure with a frame: near and facing the same way."""
    from scipy.spatial import cKDTree

    posed = model.all_posed(frame.rotations, frame.translation)
    normals = vertex_normals(posed, faces)
    away, point = map(np.asarray, cKDTree(frame.points).query(posed, distance_upper_bound=REACH))
    near = np.flatnonzero(np.isfinite(away))
    near = near[(normals[near] * frame.normals[point[near]]).sum(axis=1) > 0.5]
    away, vertex = map(np.asarray, cKDTree(posed).query(frame.points, distance_upper_bound=REACH))
    reached = np.flatnonzero(np.isfinite(away))
    reached = reached[(normals[vertex[reached]] * frame.normals[reached]).sum(axis=1) > 0.5]
    rows, points = np.concatenate([near, vertex[reached]]), np.concatenate([point[near], reached])
    return Pairs(rows, points, _back(model, frame, rows, points))


@torch.no_grad()
def _back(model: FigureModel, frame: Frame, rows: np.ndarray, points: np.ndarray) -> np.ndarray:
    from scipy.spatial import cKDTree

    if not len(rows):
        return rows
    blends = model.blends(torch.tensor(rows), model.transforms(frame.rotations, frame.translation)).double().numpy()
    solid = np.linalg.det(blends[:, :, :3]) > 0.2
    back = rows.copy()
    shifted = frame.points[points[solid]] - blends[solid, :, 3]
    undone = np.linalg.solve(blends[solid, :, :3], shifted[:, :, None])[:, :, 0]
    moved = model.carried(model.node_offsets(frame.rotations), torch.arange(len(model.rest))).double().numpy()
    back[solid] = cKDTree(model.rest.double().numpy() + moved).query(undone)[1]
    return back


def loss_of(
    model: FigureModel,
    frame: Frame,
    pairs: Pairs,
    edges: np.ndarray,
    stiffness: float,
    rng: np.random.Generator,
    batch: int = 3000,
) -> Tensor:
    """The loss of one step on one frame; lengths in centimetres.

    - distance of matched vertices to the planes of their points, and a little to the points themselves;
    - cycle: a point whose pose is undone with the weights of its vertex, and done again with those of the rest surface
      that it comes to lie on, must return (Saito et al. 2021, section 3.2);
    - edges must not stretch beyond twice their length at rest;
    - small changes of weights, small displacements, whose slope between neighbouring nodes is small.
    """
    transforms = model.transforms(frame.rotations, frame.translation)
    offsets = model.node_offsets(frame.rotations)
    chosen = rng.integers(0, len(pairs.rows), min(batch, len(pairs.rows)))
    rows, points = torch.from_numpy(pairs.rows[chosen]), pairs.points[chosen]
    target = torch.tensor(frame.points[points], dtype=torch.float32)
    normal = torch.tensor(frame.normals[points], dtype=torch.float32)
    blends = model.blends(rows, transforms)
    apart = (model.posed(rows, blends, offsets) - target) * CENTIMETRES
    plane = (apart * normal).sum(dim=1)
    loss = torch.nn.functional.huber_loss(plane, torch.zeros_like(plane), delta=2.0)
    loss = loss + ALONG * torch.nn.functional.huber_loss(apart, torch.zeros_like(apart), delta=2.0)

    other = torch.from_numpy(pairs.back[chosen])
    solid = torch.linalg.det(blends[:, :, :3].detach()) > 0.2
    undone = torch.linalg.solve(blends[solid, :, :3], (target[solid] - blends[solid, :, 3])[:, :, None])[:, :, 0]
    again = model.blends(other[solid], transforms)
    returned = torch.einsum("rij,rj->ri", again[:, :, :3], undone) + again[:, :, 3]
    gap = (returned - target[solid]) * CENTIMETRES
    loss = loss + CYCLE * torch.nn.functional.huber_loss(gap, torch.zeros_like(gap), delta=2.0)

    ends = torch.from_numpy(edges[rng.integers(0, len(edges), batch)])
    a, b = (model.posed(e, model.blends(e, transforms), offsets) for e in ends.T)
    length = (model.rest[ends[:, 0]] - model.rest[ends[:, 1]]).norm(dim=1).clamp(min=1e-4)
    loss = loss + STRETCH * torch.relu((a - b).norm(dim=1) / length - 2.0).square().mean()
    slope = (offsets[:, None, :] - offsets[model.neighbours]) / model.spacing[:, :, None]
    loss = loss + stiffness * slope.square().sum(dim=2).mean()
    loss = loss + SIZE * (offsets * CENTIMETRES).square().sum(dim=1).mean()
    return loss + CHANGE * model.change.square().sum(dim=1).mean()


def distance(model: FigureModel, frame: Frame, faces: np.ndarray) -> float:
    """Mean distance in metres of the points of a frame from the posed figure."""
    from eigenform.geometry.closest import nearest_triangles

    posed = model.all_posed(frame.rotations, frame.translation)
    return float(nearest_triangles(posed, faces, frame.points[::4])[0].mean())
