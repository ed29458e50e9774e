"""Bodies from SMPL-like files, on a small model made here: known answers, and plain words for what does not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from eigenform import jobs
from eigenform.avatar.body.load import load_body
from eigenform.avatar.body.poses import pose_vectors
from eigenform.avatar.body.rotations import axis_angle_to_matrix
from eigenform.avatar.body.smpl import read_smpl
from eigenform.avatar.body.smpl_names import bone_names
from eigenform.errors import InputError
from eigenform.params import make
from eigenform.registry import get
from scipy.spatial.transform import Rotation


def arrays() -> dict[str, np.ndarray]:
    """Three joints in a column along y (up in such files), a tetrahedron about each, one shape component."""
    corner = 0.1 * np.array([[1.0, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]])
    verts = np.concatenate([corner + [0, i, 0] for i in range(3)])
    faces = np.concatenate([np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]) + 4 * i for i in range(3)])
    regressor = np.kron(np.eye(3), np.full((1, 4), 0.25))
    poses = np.zeros((12, 3, 18))
    poses[8, 0, 9] = 0.5  # first entry of the last joint's rotation, less 1, moves vertex 8 along x
    return {
        "v_template": verts,
        "shapedirs": verts[:, :, None] * [[[0], [1], [0]]],  # taller
        "posedirs": poses,
        "J_regressor": regressor,
        "weights": np.kron(np.eye(3), np.ones((4, 1))),
        "kintree_table": np.array([[2**32 - 1, 0, 1], [0, 1, 2]], dtype=np.uint32),
        "f": faces,
    }


def write(path: Path, **changes: np.ndarray | None) -> Path:
    kept = {k: v for k, v in {**arrays(), **changes}.items() if v is not None}
    np.savez(path, **kept)
    return path


def test_the_axes_are_turned_and_the_shape_grows(tmp_path: Path) -> None:
    model = read_smpl(write(tmp_path / "m.npz"))
    rest = model.rest(torch.tensor([[0.0], [1.0]]))
    assert torch.allclose(rest.heads[0], torch.tensor([[0.0, 0, 0], [0, 0, 1], [0, 0, 2]]), atol=1e-6)
    assert torch.allclose(rest.heads[1, 2], torch.tensor([0.0, 0, 4]), atol=1e-6)
    assert model.shape_names == ("shape-1",)
    assert model.keypoints(rest.verts).shape == (2, 0, 3)
    assert int(model.trunk.sum()) == 4


def test_forward_kinematics_known_answer(tmp_path: Path) -> None:
    """A quarter turn about x at the middle joint lays what is above it toward -Y, the front."""
    model = read_smpl(write(tmp_path / "m.npz"))
    vectors = torch.zeros(1, 3, 3)
    vectors[0, 1, 0] = torch.pi / 2
    posed = model(torch.zeros(1, 1), axis_angle_to_matrix(vectors), torch.tensor([[5.0, 0.0, 0.0]]))
    expected = torch.tensor([[5.0, 0, 0], [5.0, 0, 1], [5.0, -1, 1]])
    assert torch.allclose(posed.joints[0], expected, atol=1e-6)
    assert torch.allclose(posed.verts[0, 8:].mean(0), expected[2], atol=1e-6)
    still = model(torch.zeros(1, 1), torch.eye(3).expand(1, 3, 3, 3))
    assert torch.allclose(still.verts, still.rest.verts, atol=1e-6)


def test_pose_dependent_offsets_are_those_of_the_rotation_in_the_files_axes(tmp_path: Path) -> None:
    """A turn by a about the files' y, our z, at the last joint: its first entry less 1 is cos a - 1."""
    model = read_smpl(write(tmp_path / "m.npz"))
    vectors = torch.zeros(1, 3, 3)
    vectors[0, 2, 2] = 1.0
    offsets = model.corrections(axis_angle_to_matrix(vectors))[0]
    assert offsets[8].tolist() == pytest.approx([0.5 * (np.cos(1.0) - 1), 0, 0], abs=1e-6)
    assert float(offsets.abs().sum()) == pytest.approx(abs(float(offsets[8, 0])))


def test_the_loader_takes_a_path_and_knows_the_names_of_the_usual_joints(tmp_path: Path) -> None:
    path = write(tmp_path / "m.npz")
    model = load_body(str(path))
    assert model.name == str(path)
    assert load_body(str(path)) is model
    assert model.skeleton(model.middle).names == ("bone 0", "bone 1", "bone 2")
    for count in (24, 52, 55):
        assert len(set(bone_names(count))) == count
        assert bone_names(count)[16] == "left_shoulder"


def test_the_method_makes_a_body_of_such_a_file(tmp_path: Path) -> None:
    record = get("body")
    values = {"model": str(write(tmp_path / "m.npz")), "changes": "shape-1=2", "pose": "a-pose"}
    value = jobs.run(record, [], make(record.params_class(), values))
    assert value.shape == {"shape-1": 2.0}
    assert value.skeleton.heads[2] == pytest.approx([0, 0, 6], abs=1e-5)
    assert value.meta["height"] == pytest.approx(6.6, abs=1e-4)
    with pytest.raises(InputError, match="between -5 and 5"):
        jobs.run(record, [], make(record.params_class(), {**values, "changes": "shape-1=9"}))


def test_sample_poses_point_limbs_of_smpl_joints_where_they_point_those_of_anny() -> None:
    """Joints of a figure with arms out: in each pose its limbs turn as Anny's do, T-pose for T-pose."""
    names = bone_names(24)
    assert np.abs(pose_vectors("t-pose", names)).max() < 1e-12
    up = {n: Rotation.from_rotvec(v) for n, v in zip(names, pose_vectors("arms-raised", names), strict=True)}
    chest = up["pelvis"] * up["spine1"] * up["spine2"] * up["spine3"]
    upper = chest * up["left_collar"] * up["left_shoulder"]
    wanted = np.array([0.5, -0.05, 1.0]) / np.linalg.norm([0.5, -0.05, 1.0])
    assert upper.apply([1.0, 0.0, -0.03]) @ wanted > 0.999
    knee = pose_vectors("sitting", names)[names.index("left_knee")]
    assert np.degrees(knee[0]) == pytest.approx(85, abs=10)  # bends backward


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"posedirs": None, "f": None}, "it lacks posedirs, f"),
        ({"J_regressor": np.array([{"sparse": 1}], dtype=object)}, "Python objects under J_regressor"),
        ({"weights": np.ones((12, 4))}, "weights is 12 x 4, but 12 x 3 would fit"),
        ({"f": np.array([[0, 1, 40]])}, "f points at vertex 40"),
        ({"v_template": np.full((12, 3), np.nan)}, "NaN"),
        ({"kintree_table": np.array([[2**32 - 1, 2, 1], [0, 1, 2]])}, "parent of each bone before"),
    ],
)
def test_what_does_not_fit_is_said_in_words(tmp_path: Path, changes: dict[str, np.ndarray], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_smpl(write(tmp_path / "m.npz", **changes))


def test_pickles_and_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(b"\x80\x04")
    with pytest.raises(InputError, match="pickle"):
        read_smpl(tmp_path / "m.pkl")
    (tmp_path / "m.npz").write_bytes(b"text")
    with pytest.raises(InputError, match="not an npz file"):
        read_smpl(tmp_path / "m.npz")
    with pytest.raises(InputError, match="not found"):
        load_body(str(tmp_path / "none.npz"))
