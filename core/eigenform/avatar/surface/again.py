"""Bend an avatar's surface to the normals again, after the maps or the body changed a little."""

from __future__ import annotations

import time

import numpy as np

from eigenform import device as devices
from eigenform.avatar.figure.kinematics import skinning_matrices
from eigenform.avatar.figure.skinning import skin, unpose
from eigenform.avatar.surface.clothed import Clothing
from eigenform.avatar.surface.settings import RefineParams, SurfaceParams
from eigenform.errors import InputError
from eigenform.figure_types import Avatar, Person
from eigenform.jobs import JobContext
from eigenform.provenance import describe


def run(avatar: Avatar, person: Person, *, params: RefineParams, ctx: JobContext) -> Avatar:
    """The avatar with its vertices bent to the normals of the person's maps, in the pose of the first view.

    Triangles, weights and colours stay as they are.

    Parameters
    ----------
    avatar : Avatar
        Made from this person.
    person : Person
    params : RefineParams
    ctx : JobContext

    Raises
    ------
    InputError
        Where the two do not belong together.
    """
    began = time.perf_counter()
    devices.leave_a_core()
    first = person.views[0]
    if first.rotations is None or len(first.rotations) != len(avatar.skeleton.names):
        raise InputError(
            f"{avatar.name} and {person.name} do not have the same bones: take the person it was made from."
        )
    work = Clothing(person, SurfaceParams(refine=params.refine), ctx)
    transforms = skinning_matrices(avatar.skeleton, np.asarray(first.rotations), np.zeros(3))
    bones, weights = np.asarray(avatar.weight_bones), np.asarray(avatar.weights)
    work.verts, work.faces = skin(np.asarray(avatar.rest_verts), bones, weights, transforms), np.asarray(avatar.faces)
    before = work.normal_errors(work.verts)

    def show(number: int, verts: np.ndarray) -> None:
        ctx.step(number, params.refine, "Bending the surface to the normals")

    verts = work.bent(params.refine, show)
    report = {"normal_error_before": before, "normal_error": work.normal_errors(verts)}
    meta = describe("refine-surface", params, seconds=time.perf_counter() - began - ctx.waited, report=report)
    rest = unpose(verts, bones, weights, transforms)
    return avatar.replace(
        rest_verts=rest,
        verts=verts,
        rotations=np.asarray(first.rotations),
        translation=np.zeros(3),
        meta={**avatar.meta, **meta},
    )
