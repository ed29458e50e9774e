"""Drawing the body: the z-buffer against ray casting and against other ways to make one, occupancy, visible vertices.

    avatar_raster.py [--sizes 256 512 1024] [--repeats 10] [--device cpu|cuda]

CPU-seconds on one thread, the least of the repeats, everything in one run. Both sides of one picture of the body
(27,420 faces) are drawn: faces, barycentric coordinates and depths. Open3D's RaycastingScene casts one ray a pixel and
side; its time with and without building the tree, which a moving body needs anew for every picture. "boxes" expands
every face to the pixels of its box and tests each, for faces only; "sorted" takes their winners from a sort instead of
a scatter. With ``--device cuda`` times are wall seconds between synchronisations, and Open3D stays on the CPU.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import open3d as o3d
import torch
from common import table, verdict
from eigenform.avatar.body.load import load_body
from eigenform.avatar.raster.maps import body_maps
from eigenform.avatar.raster.project import pixel_centres, to_ndc
from eigenform.avatar.raster.rays import inside, visibility
from eigenform.avatar.raster.voxels import cell_centres, occupancy
from eigenform.avatar.raster.zbuffer import Fragments, rasterise

TARGETS = {256: 0.03, 512: 0.13}


def body() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Vertices (1, V, 3), faces and a camera that fills 90 % of the picture with the body in its rest pose."""
    model = load_body()
    with torch.no_grad():
        verts = model.rest(torch.full((1, len(model.shape_names)), 0.5)).verts.float()
    low, high = verts.amin(1), verts.amax(1)
    verts = verts - ((low + high) / 2)[:, None]
    camera = torch.tensor([[1.8 / float((high - low).max()), 0.0, 0.0]])
    return verts, torch.tensor(np.array(model.faces), dtype=torch.int64), camera


def seconds(what: Callable[[], Any], repeats: int, device: str) -> float:
    """The least time of the repeats after one to warm up."""
    what()
    times = []
    for _ in range(repeats):
        if device != "cpu":
            torch.cuda.synchronize()
        clock = time.process_time if device == "cpu" else time.perf_counter
        began = clock()
        what()
        if device != "cpu":
            torch.cuda.synchronize()
        times.append(clock() - began)
    return min(times)


def boxes(ndc: torch.Tensor, faces: torch.Tensor, size: int, by_sort: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Faces in front and at the back of one mesh, by testing all pixels of the box of each face."""
    tri = ndc[0].index_select(0, faces.reshape(-1)).reshape(-1, 3, 3)
    u, v = (tri[..., 0] + 1) * (size / 2) - 0.5, (1 - tri[..., 1]) * (size / 2) - 0.5
    left, top = u.amin(1).ceil().clamp(min=0).long(), v.amin(1).ceil().clamp(min=0).long()
    wide = (u.amax(1).floor().clamp(max=size - 1).long() - left + 1).clamp(min=0)
    high = (v.amax(1).floor().clamp(max=size - 1).long() - top + 1).clamp(min=0)
    counts = wide * high
    face = torch.repeat_interleave(counts)
    within = torch.arange(len(face), device=face.device) - (counts.cumsum(0) - counts)[face]
    column, row = left[face] + within % wide[face].clamp(min=1), top[face] + within // wide[face].clamp(min=1)
    x, y, z = u[face] - column[:, None], v[face] - row[:, None], tri[face, :, 2]
    parts = torch.stack([x[:, i - 2] * y[:, i - 1] - x[:, i - 1] * y[:, i - 2] for i in range(3)], 1)
    area = parts.sum(1)
    hit = torch.nonzero(((parts * area[:, None].sign()) >= 0).all(1) & (area != 0)).squeeze(1)
    depth = (parts[hit] * z[hit]).sum(1) / area[hit]
    pixel, face = row[hit] * size + column[hit], face[hit]
    found = [torch.full((size * size,), -1, device=face.device) for _ in range(2)]
    bits = depth.view(torch.int32)
    key = ((bits ^ ((bits >> 31) & 0x7FFFFFFF)).long() << 32) | face
    if by_sort:
        order = torch.argsort(key)
        for side, some in zip(found, (order, order.flip(0)), strict=True):
            side[pixel[some]] = face[some]  # on the CPU the last one stays
    else:
        for side, way, first in zip(found, ("amax", "amin"), (-(2**63), 2**63 - 1), strict=True):
            winner = torch.full((size * size,), first, device=face.device).scatter_reduce_(0, pixel, key, way)
            side.copy_(torch.where(winner == first, -1, winner & 0xFFFFFFFF))
    return found[0].reshape(1, size, size), found[1].reshape(1, size, size)


def scene_of(ndc: torch.Tensor, faces: torch.Tensor) -> Any:
    """Open3D's scene, on one thread."""
    scene = o3d.t.geometry.RaycastingScene(nthreads=1)
    scene.add_triangles(o3d.core.Tensor(ndc[0].cpu().numpy()), o3d.core.Tensor(faces.cpu().numpy().astype(np.uint32)))
    return scene


def rays_of(size: int) -> list[o3d.core.Tensor]:
    """One ray a pixel from the viewer, and one from behind."""
    centres = pixel_centres(size, torch.zeros(1)).numpy()
    found = []
    for sign in (1.0, -1.0):
        start = np.full_like(centres[..., :1], 4 * sign)
        aim = np.broadcast_to(np.array([0, 0, -sign], np.float32), (size, size, 3))
        found.append(o3d.core.Tensor(np.concatenate([centres, start, aim], -1).astype(np.float32)))
    return found


def cast(scene: Any, rays: list[o3d.core.Tensor]) -> list[np.ndarray]:
    """Faces that the rays meet; Open3D writes 2^32 - 1 where there is none."""
    return [scene.cast_rays(some, nthreads=1)["primitive_ids"].numpy() for some in rays]


def agreement(found: Fragments, cast_ids: list[np.ndarray]) -> float:
    """Share of covered pixels at which both name the same face, edges included."""
    same, total = 0, 0
    for ours, theirs in zip((found.front, found.back), cast_ids, strict=True):
        ids = np.where(theirs == 4294967295, -1, theirs.astype(np.int64))
        mine = ours[0].cpu().numpy()
        covered = (mine >= 0) | (ids >= 0)
        same, total = same + int((mine == ids)[covered].sum()), total + int(covered.sum())
    return same / total


def with_gradient(verts: torch.Tensor, faces: torch.Tensor, camera: torch.Tensor, size: int) -> None:
    """Maps of both sides and a step back to the vertices."""
    moved = verts.clone().requires_grad_()
    maps = body_maps(moved, faces, camera, size)
    (maps["normal_front"].sum() + maps["normal_back"].sum() + maps["depth_front"].sum()).backward()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024])
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    verts, faces, camera = (part.to(options.device) for part in body())
    ndc = to_ndc(verts, camera)

    def timed(what: Callable[[], Any]) -> float:
        return seconds(what, options.repeats, options.device)

    rows, reached = [], []
    for size in options.sizes:
        rays, scene = rays_of(size), scene_of(ndc, faces)
        ours = timed(lambda size=size: rasterise(ndc, faces, size))
        casting = seconds(lambda scene=scene, rays=rays: cast(scene, rays), options.repeats, "cpu")
        building = seconds(lambda rays=rays: cast(scene_of(ndc, faces), rays), options.repeats, "cpu")
        rows.append({
            "size": size, "ours": ours, "Open3D": casting, "with tree": building,
            "boxes": timed(lambda size=size: boxes(ndc, faces, size, False)),
            "sorted": timed(lambda size=size: boxes(ndc, faces, size, True)),
            "maps": timed(lambda size=size: body_maps(verts, faces, camera, size)),
            "and back": timed(lambda size=size: with_gradient(verts, faces, camera, size)),
            "ours/Open3D": ours / casting, "ours/with tree": ours / building,
            "agreement": agreement(rasterise(ndc, faces, size), cast(scene, rays)),
        })  # fmt: skip
        if size in TARGETS:
            what = f"both sides at {size}: {ours:.4f} s <= {TARGETS[size]}"
            reached.append(verdict(what, ours <= TARGETS[size]))
        reached.append(
            verdict(f"same faces at {size}: {rows[-1]['agreement']:.5f} >= 0.999", rows[-1]["agreement"] >= 0.999)
        )
    table(rows)

    print("\nOther questions")
    scene = scene_of(ndc, faces)
    points = cell_centres(24, ndc.cpu()).reshape(-1, 3) * torch.tensor([0.6, 1.0, 0.2])
    query = o3d.core.Tensor(points.numpy())
    there = points.to(options.device)
    found = inside(there, ndc[0], faces).cpu().numpy()
    theirs = scene.compute_occupancy(query, nthreads=1, nsamples=3).numpy() > 0.5
    agree = float((found == theirs).mean())
    rows = [
        {"what": "occupancy of 128^3 cells", "s": timed(lambda: occupancy(ndc[0], faces, 128))},
        {"what": "occupancy of 256^3 cells", "s": timed(lambda: occupancy(ndc[0], faces, 256))},
        {"what": f"{len(points)} points inside, exactly", "s": timed(lambda: inside(there, ndc[0], faces))},
        {"what": "the same by Open3D, 3 rays each",
         "s": seconds(lambda: scene_of(ndc, faces).compute_occupancy(query, nthreads=1, nsamples=3),
                      options.repeats, "cpu")},
        {"what": f"which of {verts.shape[1]} vertices are seen", "s": timed(lambda: visibility(verts, faces, camera))},
    ]  # fmt: skip
    table(rows)
    reached.append(verdict(f"points inside as by Open3D: {agree:.5f} >= 0.999", agree >= 0.999))
    sys.exit(0 if all(reached) else 1)


if __name__ == "__main__":
    main()
