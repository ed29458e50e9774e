"""How many poses a second the window draws of a figure that walks or is dragged, and how late its GUI thread is.

    xvfb-run -s "-screen 0 2560x1440x24" python benchmarks/avatar_window.py [--vertices N] [--seconds 8] [--out FILE]

In a window of 1280 x 800 pixels an avatar of about so many vertices plays the walk cycle, then a bone slider of it is
dragged, then a shape slider of a body. An *update* is a pose that was worked out and written into the arrays that are
drawn; a *frame* is a picture that was drawn of them. Where OpenGL runs on the CPU, frames are what takes the time: the
renderer is printed beside the figures. `posing alone` is processor time of one pose without a window, least of 15.
A 20 ms timer on the GUI thread notes by how much it is late meanwhile.
Targets: 30 updates a second while it walks, 15 while a shape slider is dragged.
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

TARGETS = {"walk_updates": 30.0, "shape_updates": 15.0}
ROWS = (
    ("walk_updates", "walking: updates a second"), ("walk_frames", "walking: frames a second"),
    ("walk_late_p95_ms", "walking: lateness p95, ms"),
    ("walk_cpu_ms", "walking: processor ms a frame, all threads"), ("bone_updates", "bone slider: updates a second"),
    ("bone_frames", "bone slider: frames a second"), ("bone_late_p95_ms", "bone slider: lateness p95, ms"),
    ("shape_updates", "shape slider: updates a second"), ("shape_frames", "shape slider: frames a second"),
    ("shape_late_p95_ms", "shape slider: lateness p95, ms"), ("pose_ms", "posing alone, processor ms"),
    ("shape_ms", "shaping alone, processor ms"),
)  # fmt: skip
TITLES = dict(ROWS)


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
    verts, faces = np.array(rest.verts), np.array(rest.faces)
    while len(verts) < 0.75 * vertices:
        verts, faces, weights = split(verts, faces, weights)
    order = np.argsort(-weights, axis=1)[:, :4]
    kept = np.take_along_axis(weights, order, axis=1)
    kept /= kept.sum(axis=1, keepdims=True)
    zero = np.zeros((len(model.bones), 3))
    avatar = Avatar(
        verts, verts, faces, rest.skeleton, order, kept, zero, np.zeros(3), clips=(walk_cycle(rest.skeleton),)
    )
    return body, avatar


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


def measure(vertices: int, seconds: float) -> tuple[dict[str, float], str, int]:
    """The figures, the renderer and the number of vertices."""
    from eigenform_app import commands, kinds, main
    from eigenform_app.document import Item
    from eigenform_app.window import MainWindow
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or main.prepare(["avatar_window"])
    window = MainWindow()
    window.ask = lambda sentence: "discard"
    window.work.rehearsed = True
    window.resize(1280, 800)
    window.show()
    body, avatar = figures(vertices)
    found: dict[str, float] = {}
    for name, value in (("avatar", avatar), ("body", body)):
        item = Item(value, name, name, display=kinds.display_for(value))
        window.files.make_room([])
        commands.add(window.document, item)
        window.files.look_at(item)
        window.show_tab("pose")
        wait(lambda: window.pose.figure is not None and window.pose.drawn is not None, 300)
        wait(lambda: False, 1.5)
        if name == "avatar":
            found["pose_ms"] = alone(window.pose.figure, lambda i: {})
            window.player.play(True)
            found |= rates("walk", window, seconds, lambda: None)
            window.player.stop()
            arm = window.pose.figure.skeleton.names.index("upperarm01.L")
            window.pose_panel.bones.choose(arm)
            slider = window.pose_panel.bones.axes[1].slider
            found |= rates("bone", window, seconds, lambda s=slider: drag(s))
        else:
            found["shape_ms"] = alone(window.pose.figure, lambda i: {"height": 0.3 + 0.01 * i})
            slider = window.pose_panel.shape.sliders["height"].slider
            found |= rates("shape", window, seconds, lambda s=slider: drag(s))
        window.pose.settle()
    renderer = window.viewport.surface.render_window.ReportCapabilities()
    line = next((row for row in renderer.splitlines() if "renderer" in row.lower()), "")
    window.close_now()
    window.deleteLater()
    application.processEvents()
    return found, line.strip(), len(avatar.verts)


def drag(slider: Any) -> None:
    """One move of a slider that goes to and fro."""
    slider.setSliderDown(True)
    slider.setValue(int(1000 + 500 * np.sin(2 * np.pi * time.perf_counter() / 2)))


def alone(figure: Any, shape: Any, repeats: int = 15) -> float:
    """Milliseconds of processor time of one pose, the least of some: what the machine does besides is not meant."""
    from eigenform_app.pose_figures import Pose

    times = []
    for i in range(repeats):
        rotations = np.zeros((len(figure.skeleton.names), 3))
        rotations[5, 0] = 0.01 * i
        began = time.thread_time()
        figure.draw(Pose(rotations, np.zeros(3), shape(i)))
        times.append(time.thread_time() - began)
    return 1e3 * min(times)


def rates(name: str, window: Any, seconds: float, move: Any) -> dict[str, float]:
    """Updates and frames a second, and lateness, while ``move()`` is called a hundred times a second."""
    from PySide6.QtCore import QTimer

    frames = [0]
    window.viewport.surface.painted.connect(lambda: frames.__setitem__(0, frames[0] + 1))
    mover = QTimer(interval=10)
    mover.timeout.connect(move)
    mover.start()
    wait(lambda: False, 1.0)
    ticks = Lateness()
    ticks.start()
    began, first, drawn, busy = time.perf_counter(), window.pose.answered, frames[0], time.process_time()
    wait(lambda: False, seconds)
    spent, busy = time.perf_counter() - began, time.process_time() - busy
    ticks.stop()
    mover.stop()
    return {
        f"{name}_updates": (window.pose.answered - first) / spent, f"{name}_frames": (frames[0] - drawn) / spent,
        f"{name}_late_p95_ms": float(np.percentile(ticks.late, 95)),
        f"{name}_cpu_ms": 1e3 * busy / max(1, frames[0] - drawn),
    }  # fmt: skip


def main() -> int:
    """Measure, print, and say whether the targets are met (exit status 1 if not)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vertices", type=int, default=60_000)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--out", type=Path, default=None, help="write the figures as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["EIGENFORM_HOME"] = home
        found, renderer, count = measure(options.vertices, options.seconds)
    print(f"{count:,} vertices, 1280 x 800; {renderer}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    table([{"what": title, "measured": f"{found[key]:.1f}", "target": TARGETS.get(key)} for key, title in ROWS])
    if options.out is not None:
        options.out.write_text(json.dumps({"vertices": count, "renderer": renderer, **found}, indent=1) + "\n")
    print()
    reached = [verdict(f"{TITLES[key]}: at least {least:g}", found[key] >= least) for key, least in TARGETS.items()]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
