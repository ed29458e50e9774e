"""True surfaces of synthetic people: points of the outer surface, and which points lie inside.

A person is a union of closed parts: the dressed body, hanging cloth, hair, shoes. What lies inside another part (the
legs within a skirt) belongs to no surface that a camera could see, and is left out here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.avatar.synthetic.person import ClothedPerson, make_person

if TYPE_CHECKING:
    from eigenform.avatar.body.model import BodyModel

JUST_OUTSIDE = 0.001
"""A point belongs to the outer surface if nothing fills the place this far before it, m."""

NEAR = ((0.6, 0.012), (0.25, 0.04), (0.15, None))
"""Shares of query points, and how far from the surface they spread (standard deviation, m); None: anywhere around."""


@dataclass(frozen=True)
class Truth:
    """A true figure.

    Parameters
    ----------
    verts, faces : (N, 3), (M, 3)
        Closed parts side by side, m.
    part_of_face : (M,)
    body_verts, body_faces : (V, 3), (F, 3)
        The bare body.
    person : ClothedPerson
    """

    verts: np.ndarray
    faces: np.ndarray
    part_of_face: np.ndarray
    body_verts: np.ndarray
    body_faces: np.ndarray
    person: ClothedPerson

    def outer(self) -> np.ndarray:
        """Triangles (m, 3) that are at least in part on the outer surface: what a result is compared with."""
        corners = self.verts[self.faces].astype(np.float64)
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-15)
        middle = corners.mean(1)
        probes = np.stack([middle, *(0.2 * middle + 0.8 * corners[:, k] for k in range(3))], 1)
        hidden = inside(self, (probes + JUST_OUTSIDE * normals[:, None]).reshape(-1, 3)).reshape(-1, 4)
        return self.faces[~hidden.all(1)]


def ground_truth(seed: int, stratum: str, model: BodyModel | None = None, **pose: Any) -> Truth:
    """The true surface of :func:`.person.make_person` of the same arguments."""
    return truth_of(make_person(seed, stratum, model, **pose))


def truth_of(person: ClothedPerson) -> Truth:
    """The true surface of a person."""
    body = person.part_list[0].faces
    return Truth(person.verts, person.faces, person.part_of_face, person.body_verts, body, person)


def inside(truth: Truth, points: np.ndarray) -> np.ndarray:
    """Whether (n,) points (n, 3) lie in at least one part."""
    import open3d as o3d

    result = np.zeros(len(points), dtype=bool)
    queries = o3d.core.Tensor.from_numpy(np.ascontiguousarray(points, dtype=np.float32))
    for scene in _scenes(truth):
        result |= scene.compute_occupancy(queries, nsamples=3).numpy() > 0.5
    return result


def surface_points(truth: Truth, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Uniform random points (count, 3) of the outer surface, m, and their unit normals (count, 3)."""
    rng = np.random.default_rng([seed, count])
    a, b, c = (truth.verts[truth.faces[:, k]].astype(np.float64) for k in range(3))
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    normal /= np.maximum(area, 1e-15)[:, None]
    points, normals, found = [], [], 0
    while found < count:
        chosen = rng.choice(len(area), 2 * (count - found) + 64, p=area / area.sum())
        u, v = rng.random((2, len(chosen)))
        u, v = np.where(u + v > 1, 1 - u, u)[:, None], np.where(u + v > 1, 1 - v, v)[:, None]
        drawn = a[chosen] + u * (b - a)[chosen] + v * (c - a)[chosen]
        outer = ~inside(truth, drawn + JUST_OUTSIDE * normal[chosen])
        if not outer.any():
            raise ValueError("the parts are not closed, or turned inside out")
        points.append(drawn[outer])
        normals.append(normal[chosen][outer])
        found += int(outer.sum())
    return np.concatenate(points)[:count], np.concatenate(normals)[:count]


def occupancy_points(truth: Truth, count: int = 8000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Query points (count, 3) float32, m, mostly near the surface, and whether they lie inside, (count,) bool."""
    rng = np.random.default_rng([seed, 5])
    shares = [int(share * count) for share, _ in NEAR]
    shares[0] += count - sum(shares)
    surface = surface_points(truth, sum(shares[:-1]), seed)[0]
    spread = np.repeat([float(width or 0) for _, width in NEAR[:-1]], shares[:-1])[:, None]
    near = surface + spread * rng.normal(size=surface.shape)
    low, high = truth.verts.min(0) - 0.08, truth.verts.max(0) + 0.08
    points = np.concatenate([near, rng.uniform(low, high, (shares[-1], 3))]).astype(np.float32)
    points = points[rng.permutation(count)]
    return points, inside(truth, points)


def _scenes(truth: Truth) -> list[Any]:
    """A ray casting scene for each closed part."""
    import open3d as o3d

    scenes = []
    for part in range(int(truth.part_of_face.max()) + 1):
        scene = o3d.t.geometry.RaycastingScene(nthreads=1)
        faces = truth.faces[truth.part_of_face == part].astype(np.uint32)
        scene.add_triangles(
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(truth.verts, dtype=np.float32)),
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(faces)),
        )
        scenes.append(scene)
    return scenes
