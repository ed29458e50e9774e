"""How much faster a mode switch is when values are written in place, against pyvista's ``add_mesh`` again.

    python benchmarks/mode_switch.py [--triangles 1000000] [--repeats 5] [--json]

Both are timed in one run on the same mesh (a subdivided icosahedron), to the end of a rendered frame. The frame itself
costs both the same and, where OpenGL runs on the CPU, more than either switch; so the ratio that counts is of what a
switch adds to a frame that changes nothing (upload to the GPU included). The raw times stand beside it.
Needs a display; on Linux without one: ``xvfb-run -a python benchmarks/mode_switch.py``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

TARGET = 3.0


def sphere(triangles: int) -> tuple[np.ndarray, np.ndarray]:
    """Verts (V, 3) and faces (F, 3) of an icosahedron with each triangle split into n^2, pushed to the unit sphere."""
    import pyvista

    n = max(1, round((triangles / 20) ** 0.5))
    ico = pyvista.Icosahedron()
    corners, faces = np.asarray(ico.points, dtype=np.float64), ico.faces.reshape(-1, 4)[:, 1:]
    i, j = np.array([(a, b) for a in range(n + 1) for b in range(n + 1 - a)]).T
    row = np.concatenate([[0], np.cumsum(n + 1 - np.arange(n + 1))])
    at = row[i] + j
    up = at[i + j < n]
    lower = np.stack([up, (row[i + 1 - (i == n)] + j)[i + j < n], up + 1], axis=1)
    inner = (i + j < n - 1) & (n > 1)
    right = np.stack([at[inner] + 1, row[i[inner] + 1] + j[inner], row[i[inner] + 1] + j[inner] + 1], axis=1)
    local = np.concatenate([lower, right])
    a, b, c = (corners[faces[:, k]][:, None, :] for k in range(3))
    u, v = (i / n)[None, :, None], (j / n)[None, :, None]
    points = (a * (1 - u - v) + b * u + c * v).reshape(-1, 3)
    all_faces = (local[None] + (np.arange(len(faces)) * len(at))[:, None, None]).reshape(-1, 3)
    rounded, inverse = np.unique(np.round(points, 9), axis=0, return_inverse=True)
    return rounded / np.linalg.norm(rounded, axis=1, keepdims=True), inverse.reshape(-1)[all_faces]


def measure(switch: Callable[[int], None], repeats: int) -> float:
    """Median seconds of ``switch(k)``, the first call (uploads, shader compilation) left out."""
    switch(0)
    times = []
    for k in range(1, repeats + 1):
        began = time.perf_counter()
        switch(k % 4)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def run(triangles: int, repeats: int) -> dict[str, Any]:
    """Times in seconds and their ratios."""
    import pyvista
    from eigenform.types import Basis
    from eigenform_app.viewport.viewport import Viewport
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication(sys.argv[:1])
    verts, faces = sphere(triangles)
    x, y, z = verts.T
    evecs = np.stack([np.ones_like(x), x, y, z, x * y], axis=1)
    basis = Basis(verts, faces, evecs, np.array([0.0, 2.0, 2.0, 2.0, 6.0]), np.full(len(verts), 4 * np.pi / len(verts)))

    viewport = Viewport()
    viewport.resize(800, 600)
    viewport.show()
    viewport.set_item("sphere", basis)
    painted = [0]
    viewport.surface.painted.connect(lambda: painted.__setitem__(0, painted[0] + 1))

    def frame_ends(before: int) -> None:
        while painted[0] == before:
            app.processEvents()
        viewport.surface.render_window.MakeCurrent()
        viewport.surface.render_window.WaitForCompletion()

    frame_ends(0)
    layer = viewport.views[0].layers["sphere"]

    def ours(k: int, frame: bool = True) -> None:
        before = painted[0]
        viewport.set_mode("sphere", k + 1)
        if frame:
            viewport.surface.update()
            frame_ends(before)

    def still() -> None:
        before = painted[0]
        viewport.surface.update()
        frame_ends(before)

    in_place = measure(ours, repeats)
    in_place_still = measure(lambda k: still(), repeats)
    bare = measure(lambda k: ours(k, frame=False), repeats)
    assert viewport.views[0].layers["sphere"] is layer, "the switch made a new layer"
    viewport.close()

    mesh = pyvista.PolyData.from_regular_faces(verts.astype(np.float32), faces)
    plotter = pyvista.Plotter(off_screen=True, window_size=(800, 600))
    plotter.ren_win.SetMultiSamples(0)

    def draw() -> None:
        plotter.render()
        plotter.ren_win.WaitForCompletion()

    def theirs(k: int, frame: bool = True) -> None:
        mesh["phi"] = evecs[:, k + 1].astype(np.float32)
        plotter.add_mesh(mesh, scalars="phi", cmap="RdBu_r", smooth_shading=True, name="sphere", show_scalar_bar=False)
        if frame:
            draw()

    plotter.show(auto_close=False, interactive=False)
    again = measure(theirs, repeats)
    again_still = measure(lambda k: draw(), repeats)
    again_bare = measure(lambda k: theirs(k, frame=False), repeats)
    plotter.close()
    added, added_again = max(in_place - in_place_still, bare), max(again - again_still, again_bare)
    return {
        "triangles": len(faces),
        "in_place": {"with_frame_s": in_place, "still_frame_s": in_place_still, "call_s": bare, "added_s": added},
        "add_mesh": {"with_frame_s": again, "still_frame_s": again_still, "call_s": again_bare, "added_s": added_again},
        "ratio": added_again / added,
        "ratio_with_frame": again / in_place,
    }


def main() -> int:
    """Print the table; exit status 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--triangles", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = run(args.triangles, args.repeats)
    if args.json:
        print(json.dumps(found))
        return 0 if found["ratio"] >= TARGET else 1
    print(f"{found['triangles']} triangles; seconds for each mode switch, median of {args.repeats}")
    print("                                in place   add_mesh   ratio")
    rows = (
        ("with_frame_s", "switch and frame"),
        ("still_frame_s", "frame without a switch"),
        ("call_s", "the call alone"),
        ("added_s", f"added by the switch (>= {TARGET:g})"),
    )
    for key, title in rows:
        a, b = found["in_place"][key], found["add_mesh"][key]
        print(f"{title:30s}  {a:8.4f}   {b:8.4f}   {b / a:5.1f}")
    return 0 if found["ratio"] >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
