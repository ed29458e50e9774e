"""Clips, sliders, rigs and the methods that pose and rig."""

from __future__ import annotations

import numpy as np
import pytest
from avatar_fixtures import body
from eigenform import jobs, registry
from eigenform.avatar.body.bones import LIMITS, MAIN
from eigenform.avatar.figure.clips import duration, frame, resampled, transfer
from eigenform.avatar.figure.kinematics import world_matrices
from eigenform.avatar.figure.rigs import mixamo_rig
from eigenform.avatar.figure.rotations import matrices
from eigenform.avatar.figure.sliders import sliders, within
from eigenform.errors import InputError
from eigenform.figure_types import Clip, Skeleton
from eigenform.params import make
from figure_toy import NAMES, avatar
from test_bvh import PERSON, text_of


def turning() -> Clip:
    rotations = np.zeros((5, len(NAMES), 3))
    rotations[:, 1, 2] = [0, 0.2, 0.4, 0.6, 0.8]
    return Clip("turning", rotations, np.linspace(0, 1, 5)[:, None] * [1.0, 0, 0], 10)


def test_a_moment_between_two_frames_lies_between_them() -> None:
    turns, place = frame(turning(), 0.15)
    assert np.allclose(turns[1], (0, 0, 0.3))
    assert np.allclose(place, (0.375, 0, 0))
    assert np.allclose(frame(turning(), 0.2)[0], turning().rotations[2])
    assert np.allclose(frame(turning(), 9.9, loop=False)[0], turning().rotations[4])
    assert np.allclose(frame(turning(), -1, loop=False)[0], turning().rotations[0])
    assert np.allclose(frame(turning(), 0.45)[0][1], (0, 0, 0.4))  # half the way back to the first
    assert duration(turning()) == pytest.approx(0.4)
    assert duration(turning(), loop=True) == pytest.approx(0.5)
    with pytest.raises(InputError, match="no frames"):
        frame(Clip("none", np.zeros((0, 2, 3)), np.zeros((0, 3))), 0.0)


def test_a_half_turn_takes_the_shorter_way() -> None:
    rotations = np.zeros((2, 1, 3))
    rotations[:, 0, 0] = [3.0, -3.0]
    turns, _ = frame(Clip("flip", rotations, np.zeros((2, 3)), 1.0), 0.5)
    assert np.allclose(matrices(turns[0]), matrices(np.array([np.pi, 0, 0])))


def test_a_clip_at_another_rate_is_the_same_movement() -> None:
    finer = resampled(turning(), 20)
    assert len(finer.rotations) == 9
    assert np.allclose(finer.rotations[::2], turning().rotations, atol=1e-12)
    assert np.allclose(finer.rotations[1, 1], (0, 0, 0.1))


def test_a_clip_is_given_by_names() -> None:
    order = (0, 2, 1)
    sk = Skeleton(
        ("root", "arm", "extra"), np.array([-1, 0, 0]), np.zeros((3, 3)), *[np.tile(np.eye(3), (3, 1, 1))] * 2
    )
    clip = Clip("c", np.arange(18.0).reshape(2, 3, 3), np.ones((2, 3)))
    found = transfer(clip, ("root", "leg", "arm"), sk, 2.0)
    assert np.array_equal(found.rotations[:, :2], clip.rotations[:, order[:2]])
    assert not found.rotations[:, 2].any()
    assert (found.translations == 2).all()
    with pytest.raises(InputError, match="shares no bone"):
        transfer(clip, ("x", "y", "z"), sk)


def anny_bones() -> Skeleton:
    """All 104 names of Anny's rig are not needed: the main ones, in a line."""
    names = list(MAIN)
    parents = np.array([-1] + [0] * (len(names) - 1))
    axes = np.tile(np.eye(3), (len(names), 1, 1))
    return Skeleton(tuple(names), parents, np.zeros((len(names), 3)), axes, axes)


def test_sliders_are_those_of_the_main_bones_within_their_limits() -> None:
    found = sliders(anny_bones())
    assert len(found) == 3 * len(MAIN)
    knee = next(s for s in found if s.name == "lowerleg01.L x")
    assert (knee.bone, knee.axis) == (MAIN.index("lowerleg01.L"), 0)
    assert (knee.low, knee.high) == (LIMITS["lowerleg01.L"][0][0], LIMITS["lowerleg01.L"][1][0])
    assert sliders(avatar().skeleton)[0].name == "root x"
    turns = np.full((len(MAIN), 3), 9.0)
    assert np.allclose(within(anny_bones(), turns), [LIMITS[name][1] for name in MAIN])


def run(name, *inputs, **values):
    record = registry.get(name)
    return jobs.run(record, list(inputs), make(record.params_class(), values))


def test_the_method_poses_at_rest_and_keeps_what_it_has() -> None:
    found = run("pose", avatar(), pose="rest")
    assert np.abs(found.verts - found.rest_verts).max() < 1e-12
    assert found.meta["pose"]["params"]["pose"] == "rest"
    assert np.array_equal(run("pose", found, pose="current").verts, found.verts)
    with pytest.raises(InputError, match="not Anny's"):
        run("pose", avatar(), pose="t-pose")
    with pytest.raises(InputError, match="name a BVH file"):
        run("pose", avatar(), pose="movement")


def test_the_method_reads_a_movement(tmp_path) -> None:
    """The toy has the names of no known rig but legs and root: enough for legs to move."""
    names = {"upperleg.L": "LeftUpLeg", "upperleg.R": "RightUpLeg", "lowerleg.L": "LeftLeg", "lowerleg.R": "RightLeg"}
    assert {"LeftUpLeg", "RightLeg"} <= {p[0] for p in PERSON} & set(names.values())
    (tmp_path / "lift.bvh").write_text(text_of(frames=({}, {"LeftUpLeg": (0, -90, 0)})), encoding="utf-8")
    found = run("pose", avatar(), pose="movement", movement=str(tmp_path / "lift.bvh"), time=0.04)
    assert [c.name for c in found.clips] == ["lift"]
    world = world_matrices(found.skeleton, found.rotations, found.translation)
    thigh = world[NAMES.index("lowerleg.L"), :3, 3] - world[NAMES.index("upperleg.L"), :3, 3]
    assert np.allclose(thigh / np.linalg.norm(thigh), (0, -1, 0), atol=1e-6)
    twice = run("pose", found, pose="movement", movement=str(tmp_path / "lift.bvh"))
    assert len(twice.clips) == 1


def test_the_mixamo_like_rig_of_a_real_body() -> None:
    anny = body()
    skeleton = anny.skeleton(anny.middle)
    rig = mixamo_rig(skeleton)
    assert len(rig.names) == 52
    above = {name: rig.names[rig.parents[i]] for i, name in enumerate(rig.names) if i}
    assert above["mixamorig:LeftUpLeg"] == "mixamorig:Hips"
    assert above["mixamorig:Neck"] == above["mixamorig:RightShoulder"] == "mixamorig:Spine2"
    assert above["mixamorig:LeftHandThumb1"] == "mixamorig:LeftHand"
    owner = {skeleton.names[j]: rig.names[k] for j, k in enumerate(rig.owner)}
    assert owner["lowerarm02.R"] == "mixamorig:RightForeArm"
    assert owner["pelvis.L"] == "mixamorig:Hips"
    assert owner["toe3-2.L"] == "mixamorig:LeftToeBase"


def test_any_mesh_is_rigged_by_a_body() -> None:
    from eigenform.avatar.body.make import make_body
    from eigenform.types import Shape

    anny = body()
    bare = make_body({"gender": 1.0}, model=anny)
    shape = Shape(bare.verts * 1.7 + [3.0, 1, 2], bare.faces, name="scan")
    found = run("rig", shape, bare, walk=True)
    assert np.abs(found.verts - bare.verts).max() < 1e-9  # moved and scaled onto the body
    assert found.name == "scan"
    assert [c.name for c in found.clips] == ["walk"]
    knee = np.zeros_like(bare.rotations)
    knee[list(bare.skeleton.names).index("lowerleg01.L"), 0] = 0.6
    from eigenform.avatar.figure.posing import pose

    wanted = make_body({"gender": 1.0}, knee, model=anny).verts
    skin = anny.trunk
    assert np.linalg.norm(pose(found, knee).verts - wanted, axis=1)[skin].mean() < 0.004
    with pytest.raises(InputError, match="not around the body"):
        run("rig", shape, bare, align=False)
    with pytest.raises(InputError, match="no triangles"):
        run("rig", Shape(bare.verts), bare)
