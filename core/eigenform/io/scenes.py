"""STL, glTF and whatever else trimesh reads: one mesh, or a scene merged or chosen from."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.io.colours import encoded, from_numbers
from eigenform.io.raw import Raw, Request, Unreadable
from eigenform.io.sentences import brief, counted, were

_STL = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def read_stl(path: Path, request: Request) -> Raw:
    """Triangles of an STL file; one that ends early is refused."""
    data = path.read_bytes()
    text = data[:5].lower() == b"solid" and b"facet" in data[:1024]
    if text and b"endsolid" not in data[-1024:]:
        raise InputError(f"{path} is cut short: its text does not end with endsolid.")
    if not text:
        count = int.from_bytes(data[80:84], "little")
        if len(data) < 84 + 50 * count:
            raise InputError(
                f"{path} is cut short: it promises {count} triangles, but holds {max(0, (len(data) - 84) // 50)}."
            )
        rows = np.frombuffer(data, dtype=_STL, count=count, offset=84)
        verts = rows["corners"].astype(np.float64).reshape(-1, 3)
        return Raw(verts, np.arange(len(verts), dtype=np.int64).reshape(-1, 3))
    try:
        return read_trimesh(path, request, "stl_ascii")
    except ValueError as error:
        raise InputError(f"{path} is damaged: its text does not follow the rules of STL ({brief(error)}).") from error


def read_gltf(path: Path, request: Request) -> Raw:
    """Triangles of a glTF or GLB scene with the transforms of its nodes applied."""
    with open(path, "rb") as file:
        head = file.read(64)
    binary = head.startswith(b"glTF")
    if not binary and not head.lstrip().startswith(b"{"):
        raise Unreadable("it begins neither like GLB nor like glTF")
    total = int.from_bytes(head[8:12], "little") if binary else 0
    if binary and path.stat().st_size < total:
        raise InputError(f"{path} is cut short: it promises {total} bytes, but has {path.stat().st_size}.")
    try:
        return read_trimesh(path, request, "glb" if binary else "gltf")
    except FileNotFoundError as error:
        missing = error.filename or error
        raise InputError(
            f"{path} needs the file {missing}, which is not there; a .glb file holds all in one."
        ) from error


def read_any(path: Path, request: Request) -> Raw:
    """Whatever trimesh makes of the file by its suffix."""
    return read_trimesh(path, request, request.suffix.lstrip("."))


def read_trimesh(path: Path, request: Request, file_type: str) -> Raw:
    """Read with trimesh, untouched: no merging, no reordering."""
    import trimesh

    # Without a handler of its own, its warnings about damaged files would go to the terminal with a traceback.
    logging.getLogger("trimesh").addHandler(logging.NullHandler())
    with open(path, "rb") as file:
        resolver = trimesh.resolvers.FilePathResolver(str(path))
        scene = trimesh.load_scene(file, file_type=file_type, process=False, resolver=resolver)
    request.check()
    pieces = list(_pieces(scene))
    if request.scene != "merge":
        chosen = [p for names, p in pieces if request.scene in names]
        if not chosen:
            names = ", ".join(dict.fromkeys(names[0] for names, _ in pieces)) or "none"
            raise InputError(f"{path} has no object {request.scene!r}; its objects are: {names}.")
    else:
        chosen = [p for _, p in pieces]
    meshes = [p for p in chosen if len(p[1])]
    notes = []
    if meshes and len(meshes) < len(chosen):
        notes.append(
            f"{counted(len(chosen) - len(meshes), 'object')} without faces {were(len(chosen) - len(meshes))} left out."
        )
    chosen = meshes or chosen
    if not chosen:
        raise Unreadable("it holds no mesh and no points")
    offsets = np.cumsum([0] + [len(v) for v, _, _ in chosen[:-1]])
    verts = np.concatenate([v for v, _, _ in chosen])
    faces = np.concatenate([f + shift for (_, f, _), shift in zip(chosen, offsets, strict=True)])
    return Raw(verts, faces, colours=_colours([c for _, _, c in chosen], file_type), notes=notes)


def _colours(parts: list[np.ndarray | None], file_type: str) -> np.ndarray | None:
    """Colours of all pieces where every piece has them; glTF keeps linear light."""
    if any(part is None for part in parts):
        return None
    colours = from_numbers(np.concatenate([p for p in parts if p is not None]), np.dtype(np.uint8))
    return encoded(colours).astype(np.float32) if file_type in ("glb", "gltf") else colours


def _pieces(scene: Any) -> Any:
    """``((geometry name, node name), (verts, faces, colours))`` of every placed object, in the order of the file."""
    order = {name: i for i, name in enumerate(scene.geometry)}
    nodes = sorted(scene.graph.nodes_geometry, key=lambda n: (order[scene.graph[n][1]], str(n)))
    for node in nodes:
        transform, name = scene.graph[node]
        item = scene.geometry[name]
        verts = getattr(item, "vertices", None)
        if verts is None or not len(verts):
            continue
        verts = np.asarray(verts, dtype=np.float64)
        if verts.shape[1] != 3:
            continue
        faces = np.asarray(getattr(item, "faces", np.zeros((0, 3))), dtype=np.int64).reshape(-1, 3)
        if not np.array_equal(transform, np.eye(4)):
            verts = verts @ transform[:3, :3].T + transform[:3, 3]
            if np.linalg.det(transform[:3, :3]) < 0:
                faces = faces[:, ::-1]  # a mirror turns the triangles inside out
        visual: Any = getattr(item, "visual", None)
        coloured = visual is not None and getattr(visual, "kind", None) == "vertex"
        colours = np.asarray(visual.vertex_colors) if coloured else None
        yield (name, str(node)), (verts, faces, colours)
