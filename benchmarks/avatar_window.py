"""How many poses a second the window draws of a figure that walks or is dragged, and what a pose costs.

    xvfb-run -s "-screen 0 2560x1440x24" python benchmarks/avatar_window.py [--vertices N] [--seconds 8] [--out FILE]

In windows of 1280 x 800 and 2560 x 1440 pixels (``--sizes``) a textured avatar of about so many vertices and a body
play the walk cycle; then a bone slider of each is dragged, and a shape slider of the body. An *update* is a pose that
was worked out and drawn: a frame that shows it. Processor milliseconds an update, of all threads, are split in
*posing* (bones to vertices), *upload* (vertices to the arrays that are drawn) and *drawing* (OpenGL and Qt: all the
rest). A 20 ms timer on the GUI thread notes by how much it is late meanwhile. The renderer is printed beside the
figures. On a machine that does other things as well, processor time is what to go by.
Targets: 30 updates a second while it walks or a bone turns, 15 while a shape slider is dragged.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import table, verdict
from latency import Lateness, wait

TARGETS = {"walk": 30.0, "bone": 30.0, "shape": 15.0}
WORDS = {"walk": "walking", "bone": "bone slider", "shape": "shape slider"}


def figures(vertices: int) -> tuple[Any, Any]:
    """A body that stands, and an avatar of about so many vertices made of it by splitting triangles."""
    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.body.make import make_body
    from eigenform.avatar.body.poses import pose_vectors, walk_cycle
    from eigenform.types import Avatar

    model = load_body("anny")
    body = make_body({"age": 0.67}, pose_vectors("standing", model.bones), model=model)
    rest = make_body({"age": 0.67}, model=model)
    weights = np.zeros((len(rest.verts), len(model.bones)))
    np.add.at(weights, (np.arange(len(weights))[:, None], model.skin_bones), model.skin_weights)
    verts, faces = np.array(rest.verts) + rest.skeleton.heads[0], np.array(rest.faces)  # where its bones are
    while len(verts) < 0.75 * vertices:
        verts, faces, weights = split(verts, faces, weights)
    order = np.argsort(-weights, axis=1)[:, :4]
    kept = np.take_along_axis(weights, order, axis=1)
    kept /= kept.sum(axis=1, keepdims=True)
    zero = np.zeros((len(model.bones), 3))
    coordinates, corners, picture = texture(verts, faces)
    avatar = Avatar(
        verts, verts, faces, rest.skeleton, order, kept, zero, np.zeros(3), texture_coordinates=coordinates,
        texture_faces=corners, texture=picture, clips=(walk_cycle(rest.skeleton),),
    )  # fmt: skip
    return body, avatar


def texture(verts: np.ndarray, faces: np.ndarray, size: int = 2048) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coordinates, corners and picture of a texture with front and back side by side, seams between them."""
    low, high = verts.min(axis=0), verts.max(axis=0)
    flat = (verts - low)[:, [0, 2]] / (high - low)[[0, 2]] * [0.46, 0.94] + [0.02, 0.03]
    a, b, c = (verts[faces[:, i]] for i in range(3))
    back = np.cross(b - a, c - a)[:, 1] > 0
    x, y = np.meshgrid(np.linspace(0, 90, size), np.linspace(0, 90, size))
    waves = np.stack([np.sin(x + np.sin(y)), np.sin(y * 1.3), np.cos(0.7 * (x + y))], axis=-1)
    picture = (130 + 70 * waves).astype(np.uint8)
    return np.concatenate([flat, flat + [0.5, 0.0]]), faces + len(verts) * back[:, None], picture


def split(verts: np.ndarray, faces: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each triangle into four."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    pairs, place = np.unique(edges, axis=0, return_inverse=True)
    ab, bc, ca = len(verts) + place.reshape(3, -1)
    a, b, c = faces.T
    corners = [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
    more = np.concatenate([np.stack(t, axis=1) for t in corners])
    both = [np.concatenate([x, x[pairs].mean(axis=1)]) for x in (verts, weights)]
    return both[0], more, both[1]


def measure(vertices: int, seconds: float, size: tuple[int, int]) -> tuple[list[dict[str, Any]], str, int]:
    """A row for each movement, the renderer and the number of vertices of the avatar."""
    from eigenform_app import commands, kinds, main
    from eigenform_app.document import Item
    from eigenform_app.window import MainWindow
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or main.prepare(["avatar_window"])
    window = MainWindow()
    window.ask = lambda sentence: "discard"
    window.work.rehearsed = True
    window.resize(*size)
    window.show()
    body, avatar = figures(vertices)
    rows: list[dict[str, Any]] = []
    for name, value in (("avatar", avatar), ("body", body)):
        item = Item(value, name, name, display=kinds.display_for(value))
        window.files.make_room([])
        commands.add(window.document, item)
        window.files.look_at(item)
        window.show_tab("pose")
        wait(lambda: window.pose.figure is not None and window.pose.drawn is not None, 300)
        wait(lambda: False, 1.5)
        costs = Costs(window)
        window.player.play(True)
        ready(window)
        rows.append({"figure": name, **rates("walk", window, seconds, lambda: None, costs)})
        window.player.stop()
        window.pose_panel.bones.choose(window.pose.figure.skeleton.names.index("upperarm01.L"))
        slider = window.pose_panel.bones.axes[1].slider
        rows.append({"figure": name, **rates("bone", window, seconds, lambda s=slider: drag(s), costs)})
        if name == "body":
            slider = window.pose_panel.shape.sliders["height"].slider
            rows.append({"figure": name, **rates("shape", window, seconds, lambda s=slider: drag(s), costs)})
        window.pose.settle()
    renderer = window.viewport.surface.render_window.ReportCapabilities()
    line = next((row for row in renderer.splitlines() if "renderer string" in row.lower()), "")
    window.close_now()
    window.deleteLater()
    application.processEvents()
    return rows, line.split(":")[-1].strip(), len(avatar.verts)


def ready(window: Any) -> None:
    """Wait for what is made in the background when a figure first moves."""
    wait(lambda: False, 1.0)
    for layer in window.viewport.views[0].layers.values():
        if layer.__dict__.get("_light") is not None:
            wait(lambda mesh=layer._light: not mesh.thread.is_alive(), 60)


class Costs:
    """Adds up the processor time of posing and of writing vertices, each in its own thread."""

    def __init__(self, window: Any) -> None:
        self.posing = self.upload = 0.0
        figure, draw = window.pose.figure, window.pose.figure.draw

        def posed(pose: Any) -> Any:
            found = draw(pose)
            found.places.at(window.viewport.rows_moved(window.pose.item().id))
            return found

        figure.draw = self.counted(posed, "posing")
        for layer in window.viewport.views[0].layers.values():
            layer.detail = self.counted(layer.detail, "upload")

    def counted(self, call: Any, name: str) -> Any:
        """The same call, its time added to one of the sums."""

        def timed(*args: Any, **more: Any) -> Any:
            began = time.thread_time()
            found = call(*args, **more)
            setattr(self, name, getattr(self, name) + time.thread_time() - began)
            return found

        return timed


def drag(slider: Any) -> None:
    """One move of a slider that goes to and fro."""
    slider.setSliderDown(True)
    slider.setValue(int(1000 + 500 * np.sin(2 * np.pi * time.perf_counter() / 2)))


def rates(name: str, window: Any, seconds: float, move: Any, costs: Costs) -> dict[str, Any]:
    """Updates a second, what each costs, and lateness, while ``move()`` is called a hundred times a second."""
    from PySide6.QtCore import QTimer

    shown, last = [0], [window.pose.answered]

    def painted() -> None:
        shown[0] += window.pose.answered > last[0]
        last[0] = window.pose.answered

    window.viewport.surface.painted.connect(painted)
    mover = QTimer(interval=10)
    mover.timeout.connect(move)
    mover.start()
    wait(lambda: False, 1.0)
    ticks = Lateness()
    ticks.start()
    costs.posing = costs.upload = 0.0
    began, first, busy = time.perf_counter(), shown[0], time.process_time()
    wait(lambda: False, seconds)
    spent, busy, count = time.perf_counter() - began, time.process_time() - busy, max(1, shown[0] - first)
    ticks.stop()
    mover.stop()
    window.viewport.surface.painted.disconnect(painted)
    parts = {"posing": costs.posing, "upload": costs.upload, "drawing": busy - costs.posing - costs.upload}
    return {
        "movement": WORDS[name], "updates/s": f"{count / spent:.1f}", "CPU ms": f"{1e3 * busy / count:.1f}",
        **{part: f"{1e3 * value / count:.1f}" for part, value in parts.items()},
        "late p95 ms": f"{np.percentile(ticks.late, 95):.1f}", "target": TARGETS[name],
    }  # fmt: skip


def main() -> int:
    """Measure, print, and say whether the targets are met (exit status 1 if not)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vertices", type=int, default=60_000)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--sizes", nargs="+", default=["1280x800", "2560x1440"], metavar="WxH")
    parser.add_argument("--out", type=Path, default=None, help="write the figures as JSON")
    options = parser.parse_args()
    found: list[dict[str, Any]] = []
    renderer, count = "", 0
    for size in options.sizes:
        width, height = (int(v) for v in size.split("x"))
        with tempfile.TemporaryDirectory() as home:
            os.environ["EIGENFORM_HOME"] = home
            rows, renderer, count = measure(options.vertices, options.seconds, (width, height))
        found += [{"window": size, **row} for row in rows]
    print(f"avatar of {count:,} vertices; {renderer}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    table(found)
    if options.out is not None:
        options.out.write_text(json.dumps({"vertices": count, "renderer": renderer, "rows": found}, indent=1) + "\n")
    print()
    reached = [
        verdict(f"{r['window']}, {r['figure']}, {r['movement']}: at least {r['target']:g} updates a second",
                float(r["updates/s"]) >= r["target"])
        for r in found
    ]  # fmt: skip
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
