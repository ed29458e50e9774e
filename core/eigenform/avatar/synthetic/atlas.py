"""Where on a person each vertex of the body is: the fixed coordinates in which clothes are cut and painted.

All coordinates are taken once on a reference adult at rest, so that a hem at "15 cm above the knee" or an eyebrow
means the same vertices on every body.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

X, Y, Z, ARM, W_ARM, W_LEG, W_HEAD = range(7)
"""Columns of the features: reference position (m), arc length along the arm from the shoulder (m), and how much arm
(upper arm to fingers), leg (thigh to toes) and head bones move the vertex, in [0, 1]."""

REFERENCE = (0.5, 0.7, 0.5, 0.5, 0.5, 0.5)
"""Shape of the reference adult, in the order of the phenotypes."""


@dataclass(frozen=True)
class Atlas:
    """Fixed coordinates of the body's vertices.

    Parameters
    ----------
    features : (V, 7) float32
        Columns as named above.
    marks : mapping of str to float
        Reference heights (z, m): floor, ankle, knee, crotch, hip, waist, armpit, neck, mouth, eye, crown; and along
        the arm: elbow, wrist, tip; ``leg_x`` (hip), ``foot_x``: where the legs stand.
    average : (V, V) sparse
        One step of Laplacian smoothing: half of each vertex, half of the mean of its neighbours.
    faces : (F, 3) int64
        Of the rendered body: skin and eyes, no tongue.
    eye : (V,) int8
        1 on the left eye, 2 on the right, else 0.
    eye_centres : (2, 3)
        Their reference centres, left first, m.
    mixing : (V,)
        Entropy of the skinning weights, in [0, 1]: large where bones meet.
    dense : (V, J) float32
        Skinning weights of all bones.
    feet : pair of arrays
        Vertices of the left and of the right foot.
    """

    features: np.ndarray
    marks: dict[str, float]
    average: sp.csr_matrix
    faces: np.ndarray
    eye: np.ndarray
    eye_centres: np.ndarray
    mixing: np.ndarray
    dense: np.ndarray
    feet: tuple[np.ndarray, np.ndarray]

    def smooth(self, values: np.ndarray, steps: int) -> np.ndarray:
        """Smooth (V, ...) values over the surface."""
        for _ in range(steps):
            values = self.average @ values
        return values


@functools.lru_cache(maxsize=2)
def atlas_of(model: Any) -> Atlas:
    """The atlas of a body model with Anny's bones (memoised).

    Parameters
    ----------
    model : BodyModel
    """
    import torch

    with torch.no_grad():
        rest = model.rest(torch.tensor([REFERENCE], dtype=torch.float32))
    verts = rest.verts[0].numpy().astype(np.float64)
    heads = {name: head for name, head in zip(model.bones, rest.heads[0].numpy().astype(np.float64), strict=True)}
    bones, weights = np.asarray(model.skin_bones), np.asarray(model.skin_weights, dtype=np.float64)
    names = np.asarray(model.bones)

    def moved_by(*starts: str) -> np.ndarray:
        chosen = np.array([str(name).startswith(starts) for name in names])
        return (weights * chosen[bones]).sum(1)

    arm = moved_by("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
    leg = moved_by("upperleg", "lowerleg", "foot", "toe")
    head = moved_by("head", "eye", "neck03")
    along, lengths = _along_arm(verts, heads)
    features = np.column_stack([verts, np.where(arm > 0.02, along, -0.2), arm, leg, head]).astype(np.float32)

    parts = _components(model.faces, len(verts))
    order = np.argsort(np.bincount(parts))
    tongue = parts == order[-2]
    eyes = [part for part in order[:-2]]
    eye = np.zeros(len(verts), dtype=np.int8)
    for part in eyes:
        eye[parts == part] = 1 if verts[parts == part, 0].mean() > 0 else 2
    centres = np.stack([verts[eye == side].mean(0) for side in (1, 2)])
    middle = (np.abs(verts[:, 0]) < 0.012) & (verts[:, 2] < heads["upperleg01.L"][2])
    marks = {
        "floor": verts[:, 2].min(),
        "ankle": heads["foot.L"][2],
        "knee": heads["lowerleg01.L"][2],
        "crotch": verts[middle, 2].min(),
        "hip": heads["upperleg01.L"][2],
        "waist": heads["spine03"][2],
        "armpit": heads["spine01"][2],
        "neck": heads["neck01"][2],
        "mouth": verts[tongue, 2].mean() + 0.004,
        "eye": centres[0, 2],
        "crown": verts[:, 2].max(),
        "back": heads["spine01"][1],
        "leg_x": heads["upperleg01.L"][0],
        "foot_x": heads["foot.L"][0],
        **lengths,
    }
    faces = np.asarray(model.faces)
    dense = np.zeros((len(verts), len(names)), dtype=np.float32)
    np.add.at(dense, (np.arange(len(verts))[:, None], bones), weights)
    p = weights / weights.sum(1, keepdims=True)
    mixing = -(p * np.log(np.maximum(p, 1e-9))).sum(1) / np.log(4)
    foot = (leg > 0.9) & (verts[:, 2] < heads["foot.L"][2] + 0.02)
    feet = (np.flatnonzero(foot & (verts[:, 0] > 0)), np.flatnonzero(foot & (verts[:, 0] < 0)))
    return Atlas(
        features, {k: float(v) for k, v in marks.items()}, _average(faces, len(verts)), faces[~tongue[faces[:, 0]]],
        eye, centres, np.clip(mixing, 0, 1), dense, feet,
    )  # fmt: skip


def _along_arm(verts: np.ndarray, heads: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, float]]:
    points = np.column_stack([np.abs(verts[:, 0]), verts[:, 1:]])  # both arms as left ones
    chain = [heads["upperarm01.L"], heads["lowerarm01.L"], heads["wrist.L"]]
    chain.append(chain[2] + 0.19 * (chain[2] - chain[1]) / np.linalg.norm(chain[2] - chain[1]))
    lengths = np.concatenate([[0], np.cumsum([np.linalg.norm(b - a) for a, b in itertools.pairwise(chain)])])
    best, along = np.full(len(verts), np.inf), np.zeros(len(verts))
    for k, (a, b) in enumerate(itertools.pairwise(chain)):
        d = (b - a) / np.linalg.norm(b - a)
        t = (points - a) @ d
        t = np.clip(t, -0.3 if k == 0 else 0.0, 0.3 if k == 2 else lengths[k + 1] - lengths[k])
        distance = np.linalg.norm(points - a - t[:, None] * d, axis=1)
        nearer = distance < best
        best[nearer], along[nearer] = distance[nearer], lengths[k] + t[nearer]
    return along, {"elbow": lengths[1], "wrist": lengths[2], "tip": lengths[3]}


def _components(faces: np.ndarray, count: int) -> np.ndarray:
    edges = sp.coo_matrix((np.ones(faces.size), (faces.ravel(), np.roll(faces, 1, 1).ravel())), (count, count))
    return sp.csgraph.connected_components(edges, directed=False)[1]


def _average(faces: np.ndarray, count: int) -> sp.csr_matrix:
    rows, cols = faces.ravel(), np.roll(faces, 1, 1).ravel()
    adjacent = sp.coo_matrix((np.ones(2 * len(rows)), (np.r_[rows, cols], np.r_[cols, rows])), (count, count)).tocsr()
    adjacent.data[:] = 1
    degree = np.maximum(np.asarray(adjacent.sum(1)).ravel(), 1)
    return (0.5 * sp.identity(count) + 0.5 * sp.diags(1 / degree) @ adjacent).tocsr().astype(np.float32)
