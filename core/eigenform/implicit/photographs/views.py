"""Photographs rendered from a shape: a set with known cameras, masks and sparse points, to try a reconstruction on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.photographs.cameras import look_at, pixel_centres, rays
from eigenform.implicit.photographs.settings import RenderParams
from eigenform.jobs import JobContext
from eigenform.provenance import describe
from eigenform.types import Photographs, Shape

REGION = 1.1
"""Radius of the region over that of the shape's own sphere."""

BACKGROUNDS = {"white": 1.0, "black": 0.0, "grey": 0.5}
RAYS_AT_ONCE = 200_000


def render_views(shape: Shape, *, params: RenderParams, ctx: JobContext) -> Photographs:
    """Photograph a mesh from directions spread evenly over a sphere.

    Light comes from all around (``ambient``) and, softly ((1 + cosine) / 2), from one fixed direction of the world, on
    normals interpolated over the faces: a point has the same colour in all photographs. Colours are those of the
    display (sRGB), not linear light.

    Raises
    ------
    InputError
        For points without faces, or vertex colours that are asked for and not there.
    """
    if shape.kind != "mesh" or shape.dimension != 3:
        raise InputError(f"{shape.name} has no faces to photograph; a triangle mesh in three dimensions would work.")
    if params.pattern == "colours" and shape.colours is None:
        raise InputError(f"{shape.name} has no vertex colours; the procedural pattern would work.")
    started = time.perf_counter()
    ctx.message("Preparing the shape")
    used = shape.verts[np.unique(shape.faces)]
    centre = (used.min(axis=0) + used.max(axis=0)) / 2
    radius = float(np.linalg.norm(used - centre, axis=1).max())
    if radius <= 0:
        raise InputError(f"{shape.name} has all its faces in one point: there is nothing to photograph.")
    rng = np.random.default_rng(params.seed)
    scene = _Scene(shape, centre, radius, params, rng)
    half = np.radians(params.field_of_view) / 2
    focal = params.size / 2 / np.tan(half)
    intrinsics = np.array([[focal, 0, params.size / 2], [0, focal, params.size / 2], [0, 0, 1]])
    eyes = centre + directions(params.views, rng) * radius * 1.05 / np.sin(half)
    poses = np.stack([look_at(eye, centre, np.array([0.0, 1.0, 0.0])) for eye in eyes])
    images = np.empty((params.views, params.size, params.size, 3), dtype=np.uint8)
    masks = np.empty(images.shape[:3], dtype=bool)
    for i, pose in enumerate(poses):
        images[i], masks[i] = scene.photograph(intrinsics, pose, ctx.check)
        ctx.step(i + 1, params.views, "Rendering photographs")
    points = _points(shape, params, ctx) if params.points else None
    meta = describe(
        "render-views", params, seconds=time.perf_counter() - started, source=shape.source, shape=shape.name, notes=[]
    )
    return Photographs(
        images,
        np.repeat(intrinsics[None], params.views, axis=0),
        poses,
        centre,
        REGION * radius,
        masks if params.masks else None,
        points,
        meta,
        f"{shape.name} photographs",
    )


def directions(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 3) unit vectors on a Fibonacci spiral about the y axis, turned at random, in shuffled order.

    Shuffled, so that every eighth of them is spread evenly too.
    """
    k = np.arange(count)
    y = 1 - (2 * k + 1) / count
    angle = k * np.pi * (3 - np.sqrt(5)) + rng.uniform(0, 2 * np.pi)
    flat = np.sqrt(1 - y * y)
    return np.stack([flat * np.cos(angle), y, flat * np.sin(angle)], axis=1)[rng.permutation(count)]


class _Scene:
    """A shape ready for rays: its tracer, colours and normals at the vertices."""

    def __init__(
        self, shape: Shape, centre: np.ndarray, radius: float, params: RenderParams, rng: np.random.Generator
    ) -> None:
        import open3d as o3d

        from eigenform.geometry.normals import vertex_normals

        self.tensor: Any = getattr(o3d.core, "Tensor")  # noqa: B009 (its stubs know no arrays)
        self.params = params
        # rays in the shape's own unit sphere: the tracer works in float32
        self.centre, self.radius, self.faces = centre, radius, shape.faces
        self.tracer = o3d.t.geometry.RaycastingScene()
        unit = ((shape.verts - centre) / radius).astype(np.float32)
        self.tracer.add_triangles(self.tensor(unit), self.tensor(shape.faces.astype(np.uint32)))
        self.normals = vertex_normals(shape.verts, shape.faces)
        self.colours = None if params.pattern != "auto" and params.pattern != "colours" else shape.colours
        self.waves = rng.normal(size=(3, 6, 3)) * 3.5
        self.phases = rng.uniform(0, 2 * np.pi, size=(3, 6))
        self.light = np.array([0.5, 0.8, 0.33]) / np.linalg.norm([0.5, 0.8, 0.33])

    def photograph(
        self, intrinsics: np.ndarray, pose: np.ndarray, check: Callable[[], None]
    ) -> tuple[np.ndarray, np.ndarray]:
        """``(image (H, W, 3) uint8, mask (H, W) bool)``; a pixel is on the object where half of its rays are."""
        size, fine = self.params.size, self.params.samples
        per = size * size
        total, cover = np.zeros((per, 3)), np.zeros(per)
        behind = BACKGROUNDS[self.params.background]
        shifts = (np.arange(fine) + 0.5) / fine - 0.5
        for dx in shifts:
            for dy in shifts:
                pixels = pixel_centres(size, size) + [dx, dy]
                for start in range(0, per, RAYS_AT_ONCE):
                    check()
                    part = slice(start, start + RAYS_AT_ONCE)
                    colour, hit = self._shade(*rays(intrinsics, pose, pixels[part]))
                    total[part] += np.where(hit[:, None], colour, behind)
                    cover[part] += hit
        image = np.clip(total / fine**2 * 255, 0, 255).round().astype(np.uint8).reshape(size, size, 3)
        return image, (cover >= fine**2 / 2).reshape(size, size)

    def _shade(self, origin: np.ndarray, ray: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Colours (N, 3) in [0, 1] and whether each ray hits."""
        start = np.broadcast_to((origin - self.centre) / self.radius, ray.shape)
        found = self.tracer.cast_rays(self.tensor(np.concatenate([start, ray], axis=1).astype(np.float32)))
        depth = found["t_hit"].numpy().astype(np.float64)
        hit = np.isfinite(depth)
        colour = np.zeros((len(ray), 3))
        if not hit.any():
            return colour, hit
        uv = found["primitive_uvs"].numpy()[hit].astype(np.float64)
        corners = self.faces[found["primitive_ids"].numpy()[hit].astype(np.int64)]
        weights = np.stack([1 - uv.sum(axis=1), uv[:, 0], uv[:, 1]], axis=1)
        normal = np.einsum("nc,ncd->nd", weights, self.normals[corners])
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        normal *= np.where(np.einsum("nd,nd->n", normal, ray[hit]) > 0, -1.0, 1.0)[:, None]  # seen from behind
        ambient = self.params.ambient
        light = ambient + (1 - ambient) * np.clip(0.5 + 0.5 * normal @ self.light, 0, 1)[:, None]
        at = start[hit] + depth[hit, None] * ray[hit]
        colour[hit] = light * self._albedo(at, weights, corners)
        return colour, hit

    def _albedo(self, at: np.ndarray, weights: np.ndarray, corners: np.ndarray) -> np.ndarray:
        if self.colours is not None:
            return np.einsum("nc,ncd->nd", weights, self.colours[corners].astype(np.float64))
        if self.params.pattern == "plain":
            return np.full((len(at), 3), 0.75)
        waves = np.sin(np.einsum("nd,ckd->nck", at, self.waves) + self.phases).mean(axis=2)
        return np.clip(0.55 + 0.65 * waves, 0.05, 0.98)


def _points(shape: Shape, params: RenderParams, ctx: JobContext) -> np.ndarray:
    """Points spread evenly over the surface by area."""
    rng = np.random.default_rng([params.seed, 1])
    a, b, c = (shape.verts[shape.faces[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    ctx.check()
    face = rng.choice(len(area), size=params.points, p=area / area.sum())
    u, v = rng.random((2, params.points, 1))
    over = u + v > 1
    u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
    found: np.ndarray = a[face] + u * (b - a)[face] + v * (c - a)[face]
    return found
