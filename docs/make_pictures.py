"""Make the pictures of the README from the real window: ``.venv/bin/python docs/make_pictures.py``.

A session is made with the library and shown by ``python -m eigenform_app --shot`` on a virtual display, with the
preferences of a fresh installation.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eigenform import jobs, registry
from eigenform.io.files import read_any
from eigenform.io.project import write_project
from eigenform.io.samples import make_sample
from eigenform.params import make
from eigenform.provenance import json_safe
from eigenform.types import Shape

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "packaging"))

from setup_env import say, virtual_display  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SIZE = "1600x1000"
VIEWS: dict[str, tuple[str, str, tuple[str, ...], int]] = {
    "studio.png": ("creature", "light", ("learned",), 6),
    "compare.png": ("knot", "dark", ("classical", "learned"), 17),
    "surface.png": ("creature", "dark", ("grid",), 0),
}
"""Picture: the sample, the theme, the methods (the last one is on show) and the mode."""

FIGURE = "avatar.png"
KINDS = {"Basis": "basis", "ImplicitSurface": "implicit"}
SLICED = {"slice_z": True, "at_z": 0.5, "opacity": 1.0}
"""How a surface is shown: with the field around it on a slice."""


def item(id: str, kind: str, name: str, value: Any, parent: str | None = None, **provenance: Any) -> dict[str, Any]:
    """One entry of a session."""
    entry = {"id": id, "parent": parent, "kind": kind, "name": name, "visible": True, "display": {}, "value": value}
    return {**entry, "provenance": provenance}


def session(path: Path, sample: str, methods: tuple[str, ...], mode: int) -> None:
    """A shape with one result a method, the last one on show."""
    shape: Shape = make_sample(sample)
    items = [item("shape", "shape", sample, shape)]
    for name in methods:
        record = registry.get(name)
        params = make(record.params_class())
        say(f"{record.title} of the {sample}")
        made = jobs.run(record, [shape], params)
        items.append(
            item(
                name,
                KINDS[record.output],
                record.title,
                made,
                "shape",
                method=name,
                params=json_safe(params),
                inputs=["shape"],
            )
        )
        if record.output == "ImplicitSurface":
            items[-1]["display"] = SLICED
        for before in items[1:-1]:
            before["visible"] = False
    write_project(path, items, {"modes": dict.fromkeys(methods, mode), "current": methods[-1]})


def figure_session(path: Path) -> None:
    """The photograph of the welcome page and the avatar made of it."""
    photograph = ROOT / "app" / "eigenform_app" / "resources" / "samples" / "photograph.jpg"
    record = registry.get("reconstruct")
    params = make(record.params_class())
    say(f"{record.title}, about a minute")
    image = read_any(photograph)
    avatar = jobs.run(record, [image], params)
    made = {"method": record.name, "params": json_safe(params), "inputs": ["photograph"]}
    items = [
        item("photograph", "image", "photograph", image),
        item("avatar", "avatar", record.title, avatar, "photograph", **made),
    ]
    write_project(path, items, {"current": "avatar"})


def shot(name: str, file: Path, theme: str, environment: Mapping[str, str]) -> None:
    """One picture of the window with a file open."""
    picture = PICTURES / name
    command = [sys.executable, "-m", "eigenform_app", file, "--shot", picture, "--size", SIZE, "--theme", theme]
    subprocess.run(command, check=True, env=environment)
    say(f"wrote {picture.relative_to(ROOT)}")


def main() -> None:
    """All pictures, or those that are named."""
    PICTURES.mkdir(exist_ok=True)
    wanted = sys.argv[1:] or [*VIEWS, FIGURE]
    with tempfile.TemporaryDirectory() as name, virtual_display() as display:
        folder = Path(name)
        environment = {**display, **{f"XDG_{kind}_HOME": name for kind in ("CONFIG", "STATE", "DATA", "CACHE")}}
        for picture, (sample, theme, methods, mode) in VIEWS.items():
            if picture not in wanted:
                continue
            path = folder / f"{sample}.eigenform"
            session(path, sample, methods, mode)
            shot(picture, path, theme, environment)
        if FIGURE in wanted:
            path = folder / "figure.eigenform"
            figure_session(path)
            shot(FIGURE, path, "light", environment)


if __name__ == "__main__":
    main()
