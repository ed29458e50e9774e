"""How good a fitted body, its maps and a clothed surface are. Lengths come in metres and go out in millimetres.

Distances are from points to *triangles* (Open3D's tree, then double precision), not between points, so that they do not
depend on how densely the other surface was sampled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from eigenform.avatar.raster.maps import body_maps
from eigenform.avatar.raster.rays import inside
from eigenform.errors import InputError
from eigenform.geometry.sampling import surface_samples
from eigenform.implicit.distance.unsigned import ClosestPoints
from eigenform.io.topology import components, edges

SAMPLES = 20_000
"""Points drawn on each surface."""

_MM = 1000.0


@dataclass(frozen=True)
class SurfaceError:
    """Distances of two surfaces in millimetres.

    Parameters
    ----------
    p2s : float
        Mean distance of points of the result to the true surface ("point to surface").
    completeness : float
        Mean distance of points of the true surface to the result.
    chamfer : float
        The mean of both.
    """

    p2s: float
    completeness: float
    chamfer: float


@dataclass(frozen=True)
class Topology:
    """What holds a surface together.

    Parameters
    ----------
    components : int
        Pieces connected by edges; vertices without faces do not count.
    boundary_edges, non_manifold_edges : int
        Edges of one face, and of more than two.
    turned_edges : int
        Edges that two faces run along in the same direction, so that one of them is inside out.
    watertight : bool
        No edge of the last three kinds.
    """

    components: int
    boundary_edges: int
    non_manifold_edges: int
    turned_edges: int
    watertight: bool


def chamfer_p2s(
    verts: np.ndarray,
    faces: np.ndarray,
    true_verts: np.ndarray,
    true_faces: np.ndarray,
    samples: int = SAMPLES,
    seed: int = 0,
) -> SurfaceError:
    """Distances between a result and the truth, from points spread evenly over the area of each.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        The result, metres.
    true_verts, true_faces : (V', 3) float, (F', 3) int
    samples : int
        Points drawn on each.
    seed : int
    """
    ours = surface_samples(verts, faces, samples, seed)
    theirs = surface_samples(true_verts, true_faces, samples, seed + 1)
    p2s = float(point_distances(ours, true_verts, true_faces).mean()) * _MM
    completeness = float(point_distances(theirs, verts, faces).mean()) * _MM
    return SurfaceError(p2s, completeness, (p2s + completeness) / 2)


def point_distances(points: np.ndarray, verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(N,) exact distances of points (N, 3) to the triangles of a mesh, in their units."""
    return np.asarray(np.linalg.norm(ClosestPoints(verts, faces)(points)[0] - points, axis=1))


def normal_angle(found: np.ndarray, true: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Mean angle in degrees between normals.

    Parameters
    ----------
    found, true : (..., 3) float
        Of any length but 0; a vector of length 0 under the mask counts as 90 degrees away.
    mask : (...) bool, optional
        Where to look; by default where ``true`` is not 0.
    """
    found, true = np.asarray(found, np.float64), np.asarray(true, np.float64)
    lengths = np.linalg.norm(found, axis=-1), np.linalg.norm(true, axis=-1)
    chosen = lengths[1] > 0 if mask is None else np.asarray(mask, bool)
    if not chosen.any():
        raise InputError("There is no pixel at which normals could be compared.")
    # The chord is exact at small angles, where the arc cosine is not.
    unit = [v[chosen] / np.maximum(n[chosen], 1e-30)[:, None] for v, n in zip((found, true), lengths, strict=True)]
    chord, sum_of = np.linalg.norm(unit[0] - unit[1], axis=1), np.linalg.norm(unit[0] + unit[1], axis=1)
    return float(np.degrees(2 * np.arctan2(chord, sum_of)).mean())


def four_view_error(
    verts: np.ndarray, faces: np.ndarray, true_verts: np.ndarray, true_faces: np.ndarray, size: int = 512
) -> float:
    """Squared difference of normal pictures seen from 0, 90, 180 and 270 degrees around the upright axis.

    Each picture holds unit normals in the axes of its view, 0 on the background; the squared length of the difference
    is averaged over all pixels of all four (the figure that Xiu et al., ICON, CVPR 2022, section 4, report, up to the
    size of the person in the picture: here the truth fills 90 % of the side in its longest direction).
    """
    low, high = np.asarray(true_verts).min(0), np.asarray(true_verts).max(0)
    centre, scale = (low + high) / 2, 1.8 / float(np.linalg.norm((high - low)[:2]).clip((high - low)[2]))
    camera = torch.tensor([[scale, 0.0, 0.0]] * 2)
    total = 0.0
    pictures = []
    for mesh_verts, mesh_faces in ((verts, faces), (true_verts, true_faces)):
        points = torch.tensor(np.asarray(mesh_verts) - centre, dtype=torch.float32)
        aside = torch.stack([points[:, 1], -points[:, 0], points[:, 2]], 1)  # turned by -90 degrees
        triangles = torch.tensor(np.array(mesh_faces), dtype=torch.int64)
        pictures.append(body_maps(torch.stack([points, aside]), triangles, camera, size))
    for side in ("normal_front", "normal_back"):  # the back of an orthographic view is the view from behind
        total += float((pictures[0][side] - pictures[1][side]).square().sum(-1).mean())
    return total / 2


def iou(found: np.ndarray, true: np.ndarray) -> float:
    """Intersection over union of two masks; 1 where both are empty."""
    found, true = np.asarray(found, bool), np.asarray(true, bool)
    union = int((found | true).sum())
    return float((found & true).sum() / union) if union else 1.0


def pck(found: np.ndarray, true: np.ndarray, threshold: float = 0.05, visible: np.ndarray | None = None) -> float:
    """Share of key points closer to the truth than a share of the person's size; NaN where none is visible.

    Parameters
    ----------
    found, true : (N, K, 2) or (K, 2) float
        In the same units; further columns are ignored.
    threshold : float
        Share of the longer side of the box around the true visible points of each person.
    visible : (N, K) or (K,) bool, optional
        Points that count; by default all.
    """
    found, true = (np.asarray(p, np.float64)[..., :2].reshape(-1, np.shape(p)[-2], 2) for p in (found, true))
    counts = np.ones(true.shape[:2], bool) if visible is None else np.asarray(visible, bool).reshape(true.shape[:2])
    right, total = 0, 0
    for ours, theirs, some in zip(found, true, counts, strict=True):
        if some.any():
            side = float(np.ptp(theirs[some], axis=0).max())
            right += int((np.linalg.norm(ours - theirs, axis=1)[some] < threshold * side).sum())
            total += int(some.sum())
    return right / total if total else float("nan")


def vertex_error(found: np.ndarray, true: np.ndarray, align: bool = False) -> float:
    """Mean distance of corresponding vertices (V, 3), mm; with ``align`` after their means are put together."""
    difference = np.asarray(found, np.float64) - np.asarray(true, np.float64)
    if align:
        difference = difference - difference.mean(axis=0)
    return float(np.linalg.norm(difference, axis=1).mean()) * _MM


def topology(verts: np.ndarray, faces: np.ndarray) -> Topology:
    """Pieces and bad edges of a mesh (vertices are joined by index, not by place)."""
    faces = np.asarray(faces, np.int64)
    net = edges(faces)
    boundary, many = int((net.faces == 1).sum()), int((net.faces > 2).sum())
    turned = int(((net.faces == 2) & (net.balance != 0)).sum())
    pieces = len(np.unique(components(len(verts), net.ends)[1][np.unique(faces)])) if len(faces) else 0
    return Topology(pieces, boundary, many, turned, len(faces) > 0 and boundary + many + turned == 0)


def body_covered(body_verts: np.ndarray, verts: np.ndarray, faces: np.ndarray, margin: float = 0.005) -> float:
    """Share of body vertices (V, 3) inside a closed surface or less than ``margin`` metres outside it."""
    points = np.array(body_verts, np.float64)
    mesh = torch.tensor(np.array(verts), dtype=torch.float64), torch.tensor(np.array(faces), dtype=torch.int64)
    fine = inside(torch.from_numpy(points), *mesh).numpy().copy()
    if not fine.all():
        fine[~fine] = point_distances(points[~fine], verts, faces) < margin
    return float(fine.mean())


def edge_stretch(rest: np.ndarray, posed: np.ndarray, faces: np.ndarray, factor: float = 3.0) -> float:
    """Share of edges that are more than ``factor`` times as long in ``posed`` as in ``rest`` (both (V, 3))."""
    faces = np.asarray(faces, np.int64)
    start, end = edges(faces).ends.T
    if not len(start):
        raise InputError("A surface without faces has no edges to stretch.")
    lengths = [np.linalg.norm(v[start] - v[end], axis=1) for v in (np.asarray(rest), np.asarray(posed))]
    return float((lengths[1] > factor * lengths[0]).mean())
