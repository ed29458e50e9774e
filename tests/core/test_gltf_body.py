"""A body as GLB: read back by another reader and skinned by the file, it stands where our own posing puts it."""

from __future__ import annotations

import numpy as np
import pytest
from avatar_fixtures import body as body_model
from eigenform.avatar.body.make import make_body
from eigenform.avatar.body.poses import SAMPLE_POSES, pose_vectors, walk_cycle
from eigenform.avatar.figure.export import FORMATS
from eigenform.avatar.figure.kinematics import skinning_matrices
from eigenform.avatar.figure.of_body import avatar_of_body
from eigenform.avatar.figure.posing import pose
from eigenform.avatar.figure.rigs import MIXAMO, full_rig, mixamo_rig
from eigenform.avatar.figure.skinning import skin
from eigenform.errors import InputError
from eigenform.io.files import formats_of, write_any
from eigenform.io.gltf_skin import AXES
from eigenform.types import Body
from glb_reader import Read

TURN = AXES[:3, :3]
TENTH_MM = 1e-4


@pytest.fixture(scope="module")
def dancer() -> Body:
    model = body_model()
    turns = pose_vectors(SAMPLE_POSES["dancing"], model.bones)
    shape = {"height": 0.8, "gender": 0.1}
    plain = make_body(shape, turns, np.array([0.2, -0.1, 1.0]), model=model)
    return plain.replace(clips=(walk_cycle(plain.skeleton),))


@pytest.mark.parametrize("form", ["glb", "glb-mixamo"])
def test_skinning_by_the_file_agrees_with_our_own_posing(dancer: Body, form: str, tmp_path) -> None:
    write_any(dancer, tmp_path / "a.glb", form)
    read = Read(tmp_path / "a.glb")
    figure = avatar_of_body(dancer)
    rig = {"glb": full_rig, "glb-mixamo": mixamo_rig}[form](figure.skeleton)
    joints, weights = rig.weights(figure.weight_bones, figure.weights, 4)
    walk = dancer.clips[0]
    states = [(read.skinned(), dancer.rotations, dancer.translation)]
    states += [(read.skinned(0, key), walk.rotations[key], walk.translations[key]) for key in (0, 7, 19)]
    for found, turns, shift in states:
        transforms = skinning_matrices(dancer.skeleton, turns, shift)[rig.bones]
        assert np.abs(found - skin(figure.rest_verts, joints, weights, transforms) @ TURN.T).max() < TENTH_MM


def test_it_stands_as_the_body_does_but_where_more_than_four_bones_move_it(dancer: Body, tmp_path) -> None:
    write_any(dancer, tmp_path / "a.glb")
    away = np.linalg.norm(Read(tmp_path / "a.glb").skinned() - dancer.verts @ TURN.T, axis=1)
    few = (np.asarray(body_model().skin_weights) > 0).sum(axis=1) <= 4
    assert few.mean() > 0.8
    assert away[few].max() < TENTH_MM
    assert away.max() < 0.03


def test_the_file_has_skeleton_weights_walk_and_grey(dancer: Body, tmp_path) -> None:
    for form, names in (("glb", set(dancer.skeleton.names)), ("glb-mixamo", set(MIXAMO.values()))):
        write_any(dancer, tmp_path / "a.glb", form)
        read = Read(tmp_path / "a.glb")
        assert {read.gltf.nodes[joint].name for joint in read.skin.joints} == names
        weights = read.attribute("WEIGHTS_0")
        assert weights.shape == (len(dancer.verts), 4)
        assert np.abs(weights.astype(float).sum(axis=1) - 1).max() < 2e-7
        assert [a.name for a in read.gltf.animations] == ["walk"]
        colour = read.gltf.materials[0].pbrMetallicRoughness.baseColorFactor
        assert colour[0] == colour[1] == colour[2]
        assert 0.1 < colour[0] < 0.9
        assert read.primitive.attributes.COLOR_0 is None


def test_the_avatar_of_a_body_is_posed_as_the_body(dancer: Body) -> None:
    figure = avatar_of_body(dancer)
    assert np.abs(pose(figure, dancer.rotations).verts - dancer.verts).max() < TENTH_MM
    assert {name for name, _, _ in formats_of(dancer)} == {"npz", *(name for name, _, _ in FORMATS)}


def test_local_changes_and_another_model_are_told_apart(dancer: Body) -> None:
    name = next(n for n in body_model(local=True).shape_names if n not in body_model().shape_names)
    bent = make_body({name: 1.0})
    assert np.abs(pose(avatar_of_body(bent), bent.rotations).verts - bent.verts).max() < TENTH_MM
    other = dancer.replace(faces=dancer.faces[:-1])
    with pytest.raises(InputError, match="body model anny"):
        avatar_of_body(other)


def test_offsets_of_the_pose_are_kept(tmp_path) -> None:
    from eigenform.avatar.body.load import load_body
    from test_body_smpl import write

    path = str(write(tmp_path / "m.npz"))
    turns = np.array([[0.0, 0, 0], [0, 0, 0], [0.4, 0.3, -0.2]])
    bent = make_body({"shape-1": 0.5}, turns, np.array([0.1, 0.2, 0.3]), model=load_body(path))
    write_any(bent, tmp_path / "a.glb")
    assert np.abs(Read(tmp_path / "a.glb").skinned() - bent.verts @ TURN.T).max() < TENTH_MM
    with pytest.raises(InputError, match="full skeleton"):
        write_any(bent, tmp_path / "b.glb", "glb-mixamo")
    assert not (tmp_path / "b.glb").exists()
