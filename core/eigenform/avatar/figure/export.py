"""Writing an avatar for other programs: GLB with its skeleton and movements, or OBJ and PLY as it stands."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from eigenform.avatar.figure.clips import closed
from eigenform.avatar.figure.kinematics import rest_matrices, world_matrices
from eigenform.avatar.figure.rigs import Rig, full_rig, mixamo_rig
from eigenform.errors import InputError
from eigenform.figure_types import Avatar, Clip
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
    if chosen == "glb":
        write_skinned_glb(path, skinned_mesh(avatar, full_rig(avatar.skeleton)))
    elif chosen == "glb-mixamo":
        write_skinned_glb(path, skinned_mesh(avatar, mixamo_rig(avatar.skeleton)))
    elif chosen == "obj":
        from eigenform.avatar.figure.export_obj import write_obj

        write_obj(path, avatar)
    else:
        from eigenform.io.write import WRITERS

        mesh = Shape(np.asarray(avatar.verts), avatar.faces, name=avatar.name, colours=avatar.colours)
        WRITERS[f".{chosen}"](mesh, path)


def skinned_mesh(avatar: Avatar, rig: Rig) -> SkinnedMesh:
    """What a GLB holds of an avatar: its rest surface moved by the bones of ``rig``, at most four a vertex.

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
