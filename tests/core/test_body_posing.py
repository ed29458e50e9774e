"""Rotations, forward kinematics, skinning, sample poses and the walk."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from avatar_fixtures import body
from eigenform.avatar.body import pose_builder
from eigenform.avatar.body.bones import LIMITS, MAIN, MIRROR, full_pose, limit_arrays, main_indices
from eigenform.avatar.body.poses import SAMPLE_POSES, pose_vectors, walk_cycle
from eigenform.avatar.body.posing import SkeletonTensors, bone_transforms, dense_weights, joints, skin
from eigenform.avatar.body.rotations import (
    axis_angle_to_matrix,
    matrix_to_axis_angle,
    matrix_to_six_d,
    nearest_rotation,
    six_d_to_matrix,
)
from eigenform.avatar.body.settings import POSES
from eigenform.errors import InputError
from eigenform.figure_types import Skeleton
from scipy.spatial.transform import Rotation


def test_rotations_agree_with_scipy_and_come_back() -> None:
    vectors = np.random.default_rng(0).normal(0, 1.2, (200, 3))
    vectors[:3] = [[0, 0, 0], [1e-5, 0, -1e-5], [np.pi - 1e-4, 0, 0]]
    vectors *= np.minimum(1, 3.1415 / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))
    matrices = axis_angle_to_matrix(torch.tensor(vectors))
    assert np.abs(matrices.numpy() - Rotation.from_rotvec(vectors).as_matrix()).max() < 1e-12
    assert np.abs(matrix_to_axis_angle(matrices).numpy() - vectors).max() < 1e-6
    assert torch.allclose(six_d_to_matrix(matrix_to_six_d(matrices)), matrices, atol=1e-12)
    half = axis_angle_to_matrix(torch.tensor([[np.pi, 0.0, 0.0], [0.0, np.pi, 0.0]], dtype=torch.float64))
    assert np.abs(np.linalg.norm(matrix_to_axis_angle(half).numpy(), axis=1) - np.pi).max() < 1e-9


def test_gradients_of_rotations_are_finite_at_the_identity() -> None:
    vector = torch.zeros(1, 3, requires_grad=True)
    (axis_angle_to_matrix(vector)[0, 0, 1] * 2).backward()
    assert torch.equal(vector.grad, torch.tensor([[0.0, 0.0, -2.0]]))
    matrix = torch.eye(3)[None].requires_grad_()
    matrix_to_axis_angle(matrix).sum().backward()
    assert torch.isfinite(matrix.grad).all()


def test_the_nearest_rotation_and_its_derivative() -> None:
    generator = torch.Generator().manual_seed(1)
    matrices = torch.randn(5, 3, 3, generator=generator, dtype=torch.float64) + 1.5 * torch.eye(3, dtype=torch.float64)
    found = nearest_rotation(matrices)
    assert torch.allclose(found @ found.transpose(-1, -2), torch.eye(3, dtype=torch.float64), atol=1e-12)
    assert torch.allclose(torch.linalg.det(found), torch.ones(5, dtype=torch.float64))
    assert torch.autograd.gradcheck(nearest_rotation, (matrices.requires_grad_(),))


def chain(reference: np.ndarray | None = None) -> Skeleton:
    eye = np.broadcast_to(np.eye(3), (3, 3, 3))
    heads = np.array([[0.0, 0, 0], [1.0, 0, 0], [2.0, 0, 0]])
    return Skeleton(("a", "b", "c"), np.array([-1, 0, 1]), heads, eye, eye if reference is None else reference)


def test_plain_axes_give_plain_forward_kinematics() -> None:
    """Three bones in a row along x: a quarter turn at the second puts the third beside it."""
    vectors = torch.zeros(1, 3, 3)
    vectors[0, 1, 2] = torch.pi / 2
    skeleton = SkeletonTensors.of(chain())
    transforms = bone_transforms(skeleton, axis_angle_to_matrix(vectors), torch.tensor([[0.0, 0.0, 5.0]]))
    expected = torch.tensor([[[0.0, 0.0, 5.0], [1.0, 0.0, 5.0], [1.0, 1.0, 5.0]]])
    assert torch.allclose(joints(skeleton.heads, transforms), expected, atol=1e-6)
    tip = skin(torch.tensor([[[3.0, 0.0, 0.0]]]), transforms, torch.tensor([[0.0, 0.0, 1.0]]))
    assert torch.allclose(tip, torch.tensor([[[1.0, 2.0, 5.0]]]), atol=1e-6)


def test_weights_blend_between_bones_and_add_where_a_bone_is_named_twice() -> None:
    dense = dense_weights(np.array([[0, 1], [2, 2]]), np.array([[0.25, 0.75], [0.4, 0.6]]), 3)
    assert np.allclose(dense, [[0.25, 0.75, 0], [0, 0, 1]])
    shifts = torch.eye(4).repeat(1, 3, 1, 1)
    shifts[0, 1, 0, 3] = 4.0
    moved = skin(torch.zeros(1, 2, 3), shifts, torch.tensor(dense))
    assert torch.allclose(moved[0, :, 0], torch.tensor([3.0, 0.0]))


def test_a_batch_of_poses_is_the_poses_one_by_one() -> None:
    model = body()
    vectors = torch.tensor(np.stack([pose_vectors(n, model.bones) for n in ("walking", "squat")]), dtype=torch.float32)
    shape = torch.tensor([[0.1, 0.7, 0.4, 0.3, 0.6, 0.5]])
    both = model(shape, axis_angle_to_matrix(vectors)).verts
    for i in range(2):
        assert torch.allclose(model(shape, axis_angle_to_matrix(vectors[i : i + 1])).verts[0], both[i], atol=1e-5)


@pytest.mark.parametrize("name", SAMPLE_POSES)
def test_sample_poses_turn_main_bones_within_their_limits(name: str) -> None:
    for bone, vector in SAMPLE_POSES[name].items():
        low, high = LIMITS[bone]
        assert bone in MAIN
        assert (vector >= low - 1e-9).all(), bone
        assert (vector <= high + 1e-9).all(), bone


def test_names_of_poses_limits_and_mirrors_belong_together() -> None:
    assert tuple(SAMPLE_POSES) == POSES
    low, high = limit_arrays()
    assert (low <= 0).all()
    assert (high >= 0).all()
    for left, right in MIRROR.items():
        assert MIRROR[right] == left
        assert np.allclose(
            LIMITS[left][0] * [1, 1, 1], [LIMITS[right][0][0], -LIMITS[right][1][1], -LIMITS[right][1][2]]
        )
    main = np.random.default_rng(0).normal(size=(2, len(MAIN), 3))
    full = full_pose(main, body().bones)
    assert np.array_equal(full[:, main_indices(body().bones)], main)
    assert np.count_nonzero(full) == main.size
    with pytest.raises(InputError, match="no pose 'handstand'"):
        pose_vectors("handstand", body().bones)


def test_the_directions_of_the_builder_are_those_of_the_body() -> None:
    """Limbs of three very different shapes point where the builder was told to within a few degrees."""
    model = body()
    pose = pose_builder.PoseBuilder().spine()
    pose.arm("L", [1, 0, 0], [1, 0, 0], hinge=[0, 0, -1]).leg("R", [0, -1, 0], [0, 0, -1])
    vectors = torch.tensor(pose_vectors(pose.vectors(), model.bones), dtype=torch.float32)[None]
    shapes = torch.tensor([[0.0, 0.65, 1, 1, 0.9, 0.5], [1.0, 0.9, 0, 0.2, 0.1, 0.5], [0.5, 0.35, 0.5, 0.5, 0.5, 0.5]])
    heads = model(shapes, axis_angle_to_matrix(vectors)).joints.numpy()
    wanted = {
        ("upperarm01.L", "lowerarm01.L"): (1, 0, 0),
        ("lowerarm01.L", "wrist.L"): (1, 0, 0),
        ("upperleg01.R", "lowerleg01.R"): (0, -1, 0),
        ("lowerleg01.R", "foot.R"): (0, 0, -1),
    }
    for (first, second), direction in wanted.items():
        along = heads[:, model.bones.index(second)] - heads[:, model.bones.index(first)]
        cosine = along @ np.array(direction) / np.linalg.norm(along, axis=1)
        assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 9, (first, second)


def test_the_walk_loops_stays_on_the_ground_and_swings_both_sides_alike() -> None:
    model = body()
    clip = walk_cycle(model.skeleton([0.2, 0.65, 0.5, 0.5, 0.5, 0.5]), seconds=1.2, fps=30)
    assert clip.rotations.shape == (36, 104, 3)
    around = np.concatenate([clip.rotations, clip.rotations[:1]])
    steps = np.abs(np.diff(around, axis=0)).max((1, 2))
    assert steps[-1] < 1.3 * steps[:-1].max()  # the step over the end is one like the others
    assert steps.max() < 0.45
    low, high = limit_arrays()
    main = clip.rotations[:, main_indices(model.bones)]
    assert (main >= low - 1e-9).all()
    assert (main <= high + 1e-9).all()
    half = clip.rotations[18:, model.bones.index("upperleg01.R")] - 0
    assert np.allclose(half * [1, -1, -1], clip.rotations[:18, model.bones.index("upperleg01.L")], atol=1e-6)
    shape = torch.tensor([[0.2, 0.65, 0.5, 0.5, 0.5, 0.5]])
    turned = axis_angle_to_matrix(torch.tensor(clip.rotations[::3], dtype=torch.float32))
    verts = model(shape, turned, torch.tensor(clip.translations[::3], dtype=torch.float32)).verts
    floor = verts[..., 2].amin(1)
    assert float(floor.max() - floor.min()) < 0.035
    assert np.abs(clip.translations).max() < 0.06
