"""Writing a figure for other programs: GLB with its skeleton and movements, or OBJ, PLY and STL as it stands."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from eigenform.avatar.figure.clips import closed
from eigenform.avatar.figure.kinematics import rest_matrices, world_matrices
from eigenform.avatar.figure.rigs import Rig, full_rig, mixamo_rig
from eigenform.errors import InputError
from eigenform.figure_types import Avatar, Body, Clip
from eigenform.geometry.normals import vertex_normals
from eigenform.io.gltf_skin import INFLUENCES, Movement, SkinnedMesh, write_skinned_glb
from eigenform.types import Shape

FORMATS: tuple[tuple[str, str, str], ...] = (
    ("glb", ".glb", "glTF binary, with skeleton, movements and texture"),
    ("glb-mixamo", ".glb", "glTF binary, with the 52 bones of Mixamo-like rigs"),
    ("obj", ".obj", "Wavefront, as posed, with texture"),
    ("ply", ".ply", "Stanford polygons, as posed, with colours"),
    ("stl", ".stl", "Stereolithography, as posed"),
)
"""``(format, suffix, title)`` of what is written."""

_RIGS = {"glb": full_rig, "glb-mixamo": mixamo_rig}


def export_formats() -> list[tuple[str, str, str]]:
    """``(format, suffix, title)`` of everything an avatar can be exported as, best first."""
    return list(FORMATS)


def write_avatar(avatar: Avatar, path: str | os.PathLike[str], format: str | None = None) -> None:
    """Write an avatar, atomically, in the format named or the first with the suffix of ``path``.

    Raises
    ------
    InputError
        For a format that is unknown or cannot hold it, or a place that cannot be written to.
    """
    suffix = Path(path).suffix.lower()
    known = {name for name, _, _ in FORMATS}
    chosen = format or next((name for name, ext, _ in FORMATS if ext == suffix), None)
    if chosen not in known:
        raise InputError(f"Cannot write an avatar to {path}: use one of the formats {', '.join(sorted(known))}.")
    if chosen == "obj":
        from eigenform.avatar.figure.export_obj import write_obj

        write_obj(path, avatar)
    elif chosen in _RIGS:
        write_skinned_glb(path, skinned_mesh(avatar, _RIGS[chosen](avatar.skeleton)))
    else:
        mesh = Shape(np.asarray(avatar.verts), avatar.faces, name=avatar.name, colours=avatar.colours)
        _write_mesh(mesh, path, chosen)


def write_body(body: Body, path: str | os.PathLike[str], format: str) -> None:
    """Write a body, atomically, in one of :data:`FORMATS`; a GLB has the skeleton and is neutral grey.

    Raises
    ------
    InputError
        Where the model of the body cannot be read, the skeleton lacks bones that the format needs, or the place
        cannot be written to.
    """
    if format in _RIGS:
        from eigenform.avatar.figure.of_body import avatar_of_body

        write_avatar(avatar_of_body(body), path, format)
    else:
        _write_mesh(Shape(np.asarray(body.verts), body.faces, name=body.name), path, format)


def _write_mesh(mesh: Shape, path: str | os.PathLike[str], format: str) -> None:
    from eigenform.io.write import WRITERS

    WRITERS[f".{format}"](mesh, path)


def skinned_mesh(avatar: Avatar, rig: Rig) -> SkinnedMesh:
    """What a GLB holds of an avatar: its rest surface moved by the bones of ``rig``, at most four a vertex.

    Where more than four move a vertex in the window, the strongest four are kept, and it lies a little elsewhere.
    Learned offsets cannot be kept in the file; those of the present pose are written as a part of the rest surface.
    """
    from eigenform.avatar.figure.posing import offsets

    skeleton = avatar.skeleton
    rest = avatar.rest_verts + offsets(avatar, avatar.rotations)
    joints, weights = rig.weights(avatar.weight_bones, avatar.weights, INFLUENCES)
    now = world_matrices(skeleton, avatar.rotations, avatar.translation)
    return SkinnedMesh(
        name=avatar.name,
        verts=rest,
        faces=avatar.faces,
        normals=vertex_normals(rest, avatar.faces),
        joints=joints,
        weights=weights,
        names=rig.names,
        parents=rig.parents,
        rest=rest_matrices(skeleton)[rig.bones],
        now=now[rig.bones],
        movements=tuple(_movement(avatar, rig, closed(clip)) for clip in avatar.clips if len(clip.rotations)),
        texture_coordinates=avatar.texture_coordinates,
        texture_faces=avatar.texture_faces,
        texture=avatar.texture,
        colours=avatar.colours,
        extras={"body": dict(avatar.body), "bones": len(rig.names), "units": "metres"},
    )


def _movement(avatar: Avatar, rig: Rig, clip: Clip) -> Movement:
    world = world_matrices(avatar.skeleton, clip.rotations, clip.translations)[:, rig.bones]
    local = world.copy()
    local[:, 1:] = np.linalg.inv(world[:, rig.parents[1:]]) @ world[:, 1:]
    return Movement(clip.name, clip.fps, local)
