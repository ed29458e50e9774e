"""Skinned GLB: read back by another reader, skinned by hand, and compared with our own skinning."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from eigenform.avatar.figure.clips import closed, frame
from eigenform.avatar.figure.export import export_formats, skinned_mesh, write_avatar
from eigenform.avatar.figure.kinematics import skinning_matrices
from eigenform.avatar.figure.posing import pose
from eigenform.avatar.figure.rigs import MIXAMO, full_rig, kept_rig, mixamo_rig
from eigenform.avatar.figure.skinning import reduced, skin
from eigenform.errors import InputError
from eigenform.figure_types import Clip
from eigenform.io.gltf_skin import AXES, exact_weights, write_skinned_glb
from figure_toy import NAMES, avatar, pose_of, random_pose
from glb_reader import COMPONENTS, WIDTHS, Read

TURN = AXES[:3, :3]


def clip_of(seeds, fps=24.0) -> Clip:
    poses = [random_pose(seed) for seed in seeds]
    along = np.arange(len(poses))[:, None] * (0.0, -9.0, 0.0)  # a way that does not come back
    return Clip("fidget", np.stack([p[0] for p in poses]), np.stack([p[1] for p in poses]) + along, fps)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    toy = pose(avatar(), *random_pose(1)).replace(clips=(clip_of(range(2, 7)),))
    path = tmp_path_factory.mktemp("glb") / "toy.glb"
    write_avatar(toy, path)
    return toy, Read(path), path


def own(toy, rotations, translation) -> np.ndarray:
    joints, weights = reduced(toy.weight_bones, toy.weights, 4)
    posed = skin(toy.rest_verts, joints, weights, skinning_matrices(toy.skeleton, rotations, translation))
    return posed @ TURN.T


def test_skinning_what_was_read_agrees_with_our_own(written) -> None:
    toy, read, _ = written
    assert np.abs(read.skinned() - own(toy, toy.rotations, toy.translation)).max() < 1e-5  # 0.01 mm
    for key in range(5):
        wanted = own(toy, toy.clips[0].rotations[key], toy.clips[0].translations[key])
        assert np.abs(read.skinned(0, key) - wanted).max() < 1e-5


def test_keys_lie_in_time_and_turn_the_short_way(written) -> None:
    _, read, _ = written
    found = read.gltf.animations[0]
    times = read.accessor(found.samplers[found.channels[0].sampler].input).ravel()
    assert np.allclose(times, np.arange(5) / 24.0)
    for sampler in found.samplers:
        keys = read.accessor(sampler.output)
        if keys.shape[1] == 4:
            assert np.abs(np.linalg.norm(keys, axis=1) - 1).max() < 1e-6
            assert (np.sum(keys[1:] * keys[:-1], axis=1) >= 0).all()
        assert len(read.accessor(sampler.input)) == len(keys)


def test_a_still_joint_has_one_key(tmp_path) -> None:
    rotations = np.zeros((4, len(NAMES), 3))
    rotations[:, NAMES.index("head"), 2] = [0, 0.1, 0.2, 0.5]
    toy = avatar().replace(clips=(Clip("nod", rotations, np.zeros((4, 3))),))
    write_avatar(toy, tmp_path / "a.glb")
    read = Read(tmp_path / "a.glb")
    counts = {}
    for channel in read.gltf.animations[0].channels:
        keys = read.accessor(read.gltf.animations[0].samplers[channel.sampler].output)
        counts[channel.target.node, channel.target.path] = len(keys)
    assert len(counts) == 2 * len(NAMES)
    assert counts.pop((NAMES.index("head"), "rotation")) == 4
    assert set(counts.values()) == {1}


def test_weights_are_exact_and_joints_without_any_are_number_zero(written) -> None:
    _, read, _ = written
    weights, joints = read.attribute("WEIGHTS_0"), read.attribute("JOINTS_0")
    assert weights.shape[1] == 4
    assert joints.dtype == np.uint8
    assert np.abs(weights.astype(float).sum(axis=1) - 1).max() < 2e-7
    assert (joints[weights == 0] == 0).all()
    assert joints.max() < len(NAMES)
    bones, kept = exact_weights(np.array([[3, 2]]), np.array([[2 / 3, 1 / 3]]))
    assert bones.tolist() == [[3, 2, 0, 0]]
    assert kept.dtype == np.float32
    assert np.allclose(kept, [[2 / 3, 1 / 3, 0, 0]])


def test_the_file_is_well_formed(written) -> None:
    _, read, path = written
    raw = path.read_bytes()
    assert raw[:4] == b"glTF"
    version, total, text = np.frombuffer(raw, "<u4", 3, 4)
    assert (version, total) == (2, len(raw))
    document = json.loads(raw[20 : 20 + text])
    assert raw[16:20] == b"JSON"
    size = np.frombuffer(raw, "<u4", 1, 20 + text)[0]
    assert document["buffers"] == [{"byteLength": int(size)}]
    assert len(raw) == 28 + text + size
    for number, accessor in enumerate(document["accessors"]):
        view = document["bufferViews"][accessor["bufferView"]]
        _, width = COMPONENTS[accessor["componentType"]]
        assert view["byteOffset"] % 4 == 0
        assert accessor["count"] * width * WIDTHS[accessor["type"]] == view["byteLength"]
        assert view["byteOffset"] + view["byteLength"] <= size
        values = read.accessor(number)
        for bound, got in (("min", values.min(axis=0)), ("max", values.max(axis=0))):
            if bound in accessor:
                assert np.float32(accessor[bound]).tolist() == got.tolist()
    assert "min" in document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    indices = read.accessor(read.primitive.indices)
    assert indices.max() < len(read.attribute("POSITION"))
    assert document["nodes"][document["scenes"][0]["nodes"][1]]["skin"] == 0
    assert [n["name"] for n in document["nodes"]][: len(NAMES)] == list(NAMES)


def test_the_figure_stands_up_and_looks_forward(tmp_path) -> None:
    write_avatar(avatar(), tmp_path / "a.glb")
    read = Read(tmp_path / "a.glb")
    points = read.attribute("POSITION")
    assert np.abs(points - avatar().rest_verts @ TURN.T).max() < 1e-6
    assert np.ptp(points, axis=0).argmax() == 1  # glTF: Y is up
    toes = points[points[:, 1] < -0.88]
    assert toes[:, 2].max() > 0.1  # and +Z forward
    corners = points[read.accessor(read.primitive.indices).reshape(-1, 3)]
    volume = np.einsum("fd,fd->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
    assert volume > 0  # still seen from outside
    normals = read.attribute("NORMAL")
    assert np.abs(np.linalg.norm(normals, axis=1) - 1).max() < 1e-5


def test_a_texture_is_embedded_and_seams_are_split(tmp_path) -> None:
    from PIL import Image

    toy = avatar()
    rng = np.random.default_rng(0)
    # two charts: each vertex has one place in the left and one in the right half
    count = len(toy.verts)
    places = np.concatenate([rng.random((count, 2)) * (0.5, 1), rng.random((count, 2)) * (0.5, 1) + (0.5, 0)])
    right = (toy.rest_verts[toy.faces].mean(axis=1)[:, 0] > 0)[:, None]
    texture = rng.integers(0, 256, (9, 7, 3), dtype=np.uint8)
    toy = toy.replace(texture=texture, texture_coordinates=places, texture_faces=toy.faces + count * right)
    write_avatar(toy, tmp_path / "a.glb")
    read = Read(tmp_path / "a.glb")
    view = read.gltf.bufferViews[read.gltf.images[0].bufferView]
    picture = Image.open(io.BytesIO(read.blob[view.byteOffset : view.byteOffset + view.byteLength]))
    assert np.array_equal(np.asarray(picture), texture)
    assert read.primitive.attributes.COLOR_0 is None
    faces, uv = read.accessor(read.primitive.indices).reshape(-1, 3), read.attribute("TEXCOORD_0")
    wanted = toy.texture_coordinates[toy.texture_faces] * (1, -1) + (0, 1)
    assert np.abs(uv[faces] - wanted).max() < 1e-6
    assert np.abs(read.attribute("POSITION")[faces] - (toy.rest_verts @ TURN.T)[toy.faces]).max() < 1e-6
    seam = len(set(toy.faces[right[:, 0]].ravel()) & set(toy.faces[~right[:, 0]].ravel()))
    assert len(uv) == len(np.unique(toy.faces)) + seam
    assert seam > 0


def test_colours_are_written_in_linear_light_where_there_is_no_texture(written) -> None:
    from eigenform.io.colours import linear

    toy, read, _ = written
    assert np.abs(read.attribute("COLOR_0") - linear(toy.colours)).max() < 1e-6


def test_fewer_bones_move_what_their_ancestors_moved(tmp_path) -> None:
    toy = pose(avatar(), *random_pose(8)).replace(clips=(clip_of((3, 4)),))
    kept = {n: n.upper() for n in NAMES if not n.startswith(("spine", "lowerarm"))}
    rig = kept_rig(toy.skeleton, kept)
    assert rig.names[rig.owner[NAMES.index("lowerarm.L")]] == "UPPERARM.L"
    assert rig.names[rig.owner[NAMES.index("spine")]] == "ROOT"
    assert rig.names[rig.parents[rig.names.index("CHEST")]] == "ROOT"
    write_skinned_glb(tmp_path / "a.glb", skinned_mesh(toy, rig))
    read = Read(tmp_path / "a.glb")
    joints, weights = rig.weights(toy.weight_bones, toy.weights, 4)
    for found, turns, shift in (
        (read.skinned(), toy.rotations, toy.translation),
        (read.skinned(0, 1), toy.clips[0].rotations[1], toy.clips[0].translations[1]),
    ):
        transforms = skinning_matrices(toy.skeleton, turns, shift)[rig.bones]
        assert np.abs(found - skin(toy.rest_verts, joints, weights, transforms) @ TURN.T).max() < 1e-5


def test_the_mixamo_like_rig_has_52_bones_of_known_names() -> None:
    assert len(set(MIXAMO.values())) == 52
    assert {"mixamorig:Hips", "mixamorig:LeftToeBase", "mixamorig:RightHandPinky3"} <= set(MIXAMO.values())
    with pytest.raises(InputError, match="full skeleton"):
        mixamo_rig(avatar().skeleton)


def test_a_loop_is_closed(tmp_path) -> None:
    angles = np.arange(8) / 8 * 2 * np.pi
    rotations = np.zeros((8, len(NAMES), 3))
    rotations[:, 3, 0] = np.sin(angles)
    loop = Clip("loop", rotations, np.zeros((8, 3)))
    assert len(closed(loop).rotations) == 9
    assert np.array_equal(closed(loop).rotations[-1], loop.rotations[0])
    once = Clip("once", np.linspace(0, 1, 8)[:, None, None] * np.ones((8, len(NAMES), 3)), np.zeros((8, 3)))
    assert closed(once) is once
    assert np.allclose(frame(loop, 8 / 30)[0], loop.rotations[0], atol=1e-12)


def test_many_joints_take_two_bytes(tmp_path) -> None:
    mesh = skinned_mesh(avatar(), full_rig(avatar().skeleton))
    extra = 300
    count = len(mesh.names)
    more = np.tile(np.eye(4), (extra, 1, 1))
    wide = type(mesh)(
        mesh.name, mesh.verts, mesh.faces, mesh.normals, mesh.joints, mesh.weights,
        mesh.names + tuple(f"b{i}" for i in range(extra)), np.concatenate([mesh.parents, np.zeros(extra, int)]),
        np.concatenate([mesh.rest, more]), np.concatenate([mesh.now, more]),
    )  # fmt: skip
    write_skinned_glb(tmp_path / "a.glb", wide)
    read = Read(tmp_path / "a.glb")
    assert read.attribute("JOINTS_0").dtype == np.uint16
    assert len(read.skin.joints) == count + extra


def test_other_formats_hold_the_posed_mesh(tmp_path) -> None:
    from eigenform.io.read import read_shape

    toy = pose(avatar(), pose_of(upperarm_L=(0, 0.5, 0)))
    for name, suffix, _ in export_formats():
        if suffix != ".glb":
            write_avatar(toy, tmp_path / f"a{suffix}", name)
            shape = read_shape(tmp_path / f"a{suffix}")
            assert np.abs(np.sort(shape.verts, axis=0) - np.sort(toy.verts, axis=0)).max() < 1e-5
            if suffix in (".obj", ".ply"):
                assert np.abs(shape.colours - toy.colours).max() < 3e-3
    with pytest.raises(InputError, match="glb"):
        write_avatar(toy, tmp_path / "a.fbx")


def test_an_obj_brings_its_texture_along(tmp_path) -> None:
    from eigenform.io.textures import textures_of

    toy = avatar()
    places = np.random.default_rng(0).random((len(toy.verts), 2))
    texture = np.random.default_rng(1).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    toy = toy.replace(texture=texture, texture_coordinates=places, texture_faces=toy.faces)
    write_avatar(toy, tmp_path / "toy.obj")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["toy.mtl", "toy.obj", "toy.png"]
    found = textures_of(tmp_path / "toy.obj")
    assert len(found) == 1
    assert found[0].verts is not None
