"""Extraction at high resolution, and the fast winding number: time, memory, accuracy.

Each extraction runs in a process of its own, whose peak memory is measured. Figures are processor seconds.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

import numpy as np
from common import mesh, table, verdict
from eigenform.implicit.distance.winding import WindingTree, exact_winding_number
from eigenform.implicit.extract import contour, extract_surface, sample_grid
from eigenform.implicit.fields import make_field
from eigenform.implicit.frame import Frame
from eigenform.io.topology import edges

BOX = np.array([[-0.5] * 3, [0.5] * 3])


class Dented:
    """A sphere with dents: no distance, and it declares no slope."""

    def values(self, points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        dents = 0.03 * np.sin(20 * x) * np.sin(17 * y + 1) * np.sin(23 * z + 2)
        return np.linalg.norm(points, axis=1) - 0.42 + dents


def field(name: str):
    """One of the fields that are extracted."""
    if name == "dented":
        return Dented()
    if name == "sphere":
        return make_field({"kind": "primitive", **Frame.of_box(*BOX).spec(), "solid": "sphere", "radius": 0.45}, {})
    from eigenform import jobs, registry
    from eigenform.params import make

    record = registry.get("grid")
    surface = jobs.run(record, [mesh(name)], make(record.params_class(), {"resolution": "128", "samples": 20_000}))
    from eigenform.implicit.operations.tree import tree

    spec, arrays = tree("offset", [(surface.spec, surface.arrays)], Frame.of_spec(surface.spec), distance=0.0)
    found = make_field(spec, arrays)
    found.box = surface.box
    return found


def one(name: str, resolution: int) -> None:
    """The child's side: extract and print what it took."""
    source = field(name)
    box = getattr(source, "box", BOX)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    _, faces, stats = extract_surface(source, box, resolution)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    seams = int((edges(faces).faces != 2).sum()) if len(faces) < 12_000_000 else None
    row = {"field": name, "nodes": resolution, "faces": len(faces), "CPU s": seconds, "peak GB": peak}
    row |= {"predicted GB": stats["predicted"] / 1e9, "before GB": before / 1e6}
    row |= {"million evaluated": stats["evaluated"] / 1e6, "edges not of 2 faces": seams}
    print(json.dumps(row))


def extractions(cases: list[tuple[str, int]]) -> list[dict]:
    """A row for each case, each from its own process."""
    rows = []
    for name, resolution in cases:
        command = [sys.executable, __file__, "--one", name, str(resolution)]
        rows.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1]))
    return rows


def against_one_block(resolution: int = 257) -> dict:
    """Tiles against the whole grid marched at once: processor seconds, and whether they agree."""
    source = field("dented")
    started = time.process_time()
    tiled = extract_surface(source, BOX, resolution)
    first = time.process_time()
    _, faces = contour(sample_grid(source, BOX, resolution), BOX)
    second = time.process_time()
    small = extract_surface(source, BOX, resolution, tile=8)
    same = np.array_equal(small.verts, tiled.verts) and len(small.faces) == len(tiled.faces)
    return {
        "nodes": resolution,
        "tiles CPU s": first - started,
        "one block CPU s": second - first,
        "ratio": (first - started) / (second - first),
        "faces": len(tiled.faces),
        "faces one block": len(faces),
        "same with tiles of 8": str(same),
    }


def winding(name: str, count: int = 40_000, checked: int = 300) -> dict:
    """The fast winding number about points near a mesh, against the exact sum."""
    shape = mesh(name)
    rng = np.random.default_rng(0)
    size = float(np.ptp(shape.verts, axis=0).max())
    points = shape.verts[rng.integers(0, len(shape.verts), count)] + rng.normal(0, 0.01 * size, (count, 3))
    started = time.process_time()
    tree = WindingTree(shape.verts, shape.faces)
    built = time.process_time()
    fast = tree(points)
    done = time.process_time()
    some = rng.integers(0, count, checked)
    exact = exact_winding_number(shape.verts, shape.faces, points[some])
    last = time.process_time()
    error = np.abs(fast[some] - exact)
    return {
        "mesh": name,
        "faces": len(shape.faces),
        "build CPU s": built - started,
        "us a point": (done - built) / count * 1e6,
        "exact us a point": (last - done) / checked * 1e6,
        "ratio": (last - done) / checked / ((done - built) / count),
        "mean error": float(error.mean()),
        "largest error": float(error.max()),
        "signs differ": int(((fast[some] > 0.5) != (exact > 0.5)).sum()),
    }


def main(parts: list[str]) -> int:
    """Print the parts asked for (``extraction``, ``block``, ``winding``; all by default)."""
    parts = parts or ["extraction", "block", "winding"]
    reached = []
    if "extraction" in parts:
        rows = extractions([("sphere", 1024), ("dented", 1024), ("spot", 1024)])
        table(rows)
        reached.append(verdict("1024^3 nodes in 2 GB", max(r["peak GB"] for r in rows) <= 2))
        reached.append(verdict("no seam: every edge has two faces", all(r["edges not of 2 faces"] == 0 for r in rows)))
        told = all(r["predicted GB"] >= r["peak GB"] for r in rows)
        reached.append(verdict("the memory forecast is no less than the peak", told))
    if "block" in parts:
        block = against_one_block()
        table([block])
        same = block["same with tiles of 8"] == "True"
        reached.append(verdict("tiles of 8 and 32 give the same mesh", same))
    if "winding" in parts:
        turns = [winding(name) for name in ("spot", "bunny")]
        table(turns)
        right = all(r["signs differ"] == 0 for r in turns)
        reached.append(verdict("the sign is right at every point checked", right))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    if "--one" in sys.argv:
        one(sys.argv[-2], int(sys.argv[-1]))
    else:
        sys.exit(main(sys.argv[1:]))
