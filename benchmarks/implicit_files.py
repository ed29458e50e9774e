"""Export and re-import of implicit surfaces: units, axes and orientation, by our readers and by those of others.

For each mesh: its exact distance on a grid, the level set, then every format and back. The error is the largest
distance between a vertex that was written and the same vertex read, as a share of the longest side of the box; the
volume keeps its sign only where triangles stay outward. A safetensors file holds the field alone, whose mesh is
extracted again on a grid of other cells: its volume differs in the third digit, its values do not.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import mesh, table, verdict
from eigenform.errors import InputError
from eigenform.implicit.fields import field_of
from eigenform.io.implicit_files import FORMATS, read_field, read_implicit, sampled_surface, write_implicit
from eigenform.io.read import read_shape
from eigenform.types import ImplicitSurface, Shape

SHAPES = ("spot", "bunny", "fandisk", "nefertiti")
FAR = np.array([1e6, -2e6, 3e6])  # a map's coordinates: single precision has a grain of 0.25 there
TARGET = 1e-6


def surface_of(shape: Shape, n: int = 64) -> ImplicitSurface:
    """The signed distance of a closed mesh, sampled on a box with three different sides."""
    import open3d as o3d

    low, high = shape.verts.min(axis=0), shape.verts.max(axis=0)
    pad = 0.06 * (high - low).max()
    box = np.stack([low - pad, high + 1.5 * pad])
    side = box[1] - box[0]
    counts = np.maximum(8, np.rint(n * side / side.max()).astype(int))
    axes = np.meshgrid(*[np.linspace(0, side[i], counts[i]) for i in range(3)], indexing="ij")
    scene = o3d.t.geometry.RaycastingScene()
    tensor: Any = o3d.core.Tensor
    scene.add_triangles(tensor((shape.verts - box[0]).astype(np.float32)), tensor(shape.faces.astype(np.uint32)))
    samples = scene.compute_signed_distance(tensor(np.stack(axes, axis=-1).astype(np.float32)), nsamples=3).numpy()
    return sampled_surface(samples, box, name=shape.name)


def volume(verts: np.ndarray, faces: np.ndarray) -> float:
    """Signed volume; positive where triangles are outward."""
    a, b, c = (verts[faces[:, i]] - verts[faces[0, 0]] for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def corners_error(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> float:
    """Largest distance between corners of the same triangle, whichever corner a reader starts at."""
    if len(a[1]) != len(b[1]):
        return float("nan")
    first, second = a[0][a[1]], b[0][b[1]]
    turns = [np.linalg.norm(first - np.roll(second, k, axis=1), axis=2).max(axis=1) for k in range(3)]
    return float(np.min(turns, axis=0).max())


def meshes(surface: ImplicitSurface, folder: Path) -> list[dict[str, Any]]:
    """One row a mesh format."""
    rows = []
    side = np.ptp(surface.box, axis=0).max()
    true = (np.asarray(surface.verts), np.asarray(surface.faces))
    for info in FORMATS.values():
        if info.holds != "mesh":
            continue
        path = folder / f"a{info.ext}"
        began = time.process_time()
        write_implicit(surface, path)
        wrote = time.process_time() - began
        ours = read_shape(path, weld=False)
        row = {"shape": surface.name, "format": info.name, "faces": len(true[1]), "MB": path.stat().st_size / 1e6}
        row |= {"write CPU-s": wrote, "error": corners_error(true, (ours.verts, ours.faces)) / side}
        row["volume ratio"] = volume(ours.verts, ours.faces) / volume(*true)
        for name, reader in (("trimesh", by_trimesh), ("open3d", by_open3d)):
            found = reader(path)
            row[name] = None if found is None else corners_error(true, found) / side
        rows.append(row)
    return rows


def by_trimesh(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """What trimesh itself reads, its scene flattened."""
    import trimesh

    if path.suffix == ".vtp":
        return None
    found = trimesh.load(path, process=False, force="mesh")
    return np.asarray(found.vertices), np.asarray(found.faces)


def by_open3d(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """What open3d reads; it orders vertices anew in some formats, so triangles are compared."""
    import open3d as o3d

    if path.suffix == ".vtp":
        return None
    found = o3d.io.read_triangle_mesh(path)
    return np.asarray(found.vertices), np.asarray(found.triangles)


def fields(surface: ImplicitSurface, folder: Path) -> list[dict[str, Any]]:
    """One row a format of the field: the values at points anywhere, and the mesh that comes back."""
    rows = []
    points = np.random.default_rng(0).uniform(surface.box[0], surface.box[1], (2000, 3))
    true, side = field_of(surface).values(points), np.ptp(surface.box, axis=0).max()
    for name in ("npz", "safetensors", "vti"):
        path = folder / f"a.{name}"
        write_implicit(surface, path)
        error = float(np.abs(read_field(path).values(points) - true).max() / side)
        again = read_implicit(path)
        ratio = volume(again.verts, again.faces) / volume(surface.verts, surface.faces)
        size = path.stat().st_size / 1e6
        rows.append({"shape": surface.name, "format": name, "MB": size, "value error": error, "volume ratio": ratio})
    return rows


def scientific(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """Errors as powers of ten."""
    return [{k: f"{v:.1e}" if k in names and v is not None else v for k, v in row.items()} for row in rows]


def main() -> int:
    near, far, held = [], [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for shape in SHAPES:
            surface = surface_of(mesh(shape))
            near += meshes(surface, folder)
            held += fields(surface, folder)
        moved = surface.replace(verts=surface.verts + FAR, box=surface.box + FAR, name=f"{surface.name}, far")
        far += meshes(moved, folder)
    print("Meshes: largest error of a vertex, as a share of the box\n")
    table(scientific(near, "error", "trimesh", "open3d"))
    print(f"\nThe same at {FAR.tolist()}, where single precision has a grain of 0.25\n")
    table(scientific(far, "error", "trimesh", "open3d"))
    print("\nFields: largest error of a value at 2,000 points of the box, as a share of the box\n")
    table(scientific(held, "value error"))
    print()
    reached = [
        verdict("every mesh format: error < 1e-6 of the box", max(r["error"] for r in near) < TARGET),
        verdict("the same far from the origin", max(r["error"] for r in far) < TARGET),
        verdict("triangles outward in every format", min(r["volume ratio"] for r in near + far) > 1 - 1e-5),
        verdict("fields: npz, safetensors and vti within 1e-6", max(r["value error"] for r in held) < TARGET),
    ]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except InputError as error:
        sys.exit(str(error))
