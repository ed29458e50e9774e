"""The methods ``pose`` and ``rig``."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from eigenform.avatar.figure.clips import duration, frame
from eigenform.avatar.figure.kinematics import rest_pose, skinning_matrices
from eigenform.avatar.figure.posing import pose
from eigenform.avatar.figure.settings import PoseParams, RigParams
from eigenform.avatar.figure.skinning import bind
from eigenform.avatar.figure.sliders import within
from eigenform.errors import InputError
from eigenform.figure_types import Avatar, Body, Clip
from eigenform.jobs import JobContext
from eigenform.provenance import describe
from eigenform.types import Shape

_FEWEST_SHARED = 10
"""Main bones of Anny's rig that a skeleton must have to take its sample poses."""


def run_pose(avatar: Avatar, *, params: PoseParams, ctx: JobContext) -> Avatar:
    """The method ``pose``.

    Raises
    ------
    InputError
        Where the file of the movement cannot be read or is not named, or the skeleton lacks the bones.
    """
    began = time.perf_counter()
    clips = list(avatar.clips)
    movement = None
    if params.movement:
        ctx.message(f"Reading {Path(params.movement).name}")
        movement = _movement(avatar, params.movement)
        clips = [c for c in clips if c.name != movement.name] + [movement]
    walk = None
    if params.walk or params.pose == "walk":
        from eigenform.avatar.body.walk import walk_cycle

        _needs_main(avatar)
        walk = walk_cycle(avatar.skeleton)
    if params.walk and walk is not None:
        clips = [c for c in clips if c.name != walk.name] + [walk]
    ctx.message("Posing")
    rotations, translation = _pose(avatar, params, walk, movement)
    if params.within_limits:
        rotations = within(avatar.skeleton, rotations)
    found = pose(avatar, rotations, translation).replace(clips=tuple(clips))
    told = describe("pose", params, seconds=time.perf_counter() - began - ctx.waited)
    return found.replace(meta={**avatar.meta, "pose": told})


def _pose(
    avatar: Avatar, params: PoseParams, walk: Clip | None, movement: Clip | None
) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (J, 3) and translation (3,) asked for."""
    from eigenform.avatar.body.poses import pose_vectors

    if params.pose == "current":
        return np.asarray(avatar.rotations), np.asarray(avatar.translation)
    if params.pose == "rest":
        return rest_pose(avatar.skeleton)
    if params.pose == "walk":
        assert walk is not None
        return frame(walk, params.time)
    if params.pose == "movement":
        movement = movement or (avatar.clips[-1] if avatar.clips else None)
        if movement is None:
            raise InputError("The avatar has no movement yet: name a BVH file.")
        return frame(movement, min(params.time, duration(movement)), loop=False)
    _needs_main(avatar)
    return pose_vectors(params.pose, avatar.skeleton.names), np.zeros(3)


def _needs_main(avatar: Avatar) -> None:
    from eigenform.avatar.body.bones import MAIN

    if len(set(MAIN) & set(avatar.skeleton.names)) < _FEWEST_SHARED:
        raise InputError(
            f"The skeleton of {avatar.name} is not Anny's, so that sample poses and the walk do not fit; a movement "
            "from a BVH file would."
        )


def _movement(avatar: Avatar, path: str) -> Clip:
    from eigenform.avatar.figure.retarget import retarget
    from eigenform.io.bvh import read_bvh

    return retarget(read_bvh(path), avatar.skeleton, Path(path).stem)


def run_rig(shape: Shape, body: Body, *, params: RigParams, ctx: JobContext) -> Avatar:
    """The method ``rig``.

    Raises
    ------
    InputError
        Where the shape is no mesh in space, or lies far from the body.
    """
    from eigenform.avatar.body.load import load_body

    began = time.perf_counter()
    if shape.dimension != 3 or not len(shape.faces):
        raise InputError(f"{shape.name} has no triangles in space; a mesh of a person would work.")
    ctx.step(0, 3, "Loading the body")
    model = load_body(body.model, ctx)
    if len(model.faces) != len(body.faces):
        model = load_body(body.model, ctx, local=True)
    verts = np.asarray(shape.verts, dtype=np.float64)
    if params.align:
        verts = _aligned(verts, body.verts)
    _near(verts, body.verts, shape.name)
    ctx.step(1, 3, "Binding")
    transforms = skinning_matrices(body.skeleton, body.rotations, body.translation)
    weights = (np.asarray(model.skin_bones), np.asarray(model.skin_weights, dtype=np.float64))
    rest, bones, amounts = bind(verts, shape.faces, body.verts, body.faces, weights, transforms, model.trunk, ctx)
    ctx.step(3, 3, "Binding")
    clips = body.clips
    if params.walk and not any(c.name == "walk" for c in clips):
        from eigenform.avatar.body.walk import walk_cycle

        clips = (*clips, walk_cycle(body.skeleton))
    return Avatar(
        rest,
        verts,
        shape.faces,
        body.skeleton,
        bones,
        amounts,
        body.rotations,
        body.translation,
        colours=shape.colours,
        clips=clips,
        body={"model": body.model, "shape": dict(body.shape)},
        meta=describe("rig", params, seconds=time.perf_counter() - began - ctx.waited),
        name=shape.name,
    )


def _aligned(verts: np.ndarray, body: np.ndarray) -> np.ndarray:
    """Vertices scaled to the height of the body, their middle and their ground on its own."""
    low, high = verts.min(axis=0), verts.max(axis=0)
    goal_low, goal_high = body.min(axis=0), body.max(axis=0)
    scale = (goal_high[2] - goal_low[2]) / max(high[2] - low[2], 1e-12)
    moved = (verts - [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]]) * scale
    return moved + [(goal_low[0] + goal_high[0]) / 2, (goal_low[1] + goal_high[1]) / 2, goal_low[2]]


def _near(verts: np.ndarray, body: np.ndarray, name: str) -> None:
    from scipy.spatial import cKDTree

    away = float(np.median(cKDTree(body).query(verts)[0]))
    if away > 0.15:
        raise InputError(
            f"{name} is not around the body: half of it is more than {away:.2f} m away; it must be in metres, Z up, "
            "facing -Y, and in the pose of the body."
        )
