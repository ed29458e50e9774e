"""Training samples from a user's own scans of clothed people whose body is known."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.avatar.synthetic.bodies import main_rotations
from eigenform.avatar.synthetic.camera import keypoints_in_crop
from eigenform.avatar.synthetic.dataset import write_shard
from eigenform.avatar.synthetic.paint import Paint
from eigenform.avatar.synthetic.person import turned
from eigenform.avatar.synthetic.sample import develop
from eigenform.avatar.synthetic.streams import stream
from eigenform.avatar.synthetic.views import look
from eigenform.errors import InputError
from eigenform.figure_types import Body

if TYPE_CHECKING:
    from eigenform.jobs import JobContext
    from eigenform.types import Shape

VIEWS = 16
"""Pictures of a scan, from all around."""

FIRST_SEED = 500_000_000
"""Seeds of light and background of scans: no generated person has them."""

SUFFIXES = (".obj", ".ply", ".off", ".stl")

FARTHEST = 0.25
"""Median distance of the body from its scan above which the two do not belong together, m."""


def samples_from_scan(
    mesh: Shape, body: Body, views: int = VIEWS, size: int = 256, seed: int = FIRST_SEED
) -> Iterator[dict[str, Any]]:
    """Samples as of :func:`.sample.make_sample`, turned about the vertical by equal steps and a little chance.

    Parameters
    ----------
    mesh : Shape
        A closed clothed scan, metres, Z up; with ``colours`` or painted in one colour.
    body : Body
        The body within it, in the same axes: Anny, its shape and pose.
    views : int
    size : int
        Pixels along a side.
    seed : int
        Of light, background and camera.
    """
    from eigenform.avatar.body.load import load_body

    _fits(mesh, body)
    model = load_body()
    shape = np.array([body.shape.get(name, 0.5) for name in model.shape_names], dtype=np.float32)[:6]
    for view in range(views):
        rng = stream(seed, "trousers", "camera", view)
        turn = 2 * np.pi * view / views + rng.uniform(-0.5, 0.5) * 2 * np.pi / views
        spin = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        verts = (mesh.verts - body.translation) @ spin.T
        bare = ((body.verts - body.translation) @ spin.T).astype(np.float32)
        rotations = turned(body.rotations, turn)
        low, high = verts.min(0)[[0, 2]], verts.max(0)[[0, 2]]
        scale = 2 * rng.uniform(0.7, 0.95) / float((high - low).max())
        camera = np.array([scale, *(rng.uniform(-0.03, 0.03, 2) - scale * (low + high) / 2)])
        seen = look(verts, mesh.faces, camera, size)
        keypoints = _keypoints(model, bare)
        colours = mesh.colours if mesh.colours is not None else np.full((len(verts), 3), rng.uniform(0.3, 0.8))
        count = len(seen.face_front)
        painted = Paint(
            np.clip(seen.blend(np.asarray(colours, dtype=np.float32)), 0.003, 1),
            np.full(count, 0.06, dtype=np.float32), np.full(count, 12, dtype=np.float32),
        )  # fmt: skip
        yield {
            "rgb": develop(painted, seen, seed, "trousers", view),
            "mask": seen.mask,
            "normal_front": seen.spread(seen.normals_front).astype(np.float16),
            "normal_back": seen.spread(seen.normals_back).astype(np.float16),
            "depth_front": seen.depth_front,
            "depth_back": seen.depth_back,
            "shape": shape,
            "rotations": main_rotations(model, rotations).astype(np.float32),
            "all_rotations": rotations.astype(np.float32),
            "camera": camera.astype(np.float32),
            "keypoints": keypoints_in_crop(keypoints, camera, seen.depth_front, seen.mask).astype(np.float32),
            "keypoints3d": keypoints.astype(np.float32),
        }


def render_scans(folder: str | os.PathLike[str], ctx: JobContext | None = None, size: int = 256) -> list[Path]:
    """Render every scan of a folder to a file of samples in its folder ``views``; those that are up to date stay.

    A scan is a mesh ``NAME.obj`` (or another mesh format) beside the body ``NAME.npz``. Returns the files of samples.

    Raises
    ------
    InputError
        Where there is no scan, or a body does not fit its scan.
    """
    from eigenform.io.figure_files import read_figure
    from eigenform.io.read import read_shape

    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"There is no folder {root}.")
    pairs = [(mesh, mesh.with_suffix(".npz")) for mesh in sorted(root.iterdir()) if mesh.suffix.lower() in SUFFIXES]
    pairs = [(mesh, body) for mesh, body in pairs if body.is_file()]
    if not pairs:
        raise InputError(f"{root} holds no scan: a mesh NAME.obj or NAME.ply with its body NAME.npz beside it.")
    (root / "views").mkdir(exist_ok=True)
    files = []
    for index, (mesh, body) in enumerate(pairs):
        file = root / "views" / f"people-{mesh.stem}.npz"
        files.append(file)
        if ctx is not None:
            ctx.step(index, len(pairs), f"Rendering {mesh.name}")
        newest = max(mesh.stat().st_mtime, body.stat().st_mtime)
        if file.exists() and file.stat().st_mtime >= newest:
            continue
        inner = read_figure(body)
        if not isinstance(inner, Body):
            raise InputError(f"{body} does not hold a body.")
        samples = []
        for sample in samples_from_scan(read_shape(mesh), inner, size=size, seed=FIRST_SEED + index):
            samples.append(sample)
            if ctx is not None:
                ctx.check()
        seeds = [FIRST_SEED + VIEWS * index + view for view in range(len(samples))]
        write_shard(file, samples, seeds, ["scan"] * len(samples))
    return files


def _keypoints(model: Any, verts: np.ndarray) -> np.ndarray:
    import torch

    with torch.no_grad():
        return np.asarray(model.keypoints(torch.from_numpy(verts)[None])[0].numpy())


def _fits(mesh: Shape, body: Body) -> None:
    from scipy.spatial import cKDTree

    if body.model != "anny":
        raise InputError(f"The body of {mesh.name} is of {body.model}; samples need a body of Anny.")
    if not len(mesh.faces):
        raise InputError(f"{mesh.name} has no triangles; a scan must be a closed mesh.")
    distance = float(np.median(cKDTree(mesh.verts).query(body.verts[::20])[0]))
    if distance > FARTHEST:
        raise InputError(
            f"The body of {mesh.name} is {distance:.2f} away from it; both must be in metres, Z up, in one place."
        )
