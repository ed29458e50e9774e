"""How far a surface is from the truth: exact point-to-triangle distances, normals and topology."""

from __future__ import annotations

from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.frame import Frame
from eigenform.types import Shape

RESULT_SEED, TRUTH_SEED = 1, 2
"""Seeds of the samples of either mesh."""


def sample_points(mesh: Shape, n: int, sigma: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points spread evenly over the area of a mesh, with noise.

    Parameters
    ----------
    mesh : Shape
    n : int
    sigma : float
        Standard deviation of isotropic Gaussian noise, over the longest side of the mesh's box: 0.0025 is 0.25 %.
    seed : int

    Returns
    -------
    points : (n, 3) float64
    normals : (n, 3) float64
        Those of the triangles, without noise.
    """
    rng = np.random.default_rng(seed)
    points, normals = _sample(mesh.verts, mesh.faces, n, rng)
    if sigma:
        side = Frame.of_points(mesh.verts).scale
        points = points + rng.normal(scale=sigma * side, size=points.shape)
    return points, normals


def compare_meshes(result: Shape, truth: Shape, samples: int = 100_000) -> dict[str, Any]:
    """Distances of two meshes from each other, over the longest side of the box of the truth.

    Parameters
    ----------
    result, truth : Shape
    samples : int
        Points drawn on each, evenly over the area.

    Returns
    -------
    dict
        ``accuracy`` (mean distance of the result to the truth), ``completeness`` (the reverse), ``chamfer`` (their
        mean, L1), ``chamfer_squared`` (mean of the mean squared distances), ``hausdorff`` and ``hd95`` (the larger of
        both directions), ``f1_1`` and ``f1_01`` (F-score at 1 % and 0.1 % of the box), ``normal_consistency`` (mean
        absolute cosine, in %), ``normal_agreement`` (mean cosine with its sign, in %: negative where inside and outside
        are exchanged), and ``watertight``, ``components``, ``genus`` and ``boundary`` (length of open edges over the
        side of the box) of the result.

    Raises
    ------
    InputError
        Where one of the two has no triangle with area.
    """
    frame = Frame.of_points(truth.verts)
    for what, mesh in (("result", result), ("truth", truth)):
        if not len(mesh.faces) or not _areas(mesh.verts, mesh.faces).sum() > 0:
            raise InputError(f"The {what} has no triangle with area, so that no distance can be measured.")
    ours = _sample(frame.to_unit(result.verts), result.faces, samples, np.random.default_rng(RESULT_SEED))
    theirs = _sample(frame.to_unit(truth.verts), truth.faces, samples, np.random.default_rng(TRUTH_SEED))
    to_truth, cosine_to = _closest(frame.to_unit(truth.verts), truth.faces, *ours)
    to_result, cosine_from = _closest(frame.to_unit(result.verts), result.faces, *theirs)
    found: dict[str, Any] = {
        "accuracy": float(to_truth.mean()),
        "completeness": float(to_result.mean()),
        "chamfer": float(to_truth.mean() + to_result.mean()) / 2,
        "chamfer_squared": float((to_truth**2).mean() + (to_result**2).mean()) / 2,
        "hausdorff": float(max(to_truth.max(), to_result.max())),
        "hd95": float(max(np.quantile(to_truth, 0.95), np.quantile(to_result, 0.95))),
        "normal_consistency": 50.0 * float(np.abs(cosine_to).mean() + np.abs(cosine_from).mean()),
        "normal_agreement": 50.0 * float(cosine_to.mean() + cosine_from.mean()),
    }
    for name, limit in (("f1_1", 0.01), ("f1_01", 0.001)):
        precision, recall = float((to_truth < limit).mean()), float((to_result < limit).mean())
        found[name] = 100 * 2 * precision * recall / max(precision + recall, 1e-12)
    return found | topology(frame.to_unit(result.verts), result.faces)


def point_distances(points: np.ndarray, mesh: Shape) -> np.ndarray:
    """(N,) exact distances of points to the triangles of a mesh, in their units."""
    frame = Frame.of_points(mesh.verts)
    unit = frame.to_unit(points)
    return _closest(frame.to_unit(mesh.verts), mesh.faces, unit, np.zeros_like(unit))[0] * frame.scale


def topology(verts: np.ndarray, faces: np.ndarray) -> dict[str, Any]:
    """``watertight``, ``components``, ``genus`` (None where there is a boundary) and ``boundary`` of a mesh.

    Watertight: every edge belongs to exactly two triangles, which run along it in opposite directions. The genus is
    that of all components together, ``components - euler / 2``.
    """
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    faces = np.asarray(faces, dtype=np.int64)
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    n = len(verts)
    directed = edges[:, 0] * n + edges[:, 1]
    undirected = edges.min(axis=1) * n + edges.max(axis=1)
    unique, count = np.unique(undirected, return_counts=True)
    open_edges = unique[count == 1]
    oriented = len(np.unique(directed)) == len(directed)
    watertight = bool((count == 2).all() and oriented and len(faces) > 0)
    used = np.unique(faces)
    graph = sp.coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    labels = connected_components(graph, directed=False)[1]
    components = len(np.unique(labels[used]))
    euler = len(used) - len(unique) + len(faces)
    length = np.linalg.norm(verts[open_edges // n] - verts[open_edges % n], axis=1).sum() if len(open_edges) else 0.0
    return {
        "watertight": watertight,
        "components": int(components),
        "genus": (2 * components - euler) // 2 if watertight else None,
        "boundary": float(length),
    }


def _areas(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(F,) area of each triangle."""
    a, b, c = (verts[faces[:, i]] for i in range(3))
    return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)


def _sample(verts: np.ndarray, faces: np.ndarray, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """``n`` points spread evenly over the area, and the unit normals of their triangles."""
    area = _areas(verts, faces)
    total = np.cumsum(area)
    chosen = np.minimum(np.searchsorted(total, rng.random(n) * total[-1], side="right"), len(faces) - 1)
    r, s = np.sqrt(rng.random(n))[:, None], rng.random(n)[:, None]
    a, b, c = (verts[faces[chosen, i]] for i in range(3))
    cross = np.cross(b - a, c - a)
    length = np.linalg.norm(cross, axis=1, keepdims=True)
    return (1 - r) * a + r * (1 - s) * b + r * s * c, cross / np.where(length > 0, length, 1.0)


def _closest(
    verts: np.ndarray, faces: np.ndarray, points: np.ndarray, normals: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Distance of each point to the triangles, and the cosine of its normal with that of the closest one."""
    import open3d as o3d

    def tensor(values: np.ndarray, kind: type) -> Any:
        return o3d.core.Tensor.from_numpy(np.ascontiguousarray(values, dtype=kind))

    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(tensor(verts, np.float32), tensor(faces, np.uint32))
    # the scene works in single precision: the closest place is taken from the triangle, in double
    found = scene.compute_closest_points(tensor(points, np.float32))
    triangle = found["primitive_ids"].numpy().astype(np.int64)
    u, v = (found["primitive_uvs"].numpy().astype(np.float64)[:, [i]] for i in (0, 1))
    a, b, c = (verts[faces[triangle, i]] for i in range(3))
    place = (1 - u - v) * a + u * b + v * c
    cross = np.cross(b - a, c - a)
    length = np.linalg.norm(cross, axis=1)
    cosine = np.einsum("ij,ij->i", cross, normals) / np.where(length > 0, length, 1.0)
    return np.linalg.norm(place - points, axis=1), cosine
